//! A picture seen through an affine transform.

use std::ops::Range;

use ndarray::ArrayView3;

use super::bilinear::{Adder, Between, WithAdder, with_adder};
use crate::Affine;

/// The rule for a value between pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Linear interpolation between two pixels along each axis. OpenCV's "area" is the same where a picture is warped.
    #[default]
    Linear,
    /// Cubic over four pixels along each axis, with `a = −3/4`.
    Cubic,
    /// Lanczos over eight pixels along each axis.
    Lanczos,
}

/// The most pixels along an axis that a value is made of.
const LONGEST: usize = 8;

impl Interpolation {
    /// The first pixel that a coordinate is made of, and the weights from it on.
    fn weights(self, at: f64) -> (f64, [f32; LONGEST], usize) {
        let mut weights = [0.0; LONGEST];
        let floor = at.floor();
        #[expect(clippy::cast_possible_truncation, reason = "0 ≤ at − floor < 1")]
        let f = (at - floor) as f32;
        match self {
            Self::Nearest => {
                weights[0] = 1.0;
                ((at + 0.5).floor(), weights, 1)
            }
            Self::Linear => {
                weights[..2].copy_from_slice(&[1.0 - f, f]);
                (floor, weights, 2)
            }
            Self::Cubic => {
                const A: f32 = -0.75;
                let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
                let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
                weights[..4].copy_from_slice(&[far(1.0 + f), near(f), near(1.0 - f), far(2.0 - f)]);
                (floor - 1.0, weights, 4)
            }
            Self::Lanczos => {
                let sinc = |x: f32| if x.abs() < 1e-6 { 1.0 } else { (x * PI).sin() / (x * PI) };
                let mut offset = 3.0 + f;
                for weight in &mut weights {
                    *weight = sinc(offset) * sinc(offset / 4.0);
                    offset -= 1.0;
                }
                let sum: f32 = weights.iter().sum();
                weights.iter_mut().for_each(|weight| *weight /= sum);
                (floor - 3.0, weights, LONGEST)
            }
        }
    }
}

/// The nearest of 256 levels, halves upwards as in OpenCV's means of pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates at a byte's ends")]
fn level(value: f32) -> u8 {
    (value + 0.5) as u8
}

const PI: f32 = std::f32::consts::PI;

/// The most samples along a side whose sum in fixed point fits.
const LARGEST_FACTOR: usize = 128;

/// A run of source indices with their weights; what is missing to 1 is background.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    /// The index of the first weight in the list of all.
    offset: usize,
    length: usize,
    inside: f32,
}

/// The view of a canvas on its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// The transform from samples to the source.
    pub(super) transform: Affine,
    pub(super) interpolation: Interpolation,
    /// Samples along a side of each pixel.
    pub(super) factor: usize,
    /// The color outside the source.
    pub(super) background: [u8; 3],
}

/// Memory that is used again for every picture.
#[derive(Debug, Default)]
pub(super) struct Warper {
    rows: Vec<Run>,
    columns: Vec<Run>,
    weights: Vec<f32>,
    line: Vec<f32>,
}

impl Warper {
    /// Fills a canvas of `height` rows of `width` interleaved pixels: each is the mean of its samples of the source.
    pub(super) fn warp(
        &mut self,
        source: ArrayView3<'_, u8>,
        sampling: &Sampling,
        (height, width): (usize, usize),
        canvas: &mut [u8],
    ) {
        let Sampling { transform, interpolation, factor, background } = *sampling;
        let [[a, b, c], [d, e, f]] = transform.rows();
        let pixels = source.as_slice().expect("the caller passes rows after one another");
        let (rows, columns, channels) = source.dim();
        if b == 0.0 && d == 0.0 {
            self.weights.clear();
            runs(&mut self.columns, &mut self.weights, (a, c), interpolation, factor, width, columns);
            runs(&mut self.rows, &mut self.weights, (e, f), interpolation, factor, height, rows);
            self.warp_upright(pixels, columns, channels, background, width, canvas);
        } else {
            let sampler = Sampler { pixels, rows, columns, channels, background: background.map(f32::from) };
            let fast = interpolation == Interpolation::Linear && channels == 3 && factor <= LARGEST_FACTOR;
            let steps = Steps::new(&transform, factor, (height, width), (rows, columns)).filter(|_| fast);
            with_adder(Turned { sampler, sampling, steps, width, canvas });
        }
    }

