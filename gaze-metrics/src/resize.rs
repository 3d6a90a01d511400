//! Maps on coarser grids.
//!
//! Both ways of getting there are linear and treat rows and columns alike: every coarse line is a weighted sum of
//! fine ones. Only the weights differ.

use gaze_core::numeric::{Loop, vectorized};
use ndarray::{Array2, ArrayView2};

/// The weights for every line of the coarse grid: which lines of the fine one it takes and how much of each.
type Weights = Vec<Vec<(usize, f64)>>;

/// Adds up what each cell of a grid of `ceil(side / factor)` equal boxes covers; pixels on a border are split.
pub(crate) fn area(map: ArrayView2<'_, f64>, factor: usize) -> Array2<f64> {
    let weights = |from: usize| boxes(from, from.div_ceil(factor));
    apply(map, &weights(map.nrows()), &weights(map.ncols()))
}

/// MATLAB's `imresize(map, 1 / factor)`: bicubic, widened against aliasing, sides rounded up.
pub(crate) fn matlab_by_scale(map: ArrayView2<'_, f64>, factor: usize) -> Array2<f64> {
    let weights = |from: usize| bicubic(from, from.div_ceil(factor), 1.0 / factor as f64);
    apply(map, &weights(map.nrows()), &weights(map.ncols()))
}

/// MATLAB's `imresize(map, [rows columns])`, which scales each side by what its rounded length asks for.
pub(crate) fn matlab_to_size(map: ArrayView2<'_, f64>, (rows, columns): (usize, usize)) -> Array2<f64> {
    let weights = |from: usize, to: usize| bicubic(from, to, to as f64 / from as f64);
    apply(map, &weights(map.nrows(), rows), &weights(map.ncols(), columns))
}

fn apply(map: ArrayView2<'_, f64>, rows: &Weights, columns: &Weights) -> Array2<f64> {
    // Whole rows first, where the sums run along memory; the few rows that remain then go through the same.
    let few = combine(map, rows);
    combine(few.t(), columns).reversed_axes()
}

/// Adds a line to another, so many times.
struct AddScaled<'a> {
    to: &'a mut [f64],
    weight: f64,
    line: &'a [f64],
}

impl Loop for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (to, value) in self.to.iter_mut().zip(self.line) {
            *to += self.weight * value;
        }
    }
}

fn combine(map: ArrayView2<'_, f64>, weights: &Weights) -> Array2<f64> {
    let map = map.as_standard_layout();
    let (values, width) = (map.as_slice().unwrap_or_default(), map.ncols());
    let mut result = vec![0.0; weights.len() * width];
    for (to, parts) in result.chunks_exact_mut(width.max(1)).zip(weights) {
        for &(i, weight) in parts {
            vectorized(AddScaled { to, weight, line: &values[i * width..][..width] });
        }
    }
    Array2::from_shape_vec((weights.len(), width), result).expect("as many lines as there are weights")
}

/// Lengths are counted in units of `1 / (from * to)` of the side, so borders are whole numbers.
fn boxes(from: usize, to: usize) -> Weights {
    let of = |coarse: usize| {
        let (start, end) = (coarse * from, (coarse + 1) * from);
        let lines = start / to..end.div_ceil(to);
        lines.map(|i| (i, (end.min((i + 1) * to) - start.max(i * to)) as f64 / to as f64)).collect()
    };
    (0..to).map(of).collect()
}

