//! The backbone: from a picture to the outputs of its tapped blocks.
//!
//! A block gets wider, filters each channel, and gets narrow again. It works down its rows: the wide rows that the filter
//! sees lie in a ring, so that a block holds its input, its output and a few wide rows, however large the picture is. The
//! convolution before the blocks makes the wide rows of the first one. Threads share the rows of the output.

use std::borrow::Cow;

use gaze_core::Size;

use crate::{
    gaze_lite::{
        architecture::{SKIPPED_AT_HALF, STEM, TAPS, blocks},
        kernel::{Depthwise, Pointwise, Vectors},
        picture::Picture,
        threads::Threads,
    },
    mobile::Plan,
    weights::Scope,
};

/// The pixels that a product of matrices has at least, where the output has as many.
const LEAST_PIXELS: usize = 96;
/// The rows of output that a thread computes at least: fewer would cost too much for the wide rows beyond their ends.
const LEAST_ROWS: usize = 4;

/// Samples in rows and columns, channels last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The numbers of a sample: its channels and zeros.
    pub(super) channels: usize,
    pub(super) values: Vec<f32>,
}

impl Map {
    fn row(&self, row: usize) -> &[f32] {
        let length = self.columns * self.channels;
        &self.values[row * length..(row + 1) * length]
    }
}

/// What the backbone makes of a picture at one size.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) size: Size,
    /// The outputs of [`TAPS`].
    pub(super) maps: Vec<Map>,
}

/// Lists what a readout looks at, in the order of [`inputs`](crate::gaze_lite::architecture::inputs): the outputs of a picture
/// and of its half.
pub(super) fn seen([full, half]: [&Look; 2]) -> impl Iterator<Item = &Map> {
    full.maps.iter().chain(&half.maps[SKIPPED_AT_HALF..])
}

/// The network up to its last tap.
#[derive(Debug)]
pub(super) struct Backbone {
    blocks: Vec<Block>,
}

impl Backbone {
    /// Reads the network.
    pub(super) fn read(from: &Scope<'_, '_>, vectors: Vectors) -> Self {
        let read = |index, plan| Block::read(from, index, plan, vectors);
        Self { blocks: blocks().into_iter().enumerate().map(|(index, plan)| read(index, plan)).collect() }
    }

    /// Looks at the picture, at its half, at the half of that, and so on, `sizes` times.
    pub(super) fn looks(&self, picture: &Picture<'_>, sizes: usize, threads: Threads) -> Vec<Look> {
        let mut picture = Cow::Borrowed(picture);
        let looks = (0..sizes).map(|index| {
            if index > 0 {
                picture = Cow::Owned(picture.halve());
            }
            Look { size: picture.size(), maps: self.features(&picture, threads) }
        });
        looks.collect()
    }

    /// Computes the outputs of [`TAPS`], each with `⌈h / stride⌉` rows and `⌈w / stride⌉` columns.
    pub(super) fn features(&self, picture: &Picture<'_>, threads: Threads) -> Vec<Map> {
        let mut maps: Vec<Map> = Vec::with_capacity(TAPS.len() + 1);
        for (index, block) in self.blocks.iter().enumerate() {
            let source = match maps.last() {
                None => Source::Picture(picture),
                Some(map) => Source::Map(map),
            };
            let map = block.forward(source, threads);
            // The input is not needed any more, unless it is a tap.
            if index > 0 && TAPS.iter().all(|tap| tap.block != index - 1) {
                maps.pop();
            }
            maps.push(map);
        }
        maps
    }
}

/// The input of a block.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The picture, of which the samples of the first convolution are taken.
    Picture(&'a Picture<'a>),
    Map(&'a Map),
}

impl Source<'_> {
    /// The rows and columns of samples.
    fn shape(self) -> [usize; 2] {
        match self {
            Self::Picture(picture) => [picture.size().height, picture.size().width].map(|side| side.div_ceil(STEM.1)),
            Self::Map(map) => [map.rows, map.columns],
        }
    }

    /// Returns a row of samples, and the numbers that each of them has.
    fn row(&self, row: usize) -> (Cow<'_, [f32]>, usize) {
        match self {
            Self::Picture(picture) => (neighborhoods(picture, row).into(), STEM.0 * STEM.0 * 3),
            Self::Map(map) => (map.row(row).into(), map.channels),
        }
    }
}

/// Lists the colors that the first convolution sees at each sample of a row: `[row][column][color]`, zeros beyond the
/// edges.
fn neighborhoods(picture: &Picture<'_>, row: usize) -> Vec<f32> {
    let (side, stride, _) = STEM;
    let (width, columns) = (picture.size().width, picture.size().width.div_ceil(stride));
    // The picture's row with a pixel of zeros at either end, and one more for an odd width.
    let mut line = vec![0.0; (columns * stride + side - 1) * 3];
    let mut seen = vec![0.0; columns * side * side * 3];
    for y in 0..side {
        let Some(at) = (row * stride + y).checked_sub(side / 2).filter(|&at| at < picture.size().height) else {
            continue;
        };
        picture.row(at, &mut line[side / 2 * 3..][..width * 3]);
        for (column, sample) in seen.chunks_exact_mut(side * side * 3).enumerate() {
            sample[y * side * 3..][..side * 3].copy_from_slice(&line[column * stride * 3..][..side * 3]);
        }
    }
    seen
}