    /// Without rotation and shear the weights are products: rows are mixed first, then columns.
    fn warp_upright(
        &mut self,
        pixels: &[u8],
        columns: usize,
        channels: usize,
        background: [u8; 3],
        width: usize,
        canvas: &mut [u8],
    ) {
        let stride = columns * channels;
        for (line, run) in canvas.chunks_exact_mut(width * channels).zip(&self.rows) {
            self.line.clear();
            self.line.resize(stride, 0.0);
            for (step, &weight) in self.weights[run.offset..run.offset + run.length].iter().enumerate() {
                let from = (run.start + step) * stride;
                for (sum, &value) in self.line.iter_mut().zip(&pixels[from..from + stride]) {
                    *sum += weight * f32::from(value);
                }
            }
            for (pixel, column) in line.chunks_exact_mut(channels).zip(&self.columns) {
                let outside = 1.0 - run.inside * column.inside;
                let weights = &self.weights[column.offset..column.offset + column.length];
                let values = &self.line[column.start * channels..];
                if let ([r, g, b], 3) = (&mut *pixel, channels) {
                    let mut sums = background.map(|value| outside * f32::from(value));
                    for (values, &weight) in values.as_chunks::<3>().0.iter().zip(weights) {
                        sums[0] += weight * values[0];
                        sums[1] += weight * values[1];
                        sums[2] += weight * values[2];
                    }
                    [*r, *g, *b] = sums.map(level);
                } else {
                    for (channel, value) in pixel.iter_mut().enumerate() {
                        let mixed: f32 =
                            weights.iter().zip(values[channel..].iter().step_by(channels)).map(|(w, v)| w * v).sum();
                        *value = level(mixed + outside * f32::from(background[channel]));
                    }
                }
            }
        }
    }
}

/// The weights with which the samples of each output index take from the source along one axis, where `slope · sample + start` leads
/// from samples to source.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the source before it is cast")]
fn runs(
    runs: &mut Vec<Run>,
    weights: &mut Vec<f32>,
    (slope, start): (f64, f64),
    interpolation: Interpolation,
    factor: usize,
    outputs: usize,
    length: usize,
) {
    runs.clear();
    let share = 1.0 / factor as f32;
    for output in 0..outputs {
        let at = |step: usize| slope * (output * factor + step) as f64 + start;
        let reach = LONGEST as f64;
        let (one, other) = (at(0), at(factor - 1));
        let low = (one.min(other) - reach).floor().clamp(0.0, length as f64) as usize;
        let high = (one.max(other) + reach).ceil().clamp(low as f64, length as f64) as usize;
        let offset = weights.len();
        weights.resize(offset + high - low, 0.0);
        let run = &mut weights[offset..];
        for step in 0..factor {
            let (first, taps, count) = interpolation.weights(at(step));
            for (tap, &weight) in taps[..count].iter().enumerate() {
                let index = first + tap as f64;
                if index >= low as f64 && index < high as f64 {
                    run[index as usize - low] += share * weight;
                }
            }
        }
        // Weights that are not used are dropped.
        let used = |weight: &f32| *weight != 0.0;
        let skip = run.iter().position(used).unwrap_or(run.len());
        let end = run.iter().rposition(used).map_or(skip, |last| last + 1);
        let inside = run[skip..end].iter().sum();
        run.copy_within(skip..end, 0);
        weights.truncate(offset + end - skip);
        runs.push(Run { start: low + skip, offset, length: end - skip, inside });
    }
}

/// A transform in fixed point: 2³² is a pixel.
struct Steps {
    start: (i64, i64),
    /// The step from a sample to the next one right of it.
    right: (i64, i64),
    /// The step from a sample to the next one below.
    down: (i64, i64),
    factor: i64,
    /// The places of the first sample of a pixel so that all of its samples have neighbours in the source.
    x: Range<i64>,
    y: Range<i64>,
    /// The places of the first sample of a pixel so that any of its samples may be made of the source.
    near_x: Range<i64>,
    near_y: Range<i64>,
}

/// The place of the samples of an output pixel.
enum Place {
    /// All have neighbours in the source. The first sample is at this column and row.
    Inside(i64, i64),
    /// None has a neighbour in the source.
    Outside,
    /// Neither is known.
    Edge,
}

