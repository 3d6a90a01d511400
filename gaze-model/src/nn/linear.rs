//! The parts of transformers that work on tokens, `(n, tokens, channels)`.

use tch::{Kind, TchError, Tensor};

use crate::{
    libtorch::adopt_threads,
    nn::{Constant, Parameters, length},
};

/// A linear map of each token, with a bias.
#[derive(Debug)]
pub(crate) struct Linear {
    /// `(outputs, inputs)`.
    weight: Constant,
    bias: Constant,
}

impl Linear {
    /// Reads `name.weight` and `name.bias`.
    pub(crate) fn read(from: &Parameters<'_, '_>, name: &str, inputs: usize, outputs: usize) -> Result<Self, TchError> {
        let (weight, bias) = tensors(from, name, inputs, outputs)?;
        Ok(Self { weight: from.placement.of(&weight)?.into(), bias: from.placement.of(&bias)?.into() })
    }

    /// Reads `name.weight` and `name.bias`, and multiplies each output by its number in `scale`, `(outputs)`.
    pub(crate) fn read_scaled(
        from: &Parameters<'_, '_>,
        name: &str,
        scale: &Tensor,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, TchError> {
        let (weight, bias) = tensors(from, name, inputs, outputs)?;
        let scale = scale.f_to_kind(Kind::Double)?;
        let weight = weight.f_to_kind(Kind::Double)?.f_mul_(&scale.f_unsqueeze(1)?)?;
        let bias = bias.f_to_kind(Kind::Double)?.f_mul_(&scale)?;
        let place = |tensor: &Tensor| from.placement.of(&tensor.f_to_kind(Kind::Float)?);
        Ok(Self { weight: place(&weight)?.into(), bias: place(&bias)?.into() })
    }

    /// Maps `(n, tokens, inputs)` to `(n, tokens, outputs)`.
    pub(crate) fn forward(&self, tokens: &Tensor) -> Result<Tensor, TchError> {
        adopt_threads();
        tokens.f_linear(&self.weight, Some(&*self.bias))
    }
}

fn tensors(from: &Parameters<'_, '_>, name: &str, inputs: usize, outputs: usize) -> Result<(Tensor, Tensor), TchError> {
    let from = from.at(name);
    Ok((from.tensor("weight", &[outputs, inputs])?, from.tensor("bias", &[outputs])?))
}

/// The layer norm over the channels of each token.
#[derive(Debug)]
pub(crate) struct TokenNorm {
    weight: Constant,
    bias: Constant,
    channels: i64,
    epsilon: f64,
}

impl TokenNorm {
    /// Reads `name.weight` and `name.bias`.
    pub(crate) fn read(from: &Parameters<'_, '_>, name: &str, channels: usize, epsilon: f64) -> Result<Self, TchError> {
        let placement = from.placement;
        let from = from.at(name);
        let tensor = |leaf| placement.of(&from.tensor(leaf, &[channels])?);
        let (weight, bias) = (tensor("weight")?.into(), tensor("bias")?.into());
        Ok(Self { weight, bias, channels: length(channels), epsilon })
    }

    /// Standardises each token of `(n, tokens, channels)`.
    pub(crate) fn forward(&self, tokens: &Tensor) -> Result<Tensor, TchError> {
        tokens.f_layer_norm([self.channels], Some(&*self.weight), Some(&*self.bias), self.epsilon, true)
    }

    /// Tells the reader that the file has this norm and that no prediction depends on it.
    pub(crate) fn unused(from: &Parameters<'_, '_>, name: &str, channels: usize) {
        let from = from.at(name);
        from.unused("weight", &[channels]);
        from.unused("bias", &[channels]);
    }
}
