//! The network that ResNet-50 and ResNeXt-50 share: four stages of blocks of three convolutions (1 × 1, 3 × 3, 1 × 1),
//! to whose output the input is added.
//!
//! A norm is folded into the convolution before it, except where the readout needs the values between the two. Nothing
//! is computed behind the last output that the readout needs.

use tch::{TchError, Tensor};

use crate::nn::{Affine, BatchNorm, Conv, Parameters, Shape, pixel_by_pixel};

/// The number of blocks of each stage.
const BLOCKS: [usize; 4] = [3, 4, 6, 3];
/// The number of channels inside the blocks of each stage of a ResNet; a stage gives four times as many.
const CHANNELS: [usize; 4] = [64, 128, 256, 512];
const EPSILON: f64 = 1e-5;

/// The two numbers in which a ResNet and a ResNeXt differ.
#[derive(Clone, Copy)]
pub(super) struct Config {
    /// The number of groups of the 3 × 3 convolutions.
    pub(super) groups: usize,
    /// The factor by which the 3 × 3 convolutions are wider than a ResNet's.
    pub(super) width: usize,
}

/// A convolution whose raw output, before its norm, the readout sees.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    /// The stage, from 1 to 4.
    pub(super) stage: usize,
    /// The block in the stage, from 0.
    pub(super) block: usize,
    pub(super) part: Part,
}

/// One of the three convolutions of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Conv1,
    Conv2,
}

/// The network up to its last tap.
#[derive(Debug)]
pub(super) struct BottleneckNet {
    stem: Conv,
    blocks: Vec<Block>,
    taps: usize,
}

impl BottleneckNet {
    /// Reads the network; the last of `taps` by execution must be the 3 × 3 convolution of the last block.
    pub(super) fn read(from: &Parameters<'_, '_>, config: Config, taps: &[Tap]) -> Result<Self, TchError> {
        let norm = BatchNorm::read(from, "bn1", 64, EPSILON)?;
        let shape = Shape { inputs: 3, outputs: 64, kernel: 7, stride: 2, padding: 3, groups: 1 };
        let stem = Conv::read_folded(from, "conv1", &norm, shape)?;
        let mut blocks = Vec::new();
        let mut inputs = 64;
        for (index, (&count, &channels)) in BLOCKS.iter().zip(&CHANNELS).enumerate() {
            let stage = index + 1;
            let from = from.at(format_args!("layer{stage}"));
            for block in 0..count {
                let slot = |part| taps.iter().position(|&tap| tap == Tap { stage, block, part });
                let (width, outputs) = (channels * config.width, channels * 4);
                let stride = if block == 0 && stage > 1 { 2 } else { 1 };
                let conv2 =
                    Shape { inputs: width, outputs: width, kernel: 3, stride, padding: 1, groups: config.groups };
                let from = from.at(block);
                blocks.push(Block {
                    conv1: Step::read(&from, 1, Shape::pointwise(inputs, width), slot(Part::Conv1))?,
                    conv2: Step::read(&from, 2, conv2, slot(Part::Conv2))?,
                    rest: if stage == BLOCKS.len() && block + 1 == count {
                        from.at("conv3").unused("weight", &Shape::pointwise(width, outputs).weight());
                        BatchNorm::unused(&from, "bn3", outputs);
                        None
                    } else {
                        Some(Rest::read(&from, inputs, width, outputs, stride)?)
                    },
                });
                inputs = outputs;
            }
        }
        from.at("fc").unused("weight", &[1000, inputs]);
        from.at("fc").unused("bias", &[1000]);
        Ok(Self { stem, blocks, taps: taps.len() })
    }

    /// Computes the tapped outputs for a normalised picture `(n, 3, h, w)`, in the order of the taps.
    pub(super) fn features(&self, picture: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let mut found: Vec<Option<Tensor>> = (0..self.taps).map(|_| None).collect();
        let stem = self.stem.forward(&pixel_by_pixel(picture)?)?.f_relu_()?;
        let mut x = stem.f_max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false)?;
        for block in &self.blocks {
            let inner = block.conv1.forward(&x, &mut found)?;
            let Some(rest) = &block.rest else {
                block.conv2.tap(&inner, &mut found)?;
                break;
            };
            let inner = block.conv2.forward(&inner, &mut found)?;
            x = rest.forward(&x, &inner)?;
        }
        Ok(found.into_iter().map(|tap| tap.expect("every tap lies on the way")).collect())
    }
}

#[derive(Debug)]
struct Block {
    conv1: Step,
    conv2: Step,
    /// The last convolution; none in the last block, which ends in a tap.
    rest: Option<Rest>,
}

/// A convolution, its norm and a rectifier.
#[derive(Debug)]
enum Step {
    Folded(Conv),
    Tapped { conv: Conv, norm: Affine, slot: usize },
}

impl Step {
    fn read(from: &Parameters<'_, '_>, number: usize, shape: Shape, slot: Option<usize>) -> Result<Self, TchError> {
        let norm = BatchNorm::read(from, &format!("bn{number}"), shape.outputs, EPSILON)?;
        let name = format!("conv{number}");
        Ok(match slot {
            None => Self::Folded(Conv::read_folded(from, &name, &norm, shape)?),
            Some(slot) => {
                let norm = norm.place(from.placement)?;
                Self::Tapped { conv: Conv::read(from, &name, shape)?, norm, slot }
            }
        })
    }

    fn forward(&self, input: &Tensor, found: &mut [Option<Tensor>]) -> Result<Tensor, TchError> {
        match self {
            Self::Folded(conv) => conv.forward(input)?.f_relu_(),
            Self::Tapped { conv, norm, slot } => {
                let raw = conv.forward(input)?;
                let normed = norm.forward(&raw)?.f_relu_();
                found[*slot] = Some(raw);
                normed
            }
        }
    }

    /// Computes the raw output alone.
    fn tap(&self, input: &Tensor, found: &mut [Option<Tensor>]) -> Result<(), TchError> {
        if let Self::Tapped { conv, slot, .. } = self {
            found[*slot] = Some(conv.forward(input)?);
        }
        Ok(())
    }
}

/// The end of a block: the convolution back to the number of channels outside, and the path that leads around the
/// block.
#[derive(Debug)]
struct Rest {
    conv3: Conv,
    downsample: Option<Conv>,
}

impl Rest {
    fn read(
        from: &Parameters<'_, '_>,
        inputs: usize,
        width: usize,
        outputs: usize,
        stride: usize,
    ) -> Result<Self, TchError> {
        let norm = BatchNorm::read(from, "bn3", outputs, EPSILON)?;
        let conv3 = Conv::read_folded(from, "conv3", &norm, Shape::pointwise(width, outputs))?;
        let downsample = if inputs == outputs {
            None
        } else {
            let from = from.at("downsample");
            let norm = BatchNorm::read(&from, "1", outputs, EPSILON)?;
            let shape = Shape { stride, ..Shape::pointwise(inputs, outputs) };
            Some(Conv::read_folded(&from, "0", &norm, shape)?)
        };
        Ok(Self { conv3, downsample })
    }

    fn forward(&self, input: &Tensor, inner: &Tensor) -> Result<Tensor, TchError> {
        let mut output = self.conv3.forward(inner)?;
        match &self.downsample {
            Some(downsample) => output.f_add_(&downsample.forward(input)?)?,
            None => output.f_add_(input)?,
        }
        .f_relu_()
    }
}
