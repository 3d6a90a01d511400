//! The first backbone: the convolutional network of CLIP RN50x64, up to its tap.
//!
//! Radford et al. (2021), *Learning transferable visual models from natural language supervision*, ICML. It is a ResNet of
//! blocks of three convolutions with a stem of three, and an average of four pixels wherever a ResNet has a stride.

use tch::{TchError, Tensor};

use crate::nn::{BatchNorm, Conv, Parameters, Shape, pixel_by_pixel};

/// The convolutions of the stem: inputs, outputs, stride.
const STEM: [(usize, usize, usize); 3] = [(3, 64, 2), (64, 64, 1), (64, 128, 1)];
/// The number of blocks of each stage, and the number of channels inside them.
const STAGES: [(usize, usize); 4] = [(3, 128), (15, 256), (36, 512), (10, 1024)];
/// The factor by which a stage gives more channels than its blocks have inside.
const EXPANSION: usize = 4;
/// The block of the last stage whose 3 × 3 convolution is tapped, from 0.
const TAPPED: usize = 2;
const EPSILON: f64 = 1e-5;

/// The number of channels of the tap.
pub(super) const CHANNELS: usize = 1024;
/// The shortest side in pixels of which a sample is left behind the last average.
pub(super) const SHORTEST: usize = 31;

/// The network up to its tap.
#[derive(Debug)]
pub(super) struct Clip {
    stem: Vec<Conv>,
    blocks: Vec<Block>,
    /// The first two convolutions of the block in which the tap lies.
    last: [Conv; 2],
}

impl Clip {
    /// Reads the network.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let stem = (1..).zip(STEM).map(|(number, (inputs, outputs, stride))| {
            let shape = Shape { inputs, outputs, kernel: 3, stride, padding: 1, groups: 1 };
            folded(from, number, shape)
        });
        let stem = stem.collect::<Result<_, _>>()?;
        let (mut blocks, mut last) = (Vec::new(), Vec::new());
        let mut inputs = STEM[STEM.len() - 1].1;
        for (index, (count, width)) in STAGES.into_iter().enumerate() {
            let from = from.at(format_args!("layer{}", index + 1));
            let tapped = if index + 1 == STAGES.len() { TAPPED } else { count };
            for block in 0..count {
                let from = from.at(block);
                if block < tapped {
                    blocks.push(Block::read(&from, inputs, width, block == 0, block == 0 && index > 0)?);
                } else if block == tapped {
                    last.push(folded(&from, 1, Shape::pointwise(inputs, width))?);
                    last.push(Conv::read(&from, "conv2", middle(width))?);
                    BatchNorm::unused(&from, "bn2", width);
                    unused(&from, 3, Shape::pointwise(width, EXPANSION * width));
                } else {
                    unused(&from, 1, Shape::pointwise(inputs, width));
                    unused(&from, 2, middle(width));
                    unused(&from, 3, Shape::pointwise(width, EXPANSION * width));
                }
                inputs = EXPANSION * width;
            }
        }
        let last = last.try_into().expect("one block of the last stage is tapped");
        Ok(Self { stem, blocks, last })
    }

    /// Computes the raw output of the tapped convolution, before its norm, for normalised pictures `(n, 3, h, w)`:
    /// `(n, 1024, h', w')` with sides that are the half rounded up, and then halved four times and rounded down.
    pub(super) fn features(&self, pictures: &Tensor) -> Result<Tensor, TchError> {
        let mut x = pixel_by_pixel(pictures)?;
        for conv in &self.stem {
            x = conv.forward(&x)?.f_relu_()?;
        }
        x = halved(&x)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        let [conv1, conv2] = &self.last;
        conv2.forward(&conv1.forward(&x)?.f_relu_()?)
    }
}

/// A block: three convolutions, to whose output the input is added.
#[derive(Debug)]
struct Block {
    convs: [Conv; 3],
    /// The convolution on the way around the block, where the number of channels changes.
    shortcut: Option<Conv>,
    /// Tells whether four pixels become one.
    halves: bool,
}

impl Block {
    fn read(
        from: &Parameters<'_, '_>,
        inputs: usize,
        width: usize,
        first: bool,
        halves: bool,
    ) -> Result<Self, TchError> {
        let outputs = EXPANSION * width;
        let shortcut = if first {
            let from = from.at("downsample");
            let norm = BatchNorm::read(&from, "1", outputs, EPSILON)?;
            Some(Conv::read_folded(&from, "0", &norm, Shape::pointwise(inputs, outputs))?)
        } else {
            None
        };
        let convs = [
            folded(from, 1, Shape::pointwise(inputs, width))?,
            folded(from, 2, middle(width))?,
            folded(from, 3, Shape::pointwise(width, outputs))?,
        ];
        Ok(Self { convs, shortcut, halves })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let [conv1, conv2, conv3] = &self.convs;
        let mut inner = conv2.forward(&conv1.forward(input)?.f_relu_()?)?.f_relu_()?;
        if self.halves {
            inner = halved(&inner)?;
        }
        let mut output = conv3.forward(&inner)?;
        drop(inner);
        match &self.shortcut {
            Some(shortcut) if self.halves => output.f_add_(&shortcut.forward(&halved(input)?)?)?,
            Some(shortcut) => output.f_add_(&shortcut.forward(input)?)?,
            None => output.f_add_(input)?,
        }
        .f_relu_()
    }
}

/// Computes the mean of each four pixels; an odd last line is left out.
fn halved(x: &Tensor) -> Result<Tensor, TchError> {
    x.f_avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None)
}

/// The shape of the middle one of a block's convolutions.
fn middle(width: usize) -> Shape {
    Shape { inputs: width, outputs: width, kernel: 3, stride: 1, padding: 1, groups: 1 }
}

/// Reads the convolution and the norm with this number.
fn folded(from: &Parameters<'_, '_>, number: usize, shape: Shape) -> Result<Conv, TchError> {
    let norm = BatchNorm::read(from, &format!("bn{number}"), shape.outputs, EPSILON)?;
    Conv::read_folded(from, &format!("conv{number}"), &norm, shape)
}

/// Tells the reader that the file has the convolution and the norm with this number, and that no prediction depends on them.
fn unused(from: &Parameters<'_, '_>, number: usize, shape: Shape) {
    from.at(format_args!("conv{number}")).unused("weight", &shape.weight());
    BatchNorm::unused(from, &format!("bn{number}"), shape.outputs);
}
