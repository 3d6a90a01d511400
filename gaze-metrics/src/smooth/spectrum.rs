//! Blur with a long kernel by way of the frequencies: a product there is a convolution here.
//!
//! Along one axis `n` values take `O(n log n)` operations however long the kernel. A pair of rows, and then a pair of
//! columns, goes through one transform as real and imaginary part, which a real kernel keeps apart.

use ndarray::Array2;
use rustfft::{Fft, FftPlanner, num_complex::Complex};
use std::sync::Arc;

/// Columns that are gathered from the rows together: as many as fill a cache line, in pairs.
const TOGETHER: usize = 4;

/// Convolves along both axes with symmetric taps; beyond the border lies nothing. Exact to a few times 2⁻⁵² of the
/// largest value. What is below `floor`, by rounding, is set to it.
pub(super) fn convolve(map: &Array2<f64>, taps: &[f64], floor: f64) -> Array2<f64> {
    let (height, width) = map.dim();
    let mut planner = FftPlanner::new();
    let (mut across, mut down) = (Axis::new(width, taps, &mut planner), Axis::new(height, taps, &mut planner));
    // A pair of columns as one complex number.
    let pairs = width.div_ceil(2);
    let mut values = vec![Complex::default(); height * pairs];
    let map = map.as_standard_layout();
    let rows = map.as_slice().expect("it is in the standard layout");
    let nothing = vec![0.0; width];
    for (two, target) in rows.chunks(2 * width).zip(values.chunks_mut(2 * pairs)) {
        let (upper, lower) = two.split_at(width);
        let lower = if lower.is_empty() { &nothing[..] } else { lower };
        let blurred = across.convolve(upper.iter().zip(lower).map(|(&re, &im)| Complex { re, im }));
        let (first, second) = target.split_at_mut(pairs);
        for (target, pair) in first.iter_mut().zip(blurred.chunks(2)) {
            *target = Complex { re: pair[0].re, im: pair.get(1).map_or(0.0, |value| value.re) };
        }
        for (target, pair) in second.iter_mut().zip(blurred.chunks(2)) {
            *target = Complex { re: pair[0].im, im: pair.get(1).map_or(0.0, |value| value.im) };
        }
    }
    let mut result = vec![0.0; height * width];
    let mut columns = vec![Complex::default(); TOGETHER * height];
    for first in (0..pairs).step_by(TOGETHER) {
        let count = TOGETHER.min(pairs - first);
        for (row, values) in values.chunks_exact(pairs).enumerate() {
            for (column, &value) in values[first..first + count].iter().enumerate() {
                columns[column * height + row] = value;
            }
        }
        for column in columns.chunks_exact_mut(height).take(count) {
            let blurred = down.convolve(column.iter().copied());
            column.copy_from_slice(blurred);
        }
        let end = width.min(2 * (first + count));
        for (row, target) in result.chunks_exact_mut(width).enumerate() {
            for (column, target) in target[2 * first..end].chunks_mut(2).enumerate() {
                let pair = columns[column * height + row];
                target.iter_mut().zip([pair.re, pair.im]).for_each(|(target, value)| *target = value.max(floor));
            }
        }
    }
    Array2::from_shape_vec((height, width), result).expect("as many values as the map has")
}

/// The transforms of one axis.
struct Axis {
    length: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
    /// The kernel's frequencies, divided by their number.
    kernel: Vec<f64>,
    values: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Axis {
    fn new(length: usize, taps: &[f64], planner: &mut FftPlanner<f64>) -> Self {
        let reach = taps.len() / 2;
        // Values that leave at one end come in at the other, so there must be room for them where nothing is.
        let count = (length + reach).max(taps.len());
        let count = (count..).find(|&count| is_smooth(count)).unwrap_or(count);
        let (forward, inverse) = (planner.plan_fft_forward(count), planner.plan_fft_inverse(count));
        let scratch = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        let mut axis = Self {
            length,
            forward,
            inverse,
            kernel: Vec::new(),
            values: vec![Complex::default(); count],
            scratch: vec![Complex::default(); scratch],
        };
        for (place, &tap) in taps.iter().enumerate() {
            axis.values[(place + count - reach) % count].re = tap;
        }
        axis.forward.process_with_scratch(&mut axis.values, &mut axis.scratch);
        // A symmetric kernel has real frequencies.
        axis.kernel = axis.values.iter().map(|value| value.re / count as f64).collect();
        axis
    }

    fn convolve(&mut self, values: impl Iterator<Item = Complex<f64>>) -> &[Complex<f64>] {
        let Self { length, forward, inverse, kernel, values: room, scratch } = self;
        for (room, value) in room.iter_mut().zip(values) {
            *room = value;
        }
        room[*length..].fill(Complex::default());
        forward.process_with_scratch(room, scratch);
        for (value, &factor) in room.iter_mut().zip(kernel.iter()) {
            *value *= factor;
        }
        inverse.process_with_scratch(room, scratch);
        &room[..*length]
    }
}

/// Returns whether a transform of so many values is fast: divisible by the primes 2 and 3, and 5 at most once.
fn is_smooth(count: usize) -> bool {
    let rest = if count.is_multiple_of(5) { count / 5 } else { count };
    let odd = rest >> rest.trailing_zeros();
    std::iter::successors(Some(1), |power| Some(power * 3)).take_while(|&power| power <= odd).any(|power| power == odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_are_of_smooth_length() {
        let found: Vec<usize> = (1..50).filter(|&count| is_smooth(count)).collect();
        assert_eq!(found, [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 27, 30, 32, 36, 40, 45, 48]);
    }
}
