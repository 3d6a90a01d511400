//! The reasons why a model cannot be fitted.

use std::path::PathBuf;

use thiserror::Error;

/// The reason why a model cannot be fitted to a dataset.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FittingError {
    /// The dataset has no such group of observers.
    #[error("there is no group {group}: {dataset} has {groups}")]
    NoSuchGroup {
        /// The group that was asked for.
        group: String,
        /// The dataset's name.
        dataset: String,
        /// The names of the dataset's groups.
        groups: String,
    },
    /// No image has fixations.
    #[error("{}: there is no image with fixations on it", path.display())]
    NoImages {
        /// The dataset.
        path: PathBuf,
    },
    /// Too few images have fixations and can be predicted.
    #[error(
        "{found} images with fixations are too few: {needed} are needed{}",
        problem.as_ref().map(|problem| format!("; others are left out, the first of them because of {problem}")).unwrap_or_default()
    )]
    TooFewImages {
        /// The reason why the first of the others cannot be predicted.
        problem: Option<String>,
        /// The number of images with fixations that can be predicted.
        found: usize,
        /// The number that is needed.
        needed: usize,
    },
    /// Only networks can be calibrated.
    #[error("only networks can be calibrated, and {model} is none")]
    NoNetwork {
        /// The model.
        model: String,
    },
    /// The model is calibrated already.
    #[error("{model} is calibrated already")]
    CalibratedAlready {
        /// The model.
        model: String,
    },
    /// An option was given that the fit decides.
    #[error("the fit finds the {option}")]
    Fitted {
        /// The option.
        option: &'static str,
    },
    /// A portion was given neither once nor once for each dataset.
    #[error("{option} is given once or once for each dataset, not {found} times for {datasets}")]
    Portions {
        /// The option.
        option: &'static str,
        /// The number of times that it was given.
        found: usize,
        /// The number of datasets.
        datasets: usize,
    },
}
