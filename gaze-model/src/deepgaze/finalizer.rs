//! From the components' maps to one density: blur, center bias, softmax, and the mean of the densities.
//!
//! All of it happens at a half or a quarter of the picture's size, where each value counts as often as the picture has pixels there.
//! Enlarging a map and blurring it are linear along each axis, so both together are one small matrix per axis.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tch::{Device, Kind, TchError, Tensor};

use crate::{
    deepgaze::{DeepGazeError, Grid, Input},
    nn::{Constant, Parameters, length, nearest},
};

/// The height in nats to which the densities' peaks are lifted before `exp`. The sum over 10⁸ pixels still fits 32
/// bits, and a value up to 147 nats below a component's peak is still more than zero.
const HEADROOM: f64 = 60.0;
/// The widest blur that makes sense, in pixels of the reduced map. The released ones are near 8.
const WIDEST: f64 = 1000.0;
/// The number of picture sizes whose matrices are kept.
const KEPT: usize = 4;

/// The finalizers of all components behind one backbone.
#[derive(Debug)]
pub(crate) struct Finalizer {
    /// Standard deviations of the blur, in pixels of the reduced map.
    sigmas: Vec<f64>,
    center_bias_weights: Vec<f64>,
    device: Device,
    kept: Mutex<VecDeque<(Grid, Arc<Matrices>)>>,
}

/// The matrices that enlarge and then blur, for one size of picture.
#[derive(Debug)]
pub(crate) struct Matrices {
    /// The matrices along columns, `(components, rows, h)`.
    vertical: Constant,
    /// The matrices along rows, `(components, w, columns)`.
    horizontal: Constant,
}

impl Finalizer {
    /// Reads the finalizer of each component.
    pub(crate) fn read(from: &[Parameters<'_, '_>]) -> Self {
        Self {
            sigmas: from.iter().map(|from| from.at("gauss").number("sigma", &[])).collect(),
            center_bias_weights: from.iter().map(|from| from.number("center_bias_weight", &[1])).collect(),
            device: from[0].placement.device,
            kept: Mutex::default(),
        }
    }

    /// Checks that all blurs are positive and not too wide.
    pub(crate) fn check(&self, model: &'static str) -> Result<(), DeepGazeError> {
        match self.sigmas.iter().position(|&sigma| !(sigma > 0.0 && sigma <= WIDEST)) {
            None => Ok(()),
            Some(component) => Err(DeepGazeError::Sigma { model, component, sigma: self.sigmas[component] }),
        }
    }

    /// Computes the mean of the components' densities, `(rows, columns)` at the reduced size, from the readouts
    /// `(components, h, w)` of one of the input's pictures. The mean sums to 1 over the picture's own pixels.
    pub(crate) fn density(&self, readouts: &Tensor, input: &Input, picture: i64) -> Result<Tensor, TchError> {
        let matrices = self.matrices(input.grid)?;
        let mut density = input.center_biases.f_get(picture)?.f_zeros_like()?;
        // One component is computed after the other: its map stays in the cache during five operations.
        for component in 0..self.sigmas.len() {
            let readout = readouts.f_get(length(component))?;
            let (map, share) = self.component(component, &readout, &matrices, input, picture)?;
            density = density.f_addcmul_(&map, &share)?;
        }
        Ok(density)
    }

    /// Computes a component's part of that density from its readout `(h, w)`: a map `(rows, columns)`, and the factor by
    /// which it is multiplied.
    pub(crate) fn component(
        &self,
        component: usize,
        readout: &Tensor,
        matrices: &Matrices,
        input: &Input,
        picture: i64,
    ) -> Result<(Tensor, Tensor), TchError> {
        let (weight, at) = (self.center_bias_weights[component], length(component));
        let enlarged = matrices.vertical.f_get(at)?.f_mm(readout)?;
        let horizontal = matrices.horizontal.f_get(at)?;
        let mut map = input.center_biases.f_get(picture)?.f_mul_scalar(weight)?.f_addmm_(&enlarged, &horizontal)?;
        let lift = map.f_amax([0_i64, 1].as_slice(), false)?.f_sub_scalar(HEADROOM)?;
        map = map.f_sub_(&lift)?.f_exp_()?;
        // The sum along a row is in 32 bits, across rows in 64: a sum of all pixels in 32 bits would shift the whole map.
        let total = map.f_mv(&input.column_counts)?.f_to_kind(Kind::Double)?.f_dot(&input.row_counts)?;
        let share = total.f_mul_scalar(length(self.sigmas.len()))?.f_reciprocal()?.f_to_kind(Kind::Float)?;
        Ok((map, share))
    }

    /// Makes the matrices for pictures of one size, or finds them.
    pub(crate) fn matrices(&self, grid: Grid) -> Result<Arc<Matrices>, TchError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, matrices)) = kept().iter().find(|(kept, _)| *kept == grid) {
            return Ok(Arc::clone(matrices));
        }
        let make = |source, target| -> Result<Tensor, TchError> {
            let values: Vec<f32> =
                self.sigmas.iter().flat_map(|&sigma| enlarge_and_blur(source, target, sigma)).collect();
            let shape = [self.sigmas.len(), target, source].map(length);
            Tensor::f_from_slice(&values)?.f_reshape(shape)?.f_to_device(self.device)
        };
        let matrices = Arc::new(Matrices {
            vertical: make(grid.readout.height, grid.reduced.height)?.into(),
            horizontal: make(grid.readout.width, grid.reduced.width)?.f_transpose(1, 2)?.f_contiguous()?.into(),
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
pub(crate) fn enlarge_and_blur(source: usize, target: usize, sigma: f64) -> Vec<f32> {
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
