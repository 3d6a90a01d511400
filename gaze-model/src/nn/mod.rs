//! What networks are made of: parameters read by name, convolutions with their norms folded in, the
//! plan of an EfficientNet, nearest resampling.

pub(crate) use crate::nn::{
    constant::Constant,
    conv::{Affine, BatchNorm, Conv, Geometry, Shape, pixel_by_pixel},
    parameters::{Parameters, Placement},
};

mod constant;
mod conv;
pub(crate) mod mobile;
pub(crate) mod nearest;
mod parameters;

/// A length as libtorch counts.
pub(crate) fn length(count: usize) -> i64 {
    i64::try_from(count).expect("what fits in memory fits in 63 bits")
}