impl Steps {
    /// Nothing where a number would not fit, or no pixel of so few.
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "checked to fit")]
    fn new(transform: &Affine, factor: usize, outputs: (usize, usize), source: (usize, usize)) -> Option<Self> {
        const ONE: f64 = (1u64 << 32) as f64;
        let samples = (outputs.0.max(outputs.1) * factor) as f64;
        let rows = transform.rows();
        let largest = rows.as_flattened().iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        let sides = source.0.max(source.1) as f64;
        // Every place is then below 2²⁹ pixels.
        let fits = largest * (2.0 * samples + 1.0) < f64::from(1 << 28) && sides < f64::from(1 << 28);
        if !fits {
            return None;
        }
        let [[a, b, c], [d, e, f]] = rows.map(|row| row.map(|value| (value * ONE) as i64));
        let last = factor as i64 - 1;
        // Steps are rounded down, by a unit for each sample at most.
        let margin = 1 << 20;
        let ranges = |right: i64, down: i64, length: usize| {
            let reach = [0, right * last, down * last, (right + down) * last];
            let low = margin + reach.into_iter().max().unwrap_or(0);
            let high = margin - reach.into_iter().min().unwrap_or(0);
            let length = length as i64;
            (high..((length - 1) << 32) - low, -(1 << 32) - low..(length << 32) + high)
        };
        let ((x, near_x), (y, near_y)) = (ranges(a, b, source.1), ranges(d, e, source.0));
        let factor = factor as i64;
        Some(Self { start: (c, f), right: (a, d), down: (b, e), factor, x, y, near_x, near_y })
    }

    /// The place of the samples of an output pixel.
    #[inline(always)]
    #[expect(clippy::cast_possible_wrap, reason = "checked to fit when the steps were made")]
    fn place(&self, row: usize, column: usize) -> Place {
        let (row, column) = (row as i64 * self.factor, column as i64 * self.factor);
        let x = self.start.0 + column * self.right.0 + row * self.down.0;
        let y = self.start.1 + column * self.right.1 + row * self.down.1;
        if self.x.contains(&x) && self.y.contains(&y) {
            Place::Inside(x, y)
        } else if self.near_x.contains(&x) && self.near_y.contains(&y) {
            Place::Edge
        } else {
            Place::Outside
        }
    }
}

/// The filling of a canvas that is turned against its source.
struct Turned<'a> {
    sampler: Sampler<'a>,
    sampling: &'a Sampling,
    /// The transform in whole numbers, where samples are bilinear.
    steps: Option<Steps>,
    width: usize,
    canvas: &'a mut [u8],
}

impl WithAdder for Turned<'_> {
    #[inline(always)]
    fn run(self, adder: impl Adder) {
        let Self { sampler, sampling, steps, width, canvas } = self;
        let channels = sampler.channels;
        let area = (sampling.factor * sampling.factor) as f32;
        for (row, line) in canvas.chunks_exact_mut(width * channels).enumerate() {
            for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
                let sums = steps.as_ref().and_then(|steps| match steps.place(row, column) {
                    Place::Inside(x, y) => sampler.sum_inside(adder, steps, (x, y)),
                    Place::Outside => Some(sampler.background.map(|value| value * area)),
                    Place::Edge => None,
                });
                let sums = sums.unwrap_or_else(|| sampler.sum(sampling, row, column));
                pixel.iter_mut().zip(sums).for_each(|(value, sum)| *value = level(sum / area));
            }
        }
    }
}

/// Reads a source at any point.
struct Sampler<'a> {
    pixels: &'a [u8],
    rows: usize,
    columns: usize,
    channels: usize,
    background: [f32; 3],
}

