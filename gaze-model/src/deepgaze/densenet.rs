//! DenseNet-201, the third backbone of DeepGaze IIE and the only one of DeepGaze III.
//!
//! Huang, Liu, van der Maaten & Weinberger (2017), *Densely connected convolutional networks*. Every layer sees the
//! outputs of all layers before it in its block; they are written side by side into one tensor that is allocated once.

use tch::{TchError, Tensor};

use crate::nn::{Affine, BatchNorm, Conv, Parameters, Shape, length, pixel_by_pixel};

const LAYERS: [usize; 4] = [6, 12, 48, 32];
const STEM: usize = 64;
/// The number of channels that a layer adds.
const GROWTH: usize = 32;
/// The number of channels inside a layer.
const WIDTH: usize = 128;
const EPSILON: f64 = 1e-5;

/// The number of channels of each tap.
pub(crate) const CHANNELS: [usize; 3] = [1888, 128, 32];

/// The network up to its last tap, the first convolution of its last layer.
#[derive(Debug)]
pub(crate) struct DenseNet {
    stem: Conv,
    blocks: Vec<Block>,
    last_norm: Affine,
    last_conv: Conv,
}

#[derive(Debug)]
struct Block {
    inputs: usize,
    layers: Vec<Layer>,
    /// The step between two blocks, which halves the channels and the sides.
    transition: Option<(Affine, Conv)>,
}

impl Block {
    fn outputs(&self) -> usize {
        self.inputs + self.layers.len() * GROWTH
    }
}

impl DenseNet {
    /// Reads the network.
    pub(crate) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        from.at("classifier").unused("weight", &[1000, 1920]);
        from.at("classifier").unused("bias", &[1000]);
        let from = from.at("features");
        let norm = BatchNorm::read(&from, "norm0", STEM, EPSILON)?;
        let shape = Shape { inputs: 3, outputs: STEM, kernel: 7, stride: 2, padding: 3, groups: 1 };
        let stem = Conv::read_folded(&from, "conv0", &norm, shape)?;
        let mut blocks = Vec::new();
        let mut inputs = STEM;
        for (index, &count) in LAYERS.iter().enumerate() {
            let last = index + 1 == LAYERS.len();
            let block = from.at(format_args!("denseblock{}", index + 1));
            let layers = (0..if last { count - 1 } else { count })
                .map(|layer| Layer::read(&block.at(format_args!("denselayer{}", layer + 1)), inputs + layer * GROWTH))
                .collect::<Result<_, _>>()?;
            let outputs = inputs + count * GROWTH;
            let transition = if last {
                None
            } else {
                let from = from.at(format_args!("transition{}", index + 1));
                let norm = BatchNorm::read(&from, "norm", outputs, EPSILON)?;
                let conv = Conv::read(&from, "conv", Shape::pointwise(outputs, outputs / 2))?;
                Some((norm.place(from.placement)?, conv))
            };
            blocks.push(Block { inputs, layers, transition });
            inputs = outputs / 2;
        }
        let last = from.at(format_args!("denseblock{}", LAYERS.len())).at(format_args!("denselayer{}", LAYERS[3]));
        let channels = blocks[LAYERS.len() - 1].outputs();
        let last_norm = BatchNorm::read(&last, "norm1", channels, EPSILON)?.place(from.placement)?;
        let last_conv = Conv::read(&last, "conv1", Shape::pointwise(channels, WIDTH))?;
        BatchNorm::unused(&last, "norm2", WIDTH);
        last.at("conv2").unused("weight", &[GROWTH, WIDTH, 3, 3]);
        BatchNorm::unused(&from, "norm5", channels + GROWTH);
        Ok(Self { stem, blocks, last_norm, last_conv })
    }

    /// Computes the tapped outputs for a normalised picture `(n, 3, h, w)`, at stride 32: the last layer's first norm
    /// (1888 channels, before its rectifier), its first convolution (128), and the layer before (32).
    pub(crate) fn features(&self, picture: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let stem = self.stem.forward(&pixel_by_pixel(picture)?)?.f_relu_()?;
        let mut x = stem.f_max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        let normed = self.last_norm.forward(&x)?;
        let conv = self.last_conv.forward(&normed.f_relu()?)?;
        let before = x.f_narrow(1, x.size()[1] - length(GROWTH), length(GROWTH))?;
        Ok(vec![normed, conv, before])
    }
}

impl Block {
    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let (n, c, h, w) = input.size4()?;
        let x = Tensor::f_empty([n, h, w, length(self.outputs())], (input.kind(), input.device()))?
            .f_permute([0, 3, 1, 2])?;
        x.f_narrow(1, 0, c)?.f_copy_(input)?;
        let mut filled = c;
        for layer in &self.layers {
            let grown = layer.forward(&x.f_narrow(1, 0, filled)?)?;
            x.f_narrow(1, filled, length(GROWTH))?.f_copy_(&grown)?;
            filled += length(GROWTH);
        }
        match &self.transition {
            None => Ok(x),
            Some((norm, conv)) => {
                // The mean of four pixels and the sum over channels commute; with the mean first it is a quarter of the
                // work.
                let pooled = norm.forward(&x)?.f_relu_()?.f_avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None)?;
                conv.forward(&pooled)
            }
        }
    }
}

/// A layer: norm, rectifier and 1 × 1 convolution, then norm, rectifier and 3 × 3 convolution.
#[derive(Debug)]
struct Layer {
    norm1: Affine,
    conv1: Conv,
    conv2: Conv,
}

impl Layer {
    fn read(from: &Parameters<'_, '_>, inputs: usize) -> Result<Self, TchError> {
        let norm1 = BatchNorm::read(from, "norm1", inputs, EPSILON)?;
        let norm2 = BatchNorm::read(from, "norm2", WIDTH, EPSILON)?;
        let shape = Shape { inputs: WIDTH, outputs: GROWTH, kernel: 3, stride: 1, padding: 1, groups: 1 };
        Ok(Self {
            norm1: norm1.place(from.placement)?,
            conv1: Conv::read_folded(from, "conv1", &norm2, Shape::pointwise(inputs, WIDTH))?,
            conv2: Conv::read(from, "conv2", shape)?,
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let inner = self.conv1.forward(&self.norm1.forward(input)?.f_relu_()?)?.f_relu_()?;
        self.conv2.forward(&inner)
    }
}
