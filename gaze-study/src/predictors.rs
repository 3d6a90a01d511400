//! The predictors that are judged: the models, and the references that every table has beside them.

use crate::{
    names::{CENTER_BIAS, GOLD_STANDARD, UNIFORM, group_name},
    plan::{Plan, Reference},
};

/// With more groups than this, no group is predicted from another: there would be too many pairs to read.
pub const MOST_GROUPS: usize = 4;

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
