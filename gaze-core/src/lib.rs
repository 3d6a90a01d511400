//! The vocabulary that every crate of gaze speaks, and the invariants that come with each word.
//!
//! | type | what it promises |
//! |---|---|
//! | [`Size`] | `(height, width)`, in axis order |
//! | [`Fixation`], [`Fixations`] | every point lies inside its image; none was clipped or wrapped |
//! | [`Scanpath`] | fixations in the order they were made, with as many durations as fixations |
//! | [`Stimulus`] | an 8-bit RGB picture of shape `(height, width, 3)` with at least one pixel |
//! | [`SaliencyMap`] | finite scores, at least one pixel |
//! | [`LogDensity`] | natural logarithms of probabilities that sum to 1 |
//! | [`Prediction`] | a density, or a map of scores |
//! | [`FixationMap`] | the number of fixations on each pixel |
//!
//! Maps and densities own their array or borrow the caller's: [`SaliencyMap::view`] scores an `ArrayView2` without copying it.
//!
//! # Coordinates
//!
//! `x` grows to the right and `y` downwards, both in pixels from the top-left corner of the picture. A point lies in
//! the pixel `(row, column) = (⌊y⌋, ⌊x⌋)`, so an image of width `w` holds the points `0 ≤ x < w`. Arrays are indexed
//! `[[row, column]]`. File formats with other conventions are converted by their reader and nowhere else.
//!
//! # Logarithms
//!
//! Logarithms are natural. [`bits`] converts at the edge, where a number is shown to a person.
//!
//! # Example
//!
//! ```
//! use gaze_core::{Fixation, Fixations, FixationMap, Size};
//!
//! let size = Size { height: 2, width: 3 };
//! let fixations = Fixations::new(size, vec![Fixation { x: 2.9, y: 0.0 }, Fixation { x: 2.1, y: 0.5 }])?;
//! let map = FixationMap::count(&fixations);
//! assert_eq!(map.counts()[[0, 2]], 2);
//!
//! // A point on the right border is outside: it is refused, not moved.
//! assert!(Fixations::new(size, vec![Fixation { x: 3.0, y: 0.0 }]).is_err());
//! # Ok::<(), gaze_core::OutOfBounds>(())
//! ```

pub use ndarray;

pub use crate::{
    fixation_map::FixationMap,
    fixations::{Fixation, Fixations, OutOfBounds, Pixel},
    log_density::LogDensity,
    map::MapError,
    model::{Lacking, Look, ModelError, SaliencyModel, Training, Viewing},
    prediction::Prediction,
    saliency_map::SaliencyMap,
    scanpath::{LengthMismatch, Scanpath},
    score::Score,
    size::Size,
    stimulus::{Stimulus, StimulusError},
    summary::Summary,
    units::{NotPositive, PixelsPerDegree, bits},
};

mod fixation_map;
mod fixations;
mod log_density;
mod map;
mod model;
pub mod numeric;
mod prediction;
mod saliency_map;
mod scanpath;
mod score;
mod size;
mod stimulus;
mod summary;
mod units;

/// The example of the README, which is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
