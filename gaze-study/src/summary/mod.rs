//! The summary of a study: means over stimuli, comparisons, and everything there is to say about all stimuli together.

use std::collections::BTreeSet;

use gaze_metrics::{Interval, Reliability, bootstrap_means};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use self::{
    comparison::compare,
    tally::{Tally, Values},
};
pub use self::{
    comparison::{Between, Comparison},
    finish::finish,
};
use crate::{
    first_pass::{Group, Index},
    fixations::IndexScore,
    metrics::{Measure, Metric},
    names::{GOLD_STANDARD, group_name},
    number::Number,
    plan::Plan,
    predictors::{Predictor, Role},
    scanpaths::ScanpathSummary,
};

mod comparison;
mod finish;
mod tally;

/// The confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// The number of resamples: with these, the ends of the interval vary by a few percent of the standard error between seeds.
pub(super) const RESAMPLES: usize = 10_000;
/// The seed of all resampling.
pub(super) const SEED: u64 = 0x6761_7a65;

/// The content of `summary.json`; `docs/OUTPUTS.md` describes it.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The version of this structure.
    pub schema: u32,
    /// The version of gaze.
    pub gaze: &'static str,
    /// The plan of the study.
    #[serde(rename = "settings")]
    pub plan: Plan,
    /// A hash of all sizes and fixations.
    pub fingerprint: String,
    /// The number of stimuli.
    pub stimuli: usize,
    /// The number of stimuli with gaze that the center bias is estimated from.
    pub center_bias_stimuli: usize,
    /// The number of fixations on them.
    pub center_bias_fixations: usize,
    /// The groups of observers, in the order of the dataset.
    pub groups: Vec<Group>,
    /// The means of every metric, in the order of profiles, then metrics.
    pub metrics: Vec<MeasureSummary>,
    /// The comparisons of all pairs of groups under each model, then of all pairs of models in each group.
    pub comparisons: Vec<Comparison>,
    /// The reliability of the models that are densities.
    pub calibration: Vec<ModelCalibration>,
    /// The scanpaths, in a study that is about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scanpaths: Option<ScanpathSummary>,
    /// The mean scores of fixations by their position in the scanpath, in a study with a model of scanpaths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_index: Vec<IndexScore>,
    /// Sentences about the dataset.
    pub notes: Vec<String>,
    /// The problems that were met, in words for a person.
    pub problems: Vec<String>,
}

/// The reliability of a model: whether places that it calls likely are fixated as often as it says.
#[derive(Clone, Debug, Serialize)]
pub struct ModelCalibration {
    /// The model's name.
    pub model: String,
    /// The bins that hold any place or fixation, from unlikely to likely.
    pub bins: Vec<CalibrationBin>,
}

/// All places that the density calls equally likely, within a factor.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CalibrationBin {
    /// The density in multiples of chance, in the middle of the bin.
    pub times_chance: f64,
    /// The number of fixations that the density expects there.
    pub expected: f64,
    /// The number of fixations that were made there.
    pub found: u32,
}

/// A metric in a profile, with its score for every model and group.
#[derive(Clone, Debug, Serialize)]
pub struct MeasureSummary {
    /// The metric and the profile.
    #[serde(flatten)]
    pub measure: Measure,
    /// The metric's name for people.
    pub label: &'static str,
    /// The unit, empty if there is none.
    pub unit: &'static str,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
    /// The name of the definition among those in use; several names if predictions were of several kinds.
    pub variant: String,
    /// The definition in a phrase.
    pub meaning: &'static str,
    /// The scores of every predictor in all groups, in the order of tables.
    pub scores: Vec<Score>,
}

impl MeasureSummary {
    /// Describes the measure by its metric, and its definition by the name of the variant.
    #[must_use]
    pub fn new(measure: Measure, variant: &str, scores: Vec<Score>) -> Self {
        let metric = measure.metric;
        let described = metric.row().variants.iter().find(|known| known.name == variant);
        Self {
            measure,
            label: metric.label(),
            unit: metric.unit(),
            higher_is_better: metric.higher_is_better(),
            variant: variant.to_owned(),
            meaning: described.map_or("", |variant| variant.meaning),
            scores,
        }
    }

    /// The scores of one predictor, in the order of the groups.
    pub fn of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a Score> {
        self.scores.iter().filter(move |score| score.model == model)
    }

    /// The scores of the models that the run is about.
    pub fn of_models(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().filter(|score| score.role == Role::Model)
    }

    /// The score of one predictor in one group, if it has one.
    pub fn score(&self, model: &str, group: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.model == model && score.group == group)
    }
}

/// The mean of one metric over the stimuli of one group.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// The predictor's name.
    pub model: String,
    /// The predictor's role.
    pub role: Role,
    /// The group.
    pub group: String,
    /// The mean. Absent if no stimulus has a value, or values are infinite in both directions.
    pub mean: Option<Number>,
    /// The lower end of the bootstrap interval.
    pub low: Option<Number>,
    /// The upper end of the bootstrap interval.
    pub high: Option<Number>,
    /// The confidence of the interval.
    pub confidence: f64,
    /// The number of stimuli with a value.
    pub count: usize,
    /// The number of stimuli without a value, for a reason that concerns them.
    pub undefined: usize,
    /// The number of stimuli whose kind of prediction or baseline has no such value.
    pub not_applicable: usize,
    /// The reason, for the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_applicable_because: Option<String>,
    /// The mean information gain as a share of the gold standard's, over the stimuli on which both have a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<f64>,
    /// The values, each with the place of its stimulus in the dataset.
    #[serde(skip)]
    pub values: Vec<(u32, f64)>,
}

