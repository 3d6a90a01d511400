//! The errors of requests for target maps.

use gaze_core::{MapError, NotPositive, Size};
use thiserror::Error;

use crate::Dropped;

/// The reason why no target map was made.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A blur width is zero, negative, infinite or NaN, or so wide that its kernel would not fit in memory.
    #[error("sigma must be positive and at most {largest} pixels, not {found}")]
    Sigma {
        /// The value that was given.
        found: f64,
        /// The widest blur accepted.
        largest: f64,
    },
    /// A bandwidth relative to the image is not a proportion.
    #[error("the bandwidth is a fraction of the image's width in (0, 1], not {found}")]
    Bandwidth {
        /// The value that was given.
        found: f64,
    },
    /// The share of the uniform density is not a proportion.
    #[error("the uniform share must lie in [0, 1], not {found}")]
    UniformShare {
        /// The value that was given.
        found: f64,
    },
    /// Points were to be weighted by their durations, and an experiment has none or not one for each point.
    #[error("the points of an experiment have no durations to be weighted by")]
    NoDurations,
    /// A density was asked for without fixations.
    #[error("no fixations to estimate a density from")]
    NoFixations,
    /// The center bias of an image was asked for, and no other image has a fixation.
    #[error("no fixations on other images to estimate the center bias from")]
    NoOtherFixations,
    /// An observer was to be predicted from others, and no other observer has gaze on the image.
    #[error("no other observer has a fixation on the image")]
    NoOtherObservers,
    /// The size of the map asked for has no pixel.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A picture or target has no pixel.
    #[error("the {what} is {size} (height x width): it has no pixel")]
    EmptySize {
        /// The name of the one.
        what: &'static str,
        /// The value that was given.
        size: Size,
    },
    /// A target, supersampled, has more rows or columns than 32-bit coordinates can tell apart, or more pixels than are
    /// handled at once.
    #[error("a target of {size} (height x width) pixels with {factor} x {factor} samples each is too large")]
    TooLarge {
        /// The target.
        size: Size,
        /// Samples along a side of a target pixel.
        factor: f64,
    },
    /// An array to write to has another size than what is written.
    #[error("the array is {found} (height x width), the {what} {expected}")]
    Shape {
        /// The name of what is written.
        what: &'static str,
        /// The size of what is written.
        expected: Size,
        /// The array's.
        found: Size,
    },
    /// A picture or an array has another number of channels than it must.
    #[error("{what} has {expected} channels, not {found}")]
    Channels {
        /// The name of the picture or array.
        what: &'static str,
        /// The number that it must have.
        expected: usize,
        /// The number that it has.
        found: usize,
    },
    /// A parameter is NaN or infinite.
    #[error("{quantity} must be a finite number, not {found}")]
    NotFinite {
        /// The name of the parameter.
        quantity: &'static str,
        /// The value that was given.
        found: f64,
    },
    /// A parameter is zero, negative, NaN or infinite.
    #[error(transparent)]
    NotPositive(#[from] NotPositive),
    /// A parameter is negative, NaN or infinite.
    #[error("{quantity} must be zero or a positive number, not {found}")]
    Negative {
        /// The name of the parameter.
        quantity: &'static str,
        /// The value that was given.
        found: f64,
    },
    /// A parameter lies outside its range.
    #[error("{quantity} must lie in [{lowest}, {largest}], not {found}")]
    OutOfRange {
        /// The name of the parameter.
        quantity: &'static str,
        /// The value that was given.
        found: f64,
        /// The smallest value accepted.
        lowest: f64,
        /// The largest value accepted.
        largest: f64,
    },
    /// A matrix cannot be inverted.
    #[error("{what} is singular: its determinant is {determinant}")]
    Singular {
        /// The name of the matrix.
        what: &'static str,
        /// The determinant of the matrix.
        determinant: f64,
    },
    /// The two numbers beside the diagonal of a covariance differ.
    #[error("the covariance is not symmetric: {upper} above the diagonal, {lower} below")]
    Asymmetric {
        /// The number in the first row.
        upper: f64,
        /// The number in the second row.
        lower: f64,
    },
    /// A covariance has a direction of negative variance.
    #[error("the covariance is not positive semidefinite: its smallest eigenvalue is {smallest}")]
    Indefinite {
        /// The smaller of its two eigenvalues.
        smallest: f64,
    },
    /// A sample ratio of zero chooses no experiment.
    #[error("a sample ratio of 0 chooses none of the {experiments} experiments with gaze")]
    NothingChosen {
        /// The number that there were to choose from.
        experiments: usize,
    },
    /// A target was asked for without gaze, or no gaze is left for it.
    #[error("no gaze point is left of {given} in {experiments} experiments (dropped: {dropped})")]
    NoPoints {
        /// The number of experiments.
        experiments: usize,
        /// The number of their points.
        given: usize,
        /// The reasons why points were left out.
        dropped: Dropped,
    },
}
