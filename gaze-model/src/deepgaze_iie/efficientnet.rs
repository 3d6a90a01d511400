//! The second backbone: EfficientNet-B5.
//!
//! Tan & Le (2019), *EfficientNet: rethinking model scaling for convolutional neural networks*. The paddings are those
//! of a picture of 456 pixels, whatever the picture's size. A convolution of stride 2, 3 × 3 or 5 × 5, therefore sees
//! one row of zeros more at the bottom than at the top, and one column more at the right than at the left.

use tch::{Kind, TchError, Tensor};

use crate::{
    mobile::{Plan, Stage, plans},
    nn::{Affine, BatchNorm, Conv, Parameters, Shape, length, pixel_by_pixel},
};

const EPSILON: f64 = 1e-3;

/// The number of blocks and channels of each stage; see [`mobile`](crate::mobile).
const STAGES: [Stage; 7] = [
    Stage { blocks: 3, outputs: 24 },
    Stage { blocks: 5, outputs: 40 },
    Stage { blocks: 5, outputs: 64 },
    Stage { blocks: 7, outputs: 128 },
    Stage { blocks: 7, outputs: 176 },
    Stage { blocks: 9, outputs: 304 },
    Stage { blocks: 3, outputs: 512 },
];
const STEM: usize = 48;
const HEAD: usize = 2048;

/// The blocks whose raw depthwise output the readout sees: 1056 channels each at stride 16.
const DEPTHWISE_TAPS: [usize; 2] = [24, 26];
/// The block whose raw projection the readout sees, 304 channels at stride 32. It is the last that is computed.
const LAST: usize = 35;

/// The number of channels of each tap.
pub(super) const CHANNELS: [usize; 3] = [1056, 1056, 304];

impl Plan {
    fn expand(self) -> Shape {
        Shape::pointwise(self.inputs, self.width)
    }

    /// The geometry of one filter per channel, with this number of zeros on each side.
    fn depthwise(self, padding: usize) -> Shape {
        let Self { width, kernel, stride, .. } = self;
        Shape { inputs: width, outputs: width, kernel, stride, padding, groups: width }
    }

    fn project(self) -> Shape {
        Shape::pointwise(self.width, self.outputs)
    }
}

/// The network up to its last tap.
#[derive(Debug)]
pub(super) struct EfficientNet {
    stem: Conv,
    blocks: Vec<Block>,
}

impl EfficientNet {
    /// Reads the network.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let norm = BatchNorm::read(from, "_bn0", STEM, EPSILON)?;
        let shape = Shape { inputs: 3, outputs: STEM, kernel: 3, stride: 2, padding: 0, groups: 1 };
        let stem = Conv::read_folded(from, "_conv_stem", &norm, shape)?;
        let mut blocks = Vec::new();
        for (index, plan) in plans(STEM, STAGES).into_iter().enumerate() {
            let from = from.at("_blocks").at(index);
            if index <= LAST {
                blocks.push(Block::read(&from, index, plan)?);
            } else {
                Block::unused(&from, plan);
            }
        }
        from.at("_conv_head").unused("weight", &Shape::pointwise(STAGES[6].outputs, HEAD).weight());
        BatchNorm::unused(from, "_bn1", HEAD);
        from.at("_fc").unused("weight", &[1000, HEAD]);
        from.at("_fc").unused("bias", &[1000]);
        Ok(Self { stem, blocks })
    }

    /// Computes the tapped outputs for a normalised picture `(n, 3, h, w)`.
    pub(super) fn features(&self, picture: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let mut taps = Vec::with_capacity(DEPTHWISE_TAPS.len() + 1);
        let picture = pixel_by_pixel(&picture.f_constant_pad_nd([0, 1, 0, 1])?)?;
        let mut x = self.stem.forward(&picture)?.f_silu_()?;
        for block in &self.blocks {
            x = block.forward(x, &mut taps)?;
        }
        Ok(taps)
    }
}

/// A block: it gets wider, filters each channel, weighs the channels by what the whole picture shows, and gets narrow.
#[derive(Debug)]
struct Block {
    expand: Option<Conv>,
    padding: Option<[i64; 4]>,
    depthwise: Conv,
    /// The norm of the depthwise convolution, where the readout sees that one's raw output.
    tapped: Option<Affine>,
    squeeze: SqueezeExcitation,
    project: Conv,
    /// Tells whether the block's input is added to its output.
    residual: bool,
    last: bool,
}

