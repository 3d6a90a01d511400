//! Counting the values of a map below, on and between levels.

use gaze_core::{
    SaliencyMap, Score,
    numeric::{Loop, vectorized},
};
use pulp::Simd;

use crate::{
    places::{Cells, Lookup, Places},
    squares::{SIDE, Squares},
};

/// What values count for.
pub(crate) trait Weights: Copy {
    /// The weight of the value at an index.
    fn get(self, index: usize) -> u64;

    /// The weights of values from an index on, as many as a vector holds.
    fn vector<S: Simd>(self, simd: S, first: usize) -> S::u64s;
}

/// Every value counts once.
#[derive(Clone, Copy)]
pub(crate) struct Once;

impl Weights for Once {
    #[inline(always)]
    fn get(self, _: usize) -> u64 {
        1
    }

    #[inline(always)]
    fn vector<S: Simd>(self, simd: S, _: usize) -> S::u64s {
        simd.splat_u64s(1)
    }
}

impl Weights for &[u64] {
    #[inline(always)]
    fn get(self, index: usize) -> u64 {
        self[index]
    }

    #[inline(always)]
    fn vector<S: Simd>(self, _: S, first: usize) -> S::u64s {
        S::as_simd_u64s(&self[first..][..S::U64_LANES]).0[0]
    }
}

/// Counts the values of a map below, on and between increasing levels, of which there is at least one: entry `2i` is how many lie
/// below level `i` and above the one before, `2i + 1` how many on level `i`, and the last how many above all.
pub(crate) fn count_between<T: Score>(map: &SaliencyMap<'_, T>, levels: &[f64]) -> Vec<u64> {
    let places = Places::of(levels);
    let mut counter = Counter::new(places.lookup(), map.size().width);
    let mut room = Vec::new();
    for rows in map.as_slice().chunks(counter.band()) {
        counter.add(T::widened(rows, &mut room), Once);
    }
    counter.total()
}

/// Counts as [`count_between`] does where a pixel counts for the weight of its number.
pub(crate) fn weigh_map(
    map: &SaliencyMap<'_>,
    numbers: &[u32],
    weight: impl Fn(u32) -> u64 + Copy,
    levels: &[f64],
) -> Vec<u64> {
    let places = Places::of(levels);
    let mut counter = Counter::new(places.lookup(), map.size().width);
    let mut weights = vec![0; counter.band()];
    for (rows, numbers) in map.as_slice().chunks(counter.band()).zip(numbers.chunks(counter.band())) {
        let weights = &mut weights[..numbers.len()];
        vectorized(Weigh { numbers, weight, weights });
        counter.add(rows, &*weights);
    }
    counter.total()
}

/// Finds the weights of numbers.
struct Weigh<'a, F> {
    numbers: &'a [u32],
    weight: F,
    weights: &'a mut [u64],
}

impl<F: Fn(u32) -> u64> Loop for Weigh<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (weight, &number) in self.weights.iter_mut().zip(self.numbers) {
            *weight = (self.weight)(number);
        }
    }
}

/// Counts as [`count_between`] does where each value has a weight.
pub(crate) fn weigh_between(values: &[f64], weights: &[u64], levels: &[f64]) -> Vec<u64> {
    let places = Places::of(levels);
    let mut tables = Tables::new(places.lookup());
    tables.add(values, weights, 0);
    tables.total()
}

/// Counts of a map, row of squares by row of squares.
struct Counter<'a> {
    squares: Squares<'a>,
    tables: Tables<'a>,
    width: usize,
}

impl<'a> Counter<'a> {
    fn new(places: Lookup<'a>, width: usize) -> Self {
        Self { squares: Squares::new(places, width), tables: Tables::new(places), width }
    }

    /// The number of values that are added at a time.
    fn band(&self) -> usize {
        SIDE * self.width
    }

