//! How the pixels of a map stand relative to its fixated values: the one count that every AUC is made of.

use gaze_core::{Fixations, SaliencyMap};

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
    pub(crate) fn count(map: &SaliencyMap, fixations: &Fixations) -> Self {
        let values = crate::distribution::contiguous(map);
        let width = map.size().width;
        let mut fixated: Vec<(f64, usize)> = fixations
            .pixels()
            .iter()
            .map(|pixel| pixel.row * width + pixel.column)
            .map(|place| (values[place] + 0.0, place)) // −0 and 0 are one level
            .collect();
        fixated.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        #[expect(clippy::float_cmp, reason = "a tie is exact equality")]
        let mut levels: Vec<Level> = fixated
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| Level {
                value: same[0].0,
                fixations: same.len() as u64,
                fixated_pixels: same.chunk_by(|a, b| a.1 == b.1).count() as u64,
                between: 0,
                pixels: 0,
            })
            .collect();
        let above = count_pixels(values, &mut levels);
        let fixated_pixels = levels.iter().map(|level| level.fixated_pixels).sum();
        Self { levels, above, fixations: fixations.len() as u64, fixated_pixels, pixels: values.len() as u64 }
    }
}

/// Fills in the pixel counts of the levels and returns how many pixels lie above all.
///
/// A pixel's place among the levels is found by table: the range of the levels is cut into equal cells, and the table
/// says which levels lie in each. Most cells hold none, and such a pixel costs a multiplication and an increment; in
/// the others the few levels are compared one by one.
fn count_pixels(values: &[f64], levels: &mut [Level]) -> u64 {
    const CELLS: usize = 4096;
    let (low, high) = (levels[0].value, levels[levels.len() - 1].value);
    // Both ends are levels; where the range overflows or vanishes there is one cell, in which all are compared.
    let scale = CELLS as f64 / (high - low);
    let (low, scale) = if scale > 0.0 && scale.is_finite() { (low, scale) } else { (0.0, 0.0) };
    // Cell 0 is what lies below all levels. The map from values to cells never decreases, so a value in a lower cell
    // than a level lies below that level, whatever rounding does inside a cell.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the table by min and cast")]
    let cell = |value: f64| (((value - low) * scale + 1.0) as usize).min(CELLS + 1);

    let mut first = [0u32; CELLS + 3];
    for level in levels.iter() {
        first[cell(level.value) + 1] += 1;
    }
    for index in 1..first.len() {
        first[index] += first[index - 1];
    }
    // 2i is below level i and above level i − 1, 2i + 1 is on level i.
    let mut counts = vec![0u64; 2 * levels.len() + 1];
    for &value in values {
        let cell = cell(value);
        let (mut at, end) = (first[cell] as usize, first[cell + 1] as usize);
        let mut on = 0;
        while at < end {
            let level = levels[at].value;
            if value <= level {
                on = usize::from(value >= level);
                break;
            }
            at += 1;
        }
        counts[2 * at + on] += 1;
    }
    for (level, counts) in levels.iter_mut().zip(counts.chunks_exact(2)) {
        (level.between, level.pixels) = (counts[0], counts[1]);
    }
    counts[counts.len() - 1]
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
            assert_eq!(level.pixels, count(&|v| v >= level.value && v <= level.value), "{level:?}");
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
