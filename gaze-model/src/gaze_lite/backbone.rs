//! EfficientNet-Lite0 up to its last block, as it was trained on ImageNet.
//!
//! The network of Tan & Le (2019) without squeeze and excitation and with `ReLU6`, as the `TensorFlow` authors released
//! it in
//! 2020. Convolutions are padded by half a kernel on all sides, so that sample `i` of a layer stands at pixel `stride · i`
//! at every size of picture. Batch norms are folded in already (`examples/import_backbone.rs`).
//!
//! A block is computed in strips of rows, whose number depends on the block's size and not on the number of threads.
//! The activations between its convolutions then fit a cache, threads share the strips, and the result has the same
//! bits for any number of threads.

use std::ops::Range;

use gaze_core::Stimulus;
use ndarray::Axis;
use rayon::prelude::*;
use tch::{TchError, Tensor};

use crate::{
    nn::{
        Constant, Conv, Geometry, Parameters, Shape, length,
        mobile::{Plan, Stage, plans},
    },
    tensor::{TensorError, tensor_from_array},
};

/// The shift and the scale of colors: `(x − 127) / 128`.
const MIDDLE: f32 = 127.0;
const RANGE: f32 = 128.0;
/// The number of outputs of the convolution before the blocks.
const STEM: usize = 32;

/// The size of a strip: the 32-bit numbers in its widest activation, about as many as a processor's second cache holds,
/// and the fewest rows of output, below which the rows beyond its ends would cost too much.
const STRIP: usize = 1 << 18;
const LEAST_ROWS: usize = 6;

/// The number of blocks and channels of each stage; see [`mobile`](crate::nn::mobile).
const STAGES: [Stage; 7] = [
    Stage { blocks: 1, outputs: 16 },
    Stage { blocks: 2, outputs: 24 },
    Stage { blocks: 2, outputs: 40 },
    Stage { blocks: 3, outputs: 80 },
    Stage { blocks: 3, outputs: 112 },
    Stage { blocks: 4, outputs: 192 },
    Stage { blocks: 1, outputs: 320 },
];

/// The output of a block: the block's number, its channels, and the distance between its samples in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tap {
    pub(super) block: usize,
    pub(super) channels: usize,
    pub(super) stride: usize,
}

/// The outputs that a readout may look at.
pub(super) const TAPS: [Tap; 5] = [
    Tap { block: 4, channels: 40, stride: 8 },
    Tap { block: 7, channels: 80, stride: 16 },
    Tap { block: 10, channels: 112, stride: 16 },
    Tap { block: 14, channels: 192, stride: 32 },
    Tap { block: 15, channels: 320, stride: 32 },
];

/// The network up to its last tap.
#[derive(Debug)]
pub(super) struct Backbone {
    stem: Conv,
    blocks: Vec<Block>,
}

impl Backbone {
    /// Reads the network.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let shape = Shape { inputs: 3, outputs: STEM, kernel: 3, stride: 2, padding: 1, groups: 1 };
        let stem = Conv::read_with_bias(from, "stem", shape)?;
        let blocks = plans(STEM, STAGES).into_iter().enumerate();
        let blocks = blocks.map(|(index, plan)| Block::read(&from.at("blocks").at(index), plan));
        Ok(Self { stem, blocks: blocks.collect::<Result<_, _>>()? })
    }

    /// Computes the outputs of [`TAPS`] for a picture from [`normalize`], each `(1, channels, ⌈h / stride⌉, ⌈w /
    /// stride⌉)`.
    pub(super) fn features(&self, picture: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let mut taps = Vec::with_capacity(TAPS.len());
        let mut x = in_strips(picture, self.stem.geometry(), STEM, |strip| {
            let mut x = self.stem.forward(&strip)?;
            relu6(&mut x)?;
            Ok(x)
        })?;
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x)?;
            if TAPS.iter().any(|tap| tap.block == index) {
                taps.push(x.shallow_clone());
            }
        }
        Ok(taps)
    }
}

/// Makes the network's input of a picture: `(1, 3, h, w)`, with the channels of a pixel side by side.
pub(super) fn normalize(stimulus: &Stimulus) -> Result<Tensor, TensorError> {
    let pixels = stimulus.pixels();
    let normalized = pixels.mapv(|value| (f32::from(value) - MIDDLE) / RANGE).insert_axis(Axis(0));
    Ok(tensor_from_array(&normalized)?.f_permute([0, 3, 1, 2])?)
}

/// A block: it gets wider, filters each channel, and gets narrow.
#[derive(Debug)]
struct Block {
    expand: Option<Conv>,
    depthwise: Conv,
    project: Conv,
    /// The number of channels inside.
    width: usize,
    /// Tells whether the block's input is added to its output.
    residual: bool,
}

