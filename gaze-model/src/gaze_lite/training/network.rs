//! The part of the model that is trained, on libtorch, which knows its gradient. All members go through each step side by
//! side. A test holds it equal to the prediction in Rust.

use gaze_core::Size;
use tch::{Kind, TchError, Tensor};

use crate::{
    gaze_lite::{
        architecture::{EPSILON, NEIGHBORHOOD, WIDTHS, inputs},
        grid::Axis,
        way::{axes, grid},
    },
    libtorch::adopt_threads,
    nn::{Constant, length},
};

/// Counts the inputs of a readout.
pub(super) fn input_count() -> usize {
    inputs().count()
}

/// The matrices that bring all inputs to the readout's grid, for one size of picture.
#[derive(Debug)]
pub(super) struct Ways {
    grid: Size,
    /// For each input, matrices `(rows of the grid, rows of the input)` and the same for columns; none where grid and
    /// input have the same samples.
    ways: Vec<Option<[Constant; 2]>>,
}

impl Ways {
    /// Computes the matrices for a picture of this size, of numbers of this type: training takes 32 bits, its test 64.
    pub(super) fn new(picture: Size, kind: Kind) -> Result<Self, TchError> {
        let matrix = |[source, target]: [Axis; 2]| -> Result<Constant, TchError> {
            let matrix = Tensor::f_from_slice(&source.interpolation(target))?.f_to_kind(kind)?;
            Ok(matrix.f_reshape([target.count, source.count].map(length))?.into())
        };
        let ways = axes(picture)
            .map(|axes| axes.map(|[rows, columns]| Ok::<_, TchError>([matrix(rows)?, matrix(columns)?])).transpose());
        Ok(Self { grid: grid(picture), ways: ways.collect::<Result<_, TchError>>()? })
    }

    /// Brings an input `(h, w, channels)` to the grid `(rows, columns, channels)`.
    fn apply(&self, input: usize, features: &Tensor) -> Result<Tensor, TchError> {
        let Some([rows, columns]) = &self.ways[input] else {
            return Ok(features.shallow_clone());
        };
        let size = features.size();
        let (w, channels) = (size[1], size[2]);
        let along = rows.f_mm(&features.f_reshape([size[0], w * channels])?)?.f_reshape([-1, w, channels])?;
        columns.f_matmul(&along)
    }
}

/// Computes maps `(members, rows, columns)` of features `(h, w, channels)` in the order of [`inputs`].
///
/// `first` and `shift` come from [`first_layer`]. `parameters` are all parameters of the readout.
pub(super) fn forward(
    features: &[Tensor],
    first: &[&Tensor],
    shift: &Tensor,
    parameters: &[&Tensor],
    ways: &Ways,
) -> Result<Tensor, TchError> {
    adopt_threads();
    let mut sum: Option<Tensor> = None;
    for (input, (feature, kernel)) in features.iter().zip(first).enumerate() {
        let size = feature.size();
        let mapped = feature.f_reshape([-1, size[2]])?.f_mm(kernel)?.f_reshape([size[0], size[1], -1])?;
        let mapped = ways.apply(input, &mapped)?;
        sum = Some(match sum {
            None => mapped,
            Some(sum) => sum.f_add(&mapped)?,
        });
    }
    let sum = sum.expect("a readout has inputs").f_add(shift)?;
    let [norm1, shift1, mix1, bias1, near, norm2, shift2, mix2, bias2, mix3] =
        std::array::from_fn(|index| parameters[input_count() + index]);
    let (members, [wide, middle, _]) = (mix1.size()[0], WIDTHS.map(length));
    let (h, w) = (length(ways.grid.height), length(ways.grid.width));
    let x = sum.f_permute([2, 0, 1])?.f_contiguous()?.f_unsqueeze(0)?;
    let x = x.f_group_norm(members, Some(norm1), Some(shift1), EPSILON, true)?.f_softplus()?;
    let x = mix1.f_matmul(&x.f_reshape([members, wide, h * w])?)?.f_add(bias1)?;
    let x = x.f_reshape([1, members * middle, h, w])?;
    let padding = length(NEIGHBORHOOD / 2);
    let around = x.f_conv2d(near, None::<&Tensor>, [1, 1], [padding, padding], [1, 1], members * middle)?;
    let x = x.f_add(&around)?.f_group_norm(members, Some(norm2), Some(shift2), EPSILON, true)?.f_softplus()?;
    let x = mix2.f_matmul(&x.f_reshape([members, middle, h * w])?)?.f_add(bias2)?.f_softplus()?;
    mix3.f_matmul(&x)?.f_reshape([members, h, w])
}

/// Computes the kernels of the first layer, `(channels, members · 32)` for each input, and the sum `(members · 32)`
/// that they add to each sample. The kernels standardise the features, too.
///
/// `standard` has for each input the channels' means and the inverses of their deviations, `(channels)`. `keep` has for
/// each input a factor for each member and channel, `(members, 1, channels)`; without it all factors are 1.
pub(super) fn first_layer(
    parameters: &[&Tensor],
    standard: &[[Constant; 2]],
    keep: Option<&[Tensor]>,
) -> Result<(Vec<Tensor>, Tensor), TchError> {
    adopt_threads();
    let mut kernels = Vec::with_capacity(standard.len());
    let mut shift: Option<Tensor> = None;
    for (input, [mean, inverse]) in standard.iter().enumerate() {
        let mut kernel = parameters[input].f_mul(inverse)?;
        if let Some(keep) = keep {
            kernel = kernel.f_mul(&keep[input])?;
        }
        let kernel = kernel.f_reshape([-1, mean.size()[0]])?;
        let lost = kernel.f_mv(mean)?;
        shift = Some(match shift {
            None => lost.f_neg()?,
            Some(shift) => shift.f_sub(&lost)?,
        });
        kernels.push(kernel.f_transpose(0, 1)?);
    }
    Ok((kernels, shift.expect("a readout has inputs")))
}

/// Makes tensors of the channels' means and of the inverses of their deviations.
pub(super) fn standardization(mean: &[f32], deviation: &[f32]) -> Result<[Constant; 2], TchError> {
    let inverse: Vec<f32> = deviation.iter().map(|deviation| 1.0 / deviation).collect();
    Ok([Tensor::f_from_slice(mean)?.into(), Tensor::f_from_slice(&inverse)?.into()])
}
