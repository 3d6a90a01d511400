//! Means over stimuli, and what there is to say about a run.

use std::collections::BTreeSet;

use gaze_metrics::bootstrap_mean;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    Comparison, GOLD_STANDARD, GazeOfDataset, Measure, Row, Settings, StimulusGaze, comparison::compare,
    gaze::GroupFixations,
};
use crate::metrics::VARIANTS;

/// Confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Enough that the ends of the interval vary by a few percent of the standard error between seeds.
pub(super) const RESAMPLES: usize = 10_000;
pub(super) const SEED: u64 = 0x6761_7a65;

/// The content of `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// Version of this structure.
    pub(crate) schema: u32,
    pub(crate) gaze: &'static str,
    pub(crate) settings: Settings,
    pub(crate) fingerprint: String,
    pub(crate) stimuli: usize,
    /// How many stimuli have gaze that the center bias is estimated from, and how many fixations that is.
    pub(crate) center_bias_stimuli: usize,
    pub(crate) center_bias_fixations: usize,
    /// In the order of the dataset.
    pub(crate) groups: Vec<Group>,
    /// In the order of profiles, then metrics.
    pub(crate) metrics: Vec<MeasureSummary>,
    /// All pairs of groups, under the model.
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) notes: Vec<String>,
    pub(crate) problems: Vec<String>,
}

/// What a group of observers amounts to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) group: String,
    pub(crate) stimuli: usize,
    pub(crate) scanpaths: usize,
    pub(crate) fixations: usize,
    pub(crate) dropped_fixations: usize,
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
    /// Of the model in all groups, then of the gold standard.
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

    /// The scores of the model that the run is about.
    pub(crate) fn of_model(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().filter(|score| score.model != GOLD_STANDARD)
    }

    /// The scores of the gold standard; none if they were not asked for.
    pub(crate) fn ceilings(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().filter(|score| score.model == GOLD_STANDARD)
    }
}

/// The mean of one metric over the stimuli of one group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Score {
    pub(crate) model: String,
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
    /// The values, for plots.
    #[serde(skip)]
    pub(crate) values: Vec<(String, f64)>,
}

impl Score {
    pub(super) fn of_values(
        model: &str,
        group: &str,
        values: Vec<(String, f64)>,
        undefined: usize,
        not_applicable: (usize, Option<&str>),
    ) -> Self {
        let numbers: Vec<f64> = values.iter().map(|&(_, value)| value).collect();
        let interval = bootstrap_mean(&numbers, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED)).ok();
        Self {
            model: model.to_owned(),
            group: group.to_owned(),
            mean: interval.map(|interval| Number(interval.mean)),
            low: interval.map(|interval| Number(interval.low)),
            high: interval.map(|interval| Number(interval.high)),
            confidence: CONFIDENCE,
            count: values.len(),
            undefined,
            not_applicable: not_applicable.0,
            not_applicable_because: not_applicable.1.map(str::to_owned),
            values,
        }
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

/// Averages the rows of all stimuli.
pub(crate) fn summarize(
    settings: Settings,
    gaze: &GazeOfDataset,
    groups: &[String],
    measures: &[Measure],
    rows: &[Vec<Row>],
    notes: Vec<String>,
    problems: Vec<String>,
) -> Summary {
    let counts = gaze.counts();
    let usable = |stimulus: &StimulusGaze| stimulus.groups.iter().map(GroupFixations::count).sum::<usize>();
    let pooled = gaze.stimuli.iter().map(usable);
    let metrics: Vec<MeasureSummary> =
        measures.par_iter().map(|&measure| average(measure, &settings, gaze, groups, rows)).collect();
    let groups = groups
        .iter()
        .map(|group| {
            let counts = counts.get(group).copied().unwrap_or_default();
            Group {
                group: group.clone(),
                stimuli: counts.stimuli,
                scanpaths: counts.scanpaths,
                fixations: counts.fixations,
                dropped_fixations: counts.dropped,
            }
        })
        .collect();
    Summary {
        schema: 2,
        gaze: env!("CARGO_PKG_VERSION"),
        comparisons: compare(&metrics, &settings.model),
        settings,
        fingerprint: gaze.fingerprint.clone(),
        stimuli: gaze.stimuli.len(),
        center_bias_stimuli: pooled.clone().filter(|&count| count > 0).count(),
        center_bias_fixations: pooled.sum(),
        groups,
        metrics,
        notes,
        problems,
    }
}

fn average(
    measure: Measure,
    settings: &Settings,
    gaze: &GazeOfDataset,
    groups: &[String],
    rows: &[Vec<Row>],
) -> MeasureSummary {
    let models = std::iter::once(settings.model.as_str()).chain(settings.ceiling.then_some(GOLD_STANDARD));
    // Of the model's rows; a stimulus that failed does not know of which kind its prediction would have been.
    let (mut variants, mut of_failed) = (BTreeSet::new(), BTreeSet::new());
    let mut scores = Vec::new();
    for model in models {
        for group in groups {
            let (mut values, mut undefined, mut not_applicable) = (Vec::new(), 0, (0, None));
            for (stimulus, rows) in gaze.stimuli.iter().zip(rows) {
                for row in rows.iter().filter(|row| row.is_of(model, group, measure)) {
                    let known = if row.value.is_empty() { &mut of_failed } else { &mut variants };
                    if model == settings.model {
                        known.insert(row.variant.as_str());
                    }
                    match row.number() {
                        Some(value) => values.push((stimulus.key.clone(), value)),
                        None if row.applicable => undefined += 1,
                        None => not_applicable = (not_applicable.0 + 1, Some(row.reason.as_str())),
                    }
                }
            }
            scores.push(Score::of_values(model, group, values, undefined, not_applicable));
        }
    }
    let names = if variants.is_empty() { of_failed } else { variants };
    MeasureSummary::new(measure, &names.into_iter().collect::<Vec<_>>().join(", "), scores)
}

impl Summary {
    /// Whether anything is missing or was left out.
    pub(crate) fn has_problems(&self) -> bool {
        let undefined = |metric: &MeasureSummary| metric.scores.iter().any(|score| score.undefined > 0);
        !self.problems.is_empty() || self.metrics.iter().any(undefined)
    }
}
