//! What can go wrong with gaze-lite.

use std::{io, path::PathBuf};

use gaze_core::{MapError, Size};
use tch::TchError;
use thiserror::Error;

use crate::{tensor::TensorError, weights::WeightsError};

/// Why gaze-lite could not be read, trained or asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiteError {
    /// The weights are not those of gaze-lite.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file is no model of this kind.
    #[error("{}: this is no gaze-lite model, as `gaze-cli train` writes it", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// A remark in the file's header is missing or makes no sense.
    #[error("{}: the header's `{key}` is {found}, which no gaze-lite model has", path.display())]
    Remark {
        /// The file.
        path: PathBuf,
        /// The remark's name.
        key: &'static str,
        /// What is there.
        found: String,
    },
    /// The model was trained on another backbone than the one in this program.
    #[error(
        "{}: this model was trained on backbone {found}, but this gaze has {expected}; train it again",
        path.display()
    )]
    Backbone {
        /// The file.
        path: PathBuf,
        /// The backbone here, by its hash.
        expected: String,
        /// The one it was trained on.
        found: String,
    },
    /// A blur is none.
    #[error("{}: the blur of member {member} has sigma {sigma}, which is none", path.display())]
    Sigma {
        /// The file.
        path: PathBuf,
        /// Which member of the mixture.
        member: usize,
        /// The blur's standard deviation in pixels.
        sigma: f64,
    },
    /// A channel's standard deviation is not positive.
    #[error("{}: a channel of input {input} has a standard deviation that is not positive", path.display())]
    Deviation {
        /// The file.
        path: PathBuf,
        /// Which input of the readout.
        input: usize,
    },
    /// A temperature that is not positive.
    #[error("the temperature is a positive number, not {found}")]
    Temperature {
        /// The number.
        found: f64,
    },
    /// A side is shorter than the network takes.
    #[error("gaze-lite takes pictures of at least {shortest} pixels per side, this one is {size} (height x width)")]
    TooSmall {
        /// The picture's size.
        size: Size,
        /// The least side.
        shortest: usize,
    },
    /// The picture would need more memory than is reasonable.
    #[error(
        "gaze-lite takes pictures of at most {} megapixels, this one is {size} (height x width); \
         it was made for a long side of 768", most / 1_000_000
    )]
    TooLarge {
        /// The picture's size.
        size: Size,
        /// The most pixels.
        most: usize,
    },
    /// A center bias, or the fixations, are for another size.
    #[error("the picture is {picture} (height x width), its {what} {found}")]
    Sizes {
        /// The picture's size.
        picture: Size,
        /// What else has a size.
        what: &'static str,
        /// That size.
        found: Size,
    },
    /// There is nothing to learn from.
    #[error("training needs at least one picture with fixations, but there is none {what}")]
    NoPictures {
        /// For what: to train on, or to validate on.
        what: &'static str,
    },
    /// A setting is outside its range.
    #[error("{name} must be {range}, not {found}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it may be.
        range: &'static str,
        /// What it is.
        found: String,
    },
    /// The loss is no number any more.
    #[error("the training diverged in epoch {epoch}: the loss is {loss}; a lower learning rate may help")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// A checkpoint belongs to another training.
    #[error("{}: this checkpoint is of another training (settings, pictures or backbone differ); remove it to begin anew", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
    },
    /// A file of the training cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// What came out is no density.
    #[error("the prediction is no density")]
    Density(#[from] MapError),
    /// A result did not leave libtorch.
    #[error(transparent)]
    Border(#[from] TensorError),
}

impl From<TchError> for LiteError {
    fn from(error: TchError) -> Self {
        Self::Border(error.into())
    }
}
