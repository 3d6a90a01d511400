//! The names of metrics and profiles.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use strum::{EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use super::{METRICS, MetricRow};

/// A family of definitions that belong together, in the order of tables.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Profile {
    /// The definitions of the current MIT/Tübingen benchmark.
    Tuebingen,
    /// The definitions of the MIT saliency benchmark's MATLAB code.
    Mit,
}

impl Profile {
    /// The name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A metric, in the order of tables. [`Metric::row`] describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Metric {
    /// The area under the curve with thresholds at fixated values.
    AucJudd,
    /// The area under the curve against all pixels.
    Auc,
    /// The area under the curve against as many random pixels.
    AucBorji,
    /// The area under the curve against fixations on other images.
    Sauc,
    /// The normalised scanpath saliency.
    Nss,
    /// The information gain over a baseline.
    Ig,
    /// The log-likelihood per fixation.
    LogLikelihood,
    /// The correlation coefficient with the empirical map.
    Cc,
    /// The overlap with the empirical map.
    Sim,
    /// The Kullback-Leibler divergence from the empirical map.
    Kl,
    /// The earth mover's distance from the empirical map.
    Emd,
}

impl Metric {
    /// The metric's row in the table of metrics.
    #[must_use]
    pub fn row(self) -> &'static MetricRow {
        &METRICS[self as usize]
    }

    /// The name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.row().label
    }

    /// The unit, empty if there is none.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.row().unit
    }

    /// Tells whether a higher value is better.
    #[must_use]
    pub fn higher_is_better(self) -> bool {
        self.row().higher_is_better
    }

    /// Tells whether the metric compares with an empirical map, which needs a blur.
    #[must_use]
    pub fn needs_empirical_map(self) -> bool {
        self.row().compares_maps
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A metric in a profile: the subject of a row of scores and of a line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Measure {
    /// The profile.
    pub profile: Profile,
    /// The metric.
    pub metric: Metric,
}

/// A name that no metric has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no metric {name:?}; choose {}", METRICS.iter().map(|row| row.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownMetric {
    /// The name.
    pub name: String,
}

/// Reads the name of a metric. Hyphens may stand for underscores, and `ll` for `ll_nats`.
impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        let name = text.replace('-', "_");
        let name = if name == "ll" { Self::LogLikelihood.name() } else { name.as_str() };
        let row = METRICS.iter().find(|row| row.name == name);
        row.map(|row| row.metric).ok_or_else(|| UnknownMetric { name: text.to_owned() })
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_metrics() {
        for &metric in Metric::VARIANTS {
            assert_eq!(metric.name().parse(), Ok(metric));
            assert_eq!(metric.name().replace('_', "-").parse(), Ok(metric));
        }
        assert_eq!("ll".parse(), Ok(Metric::LogLikelihood));
        let error = "auk".parse::<Metric>().unwrap_err().to_string();
        assert!(error.starts_with("there is no metric \"auk\"; choose auc_judd, auc, "), "{error}");
    }
}
