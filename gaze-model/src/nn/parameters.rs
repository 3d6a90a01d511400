//! The parameters of a network, read by the names they have in its file.

use std::fmt::Display;

use tch::{Device, Kind, TchError, Tensor};

use crate::{nn::length, weights::Scope};

/// The device on which a network computes, and the type of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) device: Device,
    /// The type of numbers: `Float`, or `BFloat16` for speed.
    pub(crate) kind: Kind,
}

impl Placement {
    /// Copies `tensor` to the device, with numbers of this type.
    pub(crate) fn of(self, tensor: &Tensor) -> Result<Tensor, TchError> {
        tensor.f_to_device(self.device)?.f_to_kind(self.kind)
    }

    /// Tells whether oneDNN computes the convolutions.
    ///
    /// By default libtorch computes those of 1 × 1 by a matrix product that is half as fast on some processors.
    pub(crate) fn uses_onednn(self) -> bool {
        self.device == Device::Cpu && tch::utils::has_mkldnn()
    }
}

/// The tensors of a part of a network.
///
/// The [`Reader`](crate::weights::Reader) notes each tensor that is missing or has another shape and replaces it by
/// zeros, so that one error names all problems of a file.
#[derive(Clone)]
pub(crate) struct Parameters<'r, 'w> {
    scope: Scope<'r, 'w>,
    pub(crate) placement: Placement,
}

impl<'r, 'w> Parameters<'r, 'w> {
    pub(crate) fn new(scope: Scope<'r, 'w>, placement: Placement) -> Self {
        Self { scope, placement }
    }

    /// The parameters of the part with this name or number.
    pub(crate) fn at(&self, name: impl Display) -> Self {
        Self { scope: self.scope.at(name), placement: self.placement }
    }

    /// The parameters of the first `count` parts of a list with this name.
    pub(crate) fn list(&self, name: &str, count: usize) -> Vec<Self> {
        (0..count).map(|index| self.at(name).at(index)).collect()
    }

    /// Copies the tensor `leaf` in 32 bits to the CPU, where a network is prepared.
    pub(crate) fn tensor(&self, leaf: &str, shape: &[usize]) -> Result<Tensor, TchError> {
        let shape_here: Vec<i64> = shape.iter().map(|&count| length(count)).collect();
        Tensor::f_from_slice(&self.scope.f32(leaf, shape))?.f_reshape(shape_here)
    }

    /// Reads a single number.
    pub(crate) fn number(&self, leaf: &str, shape: &[usize]) -> f64 {
        f64::from(self.scope.f32(leaf, shape)[0])
    }

    /// Reads a few numbers in row-major order.
    pub(crate) fn numbers(&self, leaf: &str, shape: &[usize]) -> Vec<f64> {
        self.scope.f32(leaf, shape).iter().copied().map(f64::from).collect()
    }

    /// Tells the reader that the file has this tensor and that no prediction depends on it.
    pub(crate) fn unused(&self, leaf: &str, shape: &[usize]) {
        self.scope.unused(leaf, shape);
    }
}
