//! The reasons why a plan makes no sense.

use gaze_targets::TargetError;
use thiserror::Error;

use crate::metrics::{Metric, Profile};

/// A plan that makes no sense.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// No profile of the plan has this metric.
    #[error("{metric}: profile {} has no such metric", names(profiles, " and "))]
    NoSuchMetric {
        /// The metric.
        metric: Metric,
        /// The profiles of the plan.
        profiles: Vec<Profile>,
    },
    /// A metric compares with a blurred map, and the blur is unknown: set [`Plan::sigma_px`](crate::Plan), or leave CC, SIM,
    /// KL and EMD out.
    #[error(
        "{metric} compares with a blurred map of the fixations, and {dataset} does not say how many pixels a degree of \
         visual angle has"
    )]
    BlurUnknown {
        /// The first such metric.
        metric: Metric,
        /// The dataset's name.
        dataset: String,
    },
    /// The blur is no positive number.
    #[error(transparent)]
    Blur(TargetError),
    /// A cell of the earth mover's distance has no pixels.
    #[error("a cell of the earth mover's distance must be at least 1 pixel along each side")]
    NoCells,
    /// Groups are to be the values of a column, and the format of the dataset is no table.
    #[error("groups by {column}: only a table of fixations has columns")]
    NoColumns {
        /// The column.
        column: String,
    },
    /// An option about precomputed maps is given, and no model is a folder of maps.
    #[error("the option {option} is about precomputed maps, and no model is a folder of them")]
    NoMaps {
        /// The name of the option.
        option: &'static str,
    },
    /// The plan was made for other models than those of the study.
    #[error("the plan was made for other models")]
    OtherModels,
    /// A study needs a model.
    #[error("a study has at least one model")]
    NoModels,
    /// Two models have one name.
    #[error("two models are called {name}; their scores could not be told apart")]
    SameName {
        /// The name.
        name: String,
    },
    /// Observers are to be groups, and the dataset does not name them.
    #[error("{dataset} does not name its observers, so they cannot be groups")]
    UnnamedObservers {
        /// The dataset's name.
        dataset: String,
    },
}

fn names(profiles: &[Profile], between: &str) -> String {
    profiles.iter().map(|profile| profile.name()).collect::<Vec<_>>().join(between)
}