/// The kernel of Keys (1981) with a = −1/2, widened by `1 / scale` if that shrinks. Beyond the border the lines
/// repeat in reverse, and the weights of each coarse line sum to 1.
fn bicubic(from: usize, to: usize, scale: f64) -> Weights {
    let narrow = scale.min(1.0);
    let width = 4.0 / narrow;
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of the order of the side")]
    let of = |coarse: usize| {
        // The center of the coarse line among those of the fine ones, the first of which is 0.
        let center = (coarse as f64 + 0.5) / scale - 0.5;
        let first = (center - width / 2.0).floor() as i64;
        let parts = (first..first + width.ceil() as i64 + 2).map(|i| (i, keys(narrow * (center - i as f64))));
        let parts: Vec<(i64, f64)> = parts.filter(|&(_, weight)| weight.abs() > 0.0).collect();
        let total: f64 = parts.iter().map(|&(_, weight)| weight).sum();
        parts.into_iter().map(|(i, weight)| (mirror(i, from), weight / total)).collect()
    };
    (0..to).map(of).collect()
}

fn mirror(line: i64, side: usize) -> usize {
    let side = side as i64;
    let line = line.rem_euclid(2 * side);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ line < side")]
    let line = if line < side { line } else { 2 * side - 1 - line } as usize;
    line
}

fn keys(x: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x <= 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// A few dozen roundings of numbers near 1.
    const ROUNDING: f64 = 1e-14;

    #[track_caller]
    fn check(found: &Array2<f64>, expected: &Array2<f64>) {
        assert_eq!(found.dim(), expected.dim());
        assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < ROUNDING), "{found} is not {expected}");
    }

    #[test]
    fn boxes_split_the_pixels_on_their_borders() {
        // Five columns in two boxes of 2½.
        check(&area(array![[1.0, 2.0, 4.0, 8.0, 16.0]].view(), 3), &array![[5.0, 26.0]]);
        check(&area(array![[1.0], [2.0], [4.0], [8.0], [16.0]].view(), 3), &array![[5.0], [26.0]]);
        check(&area(array![[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]].view(), 9), &array![[21.0]]);
        check(&area(array![[1.0, 2.0], [3.0, 4.0]].view(), 1), &array![[1.0, 2.0], [3.0, 4.0]]);
    }

    #[test]
    fn boxes_keep_the_mass() {
        let map = Array2::from_shape_fn((37, 53), |(row, column)| ((row * 7 + column * 3) % 11) as f64);
        for factor in [1, 2, 5, 8, 32, 100] {
            assert!((area(map.view(), factor).sum() - map.sum()).abs() < 1e-9, "{factor}");
        }
    }

    #[test]
    fn a_factor_of_one_keeps_the_map() {
        let map = array![[0.5, 2.0, 3.0], [7.0, 0.0, 1.0]];
        check(&matlab_by_scale(map.view(), 1), &map);
        check(&matlab_to_size(map.view(), (2, 3)), &map);
    }

    #[test]
    fn halves_as_the_kernel_says() {
        // Offsets of ±¼, ±¾, ±1¼ and ±1¾ of the widened kernel: 111/128, 29/128, −9/128, −3/128, each halved.
        let (a, b, c, d) = (111.0 / 256.0, 29.0 / 256.0, -9.0 / 256.0, -3.0 / 256.0);
        let impulse = |at: usize| Array2::from_shape_fn((1, 16), |(_, column)| f64::from(u8::from(column == at)));
        let found = matlab_by_scale(impulse(8).view(), 2);
        check(&found.slice_move(ndarray::s![.., 2..7]), &array![[d, b, a, c, 0.0]]);
        // At the border the mirror image adds its own.
        let found = matlab_by_scale(impulse(0).view(), 2);
        check(&found.slice_move(ndarray::s![.., ..3]), &array![[a + b, c + d, 0.0]]);
    }

    #[test]
    fn constant_maps_stay_constant() {
        for (height, width, factor) in [(5, 7, 3), (33, 64, 32), (3, 1, 32), (1, 100, 7)] {
            let map = Array2::from_elem((height, width), 0.25);
            let small = matlab_by_scale(map.view(), factor);
            check(&small, &Array2::from_elem((height.div_ceil(factor), width.div_ceil(factor)), 0.25));
            check(&matlab_to_size(map.view(), small.dim()), &small);
        }
    }
}
