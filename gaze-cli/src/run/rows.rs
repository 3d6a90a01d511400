//! One row per stimulus, model, group, profile and metric.

use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{
    metrics::{Metric, Missing, Profile, Variant},
    output,
};

/// A metric in a profile: what a row or a line of a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Measure {
    pub(crate) profile: Profile,
    pub(crate) metric: Metric,
}

/// A score as it is stored. The value is kept as it is printed, so that reading it back changes no digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) model: String,
    pub(crate) profile: String,
    pub(crate) metric: String,
    pub(crate) variant: String,
    /// Empty if there is none.
    pub(crate) value: String,
    /// Why there is no value; else empty.
    pub(crate) reason: String,
    /// Whether an input of this kind can have a value at all.
    pub(crate) applicable: bool,
}

impl Row {
    pub(crate) fn new(
        model: &str,
        group: &str,
        measure: Measure,
        variant: &Variant,
        value: Result<f64, Missing>,
    ) -> Self {
        let (value, reason, applicable) = match value {
            Ok(value) => (value.to_string(), String::new(), true),
            Err(Missing::Undefined(reason)) => (String::new(), reason, true),
            Err(Missing::Input(reason)) => (String::new(), reason.to_owned(), true),
            Err(Missing::Kind(reason)) => (String::new(), format!("not applicable: {reason}"), false),
        };
        Self {
            group: group.to_owned(),
            model: model.to_owned(),
            profile: measure.profile.name().to_owned(),
            metric: measure.metric.name().to_owned(),
            variant: variant.name.to_owned(),
            value,
            reason,
            applicable,
        }
    }

    /// The value, if there is one.
    pub(crate) fn number(&self) -> Option<f64> {
        self.value.parse().ok()
    }

    /// Whether the row is about this.
    pub(crate) fn is_of(&self, model: &str, group: &str, measure: Measure) -> bool {
        self.metric == measure.metric.name()
            && self.profile == measure.profile.name()
            && self.group == group
            && self.model == model
    }
}

/// Writes `scores.csv`: the rows of every stimulus, in the order of the dataset.
pub(crate) fn write_scores<'a>(path: &Path, rows: impl Iterator<Item = (&'a str, &'a [Row])>) -> Result<()> {
    output::write(path, |writer| {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"])?;
        for (stimulus, rows) in rows {
            for row in rows {
                let Row { group, model, profile, metric, variant, value, reason, .. } = row;
                csv.write_record([stimulus, group, model, profile, metric, variant, value, reason])?;
            }
        }
        Ok(csv.flush()?)
    })
}