    fn add(&mut self, rows: &[f64], weights: impl Weights) {
        let Self { squares, tables, width } = self;
        match squares.add(rows, weights) {
            0 => tables.add(rows, weights, 0),
            counted if counted == *width => {}
            counted => {
                for start in (0..rows.len()).step_by(*width) {
                    tables.add(&rows[start + counted..start + *width], weights, start + counted);
                }
            }
        }
    }

    fn total(self) -> Vec<u64> {
        self.squares.into_counts().iter().zip(self.tables.total()).map(|(squares, others)| squares + others).collect()
    }
}

/// Sums by place, see [`Lookup::place`]: several tables, so that equal neighbours do not wait for one another.
struct Tables<'a> {
    places: Lookup<'a>,
    tables: [Vec<u64>; TABLES],
}

/// The tables that are counted in.
const TABLES: usize = 4;

/// Values that are assigned to cells at a time: their cells stay in the fastest memory.
const BATCH: usize = 1024;

impl<'a> Tables<'a> {
    fn new(places: Lookup<'a>) -> Self {
        let table = || vec![0; 2 * places.levels.len() + 1];
        Self { places, tables: std::array::from_fn(|_| table()) }
    }

    /// Adds values, of which the first has this index among the weights.
    fn add(&mut self, values: &[f64], weights: impl Weights, first: usize) {
        let places = self.places;
        let mut tables = self.tables.each_mut().map(Vec::as_mut_slice);
        let mut cells = [0u32; BATCH];
        for (number, batch) in values.chunks(BATCH).enumerate() {
            let first = first + number * BATCH;
            let cells = &mut cells[..batch.len()];
            vectorized(Cells { values: batch, cells, grid: places.grid });
            let ((cells, cells_rest), (batch, batch_rest)) = (cells.as_chunks::<TABLES>(), batch.as_chunks::<TABLES>());
            for (group, (cells, batch)) in cells.iter().zip(batch).enumerate() {
                for (offset, (table, (&cell, &value))) in tables.iter_mut().zip(cells.iter().zip(batch)).enumerate() {
                    table[places.place_in(cell, value)] += weights.get(first + group * TABLES + offset);
                }
            }
            let first = first + cells.len() * TABLES;
            for (offset, (&cell, &value)) in cells_rest.iter().zip(batch_rest).enumerate() {
                tables[0][places.place_in(cell, value)] += weights.get(first + offset);
            }
        }
    }

    fn total(self) -> Vec<u64> {
        let [mut total, others @ ..] = self.tables;
        for table in others {
            total.iter_mut().zip(table).for_each(|(total, count)| *total += count);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::Size;
    use ndarray::Array2;
    use proptest::prelude::*;

    fn map(height: usize, width: usize, value: impl Fn(usize, usize) -> f64) -> SaliencyMap<'static> {
        SaliencyMap::new(Array2::from_shape_fn((height, width), |(row, column)| value(row, column))).unwrap()
    }

    /// The counts from their definition.
    fn naive(values: &[f64], levels: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; 2 * levels.len() + 1];
        for &value in values {
            let below = levels.iter().filter(|&&level| level < value).count();
            let on = levels.iter().any(|level| (value..=value).contains(level));
            counts[2 * below + usize::from(on)] += 1;
        }
        counts
    }

    #[track_caller]
    fn check(map: &SaliencyMap<'_>, levels: &[f64]) {
        let expected = naive(map.as_slice(), levels);
        assert_eq!(count_between(map, levels), expected);
        assert_eq!(weigh_between(map.as_slice(), &vec![1; map.size().pixels()], levels), expected);
        let numbers: Vec<u32> = (0..).map(|i| i * i % 11 % 4).take(map.size().pixels()).collect();
        let weights: Vec<u64> = numbers.iter().map(|&number| 3 * u64::from(number)).collect();
        let expected = weigh_between(map.as_slice(), &weights, levels);
        assert_eq!(weigh_map(map, &numbers, |number| 3 * u64::from(number), levels), expected);
    }

