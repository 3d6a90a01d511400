//! The errors of gaze-lite.

use std::{io, path::PathBuf};

use gaze_core::{MapError, Size};
use thiserror::Error;

#[cfg(feature = "libtorch")]
use crate::tensor::TensorError;
use crate::weights::WeightsError;

/// The reason why gaze-lite could not be read, could not be trained or could not predict.
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
        /// The remark's text, or `nothing`.
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
        /// The hash of the backbone in this program.
        expected: String,
        /// The hash of the backbone on which the model was trained.
        found: String,
    },
    /// A blur is not positive, or is absurdly wide.
    #[error("{}: the blur of member {member} has sigma {sigma}, which is none", path.display())]
    Sigma {
        /// The file.
        path: PathBuf,
        /// The number of the member of the mixture, from 0.
        member: usize,
        /// The blur's standard deviation in pixels.
        sigma: f64,
    },
    /// A channel's standard deviation is not positive.
    #[error("{}: a channel of input {input} has a standard deviation that is not positive", path.display())]
    Deviation {
        /// The file.
        path: PathBuf,
        /// The number of the readout's input, from 0.
        input: usize,
    },
    /// The temperature is not positive.
    #[error("the temperature is a positive number, not {found}")]
    Temperature {
        /// The temperature.
        found: f64,
    },
    /// The picture has a side that is too short for the network.
    #[error("gaze-lite takes pictures of at least {shortest} pixels per side, this one is {size} (height x width)")]
    TooSmall {
        /// The picture's size.
        size: Size,
        /// The shortest side that is taken, in pixels.
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
        /// The largest number of pixels that is taken.
        most: usize,
    },
    /// The center bias or the fixations are for another size.
    #[error("the picture is {picture} (height x width), its {what} {found}")]
    Sizes {
        /// The picture's size.
        picture: Size,
        /// The thing that has another size, with its verb.
        what: &'static str,
        /// The size of that thing.
        found: Size,
    },
    /// No picture with fixations remains.
    #[error("training needs at least one picture with fixations, but there is none {what}")]
    NoPictures {
        /// The purpose: to train on, or to validate on.
        what: &'static str,
    },
    /// A setting is outside its range.
    #[error("{name} must be {range}, not {found}")]
    Setting {
        /// The setting's name.
        name: &'static str,
        /// The range of the setting.
        range: &'static str,
        /// The setting's value.
        found: String,
    },
    /// The loss became infinite or NaN.
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
    /// The result is no density.
    #[error("the prediction is no density")]
    Density(#[from] MapError),
    /// A picture of numbers is none.
    #[error("a picture has 3 finite colors per pixel; this array has {channels}, or a number in it is not finite")]
    Colors {
        /// The length of the last axis.
        channels: usize,
    },
    /// libtorch refused during a training, or its result has an unexpected form.
    #[cfg(feature = "libtorch")]
    #[error(transparent)]
    Border(#[from] TensorError),
}

#[cfg(feature = "libtorch")]
impl From<tch::TchError> for LiteError {
    fn from(error: tch::TchError) -> Self {
        Self::Border(error.into())
    }
}