impl Block {
    fn read(from: &Parameters<'_, '_>, index: usize, plan: Plan) -> Result<Self, TchError> {
        let Plan { inputs, width, kernel, stride, .. } = plan;
        let expand = || -> Result<Conv, TchError> {
            let norm = BatchNorm::read(from, "_bn0", width, EPSILON)?;
            Conv::read_folded(from, "_expand_conv", &norm, plan.expand())
        };
        let expand = plan.expands().then(expand).transpose()?;
        let symmetric = stride == 1;
        let shape = plan.depthwise(if symmetric { kernel / 2 } else { 0 });
        let norm = BatchNorm::read(from, "_bn1", width, EPSILON)?;
        let tapped = DEPTHWISE_TAPS.contains(&index);
        let depthwise = if tapped {
            Conv::read(from, "_depthwise_conv", shape)?
        } else {
            Conv::read_folded(from, "_depthwise_conv", &norm, shape)?
        };
        let before = length(kernel / 2 - 1);
        let last = index == LAST;
        Ok(Self {
            expand,
            padding: (!symmetric).then_some([before, before + 1, before, before + 1]),
            depthwise,
            tapped: tapped.then(|| norm.place(from.placement)).transpose()?,
            squeeze: SqueezeExcitation::read(from, width, reduced(inputs))?,
            project: projection(from, plan.project(), last)?,
            residual: plan.is_residual(),
            last,
        })
    }

    fn unused(from: &Parameters<'_, '_>, plan: Plan) {
        let Plan { inputs, width, outputs, .. } = plan;
        from.at("_expand_conv").unused("weight", &plan.expand().weight());
        BatchNorm::unused(from, "_bn0", width);
        from.at("_depthwise_conv").unused("weight", &plan.depthwise(0).weight());
        BatchNorm::unused(from, "_bn1", width);
        SqueezeExcitation::unused(from, width, reduced(inputs));
        from.at("_project_conv").unused("weight", &plan.project().weight());
        BatchNorm::unused(from, "_bn2", outputs);
    }

    fn forward(&self, input: Tensor, taps: &mut Vec<Tensor>) -> Result<Tensor, TchError> {
        let mut x = match &self.expand {
            Some(expand) => expand.forward(&input)?.f_silu_()?,
            None => input.shallow_clone(),
        };
        if let Some(padding) = self.padding {
            x = x.f_constant_pad_nd(padding)?;
        }
        x = self.depthwise.forward(&x)?;
        if let Some(norm) = &self.tapped {
            let normed = norm.forward(&x)?;
            taps.push(x);
            x = normed;
        }
        x = x.f_silu_()?;
        let weights = self.squeeze.forward(&x)?;
        let mut output = self.project.forward_weighted(x, &weights)?;
        if self.last {
            taps.push(output.shallow_clone());
        } else if self.residual {
            output = output.f_add_(&input)?;
        }
        Ok(output)
    }
}

/// The convolution that ends a block; its norm is left out where the readout sees its raw output.
fn projection(from: &Parameters<'_, '_>, shape: Shape, tapped: bool) -> Result<Conv, TchError> {
    if tapped {
        BatchNorm::unused(from, "_bn2", shape.outputs);
        return Conv::read(from, "_project_conv", shape);
    }
    let norm = BatchNorm::read(from, "_bn2", shape.outputs, EPSILON)?;
    Ok(Conv::read_folded(from, "_project_conv", &norm, shape)?.summed_in_blocks())
}

/// The number of channels of the squeeze: a quarter of those that enter the block.
fn reduced(inputs: usize) -> usize {
    inputs / 4
}

/// The weights of channels, computed from the mean of each channel over the picture.
#[derive(Debug)]
struct SqueezeExcitation {
    reduce: Conv,
    expand: Conv,
}

impl SqueezeExcitation {
    fn read(from: &Parameters<'_, '_>, width: usize, reduced: usize) -> Result<Self, TchError> {
        let read = |name, shape: Shape| {
            let from = from.at(name);
            let bias = from.tensor("bias", &[shape.outputs])?;
            Conv::new(&from.tensor("weight", &shape.weight())?, Some(&bias), shape, from.placement)
        };
        Ok(Self {
            reduce: read("_se_reduce", Shape::pointwise(width, reduced))?,
            expand: read("_se_expand", Shape::pointwise(reduced, width))?,
        })
    }

    fn unused(from: &Parameters<'_, '_>, width: usize, reduced: usize) {
        for (name, inputs, outputs) in [("_se_reduce", width, reduced), ("_se_expand", reduced, width)] {
            from.at(name).unused("weight", &[outputs, inputs, 1, 1]);
            from.at(name).unused("bias", &[outputs]);
        }
    }

    /// Computes the weights, `(n, width, 1, 1)`.
    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let mean = input.f_mean_dim([2_i64, 3].as_slice(), true, None::<Kind>)?;
        self.expand.forward(&self.reduce.forward(&mean)?.f_silu_()?)?.f_sigmoid_()
    }
}
