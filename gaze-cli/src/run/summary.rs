//! Means over stimuli, and what there is to say about a run.

use std::collections::BTreeSet;

use gaze_metrics::bootstrap_mean;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    Comparison, Group, Index, Measure, Predictor, Role, Settings, Tally,
    calibration::{Calibration, octave},
    comparison::compare,
    predictors::{GOLD_STANDARD, group_name},
    tally::Values,
};
use crate::metrics::{Metric, VARIANTS};

/// Confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Enough that the ends of the interval vary by a few percent of the standard error between seeds.
pub(super) const RESAMPLES: usize = 10_000;
pub(super) const SEED: u64 = 0x6761_7a65;

/// The content of `summary.json`; `docs/OUTPUTS.md` describes it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// Version of this structure.
    pub(crate) schema: u32,
    pub(crate) gaze: &'static str,
    pub(crate) settings: Settings,
    pub(crate) fingerprint: String,
    pub(crate) stimuli: usize,
    pub(crate) center_bias_stimuli: usize,
    pub(crate) center_bias_fixations: usize,
    /// In the order of the dataset.
    pub(crate) groups: Vec<Group>,
    /// In the order of profiles, then metrics.
    pub(crate) metrics: Vec<MeasureSummary>,
    /// All pairs of groups under each model, then all pairs of models in each group.
    pub(crate) comparisons: Vec<Comparison>,
    /// Of the models that are densities.
    pub(crate) calibration: Vec<ModelCalibration>,
    pub(crate) notes: Vec<String>,
    pub(crate) problems: Vec<String>,
}

/// Whether a model's density means what it says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ModelCalibration {
    pub(crate) model: String,
    pub(crate) bins: Vec<CalibrationBin>,
}

/// All places that the density calls so likely.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct CalibrationBin {
    /// Times as likely as chance.
    pub(crate) times_chance: f64,
    /// Fixations that the density expects there, and those that were made there.
    pub(crate) expected: f64,
    pub(crate) found: u32,
}

/// A metric in a profile, with its score for every model and group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MeasureSummary {
    #[serde(flatten)]
    pub(crate) measure: Measure,
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) higher_is_better: bool,
    /// The name of the model's definition among those in use; several if predictions were of several kinds.
    pub(crate) variant: String,
    pub(crate) meaning: &'static str,
    /// Of every predictor in all groups, in the order of tables.
    pub(crate) scores: Vec<Score>,
}

impl MeasureSummary {
    pub(crate) fn new(measure: Measure, variant: &str, scores: Vec<Score>) -> Self {
        let metric = measure.metric;
        let described = VARIANTS.iter().find(|known| known.metric == metric && known.name == variant);
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
    pub(crate) fn of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a Score> {
        self.scores.iter().filter(move |score| score.model == model)
    }

    /// The scores of the models that the run is about.
    pub(crate) fn of_models(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().filter(|score| score.role == Role::Model)
    }

    /// The score of one predictor in one group, if it has one.
    pub(crate) fn score(&self, model: &str, group: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.model == model && score.group == group)
    }
}

/// The mean of one metric over the stimuli of one group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Score {
    pub(crate) model: String,
    pub(crate) role: Role,
    pub(crate) group: String,
    /// Absent if no stimulus has a value, or values are infinite in both directions.
    pub(crate) mean: Option<Number>,
    pub(crate) low: Option<Number>,
    pub(crate) high: Option<Number>,
    pub(crate) confidence: f64,
    /// Stimuli with a value.
    pub(crate) count: usize,
    /// Stimuli without, for a reason that concerns them.
    pub(crate) undefined: usize,
    /// Stimuli whose kind of prediction or baseline has no such value.
    pub(crate) not_applicable: usize,
    /// Why, for the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_applicable_because: Option<String>,
    /// Of information gain: the mean as a share of the gold standard's, over the stimuli on which both have a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explained: Option<f64>,
    /// The values, for plots, with the place of the stimulus in the dataset.
    #[serde(skip)]
    pub(crate) values: Vec<(u32, f64)>,
}

