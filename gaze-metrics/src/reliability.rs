//! The reliability curve, which shows whether a density means what it says.

use gaze_core::{Fixations, LogDensity, SaliencyMap};
use serde::{Deserialize, Serialize};

use crate::{MetricError, error::check_size};

/// Bins per factor of two.
const BINS_PER_OCTAVE: f64 = 2.0;
/// The power of two at which the first bin begins; lower values belong to it too.
const LOWEST: f64 = -8.0;

/// The reliability curve of densities: fixations expected and found in bins of predicted density relative to chance.
///
/// Pixels that a density calls so many times likelier than chance should be fixated so many times more often. Where `found`
/// lies above `expected` in the lower bins and below in the higher ones, the density is too sure.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, LogDensity};
/// use gaze_metrics::Reliability;
/// use ndarray::array;
///
/// let density = LogDensity::from_weights(array![[0.8, 0.2]])?;
/// let fixations = Fixations::new(density.size(), vec![Fixation { x: 0.5, y: 0.5 }; 5])?;
/// let curve = Reliability::of(&density, &density.to_saliency_map(), &fixations)?;
/// // The left pixel is 1.6 times likelier than chance, 0.68 octaves: four of five fixations were expected there.
/// let bin = (0..Reliability::BINS).find(|&bin| curve.found[bin] > 0).expect("there are fixations");
/// assert_eq!(Reliability::octave(bin), 0.75);
/// assert!((curve.expected[bin] - 4.0).abs() < 1e-12 && curve.found[bin] == 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The density's mass in each bin, times the number of fixations.
    pub expected: Vec<f64>,
    /// The fixations in each bin.
    pub found: Vec<u32>,
}

impl Reliability {
    /// The number of bins. Values above the last bin belong to it.
    pub const BINS: usize = 32;

    /// Sorts the pixels and fixations of one image into bins. `probabilities` are those of the density, which the caller
    /// may have already: [`LogDensity::to_saliency_map`].
    ///
    /// # Errors
    ///
    /// [`MetricError::SizeMismatch`].
    pub fn of(
        density: &LogDensity<'_>,
        probabilities: &SaliencyMap<'_>,
        fixations: &Fixations,
    ) -> Result<Self, MetricError> {
        check_size(density.size(), "map of probabilities is", probabilities.size())?;
        check_size(density.size(), "fixations' image is", fixations.size())?;
        let values = density.values();
        let uniform = -(values.len() as f64).ln();
        let scale = BINS_PER_OCTAVE / std::f64::consts::LN_2;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at the ends")]
        let bin = |value: f64| (((value - uniform) * scale - LOWEST * BINS_PER_OCTAVE) as usize).min(Self::BINS - 1);
        let mut expected = vec![0.0; Self::BINS];
        for (&value, &probability) in values.iter().zip(probabilities.values()) {
            expected[bin(value)] += probability;
        }
        let count = fixations.len() as f64;
        expected.iter_mut().for_each(|mass| *mass *= count);
        let mut found = vec![0; Self::BINS];
        for pixel in fixations.pixels() {
            found[bin(values[[pixel.row, pixel.column]])] += 1;
        }
        Ok(Self { expected, found })
    }

    /// Adds the curve of another image.
    pub fn add(&mut self, other: &Self) {
        self.expected.resize(Self::BINS, 0.0);
        self.found.resize(Self::BINS, 0);
        self.expected.iter_mut().zip(&other.expected).for_each(|(sum, mass)| *sum += mass);
        self.found.iter_mut().zip(&other.found).for_each(|(sum, count)| *sum += count);
    }

    /// The middle of a bin as a power of two of chance: a pixel in it is `2^octave` times likelier than under the uniform
    /// density.
    #[must_use]
    pub fn octave(bin: usize) -> f64 {
        LOWEST + (bin as f64 + 0.5) / BINS_PER_OCTAVE
    }
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
        let mut found = Reliability::of(&density, &density.to_saliency_map(), &fixations).unwrap();
        let (likely, rare, unlikely) = (18, 13, 14);
        for (bin, within) in [(likely, 1.137), (rare, -1.322), (unlikely, -0.515)] {
            assert!((Reliability::octave(bin) - within).abs() <= 0.25, "{bin}");
        }
        assert_eq!([likely, rare, unlikely].map(|bin| found.found[bin]), [2, 0, 1]);
        let expected = [likely, rare, unlikely].map(|bin| found.expected[bin]);
        assert!(expected.iter().zip([1.65, 0.3, 1.05]).all(|(a, b)| (a - b).abs() < 1e-12), "{expected:?}");
        found.add(&found.clone());
        assert_eq!(found.found.iter().sum::<u32>(), 6);
    }

    #[test]
    fn impossible_pixels_are_in_the_lowest_bin_and_sizes_must_agree() {
        let density = LogDensity::from_weights(array![[0.0, 1.0]]).unwrap();
        let at = |width, x| Fixations::new(Size { height: 1, width }, vec![Fixation { x, y: 0.0 }]).unwrap();
        let found = Reliability::of(&density, &density.to_saliency_map(), &at(2, 0.0)).unwrap();
        assert_eq!(found.found[0], 1);
        assert!(Reliability::of(&density, &density.to_saliency_map(), &at(3, 2.0)).is_err());
    }

    #[test]
    fn the_names_of_its_fields_are_those_of_files() {
        let curve = Reliability { expected: vec![0.5], found: vec![2] };
        let text = serde_json::to_string(&curve).unwrap();
        assert_eq!(text, r#"{"expected":[0.5],"found":[2]}"#);
        assert_eq!(serde_json::from_str::<Reliability>(&text).unwrap(), curve);
    }
}
