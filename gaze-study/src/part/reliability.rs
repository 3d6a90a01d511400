//! Whether a density means what it says: of all places that it calls so many times likelier than chance, how many times
//! likelier were they?

use gaze_core::{Fixations, LogDensity, SaliencyMap};
use serde::{Deserialize, Serialize};

/// Bins per factor of two.
const BINS_PER_OCTAVE: f64 = 2.0;
/// The first bin begins at this power of two; what lies below belongs to it.
const LOWEST: f64 = -8.0;
/// As many bins; what lies above the last belongs to it.
pub const BINS: usize = 32;

/// Fixations expected and found in bins of predicted density relative to chance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The density's mass in each bin, times the number of fixations.
    pub expected: Vec<f64>,
    /// Fixations in each bin.
    pub found: Vec<u32>,
}

impl Reliability {
    /// Of one density, its probabilities and the fixations of all groups.
    pub fn of(density: &LogDensity<'_>, probabilities: &SaliencyMap<'_>, fixations: &Fixations) -> Self {
        let values = density.values();
        let uniform = -(values.len() as f64).ln();
        let scale = BINS_PER_OCTAVE / std::f64::consts::LN_2;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at the ends")]
        let bin = |value: f64| (((value - uniform) * scale - LOWEST * BINS_PER_OCTAVE) as usize).min(BINS - 1);
        let mut expected = vec![0.0; BINS];
        for (&value, &probability) in values.iter().zip(probabilities.values()) {
            expected[bin(value)] += probability;
        }
        let count = fixations.len() as f64;
        expected.iter_mut().for_each(|mass| *mass *= count);
        let mut found = vec![0; BINS];
        for pixel in fixations.pixels() {
            found[bin(values[[pixel.row, pixel.column]])] += 1;
        }
        Self { expected, found }
    }

    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.expected.resize(BINS, 0.0);
        self.found.resize(BINS, 0);
        self.expected.iter_mut().zip(&other.expected).for_each(|(sum, mass)| *sum += mass);
        self.found.iter_mut().zip(&other.found).for_each(|(sum, count)| *sum += count);
    }
}

/// The middle of a bin, as a power of two of chance.
pub fn octave(bin: usize) -> f64 {
    LOWEST + (bin as f64 + 0.5) / BINS_PER_OCTAVE
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::array;

    #[test]
    fn bins_are_factors_of_chance() {
        // Likelier than chance by 2.2, 0.4, 0.7 and 0.7: 1.1, −1.3 and −0.5 octaves.
        let density = LogDensity::from_weights(array![[0.55, 0.1], [0.175, 0.175]]).unwrap();
        let size = Size { height: 2, width: 2 };
        let points = vec![Fixation { x: 0.0, y: 0.0 }, Fixation { x: 0.5, y: 0.5 }, Fixation { x: 1.0, y: 1.0 }];
        let fixations = Fixations::new(size, points).unwrap();
        let mut found = Reliability::of(&density, &density.to_saliency_map(), &fixations);
        let (likely, rare, unlikely) = (18, 13, 14);
        for (bin, within) in [(likely, 1.137), (rare, -1.322), (unlikely, -0.515)] {
            assert!((octave(bin) - within).abs() <= 0.25, "{bin}");
        }
        assert_eq!([likely, rare, unlikely].map(|bin| found.found[bin]), [2, 0, 1]);
        let expected = [likely, rare, unlikely].map(|bin| found.expected[bin]);
        assert!(expected.iter().zip([1.65, 0.3, 1.05]).all(|(a, b)| (a - b).abs() < 1e-12), "{expected:?}");
        found.add(&found.clone());
        assert_eq!(found.found.iter().sum::<u32>(), 6);
    }
}
