//! The ranks of the pixels of a map among its fixated values: the one count that every AUC is made of.

use gaze_core::{FixationMap, Fixations, SaliencyMap, Score, numeric::vectorized};

use crate::places::{Cells, Places};

/// A value that occurs at a fixation, and the pixels around it in the order of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    pub(crate) value: f64,
    /// Fixations with this value.
    pub(crate) fixations: u64,
    /// Different pixels among them.
    pub(crate) fixated_pixels: u64,
    /// Pixels of the map below this level and above the next lower one.
    pub(crate) between: u64,
    /// Pixels of the map with this value.
    pub(crate) pixels: u64,
}

/// The levels of a map, lowest first, and the number of pixels above the highest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Levels {
    pub(crate) levels: Vec<Level>,
    pub(crate) above: u64,
    pub(crate) fixations: u64,
    pub(crate) fixated_pixels: u64,
    pub(crate) pixels: u64,
}

impl Levels {
    /// Counts in one pass over the map. There must be a fixation, and the sizes must agree.
    pub(crate) fn count<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Self {
        Self::count_with(map, fixations, &[]).0
    }

    /// Counts as [`Levels::count`] does, and in the same pass how many pixels lie between increasing cuts, as
    /// [`count_between`] gives it.
    pub(crate) fn count_with<T: Score>(
        map: &SaliencyMap<'_, T>,
        fixations: &Fixations,
        cuts: &[f64],
    ) -> (Self, Vec<u64>) {
        let levels = fixated_levels(map, fixations);
        let [counts, of_cuts] = count_both(map.as_slice(), &Once, &bounds(&levels), cuts);
        (Self::new(levels, &counts, fixations), of_cuts)
    }

    /// Counts, of the pixels with fixations on other images, in one pass: those fixations, those pixels, and how many of the
    /// pixels lie between increasing cuts. There must be such a pixel.
    pub(crate) fn against(
        map: &SaliencyMap<'_>,
        fixations: &Fixations,
        others: &FixationMap,
        cuts: &[f64],
    ) -> (Self, Self, Vec<u64>) {
        let values = map.as_slice();
        let others_values: Vec<f64> = others.fixated().iter().map(|&place| values[place]).collect();
        let levels = fixated_levels(map, fixations);
        let [counts, of_cuts] = count_both(&others_values, &Repeated(others.fixated_counts()), &bounds(&levels), cuts);
        let of = |counts: &[Repeats], number: fn(&Repeats) -> u64| counts.iter().map(number).collect::<Vec<_>>();
        let multiset = Self::new(levels.clone(), &of(&counts, |repeats| repeats.all), fixations);
        let binary = Self::new(levels, &of(&counts, |repeats| repeats.once), fixations);
        (multiset, binary, of(&of_cuts, |repeats| repeats.once))
    }

    fn new(mut levels: Vec<Level>, counts: &[u64], fixations: &Fixations) -> Self {
        for (level, counts) in levels.iter_mut().zip(counts.chunks_exact(2)) {
            (level.between, level.pixels) = (counts[0], counts[1]);
        }
        let above = counts[counts.len() - 1];
        let fixated_pixels = levels.iter().map(|level| level.fixated_pixels).sum();
        let pixels = counts.iter().sum();
        Self { levels, above, fixations: fixations.len() as u64, fixated_pixels, pixels }
    }
}

/// The levels of a map, with nothing counted but the fixations.
fn fixated_levels<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Vec<Level> {
    let values = map.as_slice();
    let width = map.size().width;
    let mut fixated: Vec<(f64, usize)> = fixations
        .pixels()
        .iter()
        .map(|pixel| pixel.row * width + pixel.column)
        .map(|place| (values[place].into() + 0.0, place)) // −0 and 0 are one level
        .collect();
    fixated.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    #[expect(clippy::float_cmp, reason = "a tie is exact equality")]
    let levels = fixated.chunk_by(|a, b| a.0 == b.0).map(|same| Level {
        value: same[0].0,
        fixations: same.len() as u64,
        fixated_pixels: same.chunk_by(|a, b| a.1 == b.1).count() as u64,
        between: 0,
        pixels: 0,
    });
    levels.collect()
}

fn bounds(levels: &[Level]) -> Vec<f64> {
    levels.iter().map(|level| level.value).collect()
}

/// What values count for.
trait Weights {
    type Sum: Copy + Default;

    /// Adds the value at an index.
    fn add(&self, sum: &mut Self::Sum, index: usize);

    fn join(sum: &mut Self::Sum, other: Self::Sum);
}

/// Every value counts once.
struct Once;

impl Weights for Once {
    type Sum = u64;

