//! The cases in which a measure of scanpaths has no value.

use gaze_core::Size;
use thiserror::Error;

/// The reason why a scanpath cannot be taken, or why a measure of scanpaths has no value.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ScanpathError {
    /// The lists of coordinates have different lengths.
    #[error("{x} x coordinates for {y} y coordinates")]
    CoordinateMismatch {
        /// Number of x coordinates.
        x: usize,
        /// Number of y coordinates.
        y: usize,
    },
    /// The list of durations does not go with the list of fixations.
    #[error("{durations} durations for {fixations} fixations")]
    DurationMismatch {
        /// Number of durations.
        durations: usize,
        /// Number of fixations.
        fixations: usize,
    },
    /// A scanpath without fixations has nothing to compare.
    #[error("the scanpath has no fixations")]
    NoFixations,
    /// A coordinate is NaN, infinite, or beyond [`ScanpathPoints::FARTHEST`](super::ScanpathPoints::FARTHEST).
    #[error("fixation {index} has no place: x = {x}, y = {y}")]
    NoPlace {
        /// Position of the fixation.
        index: usize,
        /// Its x coordinate.
        x: f64,
        /// Its y coordinate.
        y: f64,
    },
    /// A duration is NaN, negative, infinite, or beyond [`ScanpathPoints::LONGEST_MS`](super::ScanpathPoints::LONGEST_MS).
    #[error("fixation {index} lasts {found} ms, which is no duration")]
    NoDuration {
        /// Position of the fixation.
        index: usize,
        /// The duration that was given.
        found: f64,
    },
    /// The measure compares durations, and a scanpath has none.
    #[error("{measure} needs the durations of fixations")]
    NoDurations {
        /// The name of the measure.
        measure: &'static str,
    },
    /// A scanpath has fewer fixations than the measure needs.
    #[error("{measure} needs {needed} fixations or more, the scanpath has {found}")]
    TooShort {
        /// The name of the measure.
        measure: &'static str,
        /// The smallest number that is enough.
        needed: usize,
        /// The number of fixations.
        found: usize,
    },
    /// The comparison of two very long scanpaths would not end in time, or not fit into memory.
    #[error("{first} by {second} fixations or symbols are too many to align, the limit is {limit} pairs")]
    TooLong {
        /// The length of the first scanpath, in fixations or in symbols.
        first: usize,
        /// The length of the second scanpath.
        second: usize,
        /// The largest product of both that is accepted.
        limit: usize,
    },
    /// A fixation lies outside the picture that the grid divides. Nothing is moved into it.
    #[error("fixation {index} at x = {x}, y = {y} lies outside the picture of {size} (height x width) pixels")]
    Outside {
        /// Position of the fixation.
        index: usize,
        /// Its x coordinate.
        x: f64,
        /// Its y coordinate.
        y: f64,
        /// The size of the picture.
        size: Size,
    },
    /// A grid needs cells, no more than [`Grid::MOST_CELLS`](super::Grid::MOST_CELLS), and a picture that it divides.
    #[error("a grid of {columns} by {rows} cells cannot divide a picture of {size} (height x width) pixels")]
    NoGrid {
        /// The number of columns.
        columns: usize,
        /// The number of rows.
        rows: usize,
        /// The size of the picture.
        size: Size,
    },
    /// A quantity that must be positive and finite is not.
    #[error("{quantity} is {found}, it must be a positive number")]
    NotPositive {
        /// The name of the quantity.
        quantity: &'static str,
        /// The value that was given.
        found: f64,
    },
    /// A quantity that must be a number at least 0 is not.
    #[error("{quantity} is {found}, it must be a number and not negative")]
    Negative {
        /// The name of the quantity.
        quantity: &'static str,
        /// The value that was given.
        found: f64,
    },
    /// The penalty of a gap is not a finite number.
    #[error("the value of a gap is {found}, it must be a finite number")]
    Gap {
        /// The value that was given.
        found: f64,
    },
    /// All fixations are shorter than half a temporal bin, so that no symbol stands for any of them.
    #[error("no fixation lasts half a temporal bin of {bin_ms} ms")]
    NoSymbols {
        /// The width of a bin.
        bin_ms: f64,
    },
    /// Two aligned fixations both last 0 ms, so that their difference has no share of the longer duration.
    #[error("fixations {first} and {second} are aligned and both last 0 ms")]
    NoLongerDuration {
        /// Position in the first scanpath.
        first: usize,
        /// Position in the second scanpath.
        second: usize,
    },
    /// No fixation recurs, so that there is nothing of which lines could be a share.
    #[error("no fixation recurs within {radius_px} pixels")]
    NoRecurrence {
        /// The radius of recurrence.
        radius_px: f64,
    },
    /// Random fixations lie exactly where the compared ones do, as on a picture of one pixel.
    #[error("randomly placed fixations are not apart from each other")]
    NoRandomDistance,
    /// A measure needs a list with at least one entry.
    #[error("no {what}")]
    Nothing {
        /// The entries that there are none of.
        what: &'static str,
    },
}

/// The largest number of pairs of fixations, or of symbols, that are aligned: a quarter of a second of computing.
pub(super) const MOST_PAIRS: usize = 1 << 26;

/// The first error of every alignment.
pub(super) fn check_pairs(first: usize, second: usize) -> Result<(), ScanpathError> {
    match first.checked_mul(second) {
        Some(pairs) if pairs <= MOST_PAIRS => Ok(()),
        _ => Err(ScanpathError::TooLong { first, second, limit: MOST_PAIRS }),
    }
}

pub(super) fn check_positive(quantity: &'static str, found: f64) -> Result<(), ScanpathError> {
    if found > 0.0 && found.is_finite() { Ok(()) } else { Err(ScanpathError::NotPositive { quantity, found }) }
}

pub(super) fn check_not_negative(quantity: &'static str, found: f64) -> Result<(), ScanpathError> {
    if found >= 0.0 && found.is_finite() { Ok(()) } else { Err(ScanpathError::Negative { quantity, found }) }
}
