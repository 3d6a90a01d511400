//! The distance from each fixation of one scanpath to the nearest of the other, on which three measures rest.

use super::{ScanpathError, ScanpathPoints, error::check_pairs, points::squared_distance};

/// The squared distances of two scanpaths' fixations from their nearest neighbours in the other scanpath.
pub(super) struct Nearest {
    /// One for each fixation of the first scanpath.
    pub(super) of_first: Vec<f64>,
    /// One for each fixation of the second scanpath.
    pub(super) of_second: Vec<f64>,
}

impl Nearest {
    /// Finds the nearest neighbours of all fixations, in both directions.
    pub(super) fn between(first: &ScanpathPoints, second: &ScanpathPoints) -> Result<Self, ScanpathError> {
        Self::by(first, second, |i, j| squared_distance(&first.points()[i], &second.points()[j]))
    }

    /// Does the same for any squared distance between the fixations at two positions.
    pub(super) fn by(
        first: &ScanpathPoints,
        second: &ScanpathPoints,
        squared: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, ScanpathError> {
        let (n, m) = (first.count(), second.count());
        check_pairs(n, m)?;
        let (mut of_first, mut of_second) = (vec![f64::INFINITY; n], vec![f64::INFINITY; m]);
        for (i, nearest) in of_first.iter_mut().enumerate() {
            for (j, of_second) in of_second.iter_mut().enumerate() {
                let squared = squared(i, j);
                *nearest = nearest.min(squared);
                *of_second = of_second.min(squared);
            }
        }
        Ok(Self { of_first, of_second })
    }

    /// The sum of the distances of both scanpaths.
    pub(super) fn sum_of_distances(&self) -> f64 {
        self.of_first.iter().chain(&self.of_second).map(|squared| squared.sqrt()).sum()
    }
}
