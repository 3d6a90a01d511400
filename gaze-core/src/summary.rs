//! The figures of a map that nearly every metric needs first: its extremes, its sum and its spread.

use pulp::{Arch, Simd, WithSimd};

use crate::{
    Score,
    numeric::{Parts, lane_sums, middle, total},
};

/// The extremes, the sum and the spread of the values of a map, see [`SaliencyMap::summary`](crate::SaliencyMap::summary).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The lowest value.
    pub lowest: f64,
    /// The highest value.
    pub highest: f64,
    /// The sum, exact to a few units in the last place; infinite if it is beyond the range of 64 bits.
    pub sum: f64,
    /// The sum of the squared differences from the mean, to be divided by `n` or `n − 1` for a variance. Not finite if it
    /// or [`Summary::sum`] is beyond the range.
    pub squared_deviations: f64,
}

impl Summary {
    /// Summarizes at least one value, in one pass. A NaN is seen in the sum, but perhaps not among the extremes.
    pub(crate) fn of<T: Score>(values: &[T]) -> Self {
        Self::of_part(values, &mut Default::default())
    }

    /// Summarizes a part of a list; `rooms` is for copies of blocks in 64 bits.
    fn of_part<T: Score>(values: &[T], rooms: &mut [Vec<f64>; 2]) -> Self {
        let (first, second) = match Parts::of(values.len()) {
            Parts::One => return Blocks([T::widened(values, &mut rooms[0])]).summarize()[0],
            Parts::Pair(middle) => {
                let ((first, second), [a, b]) = (values.split_at(middle), rooms);
                Blocks([T::widened(first, a), T::widened(second, b)]).summarize().into()
            }
            Parts::Halves(middle) => {
                let (first, second) = values.split_at(middle);
                (Self::of_part(first, rooms), Self::of_part(second, rooms))
            }
        };
        first.and(&second, values.len())
    }

    /// Changes values block by block, each with the place of its first value, and takes the figures of the new ones while they are in
    /// the nearest memory. The figures are those of [`Summary::of`].
    pub(crate) fn of_changed(values: &mut [f64], first: usize, change: &mut impl FnMut(usize, &mut [f64])) -> Self {
        let length = values.len();
        let (low, high) = match Parts::of(length) {
            Parts::One => {
                change(first, values);
                return Blocks([values]).summarize()[0];
            }
            Parts::Pair(middle) => {
                let (low, high) = values.split_at_mut(middle);
                change(first, low);
                change(first + middle, high);
                Blocks([low, high]).summarize().into()
            }
            Parts::Halves(middle) => {
                let (low, high) = values.split_at_mut(middle);
                (Self::of_changed(low, first, change), Self::of_changed(high, first + middle, change))
            }
        };
        low.and(&high, length)
    }

    /// Combines the summaries of the two parts of a list of this length.
    fn and(&self, other: &Self, length: usize) -> Self {
        let own = middle(length);
        let (own, others) = (own as f64, (length - own) as f64);
        let between = other.sum / others - self.sum / own;
        Self {
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
            sum: self.sum + other.sum,
            squared_deviations: self.squared_deviations
                + other.squared_deviations
                + between * between * (own * others / (own + others)),
        }
    }

    /// Returns whether every value is the same. A standard deviation of 0 would not do as a test: rounding makes it 1e-17.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.lowest >= self.highest
    }

    /// The largest magnitude.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.highest.abs().max(self.lowest.abs())
    }
}

/// Blocks of a few hundred values, summarized side by side: a sum waits for its last addition, so two take hardly longer than one.
struct Blocks<'a, const N: usize>([&'a [f64]; N]);

impl<const N: usize> Blocks<'_, N> {
    fn summarize(self) -> [Summary; N] {
        Arch::new().dispatch(self)
    }
}