impl Score {
    pub(super) fn new(predictor: &Predictor, group: &str, values: Values) -> Self {
        let numbers: Vec<f64> = values.values.iter().map(|&(_, value)| value).collect();
        let interval = bootstrap_mean(&numbers, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED)).ok();
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
    pub(crate) fn at(&self, place: u32) -> Option<f64> {
        self.values.binary_search_by_key(&place, |&(place, _)| place).ok().map(|found| self.values[found].1)
    }
}

/// A number that JSON can hold: an infinite one becomes the string `Infinity` or `-Infinity`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            number => serializer.serialize_f64(number),
        }
    }
}

/// Averages the values of all stimuli.
pub(crate) fn summarize(
    settings: Settings,
    index: &Index,
    predictors: &[Predictor],
    measures: &[Measure],
    tally: &Tally,
) -> Summary {
    let metrics: Vec<MeasureSummary> =
        measures.par_iter().map(|&measure| average(measure, index, predictors, tally)).collect();
    let models: Vec<&str> = settings.models.iter().map(|model| model.name.as_str()).collect();
    let calibration = models.iter().zip(&tally.calibration).filter_map(|(model, calibration)| {
        let Calibration { expected, found } = calibration.as_ref()?;
        let bins =
            expected.iter().zip(found).enumerate().filter(|(_, (expected, found))| **expected > 0.0 || **found > 0);
        let bin = |(bin, (&expected, &found)): (usize, (&f64, &u32))| CalibrationBin {
            times_chance: octave(bin).exp2(),
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
        settings,
        fingerprint: index.fingerprint.clone(),
        stimuli: index.stimuli.len(),
        center_bias_stimuli: index.center_bias_stimuli,
        center_bias_fixations: index.center_bias_fixations,
        groups: index.groups.clone(),
        metrics,
        notes: index.notes.clone(),
        problems: tally.problems.clone(),
    }
}

fn average(measure: Measure, index: &Index, predictors: &[Predictor], tally: &Tally) -> MeasureSummary {
    // Of the models' rows; a stimulus that failed does not know of which kind its prediction would have been.
    let (mut variants, mut of_failed) = (BTreeSet::new(), BTreeSet::new());
    let mut scores = Vec::new();
    for predictor in predictors {
        for Group { group, .. } in index.groups.iter().filter(|group| predictor.name != group_name(&group.group)) {
            let values = tally.of(measure, &predictor.name, group);
            if predictor.role == Role::Model {
                variants.extend(values.variants.iter().cloned());
                of_failed.extend(values.of_failed.iter().cloned());
            }
            scores.push(Score::new(predictor, group, values));
        }
    }
    if measure.metric == Metric::Ig {
        let explained: Vec<Option<f64>> = scores.iter().map(|score| explained(score, &scores)).collect();
        scores.iter_mut().zip(explained).for_each(|(score, explained)| score.explained = explained);
    }
    let names = if variants.is_empty() { of_failed } else { variants };
    MeasureSummary::new(measure, &names.into_iter().collect::<Vec<_>>().join(", "), scores)
}

/// The share of the gold standard's mean that a score reaches. There is none where it, or the score, is no gain.
fn explained(score: &Score, scores: &[Score]) -> Option<f64> {
    let gold = scores.iter().find(|other| other.model == GOLD_STANDARD && other.group == score.group)?;
    let both = score.values.iter().filter_map(|&(place, value)| Some((value, gold.at(place)?)));
    let (ours, theirs) = both.fold((0.0, 0.0), |(ours, theirs), (value, gold)| (ours + value, theirs + gold));
    (theirs > 0.0 && ours >= 0.0).then_some(ours / theirs).filter(|share| share.is_finite())
}

impl Summary {
    /// Whether anything is missing or was left out.
    pub(crate) fn has_problems(&self) -> bool {
        let undefined = |metric: &MeasureSummary| metric.of_models().any(|score| score.undefined > 0);
        !self.problems.is_empty() || self.metrics.iter().any(undefined)
    }
}
