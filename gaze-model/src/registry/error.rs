//! The reasons why a model cannot be named or opened.

use std::path::PathBuf;

use gaze_core::ModelError;
use thiserror::Error;

use crate::{
    ModelOption,
    registry::{MODELS, in_a_sentence},
    weights::{ReleasedError, WeightsError},
};

/// A name that no model has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no model {name:?}; choose {}", in_a_sentence(MODELS.iter()))]
pub struct UnknownModel {
    /// The name.
    pub name: String,
}

/// The reason why a model cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The model does not take an option that was given.
    #[error("the option {option} is about {}, not about {model}", option.takers())]
    OptionNotTaken {
        /// The model's name.
        model: String,
        /// The option.
        option: ModelOption,
    },
    /// The model needs an option that was not given.
    #[error("{model} needs the option {option}: {reason}")]
    OptionNeeded {
        /// The model's name.
        model: String,
        /// The option.
        option: ModelOption,
        /// The reason why the model needs it.
        reason: &'static str,
    },
    /// The model runs on libtorch, and this build has none.
    #[error(
        "{model} runs on libtorch, which this program was built without; \
         `cargo xtask fetch-weights --model {model}` downloads its weights and builds the program with libtorch"
    )]
    NeedsLibtorch {
        /// The model's name.
        model: String,
    },
    /// The model's file needs an engine that this build lacks.
    #[error(
        "{model} needs the feature `{feature}`, which this program was built without; \
         `cargo build --release -p gaze-cli --features {feature}` builds it with it"
    )]
    NeedsFeature {
        /// The model's file.
        model: String,
        /// The Cargo feature.
        feature: &'static str,
    },
    /// The device is a GPU, and libtorch finds none.
    #[error("libtorch finds no GPU; that needs a driver and libtorch's CUDA part (cargo xtask setup --cuda)")]
    NoGpu,
    /// The file that holds the model does not exist.
    #[error("{}: there is no such file", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// The model's released weights are not there, and no others were named.
    #[error(transparent)]
    Released(#[from] ReleasedError),
    /// The weights cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The model refuses its weights, an option's value or the device.
    #[error(transparent)]
    Model(#[from] ModelError),
}