#[derive(Debug)]
struct Block {
    /// Makes a sample wider. A block that gets no wider has none.
    widen: Option<Pointwise>,
    filter: Depthwise,
    narrow: Pointwise,
    /// Tells whether the block's input is added to its output.
    residual: bool,
}

impl Block {
    fn read(from: &Scope<'_, '_>, index: usize, plan: Plan, vectors: Vectors) -> Self {
        let Plan { inputs, width, outputs, kernel, stride } = plan;
        let at = from.at("blocks").at(index);
        let pointwise = |name, inputs: usize, outputs: usize| {
            let at = at.at(name);
            let (weight, scale) = (at.i8("weight", &[outputs, inputs, 1, 1]), at.f32("scale", &[outputs]));
            let weight = |output, input| f32::from(weight[output * inputs + input]) * scale[output];
            Pointwise::new(vectors, inputs, weight, &at.f32("bias", &[outputs]))
        };
        let widen = match (index, plan.expands()) {
            (0, _) => Some(stem(from, vectors)),
            (_, true) => Some(pointwise("expand", inputs, width)),
            (_, false) => None,
        };
        let filter = {
            let at = at.at("depthwise");
            let weight = at.f32("weight", &[width, 1, kernel, kernel]);
            let weight = |channel, place| weight[channel * kernel * kernel + place];
            Depthwise::new(vectors, kernel, stride, weight, &at.f32("bias", &[width])).limited()
        };
        let narrow = pointwise("project", width, outputs);
        Self { widen: widen.map(Pointwise::limited), filter, narrow, residual: plan.is_residual() }
    }

    fn forward(&self, source: Source<'_>, threads: Threads) -> Map {
        let [rows, columns] = source.shape().map(|side| side.div_ceil(self.filter.stride()));
        let channels = self.narrow.outputs();
        let mut values = vec![0.0; rows * columns * channels];
        threads
            .share(&mut values, columns * channels, LEAST_ROWS, |first, rows| self.rows(source, first, columns, rows));
        Map { rows, columns, channels, values }
    }

    /// Computes rows of the output, from number `first` on.
    fn rows(&self, source: Source<'_>, first: usize, columns: usize, output: &mut [f32]) {
        let (side, stride, width, channels) =
            (self.filter.side(), self.filter.stride(), self.filter.channels(), self.narrow.outputs());
        let [source_rows, source_columns] = source.shape();
        let (reach, length) = (side / 2, (source_columns + side - 1) * width);
        let rows = output.len() / (columns * channels);
        let group = LEAST_PIXELS.div_ceil(columns).min(rows);
        // The wide rows that a group of rows of the output sees, with zeros at either end, and behind them a row of
        // zeros.
        let slots = (group - 1) * stride + side;
        let mut ring = vec![0.0; (slots + 1) * length];
        let mut filtered = vec![0.0; group * columns * width];
        let mut next = (first * stride).saturating_sub(reach);
        for row in (0..rows).step_by(group) {
            let group = group.min(rows - row);
            let last = ((first + row + group - 1) * stride + reach).min(source_rows - 1);
            while next <= last {
                let wide = &mut ring[next % slots * length + reach * width..][..source_columns * width];
                let (samples, numbers) = source.row(next);
                match &self.widen {
                    Some(widen) => widen.run(&samples, numbers, wide, None),
                    None => wide.copy_from_slice(&samples),
                }
                next += 1;
            }
            let filtered = &mut filtered[..group * columns * width];
            for (offset, filtered) in filtered.chunks_exact_mut(columns * width).enumerate() {
                let top = (first + row + offset) * stride;
                let seen: Vec<&[f32]> = (top..top + side)
                    .map(|at| at.checked_sub(reach).filter(|&at| at < source_rows).map_or(slots, |at| at % slots))
                    .map(|slot| &ring[slot * length..][..length])
                    .collect();
                self.filter.run(&seen, filtered);
            }
            let place = row * columns * channels..(row + group) * columns * channels;
            let added = match source {
                Source::Map(map) if self.residual => {
                    let begin = (first + row) * columns * channels;
                    Some(&map.values[begin..begin + place.len()])
                }
                _ => None,
            };
            self.narrow.run(filtered, width, &mut output[place], added);
        }
    }
}

/// Reads the convolution before the blocks.
fn stem(from: &Scope<'_, '_>, vectors: Vectors) -> Pointwise {
    let (side, _, outputs) = STEM;
    let at = from.at("stem");
    let weight = at.f32("weight", &[outputs, 3, side, side]);
    // From `[color][place]` of the file to `[place][color]`.
    let weight = |output, input| weight[(output * 3 + input % 3) * side * side + input / 3];
    Pointwise::new(vectors, side * side * 3, weight, &at.f32("bias", &[outputs]))
}