    /// Some levels that are values of the map, and some that are not.
    fn levels(map: &SaliencyMap<'_>, count: usize) -> Vec<f64> {
        let step = map.as_slice().len().div_ceil(count);
        let own = map.as_slice().iter().copied().step_by(step);
        let mut levels: Vec<f64> = own.flat_map(|value| [value, value * 0.999]).collect();
        levels.sort_unstable_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    #[test]
    fn smooth_and_noisy_maps_and_those_with_both_are_counted_alike() {
        let smooth = |row: usize, column: usize| (row as f64 / 20.0).sin() + (column as f64 / 30.0).cos();
        let noisy = |row: usize, column: usize| ((row * 7919 + column * 104_729) % 1009) as f64 / 1009.0;
        // Whole squares, columns and rows beside them, and no square at all.
        for (height, width) in [(64, 80), (67, 83), (200, 9), (9, 200), (7, 50), (50, 7)] {
            for count in [1, 5, 40, 300] {
                for map in [
                    map(height, width, smooth),
                    map(height, width, noisy),
                    map(
                        height,
                        width,
                        |row, column| if row / 16 % 2 == 0 { smooth(row, column) } else { noisy(row, column) },
                    ),
                    map(height, width, |row, column| (4.0 * smooth(row, column)).round()),
                    map(height, width, |_, _| 0.25),
                ] {
                    check(&map, &levels(&map, count));
                }
            }
        }
    }

    #[test]
    fn scores_of_32_bits_are_counted_as_the_same_numbers() {
        let values = Array2::from_shape_fn((35, 43), |(row, column)| ((row * row + 3 * column) as f32).sqrt());
        let narrow = SaliencyMap::view_f32(values.view()).unwrap();
        let levels = levels(&narrow.to_f64(), 12);
        assert_eq!(count_between(&narrow, &levels), naive(narrow.to_f64().as_slice(), &levels));
    }

    #[test]
    fn zeros_of_both_signs_are_one_value() {
        let map = map(8, 16, |row, column| if (row + column) % 3 == 0 { -0.0 } else { 0.0 });
        assert_eq!(count_between(&map, &[0.0]), [0, 128, 0]);
        assert_eq!(count_between(&map, &[-1.0, 0.0, 1.0]), [0, 0, 0, 128, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn values_of_any_size_are_counted(
            values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 96),
            at in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        ) {
            let size = Size { height: 8, width: 12 };
            let mut levels: Vec<f64> = at.iter().map(|at| values[at.index(96)] + 0.0).collect();
            levels.sort_unstable_by(f64::total_cmp);
            levels.dedup();
            check(&SaliencyMap::new(Array2::from_shape_vec(size.dim(), values).unwrap()).unwrap(), &levels);
        }
    }

    #[test]
    fn a_value_of_weight_three_counts_like_three_values() {
        // Two batches and a rest.
        let values: Vec<f64> = (0..2055).map(|i| f64::from(i * 37 % 101)).collect();
        let times: Vec<usize> = (0..2055).map(|i| i % 4).collect();
        let repeated: Vec<f64> = values.iter().zip(&times).flat_map(|(&value, &times)| vec![value; times]).collect();
        let weights: Vec<u64> = times.iter().map(|&times| times as u64).collect();
        let levels = [0.0, 17.0, 50.5, 99.0];
        assert_eq!(weigh_between(&values, &weights, &levels), naive(&repeated, &levels));
    }

    #[test]
    fn there_may_be_more_levels_than_a_table_can_name() {
        // Every other number up to 140 000, and two thirds of the range without any.
        let levels: Vec<f64> = (0..70_000).map(|i| f64::from(2 * i)).chain([420_000.0]).collect();
        let values = [-1.0, 0.0, 131_067.0, 131_068.0, 131_069.0, 131_070.5, 139_998.0, 139_999.0, 300_000.0, 1e6];
        let found = weigh_between(&values, &[1; 10], &levels);
        let places = [0, 1, 131_068, 131_069, 131_070, 131_072, 139_999, 140_000, 140_000, 140_002];
        let expected = |place: usize| places.iter().filter(|&&other| other == place).count() as u64;
        assert!(found.iter().enumerate().all(|(place, &count)| count == expected(place)));
    }
}