impl Sampler<'_> {
    /// The sum of the samples of one output pixel.
    fn sum(&self, sampling: &Sampling, row: usize, column: usize) -> [f32; 3] {
        let Sampling { transform, interpolation, factor, .. } = *sampling;
        let mut sums = [0.0; 3];
        for sample_row in row * factor..(row + 1) * factor {
            for sample_column in column * factor..(column + 1) * factor {
                let (x, y) = transform.apply(sample_column as f64, sample_row as f64);
                // Each sample is a level, as it would be in a picture of samples: overshoot ends here.
                let sample = self.sample(x, y, interpolation).map(|value| value.clamp(0.0, 255.0));
                sums.iter_mut().zip(sample).for_each(|(sum, value)| *sum += value);
            }
        }
        sums
    }

    /// The same for bilinear samples of three channels that need no background, in fixed point: places to 2⁻³² pixel.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the source, as was checked")]
    fn sum_inside(&self, adder: impl Adder, steps: &Steps, first: (i64, i64)) -> Option<[f32; 3]> {
        let (mut row_x, mut row_y) = first;
        let stride = self.columns * 3;
        let mut sums = adder.nothing();
        for _ in 0..steps.factor {
            let (mut x, mut y) = (row_x, row_y);
            for _ in 0..steps.factor {
                let from = (y >> 32) as usize * stride + (x >> 32) as usize * 3;
                // The last pixels of the picture have no bytes behind them.
                let upper = self.pixels.get(from..)?.first_chunk()?;
                let lower = self.pixels.get(from + stride..)?.first_chunk()?;
                sums = adder.add(sums, *upper, *lower, Between::of(x as u32, y as u32));
                (x, y) = (x + steps.right.0, y + steps.right.1);
            }
            (row_x, row_y) = (row_x + steps.down.0, row_y + steps.down.1);
        }
        Some(adder.sums(sums).map(|sum| sum as f32 / 256.0))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the source, as was checked")]
    fn sample(&self, x: f64, y: f64, interpolation: Interpolation) -> [f32; 3] {
        let (left, across, count) = interpolation.weights(x);
        let (top, down, _) = interpolation.weights(y);
        let mut sums = [0.0; 3];
        for (i, &row_weight) in down[..count].iter().enumerate() {
            let row = top + i as f64;
            for (j, &column_weight) in across[..count].iter().enumerate() {
                let column = left + j as f64;
                let weight = row_weight * column_weight;
                let inside = row >= 0.0 && column >= 0.0 && row < self.rows as f64 && column < self.columns as f64;
                let from = if inside { (row as usize * self.columns + column as usize) * self.channels } else { 0 };
                for (channel, sum) in sums.iter_mut().enumerate().take(self.channels) {
                    *sum +=
                        weight * if inside { f32::from(self.pixels[from + channel]) } else { self.background[channel] };
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use proptest::prelude::*;

    const METHODS: [Interpolation; 4] =
        [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic, Interpolation::Lanczos];

    #[test]
    fn weights_sum_to_one() {
        for method in METHODS {
            for step in -20..20 {
                let (_, weights, count) = method.weights(f64::from(step) * 0.37);
                assert!((weights[..count].iter().sum::<f32>() - 1.0).abs() < 1e-6, "{method:?}");
            }
        }
    }

    #[test]
    fn at_whole_numbers_a_pixel_is_itself() {
        for method in METHODS {
            let (first, weights, _) = method.weights(5.0);
            for (place, weight) in weights.into_iter().enumerate() {
                let expected = if (first + place as f64 - 5.0).abs() < 0.5 { 1.0 } else { 0.0 };
                assert!((weight - expected).abs() < 1e-6, "{method:?} {weights:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn products_of_weights_equal_samples_one_by_one(
            slope in prop_oneof![-3.0..-0.2, 0.2..3.0], other in 0.3..2.5, x in -5.0..15.0, y in -5.0..15.0, factor in 1usize..4,
        ) {
            let source = Array3::from_shape_fn((9, 11, 3), |(i, j, c)| u8::try_from((i * 37 + j * 59 + c * 83) % 256).unwrap());
            let upright = Affine::new([[slope, 0.0, x], [0.0, other, y]]);
            // A shear too small to matter takes the other way.
            let sheared = Affine::new([[slope, 1e-12, x], [0.0, other, y]]);
            for method in [Interpolation::Nearest, Interpolation::Linear] {
                let mut canvases = [vec![0; 7 * 8 * 3], vec![0; 7 * 8 * 3]];
                for (canvas, transform) in canvases.iter_mut().zip([upright, sheared]) {
                    let background = [9, 99, 199];
                    let sampling = Sampling { transform, interpolation: method, factor, background };
                    Warper::default().warp(source.view(), &sampling, (7, 8), canvas);
                }
                for (a, b) in canvases[0].iter().zip(&canvases[1]) {
                    prop_assert!(a.abs_diff(*b) <= 1, "{method:?}: {a} is not {b}");
                }
            }
        }
    }
}
