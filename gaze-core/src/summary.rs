//! The figures of a map that nearly every metric needs first: its extremes, its sum and its spread.

use crate::{
    Score,
    numeric::{BLOCK, LANES, Loop, middle, sums_of_block, vectorized},
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
    /// Summarizes at least one value, in one pass. A NaN is not seen among the extremes, only in the sum.
    pub(crate) fn of<T: Score>(values: &[T]) -> Self {
        if values.len() <= BLOCK {
            return T::widened(values, |values| vectorized(Block { values }));
        }
        let (first, second) = values.split_at(middle(values.len()));
        let counts = (first.len() as f64, second.len() as f64);
        Self::of(first).and(&Self::of(second), counts)
    }

    /// Changes values block by block, each with the place of its first value, and takes the figures of the new ones while they are in
    /// the nearest memory. The figures are those of [`Summary::of`].
    pub(crate) fn of_changed(values: &mut [f64], first: usize, change: &mut impl FnMut(usize, &mut [f64])) -> Self {
        if values.len() <= BLOCK {
            change(first, values);
            return vectorized(Block { values });
        }
        let middle = middle(values.len());
        let (low, high) = values.split_at_mut(middle);
        let counts = (low.len() as f64, high.len() as f64);
        Self::of_changed(low, first, change).and(&Self::of_changed(high, first + middle, change), counts)
    }

    /// Combines the summaries of two lists, whose lengths are given.
    fn and(&self, other: &Self, (own, others): (f64, f64)) -> Self {
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

/// A few hundred values.
struct Block<'a> {
    values: &'a [f64],
}

impl Loop for Block<'_> {
    type Output = Summary;

    #[inline(always)]
    fn run(self) -> Summary {
        let values = self.values;
        let (chunks, rest) = values.as_chunks::<LANES>();
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        // A loop for each: together the compiler shuffles the lanes. Comparisons rather than `min` and `max`, which would
        // have to think of NaN.
        for chunk in chunks {
            for (low, &value) in low.iter_mut().zip(chunk) {
                *low = if value < *low { value } else { *low };
            }
        }
        for chunk in chunks {
            for (high, &value) in high.iter_mut().zip(chunk) {
                *high = if value > *high { value } else { *high };
            }
        }
        let [sum] = sums_of_block(values, values, &|value: f64, _: f64| [value]);
        let mean = sum / values.len() as f64;
        let [squared_deviations] =
            sums_of_block(values, values, &|value: f64, _: f64| [(value - mean) * (value - mean)]);
        Summary {
            lowest: low.iter().chain(rest).copied().fold(f64::INFINITY, f64::min),
            highest: high.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max),
            sum,
            squared_deviations,
        }
    }
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
