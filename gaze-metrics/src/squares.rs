//! Counts of the values in squares of a map around some levels.
//!
//! Neighbours in a smooth map have nearly the same value, so a square of pixels lies between two levels, or around few: its extremes
//! tell. Then no value is looked up. Where a map is not smooth, this costs time and gains none; so it is tried ever more rarely there.

use pulp::{Arch, Simd, WithSimd};

use crate::{count::Weights, places::Lookup};

/// The side of a square in pixels.
pub(crate) const SIDE: usize = 8;

/// The most levels within a square that its values are compared with one by one; with more they are looked up.
const MOST_LEVELS: usize = 8;

/// The most rows of squares that are passed over after one that did not gain.
const MOST_PASSED: usize = 16;

/// The counts of squares, added row of squares by row of squares.
pub(crate) struct Squares<'a> {
    places: Lookup<'a>,
    /// The width of the map.
    width: usize,
    /// The counts of values that were looked up, by place, see [`Lookup::place`].
    counts: Vec<u64>,
    /// The counts of all values of the other squares, by the level above their highest value.
    ending: Vec<Columns>,
    /// By level.
    compared: Vec<Compared>,
    /// The levels within each square of a row: the first, and the one after the last.
    within: Vec<(usize, usize)>,
    /// Rows of squares to pass over now, and after the next that does not gain.
    passed: (usize, usize),
}

/// A count in each column of squares.
type Columns = [u64; SIDE];

/// How many values of the squares around a level lie below it, and how many not above.
#[derive(Clone, Copy, Default)]
struct Compared {
    below: Columns,
    up_to: Columns,
}

impl<'a> Squares<'a> {
    pub(crate) fn new(places: Lookup<'a>, width: usize) -> Self {
        let levels = places.levels.len();
        Self {
            places,
            width,
            counts: vec![0; 2 * levels + 1],
            ending: vec![Columns::default(); levels + 1],
            compared: vec![Compared::default(); levels],
            within: Vec::with_capacity(width / SIDE),
            passed: (0, 1),
        }
    }

    /// Adds the squares of some rows of a map; returns how many of its columns were counted, all others are left to the caller.
    pub(crate) fn add(&mut self, rows: &[f64], weights: impl Weights) -> usize {
        if self.passed.0 > 0 || rows.len() < SIDE * self.width {
            self.passed.0 = self.passed.0.saturating_sub(1);
            return 0;
        }
        if Arch::new().dispatch(RowOfSquares { rows, weights, squares: self }) {
            self.passed = (0, 1);
            return self.width / SIDE * SIDE;
        }
        let next = self.passed.1;
        self.passed = (next, MOST_PASSED.min(2 * next));
        0
    }

    /// The counts by place.
    pub(crate) fn into_counts(self) -> Vec<u64> {
        let mut counts = self.counts;
        for (level, ending) in self.ending.iter().enumerate() {
            counts[2 * level] += ending.iter().sum::<u64>();
        }
        // The values up to the level before, in squares that reach beyond it.
        let mut before = 0;
        for (level, compared) in self.compared.iter().enumerate() {
            let [below, up_to] = [compared.below, compared.up_to].map(|columns| columns.iter().sum::<u64>());
            counts[2 * level] = counts[2 * level] + below - before;
            counts[2 * level + 1] += up_to - below;
            before = up_to;
        }
        counts[2 * self.compared.len()] -= before;
        counts
    }
}

struct RowOfSquares<'a, 'b, W> {
    rows: &'a [f64],
    weights: W,
    squares: &'a mut Squares<'b>,
}

impl<W: Weights> WithSimd for RowOfSquares<'_, '_, W> {
    /// Whether the squares were counted. They are not if too many lie around many levels.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { rows, weights, squares: Squares { places, width, counts, ending, compared, within, .. } } = self;
        let (places, width, vectors) = (*places, *width, SIDE / S::F64_LANES);
        within.clear();
        for column in (0..width / SIDE * SIDE).step_by(SIDE) {
            let (mut low, mut high) = (simd.splat_f64s(f64::INFINITY), simd.splat_f64s(f64::NEG_INFINITY));
            for row in 0..SIDE {
                for &values in S::as_simd_f64s(&rows[row * width + column..][..SIDE]).0 {
                    low = simd.min_f64s(low, values);
                    high = simd.max_f64s(high, values);
                }
            }
            let (low, high) = (simd.reduce_min_f64s(low), simd.reduce_max_f64s(high));
            within.push((places.place(low) / 2, places.place(high).div_ceil(2)));
        }
        let around_many = within.iter().filter(|(first, end)| end - first > MOST_LEVELS).count();
        if 4 * around_many > within.len() {
            return false;
        }
        let none = simd.splat_u64s(0);
        for (square, &(first, end)) in within.iter().enumerate() {
            let rows_of_square = (0..SIDE).map(|row| row * width + square * SIDE);
            if end - first > MOST_LEVELS {
                for start in rows_of_square {
                    for (index, &value) in (start..).zip(&rows[start..][..SIDE]) {
                        counts[places.place(value)] += weights.get(index);
                    }
                }
                continue;
            }
            let all = S::as_mut_simd_u64s(&mut ending[end]).0;
            for start in rows_of_square.clone() {
                for (v, all) in all.iter_mut().enumerate() {
                    *all = simd.add_u64s(*all, weights.vector(simd, start + v * S::U64_LANES));
                }
            }
            for (&level, Compared { below, up_to }) in places.levels[first..end].iter().zip(&mut compared[first..end]) {
                let level = simd.splat_f64s(level);
                let (below, up_to) = (S::as_mut_simd_u64s(below).0, S::as_mut_simd_u64s(up_to).0);
                for start in rows_of_square.clone() {
                    let values = S::as_simd_f64s(&rows[start..][..SIDE]).0;
                    for v in 0..vectors {
                        let weight = weights.vector(simd, start + v * S::U64_LANES);
                        let is_below = simd.less_than_f64s(values[v], level);
                        below[v] = simd.add_u64s(below[v], simd.select_u64s(is_below, weight, none));
                        let is_up_to = simd.less_than_or_equal_f64s(values[v], level);
                        up_to[v] = simd.add_u64s(up_to[v], simd.select_u64s(is_up_to, weight, none));
                    }
                }
            }
        }
        true
    }
}