    #[inline(always)]
    fn add(&self, sum: &mut u64, _: usize) {
        *sum += 1;
    }

    #[inline(always)]
    fn join(sum: &mut u64, other: u64) {
        *sum += other;
    }
}

/// Every value counts once, and as often as it is repeated.
struct Repeated<'a>(&'a [u32]);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Repeats {
    once: u64,
    all: u64,
}

impl Weights for Repeated<'_> {
    type Sum = Repeats;

    #[inline(always)]
    fn add(&self, sum: &mut Repeats, index: usize) {
        sum.once += 1;
        sum.all += u64::from(self.0[index]);
    }

    #[inline(always)]
    fn join(sum: &mut Repeats, other: Repeats) {
        sum.once += other.once;
        sum.all += other.all;
    }
}

/// Computes [`count_between`] for each of two increasing lists, from one pass over the values. One may be empty.
#[expect(clippy::float_cmp, reason = "one level is exact equality")]
fn count_both<T: Score, W: Weights>(values: &[T], weights: &W, first: &[f64], second: &[f64]) -> [Vec<W::Sum>; 2] {
    let mut merged = [first, second].concat();
    merged.sort_unstable_by(f64::total_cmp);
    merged.dedup_by(|a, b| a == b);
    let counts = weigh_between(values, weights, &merged);
    [first, second].map(|list| {
        let mut own = Vec::with_capacity(2 * list.len() + 1);
        let mut since = W::Sum::default();
        let mut rest = list.iter().peekable();
        for (level, counts) in merged.iter().zip(counts.chunks_exact(2)) {
            W::join(&mut since, counts[0]);
            if rest.next_if(|own| *own == level).is_some() {
                own.extend([since, counts[1]]);
                since = W::Sum::default();
            } else {
                W::join(&mut since, counts[1]);
            }
        }
        W::join(&mut since, counts[counts.len() - 1]);
        own.push(since);
        own
    })
}

/// Counts the values below, on and between increasing levels, of which there is at least one: entry `2i` is how many lie
/// below level `i` and above the one before, `2i + 1` how many on level `i`, and the last how many above all.
pub(crate) fn count_between<T: Score>(values: &[T], levels: &[f64]) -> Vec<u64> {
    weigh_between(values, &Once, levels)
}

/// Counts as [`count_between`] does where values count for what `weights` says.
fn weigh_between<T: Score, W: Weights>(values: &[T], weights: &W, levels: &[f64]) -> Vec<W::Sum> {
    let places = Places::of(levels);
    // Several tables, so that equal neighbours do not wait for one another.
    let mut tables: [Vec<W::Sum>; TABLES] = std::array::from_fn(|_| vec![W::Sum::default(); 2 * levels.len() + 1]);
    let mut cells = [0u32; BATCH];
    for (number, batch) in values.chunks(BATCH).enumerate() {
        let first = number * BATCH;
        T::widened(batch, |batch| {
            let cells = &mut cells[..batch.len()];
            vectorized(Cells { values: batch, cells, grid: places.grid });
            let ((cells, cells_rest), (batch, batch_rest)) = (cells.as_chunks::<TABLES>(), batch.as_chunks::<TABLES>());
            for (group, (cells, batch)) in cells.iter().zip(batch).enumerate() {
                for (offset, (table, (&cell, &value))) in tables.iter_mut().zip(cells.iter().zip(batch)).enumerate() {
                    weights.add(&mut table[places.find(cell, value)], first + group * TABLES + offset);
                }
            }
            let first = first + cells.len() * TABLES;
            for (offset, (&cell, &value)) in cells_rest.iter().zip(batch_rest).enumerate() {
                weights.add(&mut tables[0][places.find(cell, value)], first + offset);
            }
        });
    }
    let [mut total, others @ ..] = tables;
    for table in others {
        total.iter_mut().zip(table).for_each(|(total, count)| W::join(total, count));
    }
    total
}

/// The tables that are counted in.
const TABLES: usize = 4;

