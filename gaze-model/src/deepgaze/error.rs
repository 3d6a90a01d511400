//! The reasons why a network of the DeepGaze family cannot be read or cannot predict.

use gaze_core::{MapError, Size};
use tch::TchError;
use thiserror::Error;

use crate::{tensor::TensorError, weights::WeightsError};

/// The reason why a DeepGaze model could not be read or could not predict.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeepGazeError {
    /// The weights are not those of the model.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A blur in the weights is not positive, or is absurdly wide.
    #[error("the blur of component {component} has sigma {sigma}: these are no weights of {model}")]
    Sigma {
        /// The model's name.
        model: &'static str,
        /// The number of the component.
        component: usize,
        /// The blur's standard deviation in pixels.
        sigma: f64,
    },
    /// A parameter of a dataset makes no sense.
    #[error("the parameter {name} is {value}, with which there is no density")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// Its value, or the sum of its values.
        value: f64,
    },
    /// The picture has a side that is too short for the networks.
    #[error(
        "{model} takes pictures of at least {shortest} pixels per side, this one is {size} (height x width); enlarge it"
    )]
    TooSmall {
        /// The model's name.
        model: &'static str,
        /// The picture's size.
        size: Size,
        /// The shortest side that is taken, in pixels.
        shortest: usize,
    },
    /// The picture would need more memory than is reasonable.
    #[error(
        "{model} takes pictures of at most {} megapixels, this one is {size} (height x width); \
         it was made for a long side of about 1024", most / 1_000_000
    )]
    TooLarge {
        /// The model's name.
        model: &'static str,
        /// The picture's size.
        size: Size,
        /// The largest number of pixels that is taken.
        most: usize,
    },
    /// The picture is too long for its width.
    #[error(
        "{model} takes pictures whose longer side is up to about four times the shorter one, this one is {size} \
         (height x width)"
    )]
    TooNarrow {
        /// The model's name.
        model: &'static str,
        /// The picture's size.
        size: Size,
    },
    /// The picture covers too small or too large a part of the visual field; perhaps the pixels per degree are wrong.
    #[error(
        "{model} takes pictures of more than 6 degrees of visual angle per side, and of not more than about 8800 square \
         degrees; at {scale} pixels per degree this one is {:.1}x{:.1} degrees (height x width)", degrees[0], degrees[1]
    )]
    Degrees {
        /// The model's name.
        model: &'static str,
        /// The picture's size.
        size: Size,
        /// The pixels per degree of visual angle.
        scale: f64,
        /// Height and width in degrees of visual angle.
        degrees: [f64; 2],
    },
    /// The center bias, or another picture of the batch, has another size.
    #[error("the picture is {picture} (height x width), its center bias or another picture of the batch {found}")]
    Sizes {
        /// The first picture's size.
        picture: Size,
        /// The size of the other.
        found: Size,
    },
    /// A fixation of the history has a coordinate that is NaN, infinite, or absurdly far from the picture.
    #[error(
        "fixation {index} of the history lies at x = {x}, y = {y}; coordinates are numbers of pixels, \
         at most {furthest} from the picture's corner"
    )]
    History {
        /// The fixation's place in the history, of which 0 is the oldest.
        index: usize,
        /// The horizontal coordinate.
        x: f64,
        /// The vertical coordinate.
        y: f64,
        /// The largest absolute value that is taken.
        furthest: f64,
    },
    /// The result is no density.
    #[error("the prediction is no density")]
    Density(#[from] MapError),
    /// libtorch refused, or its result has an unexpected form.
    #[error(transparent)]
    Border(#[from] TensorError),
}

impl From<TchError> for DeepGazeError {
    fn from(error: TchError) -> Self {
        Self::Border(error.into())
    }
}
