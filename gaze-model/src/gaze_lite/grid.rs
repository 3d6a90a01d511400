//! The places of samples along an axis of the picture, and the matrices that bring values from one row of samples to
//! another.
//!
//! Positions are pixel indices of the picture that the network sees: 0 is the middle of the first pixel. Each matrix is
//! of shape `targets × sources`, and its rows sum to 1.

use gaze_core::Size;

/// The distance in pixels between the samples of the readout, and between the cells in which training counts fixations.
pub(super) const READOUT_STRIDE: usize = 16;
pub(super) const CELL: usize = 8;

/// A row of samples at equal distances along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) count: usize,
    first: f64,
    step: f64,
}

impl Axis {
    /// The samples of a layer with this stride, for an axis of `seen` pixels that was resized from `length` pixels.
    pub(super) fn layer(length: usize, seen: usize, stride: usize) -> Self {
        let pixel = length as f64 / seen as f64;
        Self { count: seen.div_ceil(stride), first: (pixel - 1.0) / 2.0, step: stride as f64 * pixel }
    }

    /// The middles of the cells of an axis with this many pixels.
    pub(super) fn cells(length: usize) -> Self {
        Self { count: length.div_ceil(CELL), first: (CELL as f64 - 1.0) / 2.0, step: CELL as f64 }
    }

    /// The middles of `count` pixels into which an axis of `length` pixels is divided.
    pub(super) fn pixels(length: usize, count: usize) -> Self {
        let step = length as f64 / count as f64;
        Self { count, first: (step - 1.0) / 2.0, step }
    }

    pub(super) fn at(self, index: usize) -> f64 {
        self.first + self.step * index as f64
    }

    /// Computes the matrix of linear interpolation at the places of `target`. Where these stand further apart than the
    /// samples, it takes the mean with weights that fall linearly up to the next place. Beyond its ends an axis keeps
    /// the value of its first or last sample.
    #[expect(clippy::cast_possible_truncation, reason = "weights meant for 32 bits")]
    pub(super) fn interpolation(self, target: Self) -> Vec<f32> {
        let reach = self.step.max(target.step);
        let last = self.at(self.count - 1);
        let mut matrix = Vec::with_capacity(target.count * self.count);
        for place in 0..target.count {
            let place = target.at(place).clamp(self.first, last);
            let weight = |sample| (1.0 - (place - self.at(sample)).abs() / reach).max(0.0);
            let total: f64 = (0..self.count).map(weight).sum();
            matrix.extend((0..self.count).map(|sample| (weight(sample) / total) as f32));
        }
        matrix
    }

    /// Computes the matrix of a mean with the weights of a Gaussian of this standard deviation in pixels.
    ///
    /// From one sample to the next a Gaussian's weight changes by a factor, and that factor by another, which is the same
    /// everywhere. So three exponentials make a row. A weight that no sum of the others in 64 bits would notice is zero: in
    /// 32 bits it might be a subnormal number, with which processors multiply a hundred times slower.
    pub(super) fn gaussian(self, target: Self, sigma: f64) -> Vec<f64> {
        let last = self.at(self.count - 1);
        let step = self.step / sigma;
        let change = (-step * step).exp();
        let mut matrix = vec![0.0; target.count * self.count];
        for (place, row) in matrix.chunks_exact_mut(self.count).enumerate() {
            let place = target.at(place).clamp(self.first, last);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the axis")]
            let nearest = (((place - self.first) / self.step).round() as usize).min(self.count - 1);
            let distance = (place - self.at(nearest)) / sigma;
            let weight = (-0.5 * distance * distance).exp();
            let mut walk = |samples: &mut dyn Iterator<Item = usize>, toward: f64| {
                let mut weight = weight;
                let mut factor = (toward * distance * step - 0.5 * step * step).exp();
                for sample in samples {
                    weight *= factor;
                    factor *= change;
                    if weight < f64::EPSILON {
                        break;
                    }
                    row[sample] = weight;
                }
            };
            walk(&mut (nearest + 1..self.count), 1.0);
            walk(&mut (0..nearest).rev(), -1.0);
            row[nearest] = weight;
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|weight| *weight /= total);
        }
        matrix
    }
}

/// Computes half a picture's size, rounded up, at which the network sees the picture a second time.
pub(super) fn half(size: Size) -> Size {
    Size { height: size.height.div_ceil(2), width: size.width.div_ceil(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rounding of weights to 32 bits.
    const ROUNDING: f32 = 1e-6;

    #[track_caller]
    fn check(matrix: &[f32], expected: &[f32]) {
        assert_eq!(matrix.len(), expected.len());
        assert!(matrix.iter().zip(expected).all(|(a, b)| (a - b).abs() < ROUNDING), "{matrix:?}");
    }

    #[test]
    fn a_layer_has_its_samples_at_multiples_of_its_stride() {
        // An axis of 40 pixels has samples at 0 and 32. At 0 and 32 their values are met, at 16 their mean.
        let (coarse, fine) = (Axis::layer(40, 40, 32), Axis::layer(40, 40, 16));
        check(&coarse.interpolation(fine), &[1.0, 0.0, 0.5, 0.5, 0.0, 1.0]);
        // At half size sample i stands between two pixels, at 2 · 16 i + 0.5. Beyond the last one nothing is
        // extrapolated.
        let half = Axis::layer(40, 20, 16);
        check(&half.interpolation(fine), &[1.0, 0.0, 16.5 / 32.0, 15.5 / 32.0, 0.5 / 32.0, 31.5 / 32.0]);
        assert_eq!(Axis::layer(3, 3, 16).interpolation(Axis::pixels(3, 3)), [1.0; 3]);
    }

    #[test]
    fn what_becomes_coarser_is_averaged() {
        let (fine, coarse) = (Axis::layer(40, 40, 8), Axis::layer(40, 40, 16));
        let third = 1.0 / 3.0;
        check(&fine.interpolation(coarse)[..5], &[2.0 * third, third, 0.0, 0.0, 0.0]);
        check(&fine.interpolation(coarse)[5..10], &[0.0, 0.25, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn a_narrow_gaussian_takes_the_nearest_and_a_wide_one_the_mean() {
        let (cells, pixels) = (Axis::cells(16), Axis::pixels(16, 4));
        let nearest = cells.gaussian(pixels, 0.1);
        assert!((nearest[0] - 1.0).abs() < 1e-12 && (nearest[7] - 1.0).abs() < 1e-12, "{nearest:?}");
        // The weights of a Gaussian of 10⁴ pixels differ by 10⁻⁷ over 16 pixels.
        assert!(cells.gaussian(pixels, 1e4).iter().all(|weight| (weight - 0.5).abs() < 1e-6));
    }
}