impl Score {
    pub(super) fn new(predictor: &Predictor, group: &str, values: Values, interval: Option<Interval>) -> Self {
        Self {
            model: predictor.name.clone(),
            role: predictor.role,
            group: group.to_owned(),
            mean: interval.map(|interval| Number(interval.mean)),
            low: interval.map(|interval| Number(interval.low)),
            high: interval.map(|interval| Number(interval.high)),
            confidence: CONFIDENCE,
            count: values.values.len(),
            undefined: values.undefined,
            not_applicable: values.not_applicable,
            not_applicable_because: values.because,
            explained: None,
            values: values.values,
        }
    }

    /// The value of the stimulus at this place of the dataset.
    pub fn at(&self, place: u32) -> Option<f64> {
        self.values.binary_search_by_key(&place, |&(place, _)| place).ok().map(|found| self.values[found].1)
    }
}

/// Averages the values of all stimuli.
pub(crate) fn summarize(
    plan: Plan,
    index: &Index,
    predictors: &[Predictor],
    measures: &[Measure],
    tally: &Tally,
) -> Summary {
    let metrics: Vec<MeasureSummary> =
        measures.par_iter().map(|&measure| average(measure, index, predictors, tally)).collect();
    let models: Vec<&str> = plan.models.iter().map(|model| model.name.as_str()).collect();
    let calibration = models.iter().zip(&tally.calibration).filter_map(|(model, calibration)| {
        let Reliability { expected, found, .. } = calibration.as_ref()?;
        let bins =
            expected.iter().zip(found).enumerate().filter(|(_, (expected, found))| **expected > 0.0 || **found > 0);
        let bin = |(bin, (&expected, &found)): (usize, (&f64, &u32))| CalibrationBin {
            times_chance: Reliability::octave(bin).exp2(),
            expected,
            found,
        };
        Some(ModelCalibration { model: (*model).to_owned(), bins: bins.map(bin).collect() })
    });
    Summary {
        schema: 3,
        gaze: env!("CARGO_PKG_VERSION"),
        comparisons: compare(&metrics, &models, &index.groups.iter().map(|g| g.group.as_str()).collect::<Vec<_>>()),
        calibration: calibration.collect(),
        plan,
        fingerprint: index.fingerprint.clone(),
        stimuli: index.stimuli.len(),
        center_bias_stimuli: index.center_bias_stimuli,
        center_bias_fixations: index.center_bias_fixations,
        groups: index.groups.clone(),
        metrics,
        scanpaths: None,
        by_index: tally.by_index.clone(),
        notes: index.notes.clone(),
        problems: tally.problems.clone(),
    }
}

fn average(measure: Measure, index: &Index, predictors: &[Predictor], tally: &Tally) -> MeasureSummary {
    // The definitions of the models' rows. A stimulus that failed does not know of which kind its prediction would have been.
    let (mut variants, mut of_failed) = (BTreeSet::new(), BTreeSet::new());
    let mut gathered = Vec::new();
    for predictor in predictors {
        for Group { group, .. } in index.groups.iter().filter(|group| predictor.name != group_name(&group.group)) {
            let values = tally.of(measure, &predictor.name, group);
            if predictor.role == Role::Model {
                variants.extend(values.variants.iter().cloned());
                of_failed.extend(values.of_failed.iter().cloned());
            }
            gathered.push((predictor, group, values));
        }
    }
    let intervals = intervals(gathered.iter().map(|(.., values)| values));
    let scores = gathered.into_iter().zip(intervals);
    let score = |((predictor, group, values), interval): ((&Predictor, &String, _), _)| {
        Score::new(predictor, group, values, interval)
    };
    let mut scores: Vec<Score> = scores.map(score).collect();
    if measure.metric == Metric::Ig {
        let explained: Vec<Option<f64>> = scores.iter().map(|score| explained(score, &scores)).collect();
        scores.iter_mut().zip(explained).for_each(|(score, explained)| score.explained = explained);
    }
    let names = if variants.is_empty() { of_failed } else { variants };
    MeasureSummary::new(measure, &names.into_iter().collect::<Vec<_>>().join(", "), scores)
}

/// The mean of each list with its interval, if there is one. Lists of one length share their draws.
fn intervals<'a>(lists: impl Iterator<Item = &'a Values>) -> Vec<Option<Interval>> {
    let lists: Vec<Vec<f64>> = lists.map(|list| list.values.iter().map(|&(_, value)| value).collect()).collect();
    let mut intervals = vec![None; lists.len()];
    for length in lists.iter().map(Vec::len).collect::<BTreeSet<_>>() {
        let (places, same): (Vec<usize>, Vec<&[f64]>) =
            lists.iter().map(Vec::as_slice).enumerate().filter(|(_, list)| list.len() == length).unzip();
        let found = bootstrap_means(&same, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED));
        places.into_iter().zip(found).for_each(|(place, interval)| intervals[place] = interval.ok());
    }
    intervals
}

/// The share of the gold standard's mean that a score reaches. There is none where it, or the score, is no gain.
fn explained(score: &Score, scores: &[Score]) -> Option<f64> {
    let gold = scores.iter().find(|other| other.model == GOLD_STANDARD && other.group == score.group)?;
    let both = score.values.iter().filter_map(|&(place, value)| Some((value, gold.at(place)?)));
    let (ours, theirs) = both.fold((0.0, 0.0), |(ours, theirs), (value, gold)| (ours + value, theirs + gold));
    (theirs > 0.0 && ours >= 0.0).then_some(ours / theirs).filter(|share| share.is_finite())
}

impl Summary {
    /// Tells whether anything is missing or was left out.
    pub fn has_problems(&self) -> bool {
        let undefined = |metric: &MeasureSummary| metric.of_models().any(|score| score.undefined > 0);
        !self.problems.is_empty() || self.metrics.iter().any(undefined)
    }
}
