//! One row per stimulus, model, group, profile and metric.

use serde::{Deserialize, Serialize};

use crate::metrics::{Measure, Missing, Variant};

/// A score as it is stored. The value is kept as it is printed, so that reading it back changes no digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The group of observers.
    pub group: String,
    /// The predictor: a model or a reference.
    pub model: String,
    /// The name of the profile.
    pub profile: String,
    /// The name of the metric.
    pub metric: String,
    /// The name of the definition.
    pub variant: String,
    /// The value; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub value: String,
    /// The reason why there is no value; empty if there is one.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// Whether an input of this kind can have a value at all.
    pub applicable: bool,
}

impl Row {
    pub(super) fn new(
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
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.value.parse().ok()
    }
}
