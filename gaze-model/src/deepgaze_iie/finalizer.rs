//! From thirty maps to one density: blur, center bias, softmax, and the mean of the densities.
//!
//! All of it happens at half the picture's size, where each value counts as often as the picture has pixels there.
//! Enlarging a map and blurring it are linear along each axis, so both together are one small matrix per axis.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tch::{Device, Kind, TchError, Tensor};

use crate::{
    deepgaze_iie::{DeepGazeError, input::Grid, readout::COMPONENTS},
    nn::{Constant, Parameters, length, nearest},
};

/// The height in nats to which the densities' peaks are lifted before `exp`. The sum over 10⁸ pixels still fits 32
/// bits, and a value up to 147 nats below a component's peak is still more than zero.
const HEADROOM: f64 = 60.0;
/// The widest blur that makes sense, in pixels of the half-size map. The released ones are near 8.
const WIDEST: f64 = 1000.0;
/// The number of picture sizes whose matrices are kept.
const KEPT: usize = 4;

/// The finalizers of all components behind one backbone.
#[derive(Debug)]
pub(super) struct Finalizer {
    /// Standard deviations of the blur, in pixels of the half-size map.
    sigmas: Vec<f64>,
    center_bias_weights: Vec<f64>,
    device: Device,
    kept: Mutex<VecDeque<(Grid, Arc<Matrices>)>>,
}

/// The matrices that enlarge and then blur, for one size of picture.
#[derive(Debug)]
struct Matrices {
    /// The matrices along columns, `(components, rows, h)`.
    vertical: Constant,
    /// The matrices along rows, `(components, w, columns)`.
    horizontal: Constant,
}

impl Finalizer {
    /// Reads the finalizers by their names below a backbone.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Self {
        let from: Vec<_> = (0..COMPONENTS).map(|component| from.at("finalizers").at(component)).collect();
        Self {
            sigmas: from.iter().map(|from| from.at("gauss").number("sigma", &[])).collect(),
            center_bias_weights: from.iter().map(|from| from.number("center_bias_weight", &[1])).collect(),
            device: from[0].placement.device,
            kept: Mutex::default(),
        }
    }

    /// Checks that all blurs are positive and not too wide.
    pub(super) fn check(&self) -> Result<(), DeepGazeError> {
        match self.sigmas.iter().position(|&sigma| !(sigma > 0.0 && sigma <= WIDEST)) {
            None => Ok(()),
            Some(component) => Err(DeepGazeError::Sigma { component, sigma: self.sigmas[component] }),
        }
    }

    /// Computes the mean of the components' densities, `(rows, columns)` at half size, from one picture's readout
    /// `(components, h, w)` and center bias `(rows, columns)`.
    ///
    /// The mean sums to 1 over the picture's own pixels: `row_counts` (64 bits) and `column_counts` (32 bits) are the
    /// numbers of the picture's rows and columns that each row and column at half size stands for.
    pub(super) fn density(
        &self,
        readout: &Tensor,
        center_bias: &Tensor,
        grid: Grid,
        (row_counts, column_counts): (&Tensor, &Tensor),
    ) -> Result<Tensor, TchError> {
        let matrices = self.matrices(grid)?;
        let mut density = center_bias.f_zeros_like()?;
        // One component is computed after the other: its map stays in the cache during five operations.
        for (component, &weight) in self.center_bias_weights.iter().enumerate() {
            let component = length(component);
            let enlarged = matrices.vertical.f_get(component)?.f_mm(&readout.f_get(component)?)?;
            let blurred = (enlarged, matrices.horizontal.f_get(component)?);
            let mut map = center_bias.f_mul_scalar(weight)?.f_addmm_(&blurred.0, &blurred.1)?;
            let lift = map.f_amax([0_i64, 1].as_slice(), false)?.f_sub_scalar(HEADROOM)?;
            map = map.f_sub_(&lift)?.f_exp_()?;
            // The sum along a row is in 32 bits, across rows in 64: a sum of all pixels in 32 bits would shift the
            // whole map.
            let total = map.f_mv(column_counts)?.f_to_kind(Kind::Double)?.f_dot(row_counts)?;
            let share = total.f_mul_scalar(length(COMPONENTS))?.f_reciprocal()?.f_to_kind(Kind::Float)?;
            density = density.f_addcmul_(&map, &share)?;
        }
        Ok(density)
    }

    fn matrices(&self, grid: Grid) -> Result<Arc<Matrices>, TchError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, matrices)) = kept().iter().find(|(kept, _)| *kept == grid) {
            return Ok(Arc::clone(matrices));
        }
        let make = |source, target| -> Result<Tensor, TchError> {
            let values: Vec<f32> =
                self.sigmas.iter().flat_map(|&sigma| enlarge_and_blur(source, target, sigma)).collect();
            let shape = [COMPONENTS, target, source].map(length);
            Tensor::f_from_slice(&values)?.f_reshape(shape)?.f_to_device(self.device)
        };
        let matrices = Arc::new(Matrices {
            vertical: make(grid.readout.height, grid.half.height)?.into(),
            horizontal: make(grid.readout.width, grid.half.width)?.f_transpose(1, 2)?.f_contiguous()?.into(),
        });
        let mut kept = kept();
        kept.truncate(KEPT - 1);
        kept.push_front((grid, Arc::clone(&matrices)));
        Ok(matrices)
    }
}

/// Computes the matrix, `target` × `source` in row-major order, that repeats samples to `target` places and blurs them.
///
/// The Gaussian reaches `⌈3σ⌉` places to both sides, sums to 1, and sees the first and last sample repeated beyond the
/// ends.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a radius, and weights meant for 32 bits")]
fn enlarge_and_blur(source: usize, target: usize, sigma: f64) -> Vec<f32> {
    let indices = nearest::indices(source, target);
    let radius = (3.0 * sigma).ceil() as usize;
    let distance = |k: usize| (k as f64 - radius as f64) / sigma;
    let weights: Vec<f64> = (0..=2 * radius).map(|k| (-0.5 * distance(k).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mut matrix = vec![0.0; target * source];
    for (place, row) in matrix.chunks_exact_mut(source).enumerate() {
        for (k, weight) in weights.iter().enumerate() {
            let seen = (place + k).saturating_sub(radius).min(target - 1);
            row[indices[seen]] += weight / total;
        }
    }
    matrix.into_iter().map(|weight| weight as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rounding of sums of 49 numbers, each rounded to 32 bits.
    const ROUNDING: f32 = 1e-6;

    #[test]
    fn a_constant_map_stays_what_it_is() {
        for row in enlarge_and_blur(6, 96, 8.0).chunks_exact(6) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < ROUNDING);
        }
    }

    #[test]
    fn without_reach_the_samples_are_repeated() {
        // The radius is one place, and the weights beside the middle one are exp(-450).
        assert_eq!(enlarge_and_blur(2, 4, 1.0 / 30.0), [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn the_border_is_repeated_outwards() {
        let sigma = 1.0;
        let matrix = enlarge_and_blur(4, 4, sigma);
        let weight = |k: f64| (-0.5 * k * k).exp();
        let total: f64 = (-3..=3).map(|k| weight(f64::from(k))).sum();
        let first = (weight(0.0) + weight(1.0) + weight(2.0) + weight(3.0)) / total;
        #[expect(clippy::cast_possible_truncation, reason = "as the matrix is")]
        let first = first as f32;
        assert!((matrix[0] - first).abs() < ROUNDING, "the first place sees itself for all that lies outside");
    }
}
