//! The reasons why a model cannot be opened for a study.

use std::path::PathBuf;

use gaze_core::{ModelError, NotPositive};
use gaze_data::DataError;
use gaze_model::{ModelOption, OpenError, TemplateError, weights::ReleasedError};
use thiserror::Error;

use super::CalibrationError;

/// The reason why a model cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenModelError {
    /// The model itself cannot be opened.
    #[error(transparent)]
    Open(Box<OpenError>),
    /// An option names a file, and several models would take it for their own.
    #[error(
        "the option {option} names one file, and {models} each take their own; give it where one of them runs alone"
    )]
    SharedFile {
        /// The option.
        option: ModelOption,
        /// The models.
        models: String,
    },
    /// No model has a use for an option, though models of their kind take it.
    #[error("the option {option} is of no use to {model}: {reason}")]
    NoUse {
        /// The model, or the models.
        model: String,
        /// The option.
        option: ModelOption,
        /// The reason why it is of no use.
        reason: &'static str,
    },
    /// The model's own center bias was chosen, and it has none.
    #[error("{model} has no center bias of its own")]
    NoCenterBias {
        /// The model.
        model: String,
    },
    /// The released center bias of MIT1003 is not there.
    #[error("{0}; or choose another center bias, for example gaussian")]
    Mit1003(#[source] ReleasedError),
    /// The file of a center bias cannot be read.
    #[error(transparent)]
    CenterBiasFile(Box<DataError>),
    /// The file of a center bias holds no center bias.
    #[error("{}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// The fault in its content.
        source: Box<TemplateError>,
    },
    /// The pixels per degree are no positive number.
    #[error(transparent)]
    PixelsPerDegree(NotPositive),
    /// The file of a calibration cannot be used.
    #[error("{}", path.display())]
    Calibration {
        /// The file.
        path: PathBuf,
        /// The fault in the file.
        source: Box<CalibrationError>,
    },
    /// The network that a calibration is for cannot be opened.
    #[error("{}: the network {network}", path.display())]
    CalibratedNetwork {
        /// The file.
        path: PathBuf,
        /// The network's name.
        network: String,
        /// The reason why it cannot be opened.
        source: Box<OpenModelError>,
    },
    /// A calibration decides what an option was to decide.
    #[error("{} has a {option} of its own", path.display())]
    Calibrated {
        /// The file.
        path: PathBuf,
        /// The option.
        option: &'static str,
    },
    /// The weights cannot be read.
    #[error("the weights of {model}")]
    Weights {
        /// The model.
        model: String,
        /// The reason why they cannot be read.
        source: ModelError,
    },
    /// The maps cannot be read.
    #[error("{model}")]
    Maps {
        /// The model.
        model: String,
        /// The reason why they cannot be read.
        source: Box<DataError>,
    },
    /// No map is named like an image of the dataset.
    #[error(
        "{model}: none of the {maps} maps in {} is named like an image of the dataset, as {example}.png would be",
        folder.display()
    )]
    NoMap {
        /// The model.
        model: String,
        /// The number of maps.
        maps: usize,
        /// Their folder.
        folder: PathBuf,
        /// The key of the dataset's first stimulus.
        example: String,
    },
    /// The model predicts the stimuli of a dataset, and there is none.
    #[error("{model} needs a dataset")]
    NeedsDataset {
        /// The model.
        model: String,
    },
    /// The model predicts from the fixations made so far, and one map for a picture is asked for.
    #[error("{model} predicts each fixation from those before it and has no one map for a picture")]
    NeedsHistory {
        /// The model.
        model: String,
    },
}

impl From<OpenError> for OpenModelError {
    fn from(error: OpenError) -> Self {
        Self::Open(Box::new(error))
    }
}
