//! The parts of networks: parameters read by name, convolutions with their norms folded in, the linear maps and norms of
//! transformers, nearest-neighbour resampling.

pub(crate) use crate::nn::{
    constant::Constant,
    conv::{Affine, BatchNorm, Conv, Shape, pixel_by_pixel},
    linear::{Linear, TokenNorm},
    parameters::{Parameters, Placement},
};

mod constant;
mod conv;
mod linear;
pub(crate) mod nearest;
mod parameters;

/// Converts a length to the type with which libtorch counts.
pub(crate) fn length(count: usize) -> i64 {
    i64::try_from(count).expect("what fits in memory fits in 63 bits")
}
