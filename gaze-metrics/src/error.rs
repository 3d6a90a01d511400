//! The cases in which a metric has no value.

use gaze_core::{Fixations, Size};
use thiserror::Error;

/// The reason why a metric has no value.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The prediction and what it is compared with belong to images of different sizes. Nothing is resized.
    #[error("the prediction is {prediction}, the {other} {found} (height x width)")]
    SizeMismatch {
        /// The size of the prediction.
        prediction: Size,
        /// The name of what it is compared with.
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
        /// The name of the map.
        map: &'static str,
    },
    /// A map that must be a distribution has no mass: all of it is zero, or equally negative.
    #[error("the {map} has no mass")]
    NoMass {
        /// The name of the map.
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
        /// The number of steps that were made on one grid.
        pivots: usize,
    },
    /// Two lists that are paired by position have different lengths.
    #[error("{first} values cannot be paired with {second}")]
    CountMismatch {
        /// Length of the first list.
        first: usize,
        /// Length of the second list.
        second: usize,
    },
    /// A difference is not a number: a value is NaN, or both are the same infinity.
    #[error("pair {index} has no difference")]
    UndefinedDifference {
        /// Position of the pair.
        index: usize,
    },
    /// The differences of the pairs are all the same or not finite, so nothing can be measured in their deviation.
    #[error("the differences have no finite, positive standard deviation")]
    UndefinedDeviation,
    /// The exact null distribution was asked for beyond the number of pairs for which it is computed.
    #[error("{found} unequal pairs are too many for the exact distribution, which is computed up to {largest}")]
    TooManyPairs {
        /// Pairs with a difference other than 0.
        found: usize,
        /// The limit.
        largest: usize,
    },
    /// A blur's width is not one.
    #[error("a blur's sigma must be positive and at most {largest} pixels, not {found}")]
    Sigma {
        /// The width that was given.
        found: f64,
        /// The widest accepted.
        largest: f64,
    },
    /// Some maps come with a center bias and others without, in training or afterwards.
    #[error("a center bias must be given for all maps, in training and afterwards, or for none")]
    UnpairedCenterBias,
    /// A fixation that the center bias excludes has no likelihood under any weight.
    #[error("the center bias of image {image} has probability 0 at its fixation {fixation}")]
    ExcludedFixation {
        /// Position of the image.
        image: usize,
        /// Position of the fixation on it.
        fixation: usize,
    },
    /// Scores that are the same everywhere cannot be turned into a density.
    #[error("all maps are constant")]
    ConstantMaps,
    /// Options of a calibration with which nothing can be fitted.
    #[error("calibration takes 1 to 1000 segments and a positive ridge, not {segments} and {ridge}")]
    CalibrationOptions {
        /// The number of segments that was given.
        segments: usize,
        /// The ridge that was given.
        ridge: f64,
    },
    /// The search for the best calibration did not end, which a ridge near 0 can cause.
    #[error("the maximum of the likelihood was not found")]
    NotConverged,
    /// Images cannot be divided into the parts of a cross-validation.
    #[error("cross-validation takes 2 parts or more and an image for each, not {parts} parts of {images} images")]
    Parts {
        /// The number of parts that was given.
        parts: usize,
        /// The number of images with fixations.
        images: usize,
    },
    /// A p-value is no probability.
    #[error("p-value {index} is {found}, not a number in 0 ..= 1")]
    NotAProbability {
        /// Position of the value.
        index: usize,
        /// The value.
        found: f64,
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
