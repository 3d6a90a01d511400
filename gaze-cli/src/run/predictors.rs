//! Who is judged: the models, and the references that every table has beside them.

use super::{Reference, Settings};

pub(crate) const UNIFORM: &str = "uniform";
pub(crate) const CENTER_BIAS: &str = "center-bias";
pub(crate) const GOLD_STANDARD: &str = "gold-standard";

/// With more groups than this, no group is predicted from another: there would be too many pairs to read.
pub(crate) const MOST_GROUPS: usize = 4;

/// The name of a group as a predictor of the others.
pub(crate) fn group_name(group: &str) -> String {
    format!("group:{group}")
}

/// A name in the column of models, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Predictor {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// What a predictor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// One of the models that the run is about.
    Model,
    /// What a model must beat.
    Baseline,
    /// What no model is expected to beat.
    Ceiling,
}

/// All predictors of a run, in the order of tables.
pub(crate) fn predictors(settings: &Settings, groups: &[String]) -> Vec<Predictor> {
    let of = |name: &str, role| Predictor { name: name.to_owned(), role };
    let mut predictors: Vec<Predictor> = settings.models.iter().map(|model| of(&model.name, Role::Model)).collect();
    for reference in &settings.references {
        match reference {
            Reference::Uniform => predictors.push(of(UNIFORM, Role::Baseline)),
            Reference::CenterBias => predictors.push(of(CENTER_BIAS, Role::Baseline)),
            Reference::GoldStandard => predictors.push(of(GOLD_STANDARD, Role::Ceiling)),
            Reference::Groups if compares_groups(groups.len()) => {
                predictors.extend(groups.iter().map(|group| of(&group_name(group), Role::Ceiling)));
            }
            Reference::Groups => {}
        }
    }
    predictors
}

/// Whether groups are predicted from each other.
pub(crate) fn compares_groups(groups: usize) -> bool {
    (2..=MOST_GROUPS).contains(&groups)
}