impl Block {
    fn read(from: &Parameters<'_, '_>, plan: Plan) -> Result<Self, TchError> {
        let read = |name, shape| Conv::read_with_bias(from, name, shape);
        Ok(Self {
            expand: plan.expands().then(|| read("expand", plan.expand())).transpose()?,
            depthwise: read("depthwise", plan.depthwise(plan.kernel / 2))?,
            project: read("project", plan.project())?,
            width: plan.width,
            residual: plan.is_residual(),
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let mut output = in_strips(input, self.depthwise.geometry(), self.width, |strip| {
            let mut x = match &self.expand {
                Some(expand) => {
                    let mut x = expand.forward(&strip)?;
                    relu6(&mut x)?;
                    self.depthwise.forward(&x)?
                }
                None => self.depthwise.forward(&strip)?,
            };
            relu6(&mut x)?;
            self.project.forward(&x)
        })?;
        if self.residual {
            output = output.f_add_(input)?;
        }
        Ok(output)
    }
}

/// Applies `of` to strips of rows of `(1, channels, h, w)` and puts the results below each other.
///
/// `of` has one convolution that looks at neighbours, of this geometry, and is `width` channels wide inside. Each strip
/// is given the rows beyond its ends that the convolution sees. The rows that `of` makes of the zeros there are cut
/// off.
fn in_strips(
    input: &Tensor,
    Geometry { stride, padding }: Geometry,
    width: usize,
    of: impl Fn(Tensor) -> Result<Tensor, TchError> + Sync,
) -> Result<Tensor, TchError> {
    let size = input.size();
    let side = |axis: usize| usize::try_from(size[axis]).expect("a length");
    let (rows, columns) = (side(2), side(3));
    let (outputs, before) = (rows.div_ceil(stride), padding.div_ceil(stride));
    let strips = strips(outputs, columns * width * stride);
    // A tensor may move to another thread, but two threads may not share it.
    let input = Constant::from(input.f_narrow(2, 0, size[2])?);
    let results = strips.into_par_iter().map(|Range { start, end }| {
        let first = start.saturating_sub(before);
        let last = rows.min((end - 1) * stride + padding + 1);
        let made = of(input.f_narrow(2, length(first * stride), length(last - first * stride))?)?;
        made.f_narrow(2, length(start - first), length(end - start))
    });
    let mut results = results.collect::<Result<Vec<_>, TchError>>()?;
    if results.len() == 1 { Ok(results.remove(0)) } else { Tensor::f_cat(&results, 2) }
}

/// Divides rows into strips of about equal height, at least two if there are rows enough, such that the widest
/// activation of a strip has about [`STRIP`] numbers. A row of output is made of `row` numbers.
fn strips(outputs: usize, row: usize) -> Vec<Range<usize>> {
    let count = (outputs * row).div_ceil(STRIP).max(2).min(outputs.div_ceil(LEAST_ROWS));
    (0..count).map(|strip| outputs * strip / count..outputs * (strip + 1) / count).collect()
}

/// Limits the values to the range from 0 to 6, in place.
fn relu6(x: &mut Tensor) -> Result<(), TchError> {
    let _ = x.f_clamp_(0.0, 6.0)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::gaze_lite::backbone_features;

    fn picture(height: usize, width: usize) -> Stimulus {
        let pixels = Array3::from_shape_fn((height, width, 3), |(row, column, channel)| {
            u8::try_from((7 * row + 13 * column + 29 * channel + row * column / 5) % 256).unwrap()
        });
        Stimulus::new(pixels).unwrap()
    }

    #[test]
    fn features_are_those_of_the_package() {
        // The taps' root mean squares and their first, middle and last values, computed with PyTorch 2.11 by the
        // rounded network of `tests/independent/gaze_lite_backbone.py`.
        let expected = [
            (4, [11.420_516, -11.199_211, 3.678_377, -5.939_027]),
            (7, [10.708_657, 5.127_397, -10.771_347, -19.221_195]),
            (10, [7.769_278, -11.263_824, 21.986_372, -14.072_299]),
            (14, [7.347_722, -2.389_499, 4.345_374, -12.512_149]),
            (15, [3.189_762, -1.422_529, -11.456_051, -0.669_450]),
        ];
        // The tolerance allows sums of a few thousand 32-bit products in another order, of numbers of about 10.
        const ROUNDING: f64 = 2e-4;
        crate::use_one_thread_per_operation();
        let features = backbone_features(&picture(77, 109)).unwrap();
        assert_eq!(features[0].1.shape(), [40, 10, 14]);
        assert_eq!(features[4].1.shape(), [320, 3, 4]);
        for ((block, feature), (of, [rms, first, middle, last])) in features.iter().zip(expected) {
            assert_eq!(*block, of);
            let (c, h, w) = feature.dim();
            let found = feature.mapv(|value| f64::from(value).powi(2)).mean().unwrap().sqrt();
            assert!((found - rms).abs() < ROUNDING, "block {block}: {found} instead of {rms}");
            for (place, value) in [([0, 0, 0], first), ([c / 2, h / 2, w / 2], middle), ([c - 1, h - 1, w - 1], last)] {
                let found = f64::from(feature[place]);
                assert!((found - value).abs() < ROUNDING, "block {block} at {place:?}: {found} instead of {value}");
            }
        }
    }

    #[test]
    fn strips_cover_all_rows_once_and_depend_on_the_size_alone() {
        for (outputs, row) in [(1, 10), (5, 1 << 30), (40, 100), (384, 96 * 768), (1000, 1)] {
            let strips = strips(outputs, row);
            assert_eq!((strips[0].start, strips.last().unwrap().end), (0, outputs));
            assert!(strips.windows(2).all(|pair| pair[0].end == pair[1].start && !pair[0].is_empty()));
        }
        assert_eq!(strips(384, 1).len(), 2);
        assert_eq!(strips(5, 1 << 30).len(), 1);
    }
}
