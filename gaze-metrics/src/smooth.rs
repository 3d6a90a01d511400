//! The Gaussian blur that derived maps and calibration need: separable, sampled, cut at four sigma.
//!
//! The crate that makes targets has its own, faster for lists of fixations; this crate may not see it, and its tests
//! hold both against SciPy.

use ndarray::{Array2, s};

use crate::{
    MetricError,
    vector::{Loop, vectorized},
};

/// What lies beyond the border of a map. The names are SciPy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Nothing: mass is lost there.
    Constant,
    /// The mirrored map: mass is kept.
    Reflect,
}

/// A Gaussian of a checked width: `tap(k) ∝ exp(−k² / 2σ²)` for `k ≤ ⌊4σ + ½⌋`, summing to 1 over both sides.
#[derive(Clone, Debug)]
pub(crate) struct Smoother {
    /// The tap at the center, then to one side.
    taps: Vec<f64>,
    border: Border,
}

impl Smoother {
    /// As in gaze-targets: beyond any image, and its taps still take less than a megabyte.
    const LARGEST_SIGMA_PX: f64 = 10_000.0;

    pub(crate) fn new(sigma_px: f64, border: Border) -> Result<Self, MetricError> {
        if !(sigma_px > 0.0 && sigma_px <= Self::LARGEST_SIGMA_PX) {
            return Err(MetricError::Sigma { found: sigma_px, largest: Self::LARGEST_SIGMA_PX });
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 40 000, by the check above")]
        let radius = (4.0 * sigma_px + 0.5) as i32;
        let mut taps: Vec<f64> = (0..=radius).map(|k| (-0.5 * (f64::from(k) / sigma_px).powi(2)).exp()).collect();
        let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Ok(Self { taps, border })
    }

    /// Blurs along both axes.
    pub(crate) fn blur(&self, map: &Array2<f64>) -> Array2<f64> {
        // Rows are blurred as columns of the transposed map: the inner loop always runs along memory.
        let updown = self.blur_columns(map);
        let transposed = updown.t().as_standard_layout().into_owned();
        self.blur_columns(&transposed).t().as_standard_layout().into_owned()
    }

    fn blur_columns(&self, map: &Array2<f64>) -> Array2<f64> {
        let (height, width) = map.dim();
        let mut blurred = Array2::zeros(map.dim());
        // Sparse maps have many rows without mass.
        let full: Vec<bool> = map.outer_iter().map(|row| row.iter().any(|&value| value != 0.0)).collect();
        let parts = |row| self.parts(row, height).into_iter().filter(|&(source, _)| full[source]).collect();
        let parts: Vec<Vec<(usize, f64)>> = (0..height).map(parts).collect();
        // A stripe of columns lies together in memory, whatever the width of the map.
        let mut stripe = vec![[0.0; STRIPE]; height];
        for start in (0..width).step_by(STRIPE) {
            let columns = start..(start + STRIPE).min(width);
            for (to, from) in stripe.iter_mut().zip(map.outer_iter()) {
                to.iter_mut().zip(from.slice(s![columns.clone()])).for_each(|(to, &from)| *to = from);
            }
            for (parts, mut row) in parts.iter().zip(blurred.outer_iter_mut()) {
                let sums = vectorized(WeightedSum { parts, stripe: &stripe });
                row.slice_mut(s![columns.clone()]).iter_mut().zip(sums).for_each(|(to, sum)| *to = sum);
            }
        }
        blurred
    }

    /// What the value at an index of an axis is made of: pairs of index and weight, an index possibly several times.
    fn parts(&self, index: usize, length: usize) -> Vec<(usize, f64)> {
        let reach = self.taps.len() - 1;
        let mut weights = Vec::with_capacity(2 * reach + 1);
        match self.border {
            Border::Constant => {
                let inside = index.saturating_sub(reach)..(index + reach + 1).min(length);
                weights.extend(inside.map(|source| (source, self.taps[source.abs_diff(index)])));
            }
            Border::Reflect => {
                // Beyond the border the axis is mirrored, and mirrored again after as many places.
                let period = 2 * length;
                let fold = |place: usize| if place < length { place } else { period - 1 - place };
                for (k, &tap) in self.taps.iter().enumerate() {
                    let up = (index + k) % period;
                    weights.push((fold(up), tap));
                    if k > 0 {
                        let down = (index + period - k % period) % period;
                        weights.push((fold(down), tap));
                    }
                }
            }
        }
        weights
    }
}

/// Columns that are blurred together.
const STRIPE: usize = 32;

/// A row of a blurred stripe.
struct WeightedSum<'a> {
    parts: &'a [(usize, f64)],
    stripe: &'a [[f64; STRIPE]],
}

impl Loop for WeightedSum<'_> {
    type Output = [f64; STRIPE];

    #[inline(always)]
    fn run(self) -> [f64; STRIPE] {
        let mut sums = [0.0; STRIPE];
        for &(row, weight) in self.parts {
            for (sum, value) in sums.iter_mut().zip(&self.stripe[row]) {
                *sum += weight * value;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// Sums of a few hundred products in 64 bits.
    const ROUNDING: f64 = 1e-13;

    fn blur(map: &Array2<f64>, sigma: f64, border: Border) -> Array2<f64> {
        Smoother::new(sigma, border).unwrap().blur(map)
    }

    // scipy 1.17.1: gaussian_filter([[0,0,0,0],[0,1,0,0],[0,0,0,2.]], sigma, mode=..., truncate=4)[1]
    // with sigma 0.8, and 5, whose kernel is longer than the map.
    #[test]
    fn known_values_of_scipy() {
        let map = array![[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]];
        let cases = [
            (0.8, Border::Reflect, [0.12522046880995555, 0.2605233666163974, 0.23927555924523009, 0.37498060532841737]),
            (0.8, Border::Constant, [0.11405443090632114, 0.25868292283835476, 0.2181047445381195, 0.2386325138104511]),
            (5.0, Border::Reflect, [0.2498985697619839, 0.24995240309706768, 0.2500461660069299, 0.25010286113401875]),
            (
                5.0,
                Border::Constant,
                [0.01666587933805795, 0.01788838068612995, 0.018474771828850222, 0.01835849116482415],
            ),
        ];
        for (sigma, border, expected) in cases {
            let found = blur(&map, sigma, border);
            for (found, expected) in found.row(1).iter().zip(expected) {
                assert!((found - expected).abs() < ROUNDING, "{sigma} {border:?}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn a_width_must_be_a_width() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let message = Smoother::new(bad, Border::Reflect).unwrap_err().to_string();
            assert_eq!(message, format!("a blur's sigma must be positive and at most 10000 pixels, not {bad}"));
        }
    }

    proptest! {
        #[test]
        fn reflection_keeps_mass_and_constants(
            values in prop::collection::vec(0.0f64..3.0, 15), sigma in 0.1f64..30.0, level in -2.0f64..2.0
        ) {
            let map = Array2::from_shape_vec((3, 5), values).unwrap();
            prop_assert!((blur(&map, sigma, Border::Reflect).sum() - map.sum()).abs() < 1e-11);
            let constant = blur(&Array2::from_elem((3, 5), level), sigma, Border::Reflect);
            prop_assert!(constant.iter().all(|value| (value - level).abs() < ROUNDING));
        }
    }
}
