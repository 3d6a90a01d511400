//! From the members' maps to one density: blur, temperature, center bias, softmax, and the mean of the densities.

use std::borrow::Cow;

use gaze_core::{
    LogDensity, Size,
    numeric::{Loop, vectorized},
};
use ndarray::Array2;

use crate::gaze_lite::{
    LiteError,
    grid::{Axis, READOUT_STRIDE},
    kernel::{
        LANES, Pointwise, Vectors,
        functions::{AddMultiple, exp},
    },
    threads::Threads,
    way::{grid, taps},
};

/// The height in nats to which the densities' peaks are lifted at most before `exp`. The sum over 10⁸ pixels still fits 32
/// bits, and a value 147 nats below the limit is still more than zero.
const HEADROOM: f64 = 60.0;
/// The rows that a thread computes at least.
const LEAST_ROWS: usize = 16;

/// The steps of a member behind its map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finalizer {
    /// The standard deviation of the blur, in pixels of the picture that the network sees.
    pub(super) sigma: f64,
    pub(super) center_bias_weight: f64,
}

/// The map of a member of the mixture.
#[derive(Debug)]
pub(super) struct MemberMap {
    /// The size of the picture that the member saw.
    pub(super) seen: Size,
    pub(super) values: Vec<f32>,
    pub(super) finalizer: Finalizer,
}

/// Computes the mean of the members' densities at the size of the center bias.
pub(super) fn log_density(
    maps: &[MemberMap],
    temperature: f64,
    center_bias: &LogDensity<'_>,
    vectors: Vectors,
    threads: Threads,
) -> Result<LogDensity<'static>, LiteError> {
    let size = center_bias.size();
    let bias = Bias::new(center_bias);
    let mut density = vec![0.0; size.pixels()];
    let mut member = vec![0.0; size.pixels()];
    for enlarging in threads.map(maps, |map| Enlarging::new(map, temperature, &bias, vectors)) {
        let sums = threads
            .share(&mut member, size.width, LEAST_ROWS, |first, rows| enlarging.exponentials(first, rows))
            .concat();
        // The sum along a row is in 32 bits, across rows in 64: a sum of all pixels in 32 bits would shift the whole map.
        let total: f64 = sums.into_iter().map(f64::from).sum();
        #[expect(clippy::cast_possible_truncation, reason = "the densities are computed in 32 bits")]
        let factor = (1.0 / (total * maps.len() as f64)) as f32;
        threads.share(&mut density, size.width, LEAST_ROWS, |first, to| {
            let of = &member[first * size.width..][..to.len()];
            vectorized(AddMultiple { to, of, factor });
        });
    }
    let density = density.into_iter().map(f64::from).collect();
    Ok(LogDensity::from_weights(Array2::from_shape_vec(size.dim(), density).expect("a value a pixel"))?)
}

/// The center bias in 32 bits, row by row, with its extremes.
struct Bias {
    size: Size,
    values: Vec<f32>,
    extremes: [f32; 2],
}

impl Bias {
    fn new(center_bias: &LogDensity<'_>) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the densities are computed in 32 bits")]
        let values: Vec<f32> = center_bias.values().iter().map(|&value| value as f32).collect();
        let start = [f32::INFINITY, f32::NEG_INFINITY];
        let extremes = values.iter().fold(start, |[low, high], &value| [low.min(value), high.max(value)]);
        Self { size: center_bias.size(), values, extremes }
    }
}

/// The enlargement of a member's map to the pixels of the density.
struct Enlarging<'a> {
    size: Size,
    /// The map enlarged along its columns: for each row of pixels `inputs` numbers, of which `columns` takes the first.
    along: Vec<f32>,
    inputs: usize,
    columns: Pointwise,
    bias: Cow<'a, [f32]>,
    weight: f32,
    lift: f32,
}

