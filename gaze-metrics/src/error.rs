//! The cases in which a metric has no value.

use gaze_core::{Fixations, Size};
use thiserror::Error;

/// Why a metric has no value.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The prediction and what it is compared with belong to images of different sizes. Nothing is resized.
    #[error("the prediction is {prediction}, the {other} {found} (height x width)")]
    SizeMismatch {
        /// The size of the prediction.
        prediction: Size,
        /// What it is compared with.
        other: &'static str,
        /// The size of that.
        found: Size,
    },
    /// An average over no fixation.
    #[error("no fixations")]
    NoFixations,
    /// Every pixel is fixated, so there is nothing to compare the fixations with.
    #[error("every pixel is fixated")]
    AllFixated,
    /// There are no nonfixations, such as fixations on other images.
    #[error("no nonfixations")]
    NoNonfixations,
    /// The prediction is the same everywhere, and the definition scales it to its range.
    #[error("the prediction is constant")]
    ConstantPrediction,
    /// A map that must be a distribution has negative values, and the definition does not shift them.
    #[error("the {map} has negative values")]
    Negative {
        /// Which map.
        map: &'static str,
    },
    /// A map that must be a distribution has no mass: all of it is zero, or equally negative.
    #[error("the {map} has no mass")]
    NoMass {
        /// Which map.
        map: &'static str,
    },
    /// The empirical map is the same everywhere, so nothing can correlate with it.
    #[error("the empirical map is constant")]
    ConstantReference,
    /// A fixated pixel has probability 0 under both densities.
    #[error("fixation {index} has probability 0 under the model and the baseline")]
    UndefinedRatio {
        /// Position of the fixation in its list.
        index: usize,
    },
    /// The values are so large that their sum is not a number.
    #[error("the values are too large to be summed")]
    Overflow,
    /// The mean of no value.
    #[error("no values")]
    NoValues,
    /// Infinite values of both signs have no mean.
    #[error("the values are infinite in both directions")]
    OppositeInfinities,
    /// A grid cannot be reduced by a factor of 0.
    #[error("a grid cannot be reduced by a factor of 0")]
    ZeroFactor,
    /// A threshold distance is not positive.
    #[error("the threshold distance is {found}, it must be positive")]
    Threshold {
        /// The threshold that was given.
        found: f64,
    },
    /// The grid is too fine for the earth mover's distance.
    #[error("the grid has {found} cells, the earth mover's distance takes at most {limit}: reduce it further")]
    TooManyCells {
        /// The cells of the grid.
        found: usize,
        /// The largest number that is accepted.
        limit: usize,
    },
    /// The search for the cheapest flow was given up; no input is known for which this happens.
    #[error("the cheapest flow was not found in {pivots} steps")]
    PivotLimit {
        /// How many steps were made on one grid.
        pivots: usize,
    },
}

/// The first error of every metric over fixations.
pub(crate) fn check_fixations(prediction: Size, fixations: &Fixations) -> Result<(), MetricError> {
    check_size(prediction, "fixations' image is", fixations.size())?;
    if fixations.is_empty() { Err(MetricError::NoFixations) } else { Ok(()) }
}

pub(crate) fn check_size(prediction: Size, other: &'static str, found: Size) -> Result<(), MetricError> {
    if prediction == found { Ok(()) } else { Err(MetricError::SizeMismatch { prediction, other, found }) }
}
