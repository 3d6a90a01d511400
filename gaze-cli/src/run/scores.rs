//! One row per stimulus, group and metric.

use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{
    Metric,
    metric::{PROFILE, Value},
};
use crate::output;

/// A score as it is stored. The value is kept as it is printed, so that reading it back changes no digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) group: String,
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
    pub(crate) fn new(group: &str, metric: Metric, value: Value) -> Self {
        let (value, reason, applicable) = match value {
            Value::Is(value) => (value.to_string(), String::new(), true),
            Value::Undefined(reason) => (String::new(), reason, true),
            Value::NotApplicable(reason) => (String::new(), format!("not applicable: {reason}"), false),
        };
        let variant = metric.definition().variant.to_owned();
        Self { group: group.to_owned(), metric: metric.to_string(), variant, value, reason, applicable }
    }

    /// The value, if there is one.
    pub(crate) fn number(&self) -> Option<f64> {
        self.value.parse().ok()
    }
}

/// Writes `scores.csv`: the rows of every stimulus, in the order of the dataset.
pub(crate) fn write_scores<'a>(
    path: &Path,
    model: &str,
    rows: impl Iterator<Item = (&'a str, &'a [Row])>,
) -> Result<()> {
    output::write(path, |writer| {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"])?;
        for (stimulus, rows) in rows {
            for row in rows {
                csv.write_record([
                    stimulus,
                    &row.group,
                    model,
                    PROFILE,
                    &row.metric,
                    &row.variant,
                    &row.value,
                    &row.reason,
                ])?;
            }
        }
        Ok(csv.flush()?)
    })
}