/// Values that are assigned to cells at a time: their cells stay in the fastest memory.
const BATCH: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::Array2;
    use proptest::prelude::*;

    fn check(values: Vec<f64>, points: &[usize]) {
        let size = Size { height: 1, width: values.len() };
        let map = SaliencyMap::new(Array2::from_shape_vec(size.dim(), values.clone()).unwrap()).unwrap();
        let points = points.iter().map(|&x| Fixation { x: x as f64, y: 0.0 }).collect();
        let fixations = Fixations::new(size, points).unwrap();
        let found = Levels::count(&map, &fixations);
        let count = |test: &dyn Fn(f64) -> bool| values.iter().filter(|&&value| test(value)).count() as u64;
        let mut lower = f64::NEG_INFINITY;
        for level in &found.levels {
            assert_eq!(level.between, count(&|v| v > lower && v < level.value), "{level:?}");
            assert_eq!(level.pixels, count(&|v| (level.value..=level.value).contains(&v)), "{level:?}");
            lower = level.value;
        }
        assert_eq!(found.above, count(&|v| v > lower));
        assert_eq!(found.levels.iter().map(|level| level.fixations).sum::<u64>(), fixations.len() as u64);
    }

    proptest! {
        #[test]
        fn every_pixel_is_counted_where_it_belongs(
            values in prop::collection::vec(prop_oneof![-1.0f64..1.0, (-3i32..4).prop_map(f64::from)], 1..200),
            choice in prop::collection::vec(any::<prop::sample::Index>(), 1..30),
        ) {
            let points: Vec<usize> = choice.iter().map(|index| index.index(values.len())).collect();
            check(values, &points);
        }

        #[test]
        fn values_of_any_size_are_counted(
            values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 1..60),
            choice in prop::collection::vec(any::<prop::sample::Index>(), 1..10),
        ) {
            let points: Vec<usize> = choice.iter().map(|index| index.index(values.len())).collect();
            check(values, &points);
        }
    }

    #[test]
    fn two_lists_are_counted_as_if_each_were_alone() {
        let values: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 101) / 7.0).collect();
        let (a, b) = ([values[3], values[8], values[20]], [0.0, values[8], 5.5, 20.0]);
        let sorted = |mut list: Vec<f64>| {
            list.sort_by(f64::total_cmp);
            list
        };
        let (a, b) = (sorted(a.to_vec()), sorted(b.to_vec()));
        assert_eq!(count_both(&values, &Once, &a, &b), [count_between(&values, &a), count_between(&values, &b)]);
        assert_eq!(count_both(&values, &Once, &a, &[])[0], count_between(&values, &a));
    }

    #[test]
    fn a_value_of_weight_three_counts_like_three_values() {
        // Two batches and a rest.
        let values: Vec<f64> = (0..2055).map(|i| f64::from(i * 37 % 101)).collect();
        let counts: Vec<u32> = (0..2055).map(|i| i % 4).collect();
        let repeated: Vec<f64> =
            values.iter().zip(&counts).flat_map(|(&value, &count)| vec![value; count as usize]).collect();
        let levels = [0.0, 17.0, 50.5, 99.0];
        let found = weigh_between(&values, &Repeated(&counts), &levels);
        assert_eq!(found.iter().map(|repeats| repeats.all).collect::<Vec<_>>(), count_between(&repeated, &levels));
        assert_eq!(found.iter().map(|repeats| repeats.once).collect::<Vec<_>>(), count_between(&values, &levels));
    }

    #[test]
    fn there_may_be_more_levels_than_a_table_can_name() {
        // Every other number up to 140 000, and two thirds of the range without any.
        let levels: Vec<f64> = (0..70_000).map(|i| f64::from(2 * i)).chain([420_000.0]).collect();
        let values = [-1.0, 0.0, 131_067.0, 131_068.0, 131_069.0, 131_070.5, 139_998.0, 139_999.0, 300_000.0, 1e6];
        let found = count_between(&values, &levels);
        let places = [0, 1, 131_068, 131_069, 131_070, 131_072, 139_999, 140_000, 140_000, 140_002];
        let expected = |place: usize| places.iter().filter(|&&other| other == place).count() as u64;
        assert!(found.iter().enumerate().all(|(place, &count)| count == expected(place)));
    }

    #[test]
    fn neighbouring_numbers_are_told_apart() {
        let one = 1.0f64;
        check(vec![one.next_down(), one, one.next_up(), 1e300, -1e300], &[1, 2]);
        check(vec![f64::MAX, f64::MIN, 0.0, -0.0, f64::MIN_POSITIVE], &[0, 1, 3]);
    }

    #[test]
    fn a_pixel_fixated_twice_is_one_pixel() {
        let size = Size { height: 1, width: 3 };
        let map = SaliencyMap::new(ndarray::array![[1.0, 1.0, 2.0]]).unwrap();
        let points = [0.0, 0.5, 1.0].map(|x| Fixation { x, y: 0.0 }).to_vec();
        let found = Levels::count(&map, &Fixations::new(size, points).unwrap());
        assert_eq!(found.levels, [Level { value: 1.0, fixations: 3, fixated_pixels: 2, between: 0, pixels: 2 }]);
        assert_eq!((found.above, found.fixated_pixels), (1, 2));
    }
}
