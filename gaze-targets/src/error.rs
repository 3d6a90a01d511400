//! What can be wrong with a request for a target map.

use gaze_core::MapError;
use thiserror::Error;

/// Why no target map was made.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A blur width is zero, negative, infinite or NaN, or so wide that its kernel would not fit in memory.
    #[error("sigma must be positive and at most {largest} pixels, not {found}")]
    Sigma {
        /// What was given.
        found: f64,
        /// The widest blur accepted.
        largest: f64,
    },
    /// A bandwidth relative to the image is not a proportion.
    #[error("the bandwidth is a fraction of the image's width in (0, 1], not {found}")]
    Bandwidth {
        /// What was given.
        found: f64,
    },
    /// The share of the uniform density is not a proportion.
    #[error("the uniform share must lie in [0, 1], not {found}")]
    UniformShare {
        /// What was given.
        found: f64,
    },
    /// There is nothing to make a density of.
    #[error("no fixations to estimate a density from")]
    NoFixations,
    /// The center bias of an image was asked for, and no other image has a fixation.
    #[error("no fixations on other images to estimate the center bias from")]
    NoOtherFixations,
    /// The size of the map asked for has no pixel.
    #[error(transparent)]
    Map(#[from] MapError),
}