impl<'a> Enlarging<'a> {
    fn new(map: &MemberMap, temperature: f64, bias: &'a Bias, vectors: Vectors) -> Self {
        let &MemberMap { seen, ref values, finalizer: Finalizer { sigma, center_bias_weight } } = map;
        let (Size { height, width }, size) = (grid(seen), bias.size);
        let rows = enlarging(seen.height, size.height, sigma, temperature);
        let columns = enlarging(seen.width, size.width, sigma, 1.0);
        let zeros = vec![0.0; width.max(size.width)];
        let columns =
            Pointwise::new(vectors, width, |pixel, sample| columns[pixel * width + sample], &zeros[..size.width]);
        let down = Pointwise::new(vectors, height, |column, row| values[row * width + column], &zeros[..width]);
        let mut along = vec![0.0; size.height * down.outputs()];
        down.run(&rows, height, &mut along, None);
        // Both matrices take means, so no logit is beyond the sum of the two largest values.
        let highest = |values: &[f32], factor: f64| {
            values.iter().map(|&value| f64::from(value) * factor).fold(f64::NEG_INFINITY, f64::max)
        };
        // Nothing of an infinitely low center bias is nothing.
        let (bias, highest_bias) = if center_bias_weight == 0.0 {
            (vec![0.0; bias.values.len()].into(), 0.0)
        } else {
            (Cow::Borrowed(bias.values.as_slice()), highest(&bias.extremes, center_bias_weight))
        };
        let lift = highest(values, temperature) + highest_bias - HEADROOM;
        #[expect(clippy::cast_possible_truncation, reason = "the densities are computed in 32 bits")]
        let [weight, lift] = [center_bias_weight as f32, lift as f32];
        Self { size, along, inputs: down.outputs(), columns, bias, weight, lift }
    }

    /// Computes the exponentials of the lifted logits of rows of pixels, from number `first` on. Returns the sum of each
    /// row.
    fn exponentials(&self, first: usize, rows: &mut [f32]) -> Vec<f32> {
        /// The rows that are multiplied together: enough for a block of a product, few enough for a cache.
        const TOGETHER: usize = 12;
        let (width, outputs) = (self.size.width, self.columns.outputs());
        let mut logits = vec![0.0; TOGETHER * outputs];
        let mut sums = vec![0.0; rows.len() / width];
        let groups = rows.chunks_mut(TOGETHER * width).zip(sums.chunks_mut(TOGETHER));
        for (group, (rows, sums)) in groups.enumerate() {
            let first = first + group * TOGETHER;
            let logits = &mut logits[..sums.len() * outputs];
            self.columns.run(&self.along[first * self.inputs..], self.inputs, logits, None);
            let bias = &self.bias[first * width..][..rows.len()];
            let Self { weight, lift, .. } = *self;
            vectorized(Exponentials { logits, outputs, bias, width, weight, lift, rows, sums });
        }
        sums
    }
}

/// Computes the matrix `(target, samples of the readout)` that interpolates to the cells of training, blurs there,
/// enlarges to the target's pixels, and multiplies by `factor`.
fn enlarging(seen: usize, target: usize, sigma: f64, factor: f64) -> Vec<f32> {
    let (readout, cells, pixels) =
        (Axis::layer(seen, seen, READOUT_STRIDE), Axis::cells(seen), Axis::pixels(seen, target));
    let coarse = taps([readout, cells]);
    let blur = cells.gaussian(pixels, sigma);
    let mut matrix = Vec::with_capacity(pixels.count * readout.count);
    let mut row = vec![0.0; readout.count];
    for blur in blur.chunks_exact(cells.count) {
        row.fill(0.0);
        for (blur, coarse) in blur.iter().zip(&coarse) {
            for (sum, &weight) in row[coarse.first..].iter_mut().zip(&coarse.weights) {
                *sum += blur * f64::from(weight);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "the densities are computed in 32 bits")]
        matrix.extend(row.iter().map(|sum| (sum * factor) as f32));
    }
    matrix
}

struct Exponentials<'a> {
    logits: &'a [f32],
    outputs: usize,
    bias: &'a [f32],
    width: usize,
    weight: f32,
    lift: f32,
    rows: &'a mut [f32],
    sums: &'a mut [f32],
}

impl Loop for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { logits, outputs, bias, width, weight, lift, rows, sums } = self;
        let rows = rows.chunks_exact_mut(width).zip(bias.chunks_exact(width)).zip(logits.chunks_exact(outputs));
        for (((row, bias), logits), sum) in rows.zip(sums) {
            let mut lanes = [0.0; LANES];
            let (values, rest) = row.as_chunks_mut::<LANES>();
            let (biases, bias_rest) = bias.as_chunks::<LANES>();
            let (logits, logit_rest) = logits[..width].as_chunks::<LANES>();
            for ((values, biases), logits) in values.iter_mut().zip(biases).zip(logits) {
                for lane in 0..LANES {
                    values[lane] = exp(logits[lane] + biases[lane] * weight - lift);
                    lanes[lane] += values[lane];
                }
            }
            for (lane, value) in rest.iter_mut().enumerate() {
                *value = exp(logit_rest[lane] + bias_rest[lane] * weight - lift);
                lanes[lane] += *value;
            }
            *sum = lanes.iter().sum();
        }
    }
}
