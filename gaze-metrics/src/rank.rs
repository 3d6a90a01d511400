//! The ranks of the pixels of a map among its fixated values: the one count that every AUC is made of.

use gaze_core::{FixationMap, Fixations, SaliencyMap, Score};

use crate::count::{count_between, weigh_between, weigh_map};

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
        let [counts, of_cuts] = count_both(&bounds(&levels), cuts, |levels| count_between(map, levels));
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
        let levels = fixated_levels(map, fixations);
        let bounds = bounds(&levels);
        let all: u64 = others.fixated_counts().iter().map(|&number| u64::from(number)).sum();
        let ([numbers, _], [pixels, of_cuts]) = if u32::try_from(all).is_ok() {
            // One pass counts the fixations in the lower half of a number and the pixels in the upper.
            let both = |number: u32| u64::from(number) | u64::from(number > 0) << 32;
            let both = count_both(&bounds, cuts, |levels| weigh_others(map, others, both, levels));
            let half = |half: fn(u64) -> u64| both.clone().map(|counts| counts.into_iter().map(half).collect());
            (half(|sum| sum & u64::from(u32::MAX)), half(|sum| sum >> 32))
        } else {
            let once = |number: u32| u64::from(number > 0);
            (
                count_both(&bounds, cuts, |levels| weigh_others(map, others, u64::from, levels)),
                count_both(&bounds, cuts, |levels| weigh_others(map, others, once, levels)),
            )
        };
        (Self::new(levels.clone(), &numbers, fixations), Self::new(levels, &pixels, fixations), of_cuts)
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

/// Weighs the fixated pixels of other images by the numbers of fixations on them, between levels.
fn weigh_others(
    map: &SaliencyMap<'_>,
    others: &FixationMap,
    weight: impl Fn(u32) -> u64 + Copy,
    levels: &[f64],
) -> Vec<u64> {
    /// The share of the pixels from which on passing over the others costs more than going through them all.
    const MANY: usize = 4;
    if MANY * others.fixated().len() > map.size().pixels() {
        return weigh_map(map, others.counts().as_slice().unwrap_or_default(), weight, levels);
    }
    let values: Vec<f64> = others.fixated().iter().map(|&place| map.as_slice()[place]).collect();
    let weights: Vec<u64> = others.fixated_counts().iter().map(|&number| weight(number)).collect();
    weigh_between(&values, &weights, levels)
}

fn bounds(levels: &[Level]) -> Vec<f64> {
    levels.iter().map(|level| level.value).collect()
}

/// Counts between each of two increasing lists of levels by counting once between all of them. One may be empty.
#[expect(clippy::float_cmp, reason = "one level is exact equality")]
fn count_both(first: &[f64], second: &[f64], count: impl Fn(&[f64]) -> Vec<u64>) -> [Vec<u64>; 2] {
    let mut merged = [first, second].concat();
    merged.sort_unstable_by(f64::total_cmp);
    merged.dedup_by(|a, b| a == b);
    let counts = count(&merged);
    [first, second].map(|list| {
        let mut own = Vec::with_capacity(2 * list.len() + 1);
        let mut since = 0;
        let mut rest = list.iter().peekable();
        for (level, counts) in merged.iter().zip(counts.chunks_exact(2)) {
            since += counts[0];
            if rest.next_if(|own| *own == level).is_some() {
                own.extend([since, counts[1]]);
                since = 0;
            } else {
                since += counts[1];
            }
        }
        own.push(since + counts[counts.len() - 1]);
        own
    })
}

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
        let values = (0..500).map(|i| f64::from(i * 37 % 101) / 7.0).collect();
        let values = Array2::from_shape_vec((20, 25), values).unwrap();
        let (a, b) = ([values[[0, 3]], values[[0, 8]], values[[0, 20]]], [0.0, values[[0, 8]], 5.5, 20.0]);
        let map = SaliencyMap::new(values).unwrap();
        let sorted = |mut list: Vec<f64>| {
            list.sort_by(f64::total_cmp);
            list
        };
        let (a, b) = (sorted(a.to_vec()), sorted(b.to_vec()));
        let count = |levels: &[f64]| count_between(&map, levels);
        assert_eq!(count_both(&a, &b, count), [count(&a), count(&b)]);
        assert_eq!(count_both(&a, &[], count)[0], count(&a));
    }

    #[test]
    fn few_and_many_fixations_elsewhere_are_counted_alike() {
        let size = Size { height: 19, width: 30 };
        let value = |(row, column): (usize, usize)| (row as f64 / 4.0).sin() + (column as f64 / 7.0).round();
        let map = SaliencyMap::new(Array2::from_shape_fn(size.dim(), value)).unwrap();
        let points = [(3.0, 4.0), (17.0, 9.0), (17.0, 9.0), (29.0, 18.0)].map(|(x, y)| Fixation { x, y }).to_vec();
        let fixations = Fixations::new(size, points).unwrap();
        // The last are more than a half of a number can hold.
        for (every, most) in [(1, 5), (2, 3), (40, 7), (1, u32::MAX)] {
            let number = |(row, column): (usize, usize)| {
                let place = row * size.width + column;
                if place.is_multiple_of(every) { most - u32::try_from(place % 3).unwrap() } else { 0 }
            };
            let others = FixationMap::new(Array2::from_shape_fn(size.dim(), number));
            let (multiset, binary, of_cuts) = Levels::against(&map, &fixations, &others, &[-0.5, 1.0]);
            let count = |test: &dyn Fn(f64) -> bool, weight: fn(u32) -> u64| -> u64 {
                let values = map.values();
                let pixels = values.indexed_iter().filter(|(_, value)| test(**value));
                pixels.map(|(place, _)| weight(number(place))).sum()
            };
            let once = |number| u64::from(number > 0);
            let mut lower = f64::NEG_INFINITY;
            for (all, once_each) in multiset.levels.iter().zip(&binary.levels) {
                let on = |v: f64| (all.value..=all.value).contains(&v);
                let between = |v: f64| v > lower && v < all.value;
                assert_eq!((all.pixels, all.between), (count(&on, u64::from), count(&between, u64::from)));
                assert_eq!((once_each.pixels, once_each.between), (count(&on, once), count(&between, once)));
                lower = all.value;
            }
            assert_eq!((multiset.above, binary.above), (count(&|v| v > lower, u64::from), count(&|v| v > lower, once)));
            assert_eq!(of_cuts.iter().sum::<u64>(), others.fixated().len() as u64);
            assert_eq!(of_cuts[4], count(&|v| v > 1.0, once));
        }
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
