//! The layer of which readouts are made, for several components side by side.

use tch::{TchError, Tensor};

use crate::nn::{Constant, Parameters, length};

/// The numbers of channels of the layers of a fixation selection network.
pub(crate) const SELECTION: [usize; 3] = [128, 16, 1];
/// The number that is added to the variance in every layer norm of a readout.
pub(crate) const EPSILON: f64 = 1e-12;

/// A layer of all components: layer norm over a component's channels and pixels together, 1 × 1 convolution, bias and
/// softplus.
#[derive(Debug)]
pub(crate) struct Layer {
    norm: Norm,
    /// The kernels, `(components, outputs, inputs)`.
    weight: Constant,
    /// The biases, `(components, outputs, 1)`.
    bias: Constant,
}

/// The layer norm of all components.
#[derive(Debug)]
pub(crate) struct Norm {
    components: i64,
    weight: Constant,
    bias: Constant,
}

impl Norm {
    /// Reads `name.weight` and `name.bias` of each component.
    pub(crate) fn read(from: &[Parameters<'_, '_>], name: &str, channels: usize) -> Result<Self, TchError> {
        Ok(Self {
            components: length(from.len()),
            weight: stack(from, name, "weight", &[channels])?.f_reshape([-1])?.into(),
            bias: stack(from, name, "bias", &[channels])?.f_reshape([-1])?.into(),
        })
    }

    /// Standardises each component of `(n, components · channels, h, w)`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        input.f_group_norm(self.components, Some(&*self.weight), Some(&*self.bias), EPSILON, true)
    }

    /// Computes what [`forward`](Self::forward) gives for an input in which all values are the same, `(1, components ·
    /// channels, h, w)`: the differences from the mean are zero. They are not computed, because the small epsilon would
    /// enlarge their rounding errors a million times.
    pub(crate) fn of_a_constant(&self, h: i64, w: i64) -> Result<Tensor, TchError> {
        self.bias.f_reshape([1, -1, 1, 1])?.f_expand([1, -1, h, w], false)?.f_contiguous()
    }
}

impl Layer {
    /// Reads the layer from the tensors with the names of norm, convolution and bias.
    pub(crate) fn read(
        from: &[Parameters<'_, '_>],
        names: [&str; 3],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, TchError> {
        let [norm, conv, bias] = names;
        let weight = stack(from, conv, "weight", &[outputs, inputs, 1, 1])?;
        let components = from.len();
        Ok(Self {
            norm: Norm::read(from, norm, inputs)?,
            weight: weight.f_reshape([components, outputs, inputs].map(length))?.into(),
            bias: stack(from, bias, "bias", &[outputs])?.f_reshape([components, outputs, 1].map(length))?.into(),
        })
    }

    /// Maps `(n, components · inputs, h, w)` to `(n, components · outputs, h, w)`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        self.behind_the_norm(&self.norm.forward(input)?)
    }

    /// Does the same for an input of one value everywhere, in one picture.
    pub(crate) fn forward_a_constant(&self, h: i64, w: i64) -> Result<Tensor, TchError> {
        self.behind_the_norm(&self.norm.of_a_constant(h, w)?)
    }

    fn behind_the_norm(&self, normed: &Tensor) -> Result<Tensor, TchError> {
        let (n, channels, h, w) = normed.size4()?;
        let components = self.norm.components;
        let columns = normed.f_reshape([n, components, channels / components, h * w])?;
        let output = self.weight.f_matmul(&columns)?.f_add_(&self.bias)?.f_softplus()?;
        output.f_reshape([n, -1, h, w])
    }
}

/// Reads a tensor of each component and stacks them, in 32 bits on the device where the network computes.
pub(crate) fn stack(from: &[Parameters<'_, '_>], name: &str, leaf: &str, shape: &[usize]) -> Result<Tensor, TchError> {
    let tensors = from.iter().map(|from| from.at(name).tensor(leaf, shape)).collect::<Result<Vec<_>, _>>()?;
    Tensor::f_stack(&tensors, 0)?.f_to_device(from[0].placement.device)
}
