//! The values of all stimuli, gathered from their parts in one pass that holds one part at a time.

use std::collections::{BTreeSet, HashMap};

use gaze_metrics::Reliability;
use strum::VariantArray as _;

use crate::{
    error::StudyError,
    first_pass::Index,
    fixations::{FixationGatherer, IndexScore},
    folder::{StudyFolder, tables::ScoreWriter},
    metrics::{Measure, Metric, Profile},
    predictors::Predictor,
    scanpaths::{Gathered, Gatherer},
    score::Row,
};

/// The values of one measure of one predictor in one group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// Each value, with the place of its stimulus in the dataset.
    pub(crate) values: Vec<(u32, f64)>,
    /// The number of stimuli without a value, for a reason that concerns them.
    pub(crate) undefined: usize,
    /// The number of stimuli whose kind of prediction or baseline has no such value, and the reason.
    pub(crate) not_applicable: usize,
    pub(crate) because: Option<String>,
    /// The definitions of the rows with a value, and of the rows without.
    pub(crate) variants: BTreeSet<String>,
    pub(crate) of_failed: BTreeSet<String>,
}

/// Everything that is gathered from the parts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    values: HashMap<(Measure, String, String), Values>,
    /// The reliability of each model's densities, where there are any.
    pub(crate) calibration: Vec<Option<Reliability>>,
    /// The problems that were met, in the order of the dataset.
    pub(crate) problems: Vec<String>,
    /// The scanpaths, in a study that is about them.
    pub(crate) scanpaths: Option<Gathered>,
    /// The mean scores of fixations by position, in a study with a model of scanpaths.
    pub(crate) by_index: Vec<IndexScore>,
}

impl Tally {
    /// Reads all parts and writes their rows to `scores.csv` and `scores.parquet`, and the scores of fixations, where there are
    /// any, to tables of their own.
    ///
    /// # Errors
    ///
    /// [`StudyError::Unscored`] if a stimulus has no part; an error of writing.
    pub(crate) fn gather(folder: &StudyFolder, index: &Index, predictors: &[Predictor]) -> Result<Self, StudyError> {
        let mut tally = Self::default();
        let mut missing = Vec::new();
        let mut writer = ScoreWriter::new(folder.path())?;
        let groups: Vec<String> = index.groups.iter().map(|group| group.group.clone()).collect();
        let (out, plan) = (folder.path(), folder.plan());
        let mut scanpaths = plan.scanpaths.then(|| Gatherer::new(&groups));
        let fixations = plan.judges_fixations().then(|| FixationGatherer::new(out, plan, &groups, predictors));
        let mut fixations = fixations.transpose()?;
        for (place, entry) in (0..).zip(&index.stimuli) {
            tally.problems.extend(entry.problems.iter().cloned());
            let Some(part) = folder.parts().finished(&entry.key) else {
                missing.push(entry.key.as_str());
                continue;
            };
            if let Some(gatherer) = &mut fixations {
                gatherer.add(&entry.key, &part)?;
            }
            tally.problems.extend(part.failure.filter(|failure| !failure.is_empty()));
            if let (Some(gatherer), Some(of_stimulus)) = (&mut scanpaths, &part.scanpaths) {
                gatherer.add(place, &entry.key, of_stimulus);
            }
            tally.calibration.resize(tally.calibration.len().max(part.calibration.len()), None);
            for (sum, calibration) in tally.calibration.iter_mut().zip(part.calibration) {
                if let Some(calibration) = calibration {
                    sum.get_or_insert_default().add(&calibration);
                }
            }
            for row in part.rows {
                writer.row(&entry.key, &row)?;
                if predictors.iter().any(|predictor| predictor.name == row.model) {
                    tally.add(place, row);
                }
            }
        }
        if let Some(first) = missing.first() {
            let (missing, all, first) = (missing.len(), index.stimuli.len(), (*first).to_owned());
            return Err(StudyError::Unscored { missing, all, first });
        }
        writer.finish()?;
        tally.scanpaths = scanpaths.map(Gatherer::finish);
        if let Some(gatherer) = fixations {
            tally.by_index = gatherer.finish(out)?;
        }
        Ok(tally)
    }

    fn add(&mut self, place: u32, row: Row) {
        let Some(measure) = measure_of(&row) else { return };
        let value = row.number();
        let values = self.values.entry((measure, row.model, row.group)).or_default();
        if row.value.is_empty() { &mut values.of_failed } else { &mut values.variants }.insert(row.variant);
        match value {
            Some(value) => values.values.push((place, value)),
            None if row.applicable => values.undefined += 1,
            None => {
                values.not_applicable += 1;
                values.because = Some(row.reason);
            }
        }
    }

    /// The values of one predictor in one group; empty if there is no row.
    pub(crate) fn of(&self, measure: Measure, model: &str, group: &str) -> Values {
        self.values.get(&(measure, model.to_owned(), group.to_owned())).cloned().unwrap_or_default()
    }
}

fn measure_of(row: &Row) -> Option<Measure> {
    let profile = Profile::VARIANTS.iter().copied().find(|profile| profile.name() == row.profile)?;
    let metric = Metric::VARIANTS.iter().copied().find(|metric| metric.name() == row.metric)?;
    Some(Measure { profile, metric })
}
