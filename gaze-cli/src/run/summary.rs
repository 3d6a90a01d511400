//! Means over stimuli, and what there is to say about a run.

use std::collections::BTreeMap;

use gaze_core::Fixations;
use gaze_metrics::bootstrap_mean;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{GazeOfDataset, Metric, Row, Settings, StimulusGaze, metric::Definition};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;
/// Enough that the ends of the interval vary by a few percent of the standard error between seeds.
const RESAMPLES: usize = 10_000;
const SEED: u64 = 0x6761_7a65;

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
    pub(crate) metrics: Vec<MetricSummary>,
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

/// A metric with its score for every group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MetricSummary {
    pub(crate) metric: Metric,
    pub(crate) profile: &'static str,
    #[serde(flatten)]
    pub(crate) definition: Definition,
    pub(crate) scores: Vec<Score>,
}

/// The mean of one metric over the stimuli of one group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Score {
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
    /// Stimuli whose kind of prediction has no such value.
    pub(crate) not_applicable: usize,
    /// The values, for plots.
    #[serde(skip)]
    pub(crate) values: Vec<(String, f64)>,
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
    metrics: &[Metric],
    rows: &[Vec<Row>],
    notes: Vec<String>,
    problems: Vec<String>,
) -> Summary {
    let counts = gaze.counts();
    let usable = |stimulus: &StimulusGaze| -> usize {
        stimulus.groups.iter().filter_map(|g| g.fixations.as_ref().ok()).map(Fixations::len).sum()
    };
    let pooled = gaze.stimuli.iter().map(usable);
    let groups: Vec<Group> = groups
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
    let mut found: BTreeMap<(&str, &str), Vec<(&str, &Row)>> = BTreeMap::new();
    for (stimulus, rows) in gaze.stimuli.iter().zip(rows) {
        for row in rows {
            found.entry((&row.metric, &row.group)).or_default().push((&stimulus.key, row));
        }
    }
    let metrics = metrics
        .iter()
        .map(|&metric| {
            let name = metric.to_string();
            let of_group = |group: &Group| {
                let rows = found.get(&(name.as_str(), group.group.as_str()));
                score(&group.group, rows.map_or(&[][..], Vec::as_slice))
            };
            MetricSummary {
                metric,
                profile: super::metric::PROFILE,
                definition: metric.definition(),
                scores: groups.iter().map(of_group).collect(),
            }
        })
        .collect();
    Summary {
        schema: 1,
        gaze: env!("CARGO_PKG_VERSION"),
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

fn score(group: &str, rows: &[(&str, &Row)]) -> Score {
    let values: Vec<(String, f64)> =
        rows.iter().filter_map(|(stimulus, row)| Some(((*stimulus).to_owned(), row.number()?))).collect();
    let numbers: Vec<f64> = values.iter().map(|&(_, value)| value).collect();
    let interval = bootstrap_mean(&numbers, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED)).ok();
    let not_applicable = rows.iter().filter(|(_, row)| !row.applicable).count();
    Score {
        group: group.to_owned(),
        mean: interval.map(|interval| Number(interval.mean)),
        low: interval.map(|interval| Number(interval.low)),
        high: interval.map(|interval| Number(interval.high)),
        confidence: CONFIDENCE,
        count: values.len(),
        undefined: rows.len() - values.len() - not_applicable,
        not_applicable,
        values,
    }
}

impl Summary {
    /// Whether anything is missing or was left out.
    pub(crate) fn has_problems(&self) -> bool {
        let undefined = |metric: &MetricSummary| metric.scores.iter().any(|score| score.undefined > 0);
        !self.problems.is_empty() || self.metrics.iter().any(undefined)
    }
}
