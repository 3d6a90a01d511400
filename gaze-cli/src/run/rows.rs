//! One row per stimulus, model, group, profile and metric.

use serde::{Deserialize, Serialize};

use crate::metrics::{Metric, Missing, Profile, Variant};

/// A metric in a profile: what a row or a line of a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(crate) value: String,
    /// Why there is no value; else empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
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
}
