//! The names of the predictors that are no models: the references that every table has.

/// The name of the uniform density as a predictor.
pub const UNIFORM: &str = "uniform";
/// The name of the center bias of the other images as a predictor.
pub const CENTER_BIAS: &str = "center-bias";
/// The name of the gold standard as a predictor: every observer predicted from the others of the group.
pub const GOLD_STANDARD: &str = "gold-standard";

/// The name of a group as a predictor of the others.
#[must_use]
pub fn group_name(group: &str) -> String {
    format!("group:{group}")
}
