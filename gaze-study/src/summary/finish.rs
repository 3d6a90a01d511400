//! The last step of a study: from the parts to everything that is about all stimuli.

use super::{Summary, summarize, tally::Tally};
use crate::{
    error::StudyError,
    files,
    folder::{StudyFolder, archive},
    predictors::predictors,
    scanpaths,
};

/// Makes the summary from the parts of a study, which must all be there, and writes `scores.csv`, `scores.parquet`,
/// `summary.json`, and the tables of scanpaths and fixations and the archives that the plan asks for.
///
/// Nothing but the output folder is needed: it does not matter which machines made the parts.
///
/// # Errors
///
/// [`StudyError::Unscored`] if a stimulus has no part; an error of reading or writing.
pub fn finish(folder: &StudyFolder) -> Result<Summary, StudyError> {
    let (out, plan, index) = (folder.path(), folder.plan(), folder.index()?);
    let groups: Vec<String> = index.groups.iter().map(|group| group.group.clone()).collect();
    let predictors = predictors(plan, &groups);
    let tally = Tally::gather(folder, &index, &predictors)?;
    let mut summary = summarize(plan.clone(), &index, &predictors, &plan.measures(), &tally);
    if let Some(gathered) = &tally.scanpaths {
        let made = scanpaths::summarize(gathered);
        scanpaths::write(out, gathered, &made)?;
        summary.scanpaths = Some(made.summary);
    }
    let path = out.join("summary.json");
    let text = serde_json::to_string_pretty(&summary).map_err(StudyError::write(&path))?;
    files::write_bytes(&path, format!("{text}\n").as_bytes())?;
    archive::hdf5(out, plan, &index)?;
    archive::zip(out, plan, &index, folder.parts())?;
    Ok(summary)
}
