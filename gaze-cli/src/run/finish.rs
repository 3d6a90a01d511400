//! The last step: from the parts to everything that is about all stimuli.

use std::path::Path;

use anyhow::Result;

use super::{Index, Parts, Settings, Summary, Tally, archive, measures, predictors, summarize};
use crate::{
    output,
    report::{html, latex, markdown},
};

/// Writes scores, summary, tables and report, and what else was asked for, of parts that are all there.
///
/// # Errors
///
/// If a stimulus has no part, and if a file cannot be written.
pub(crate) fn finish(out: &Path, settings: Settings, index: &Index) -> Result<Summary> {
    let parts = Parts::new(out.to_owned());
    let groups: Vec<String> = index.groups.iter().map(|group| group.group.clone()).collect();
    let predictors = predictors(&settings, &groups);
    let measures = measures(&settings);
    let tally = Tally::gather(out, index, &parts, &predictors)?;
    let summary = summarize(settings, index, &predictors, &measures, &tally);
    let text = serde_json::to_string_pretty(&summary)?;
    output::write_bytes(&out.join("summary.json"), format!("{text}\n").as_bytes())?;
    output::write_bytes(&out.join("scores.md"), markdown::render(&summary).as_bytes())?;
    output::write_bytes(&out.join("scores.tex"), latex::render(&summary).as_bytes())?;
    output::write_bytes(&out.join("report.html"), html::render(&summary, index, &parts)?.as_bytes())?;
    archive::hdf5(out, &summary.settings, index)?;
    archive::zip(out, &summary.settings, index, &parts)?;
    Ok(summary)
}
