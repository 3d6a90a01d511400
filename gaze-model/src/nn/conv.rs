//! Two-dimensional convolutions. The batch norm behind one is folded into it where nothing needs the values in between.
//!
//! Activations and kernels lie pixel by pixel, all channels of one together ("channels last").

use tch::{Kind, TchError, Tensor};

use crate::{
    libtorch::adopt_threads,
    nn::{Constant, Parameters, Placement, length},
};

/// Copies `tensor`, of shape `(n, c, h, w)`, such that the channels of a pixel lie together. The shape remains.
pub(crate) fn pixel_by_pixel(tensor: &Tensor) -> Result<Tensor, TchError> {
    tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])
}

/// The geometry of a convolution with a square kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) groups: usize,
}

impl Shape {
    /// Every pixel by itself.
    pub(crate) fn pointwise(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, kernel: 1, stride: 1, padding: 0, groups: 1 }
    }

    /// The shape of the kernel: `(outputs, inputs / groups, kernel, kernel)`.
    pub(crate) fn weight(self) -> [usize; 4] {
        [self.outputs, self.inputs / self.groups, self.kernel, self.kernel]
    }
}

/// A convolution, with the bias that a folded batch norm leaves.
#[derive(Debug)]
pub(crate) struct Conv {
    weight: Constant,
    bias: Option<Constant>,
    stride: [i64; 2],
    padding: [i64; 2],
    groups: i64,
    onednn: bool,
}

impl Conv {
    /// Reads `name.weight`; there is no bias.
    pub(crate) fn read(from: &Parameters<'_, '_>, name: &str, shape: Shape) -> Result<Self, TchError> {
        let weight = from.at(name).tensor("weight", &shape.weight())?;
        Self::new(&weight, None, shape, from.placement)
    }

    /// Reads `name.weight` and `name.bias`.
    pub(crate) fn read_biased(from: &Parameters<'_, '_>, name: &str, shape: Shape) -> Result<Self, TchError> {
        let from = from.at(name);
        let (weight, bias) = (from.tensor("weight", &shape.weight())?, from.tensor("bias", &[shape.outputs])?);
        Self::new(&weight, Some(&bias), shape, from.placement)
    }

    /// Reads `name.weight` and folds `norm` into it.
    pub(crate) fn read_folded(
        from: &Parameters<'_, '_>,
        name: &str,
        norm: &BatchNorm,
        shape: Shape,
    ) -> Result<Self, TchError> {
        let weight = norm.fold(&from.at(name).tensor("weight", &shape.weight())?)?;
        Self::new(&weight, Some(&norm.shift), shape, from.placement)
    }

    /// Makes a convolution with the given kernel and bias.
    pub(crate) fn new(
        weight: &Tensor,
        bias: Option<&Tensor>,
        shape: Shape,
        placement: Placement,
    ) -> Result<Self, TchError> {
        Ok(Self {
            weight: pixel_by_pixel(&placement.of(weight)?)?.into(),
            bias: bias.map(|bias| Ok::<_, TchError>(placement.of(bias)?.into())).transpose()?,
            stride: [length(shape.stride); 2],
            padding: [length(shape.padding); 2],
            groups: length(shape.groups),
            onednn: placement.uses_onednn(),
        })
    }

    /// Leaves the convolution to libtorch's matrix product, which sums over the channels in blocks. It is half as fast
    /// as oneDNN, and more exact for many channels.
    pub(crate) fn summed_in_blocks(self) -> Self {
        Self { onednn: false, ..self }
    }

    /// Maps `(n, inputs, h, w)` to `(n, outputs, h', w')`, with `h' = ⌊(h + 2·padding − kernel) / stride⌋ + 1`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        self.with_weight(&self.weight, input)
    }

    /// The output for an input of ones, where the kernel is 1 × 1 and there is no bias: the sum of each output's weights,
    /// `(1, outputs, 1, 1)`.
    pub(crate) fn of_ones(&self) -> Result<Tensor, TchError> {
        let sums = self.weight.f_sum_dim_intlist([1_i64, 2, 3].as_slice(), false, self.weight.kind())?;
        sums.f_reshape([1, -1, 1, 1])
    }

    /// Computes what [`forward`](Self::forward) gives after it has multiplied each channel of the input by its weight `(1, inputs, 1, 1)`.
    ///
    /// The convolution has no groups. For one picture the kernel is multiplied, which is cheaper.
    pub(crate) fn forward_weighted(&self, mut input: Tensor, weights: &Tensor) -> Result<Tensor, TchError> {
        if input.size()[0] == 1 {
            self.with_weight(&self.weight.f_mul(weights)?, &input)
        } else {
            self.forward(&input.f_mul_(weights)?)
        }
    }

    fn with_weight(&self, weight: &Tensor, input: &Tensor) -> Result<Tensor, TchError> {
        adopt_threads();
        let (bias, dilation) = (self.bias.as_deref(), [1, 1]);
        if self.onednn {
            input.f_mkldnn_convolution(weight, bias, self.padding, self.stride, dilation, self.groups)
        } else {
            input.f_conv2d(weight, bias, self.stride, self.padding, dilation, self.groups)
        }
    }
}

/// A batch norm after training: `scale · x + shift` for each channel, in 64 bits.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    scale: Tensor,
    shift: Tensor,
}

impl BatchNorm {
    /// Reads `name.weight`, `.bias`, `.running_mean` and `.running_var`.
    pub(crate) fn read(from: &Parameters<'_, '_>, name: &str, channels: usize, epsilon: f64) -> Result<Self, TchError> {
        let from = from.at(name);
        let tensor = |leaf| from.tensor(leaf, &[channels])?.f_to_kind(Kind::Double);
        let (weight, bias) = (tensor("weight")?, tensor("bias")?);
        let (mean, variance) = (tensor("running_mean")?, tensor("running_var")?);
        let scale = weight.f_div(&variance.f_add_scalar(epsilon)?.f_sqrt()?)?;
        let shift = bias.f_sub(&mean.f_mul(&scale)?)?;
        Ok(Self { scale, shift })
    }

    /// Tells the reader that the file has this norm and that no prediction depends on it.
    pub(crate) fn unused(from: &Parameters<'_, '_>, name: &str, channels: usize) {
        let from = from.at(name);
        for leaf in ["weight", "bias", "running_mean", "running_var"] {
            from.unused(leaf, &[channels]);
        }
    }

    /// Multiplies a kernel `(outputs, …)` by the norm's scale.
    fn fold(&self, weight: &Tensor) -> Result<Tensor, TchError> {
        weight.f_to_kind(Kind::Double)?.f_mul_(&self.scale.f_reshape([-1, 1, 1, 1])?)?.f_to_kind(Kind::Float)
    }

    /// Makes the norm a step of its own.
    pub(crate) fn place(&self, placement: Placement) -> Result<Affine, TchError> {
        let place = |tensor: &Tensor| placement.of(tensor)?.f_reshape([1, -1, 1, 1]);
        Ok(Affine { scale: place(&self.scale)?.into(), shift: place(&self.shift)?.into() })
    }
}

/// Computes `scale · x + shift` for each channel.
#[derive(Debug)]
pub(crate) struct Affine {
    scale: Constant,
    shift: Constant,
}

impl Affine {
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        self.shift.f_addcmul(input, &self.scale)
    }
}
