//! A scanpath as the sequence of its saccades, as MultiMatch sees it.

use crate::scanpath::{ScanpathPoints, points::length};

/// The saccades of a scanpath: one entry of each list for each saccade, at least one.
///
/// Durations are those of fixations. There may be more of them than saccades, because the last fixation starts no saccade and
/// simplification leaves some behind; the one at the position of a saccade is that of the fixation before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Saccades {
    /// The places where saccades begin.
    pub(super) start: Vec<[f64; 2]>,
    /// The differences in x and y.
    pub(super) vector: Vec<[f64; 2]>,
    /// The lengths.
    pub(super) length: Vec<f64>,
    /// The directions in radians, −π … π; y points down.
    pub(super) direction: Vec<f64>,
    /// The durations of fixations in milliseconds, where they are known.
    pub(super) durations_ms: Option<Vec<f64>>,
}

impl Saccades {
    /// The saccades of a scanpath of at least two fixations.
    pub(super) fn of(scanpath: &ScanpathPoints) -> Self {
        let mut saccades = Self { durations_ms: scanpath.durations_ms().map(<[f64]>::to_vec), ..Self::default() };
        for (point, vector) in scanpath.points().iter().zip(scanpath.saccades()) {
            saccades.start.push([point.x, point.y]);
            saccades.push_vector(vector);
        }
        saccades
    }

    /// The number of saccades.
    pub(super) fn count(&self) -> usize {
        self.vector.len()
    }

    /// Adds a vector, with its length and direction.
    pub(super) fn push_vector(&mut self, vector: [f64; 2]) {
        self.vector.push(vector);
        self.length.push(length(vector));
        self.direction.push(vector[1].atan2(vector[0]));
    }

    /// Replaces the last vector.
    pub(super) fn replace_last_vector(&mut self, vector: [f64; 2]) {
        self.vector.pop();
        self.length.pop();
        self.direction.pop();
        self.push_vector(vector);
    }

    /// The sum of the vector of a saccade and the next.
    pub(super) fn joined(&self, index: usize) -> [f64; 2] {
        let ([x, y], [next_x, next_y]) = (self.vector[index], self.vector[index + 1]);
        [x + next_x, y + next_y]
    }
}
