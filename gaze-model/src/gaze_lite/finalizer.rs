//! From the members' maps to one density: blur, temperature, center bias, softmax, and the mean of the densities.

use gaze_core::{LogDensity, Size};
use ndarray::Array2;
use rayon::prelude::*;
use tch::{Kind, TchError, Tensor};

use crate::{
    gaze_lite::{
        LiteError,
        grid::{Axis, READOUT_STRIDE},
    },
    libtorch::adopt_threads,
    nn::{Constant, length},
    tensor::{array_from_tensor, tensor_from_array},
};

/// The height in nats to which the densities' peaks are lifted before `exp`. The sum over 10⁸ pixels still fits 32
/// bits, and a value up to 147 nats below a member's peak is still more than zero.
const HEADROOM: f64 = 60.0;

/// The steps of a member behind its map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finalizer {
    /// The standard deviation of the blur, in pixels of the picture that the network sees.
    pub(super) sigma: f64,
    pub(super) center_bias_weight: f64,
}

/// Computes the mean of the members' densities at the size of the center bias, from the members' maps
/// `(members, rows, columns)` of a picture that was seen at size `seen`.
pub(super) fn log_density(
    maps: &Tensor,
    finalizers: &[Finalizer],
    temperature: f64,
    seen: Size,
    center_bias: &LogDensity<'_>,
) -> Result<LogDensity<'static>, LiteError> {
    let size = center_bias.size();
    let center_bias = tensor_from_array(&center_bias.values())?.f_to_kind(Kind::Float)?.f_to_device(maps.device())?;
    let (maps, center_bias) = (Constant::from(maps.f_detach()?), Constant::from(center_bias));
    let shares = finalizers.par_iter().enumerate().map(|(member, finalizer)| -> Result<Tensor, TchError> {
        adopt_threads();
        let sigma = finalizer.sigma;
        let rows = enlarging(seen.height, size.height, sigma, temperature)?.f_to_device(maps.device())?;
        let columns = enlarging(seen.width, size.width, sigma, 1.0)?.f_to_device(maps.device())?;
        let along = rows.f_mm(&maps.f_get(length(member))?)?;
        let mut map = center_bias.f_mul_scalar(finalizer.center_bias_weight)?;
        map = map.f_addmm_(&along, &columns.f_transpose(0, 1)?)?;
        let lift = map.f_amax([0_i64, 1].as_slice(), false)?.f_sub_scalar(HEADROOM)?;
        map = map.f_sub_(&lift)?.f_exp_()?;
        // The sum along a row is in 32 bits, across rows in 64: a sum of all pixels in 32 bits would shift the whole
        // map.
        let total = map.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Float)?.f_sum(Kind::Double)?;
        let share = total.f_mul_scalar(length(finalizers.len()))?.f_reciprocal()?.f_to_kind(Kind::Float)?;
        map.f_mul_(&share)
    });
    let mut density = center_bias.f_zeros_like()?;
    for share in shares.collect::<Result<Vec<_>, TchError>>()? {
        density = density.f_add_(&share)?;
    }
    let density: Array2<f32> = array_from_tensor(&density)?;
    Ok(LogDensity::from_weights(density.mapv(f64::from))?)
}

/// Computes the matrix `(target, samples of the readout)` that interpolates to the cells of training, blurs there,
/// enlarges to the target's pixels, and multiplies by `factor`.
fn enlarging(seen: usize, target: usize, sigma: f64, factor: f64) -> Result<Tensor, TchError> {
    let (readout, cells, pixels) =
        (Axis::layer(seen, seen, READOUT_STRIDE), Axis::cells(seen), Axis::pixels(seen, target));
    let shaped = |matrix: Tensor, rows: Axis, columns: Axis| matrix.f_reshape([rows.count, columns.count].map(length));
    let coarse = shaped(Tensor::f_from_slice(&readout.interpolation(cells))?, cells, readout)?;
    let blur = shaped(Tensor::f_from_slice(&cells.gaussian(pixels, sigma))?, pixels, cells)?;
    blur.f_to_kind(Kind::Float)?.f_mm(&coarse)?.f_mul_scalar(factor)
}
