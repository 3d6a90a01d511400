//! Parameters of a network, read by the names they have in its file.

use std::fmt::Display;

use tch::{Device, Kind, TchError, Tensor};

use crate::{nn::length, weights::Scope};

/// Where a network computes, and with how many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) device: Device,
    /// `Float`, or `BFloat16` for speed.
    pub(crate) kind: Kind,
}

impl Placement {
    /// `tensor` there and of that kind.
    pub(crate) fn of(self, tensor: &Tensor) -> Result<Tensor, TchError> {
        tensor.f_to_device(self.device)?.f_to_kind(self.kind)
    }

    /// Whether oneDNN does the convolutions.
    ///
    /// Left to itself libtorch would give those of 1 × 1 to a matrix product that is half as fast on some processors.
    pub(crate) fn uses_onednn(self) -> bool {
        self.device == Device::Cpu && tch::utils::has_mkldnn()
    }
}

/// The tensors of a part of a network.
///
/// One that is missing or has another shape is noted by the [`Reader`](crate::weights::Reader) and replaced by zeros, so
/// that all that is wrong with a file is said at once.
#[derive(Clone)]
pub(crate) struct Parameters<'r, 'w> {
    scope: Scope<'r, 'w>,
    pub(crate) placement: Placement,
}

impl<'r, 'w> Parameters<'r, 'w> {
    pub(crate) fn new(scope: Scope<'r, 'w>, placement: Placement) -> Self {
        Self { scope, placement }
    }

    /// Those of the part with this name or number.
    pub(crate) fn at(&self, name: impl Display) -> Self {
        Self { scope: self.scope.at(name), placement: self.placement }
    }

    /// A copy of the tensor `leaf`, of 32 bits and on the CPU, where a network is prepared.
    pub(crate) fn tensor(&self, leaf: &str, shape: &[usize]) -> Result<Tensor, TchError> {
        let shape_here: Vec<i64> = shape.iter().map(|&count| length(count)).collect();
        Tensor::f_from_slice(&self.scope.f32(leaf, shape))?.f_reshape(shape_here)
    }

    /// A single number.
    pub(crate) fn number(&self, leaf: &str, shape: &[usize]) -> f64 {
        f64::from(self.scope.f32(leaf, shape)[0])
    }

    /// Says that the file has a tensor that no prediction depends on.
    pub(crate) fn unused(&self, leaf: &str, shape: &[usize]) {
        self.scope.unused(leaf, shape);
    }
}
