//! The predictors that are judged: the models, and the references that every table has beside them.

use crate::plan::{Plan, Reference};

/// The name of the uniform density as a predictor.
pub const UNIFORM: &str = "uniform";
/// The name of the center bias of the other images as a predictor.
pub const CENTER_BIAS: &str = "center-bias";
/// The name of the gold standard as a predictor: every observer predicted from the others of the group.
pub const GOLD_STANDARD: &str = "gold-standard";

/// With more groups than this, no group is predicted from another: there would be too many pairs to read.
pub const MOST_GROUPS: usize = 4;

/// The name of a group as a predictor of the others.
#[must_use]
pub fn group_name(group: &str) -> String {
    format!("group:{group}")
}

/// A name in the column of models, with its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predictor {
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// The role of a predictor in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A model that the study is about.
    Model,
    /// A baseline, which a model must beat.
    Baseline,
    /// A ceiling, which no model is expected to beat.
    Ceiling,
}

/// All predictors of a study, in the order of tables.
pub(crate) fn predictors(plan: &Plan, groups: &[String]) -> Vec<Predictor> {
    let of = |name: &str, role| Predictor { name: name.to_owned(), role };
    let mut predictors: Vec<Predictor> = plan.models.iter().map(|model| of(&model.name, Role::Model)).collect();
    for reference in &plan.references {
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

/// Tells whether groups are predicted from each other.
pub(crate) fn compares_groups(groups: usize) -> bool {
    (2..=MOST_GROUPS).contains(&groups)
}