impl<const N: usize> WithSimd for Blocks<'_, N> {
    type Output = [Summary; N];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [Summary; N] {
        let blocks = self.0;
        let (mut sums, mut means) = (lane_sums(simd, blocks, |_, values| values), [0.0; N]);
        let mut summaries = [Summary { lowest: 0.0, highest: 0.0, sum: 0.0, squared_deviations: 0.0 }; N];
        // Instructions stay out of closures that are not inlined at once: there they would become calls.
        for n in 0..N {
            let sum = total(&sums[n], blocks[n], |value| value);
            (summaries[n].lowest, summaries[n].highest) = extremes(simd, blocks[n]);
            (summaries[n].sum, means[n]) = (sum, sum / blocks[n].len() as f64);
        }
        sums = lane_sums(simd, blocks, |n, values| {
            let deviations = simd.sub_f64s(values, simd.splat_f64s(means[n]));
            simd.mul_f64s(deviations, deviations)
        });
        for n in 0..N {
            let mean = means[n];
            summaries[n].squared_deviations = total(&sums[n], blocks[n], |value| (value - mean) * (value - mean));
        }
        summaries
    }
}

/// The lowest and the highest value, by instructions that need not think of NaN, as `f64::min` and `max` do.
#[inline(always)]
fn extremes<S: Simd>(simd: S, values: &[f64]) -> (f64, f64) {
    /// Enough that no comparison waits for the last one.
    const WIDE: usize = 4;
    let (vectors, rest) = S::as_simd_f64s(values);
    let (chunks, few) = vectors.as_chunks::<WIDE>();
    let (mut low, mut high) = ([simd.splat_f64s(f64::INFINITY); WIDE], [simd.splat_f64s(f64::NEG_INFINITY); WIDE]);
    for chunk in chunks {
        for v in 0..WIDE {
            low[v] = simd.min_f64s(chunk[v], low[v]);
            high[v] = simd.max_f64s(chunk[v], high[v]);
        }
    }
    for &vector in few {
        low[0] = simd.min_f64s(vector, low[0]);
        high[0] = simd.max_f64s(vector, high[0]);
    }
    let low = simd.min_f64s(simd.min_f64s(low[0], low[1]), simd.min_f64s(low[2], low[3]));
    let high = simd.max_f64s(simd.max_f64s(high[0], high[1]), simd.max_f64s(high[2], high[3]));
    let (mut lowest, mut highest) = (simd.reduce_min_f64s(low), simd.reduce_max_f64s(high));
    for &value in rest {
        lowest = if value < lowest { value } else { lowest };
        highest = if value > highest { value } else { highest };
    }
    (lowest, highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_found_anywhere() {
        for at in 0..20 {
            let mut values = vec![0.0; 20];
            values[at] = 5.0;
            values[19 - at] = -3.0;
            let Summary { lowest, highest, sum, .. } = Summary::of(&values);
            assert_eq!((lowest, highest, sum), (-3.0, 5.0, 2.0));
        }
        let one = Summary { lowest: -7.0, highest: -7.0, sum: -7.0, squared_deviations: 0.0 };
        assert_eq!(Summary::of(&[-7.0]), one);
        let largest = Summary { highest: 5.0, ..one }.largest();
        assert!((7.0..=7.0).contains(&largest));
    }

    #[test]
    fn every_value_is_added_once() {
        for count in [1, 7, 8, 511, 512, 513, 1000, 4099] {
            let values: Vec<f64> = (0..count).map(f64::from).collect();
            let expected = (0..i64::from(count)).sum::<i64>() as f64;
            let found = Summary::of(&values);
            assert!((found.sum - expected).abs() < 0.5, "{count}");
            // For the numbers from 0 to n - 1 it is n (n² - 1) / 12.
            let squares = (i64::from(count).pow(3) - i64::from(count)) as f64 / 12.0;
            assert!((found.squared_deviations - squares).abs() <= 1e-14 * squares, "{count}");
        }
    }

    #[test]
    fn equal_terms_do_not_add_up_their_rounding() {
        let values = vec![0.1; 480_000];
        assert!((values.iter().sum::<f64>() - 48_000.0).abs() > 1e-8);
        assert!((Summary::of(&values).sum - 48_000.0).abs() < 1e-10);
    }

    #[test]
    fn a_far_mean_does_not_drown_the_spread() {
        let values: Vec<f64> = (0..100_000).map(|i| 1e9 + f64::from(i % 2)).collect();
        assert!((Summary::of(&values).squared_deviations - 25_000.0).abs() < 1e-6);
    }

    #[test]
    fn nearly_constant_is_not_constant() {
        assert!(Summary::of(&[0.1; 3]).is_constant());
        assert!(!Summary::of(&[0.1, 0.1, 0.1f64.next_up()]).is_constant());
        assert!(Summary::of(&[0.0, -0.0]).is_constant());
    }
}
