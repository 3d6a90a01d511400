//! The metrics by name, and how one is applied to a stimulus.

use std::fmt;

use anyhow::Result;
use clap::ValueEnum;
use gaze_core::{Fixations, LogDensity, Prediction, SaliencyMap};
use gaze_metrics::{auc, cc, information_gain, kl_divergence, nss, sim};
use serde::Serialize;

/// A metric, in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Metric {
    /// Area under the ROC curve, all pixels as nonfixations
    Auc,
    /// Normalised scanpath saliency
    Nss,
    /// Correlation with the empirical map
    Cc,
    /// Kullback-Leibler divergence of the empirical map from the prediction
    Kl,
    /// Overlap with the empirical map
    Sim,
    /// Information gain over the baseline
    Ig,
}

/// What a metric is called and means; the same words in every output.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Definition {
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) higher_is_better: bool,
    /// The name of the definition among those in use.
    pub(crate) variant: &'static str,
    pub(crate) meaning: &'static str,
}

/// The profile whose definitions are used.
pub(crate) const PROFILE: &str = "tuebingen";

impl Metric {
    pub(crate) fn definition(self) -> Definition {
        let definition = |label, unit, higher_is_better, variant, meaning| Definition {
            label,
            unit,
            higher_is_better,
            variant,
            meaning,
        };
        match self {
            Self::Auc => definition(
                "AUC",
                "",
                true,
                "pysaliency_uniform",
                "probability that a fixation scores higher than a random pixel; ties count half, chance is 0.5",
            ),
            Self::Nss => definition(
                "NSS",
                "",
                true,
                "pysaliency",
                "mean score at the fixations in standard deviations of the map; chance is 0",
            ),
            Self::Cc => definition("CC", "", true, "pysaliency", "correlation of the map with the empirical map"),
            Self::Kl => definition(
                "KL",
                "nats",
                false,
                "pysaliency_mit",
                "divergence of the empirical map from the map, regularised by 2.2204e-16",
            ),
            Self::Sim => definition("SIM", "", true, "pysaliency", "overlap of the map and the empirical map"),
            Self::Ig => definition(
                "IG",
                "bits",
                true,
                "log_density",
                "log likelihood per fixation above the baseline's; needs a density",
            ),
        }
    }

    /// Whether the metric compares with an empirical map, which needs a blur width.
    pub(crate) fn needs_empirical_map(self) -> bool {
        matches!(self, Self::Cc | Self::Kl | Self::Sim)
    }
}

/// Writes the name used in files and after `--metrics`.
impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auc => "auc",
            Self::Nss => "nss",
            Self::Cc => "cc",
            Self::Kl => "kl",
            Self::Sim => "sim",
            Self::Ig => "ig",
        })
    }
}

/// What information gain is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Baseline {
    CenterBias,
    Uniform,
}

/// A score, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Is(f64),
    /// This input has no value: something is wrong with it, or the case is degenerate.
    Undefined(String),
    /// No input of this kind can have a value.
    NotApplicable(&'static str),
}

/// All that a metric may ask for.
pub(crate) struct Evidence<'a> {
    pub(crate) prediction: &'a Prediction,
    /// The prediction as scores.
    pub(crate) map: &'a SaliencyMap,
    pub(crate) fixations: &'a Fixations,
    pub(crate) empirical: Result<&'a SaliencyMap, &'a str>,
    pub(crate) baseline: Result<&'a LogDensity, &'a str>,
}

impl Metric {
    /// Computes the metric.
    pub(crate) fn value(self, evidence: &Evidence<'_>) -> Value {
        let Evidence { prediction, map, fixations, empirical, baseline } = evidence;
        let compare = |metric: fn(&SaliencyMap, &SaliencyMap) -> Result<f64, gaze_metrics::MetricError>| {
            empirical.map_err(str::to_owned).and_then(|empirical| metric(map, empirical).map_err(|e| e.to_string()))
        };
        let value = match self {
            Self::Auc => auc(map, fixations).map_err(|error| error.to_string()),
            Self::Nss => nss(map, fixations).map_err(|error| error.to_string()),
            Self::Cc => compare(cc),
            Self::Kl => compare(kl_divergence),
            Self::Sim => compare(sim),
            Self::Ig => {
                let Some(density) = prediction.density() else {
                    return Value::NotApplicable("the prediction is a map of scores, not a density");
                };
                let gain = |baseline| information_gain(density, baseline, fixations).map_err(|e| e.to_string());
                baseline.map_err(str::to_owned).and_then(gain)
            }
        };
        value.map_or_else(Value::Undefined, Value::Is)
    }
}
