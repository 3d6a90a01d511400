//! AUC-Borji: fixated pixels against random ones, on a grid of eleven thresholds.

use gaze_core::{Fixations, SaliencyMap, Score, Summary};
use rand::{Rng, RngExt};

use crate::{MetricError, count::count_between, error::check_fixations};

/// Random splits of the MIT benchmark's `AUC_Borji.m` and `AUC_shuffled.m`.
pub const BORJI_SPLITS: usize = 100;

const STEPS: usize = 10;

/// The thresholds 0, 0.1, … 1 of a map scaled to 0 ..= 1, as scores of the map itself: a score reaches a threshold if it
/// is at least the cut, so no score need be scaled.
pub(crate) struct Thresholds {
    pub(crate) cuts: Vec<f64>,
}

/// The number of values that reach each threshold and no higher one, and the number of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    highest: [u64; STEPS + 1],
    total: u64,
}

impl Thresholds {
    /// Fails for a constant map, which cannot be scaled.
    pub(crate) fn of(map: &SaliencyMap<'_>) -> Result<Self, MetricError> {
        let Summary { lowest, highest, .. } = map.summary();
        if lowest < highest { Ok(Self::between(lowest, highest)) } else { Err(MetricError::ConstantPrediction) }
    }

    fn between(low: f64, high: f64) -> Self {
        // Thresholds are products of 0.1, which is not a tenth: 3 · 0.1 is above 0.3.
        let cuts = (0..=STEPS).map(|step| first_score(low, high, step as f64 * 0.1));
        Self { cuts: cuts.collect() }
    }
}

/// The smallest number from `low` to `high` that, scaled to 0 ..= 1 as the benchmark does it, reaches the threshold.
fn first_score(low: f64, high: f64, threshold: f64) -> f64 {
    // Halving both keeps a range that would overflow finite, and changes nothing else.
    let range = high / 2.0 - low / 2.0;
    let reaches = |score: f64| (score / 2.0 - low / 2.0) / range >= threshold;
    // The order of floating-point numbers is that of their bits, read as sign and magnitude.
    let ordinal = |x: f64| {
        let bits = x.to_bits().cast_signed();
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    let number = |n: i64| f64::from_bits((if n < 0 { i64::MIN.wrapping_sub(n) } else { n }).cast_unsigned());
    let (mut below, mut reached) = (ordinal(low), ordinal(high));
    if reaches(low) {
        return low;
    }
    while reached.abs_diff(below) > 1 {
        let middle = below.midpoint(reached);
        if reaches(number(middle)) { reached = middle } else { below = middle }
    }
    number(reached)
}

impl Reached {
    pub(crate) fn count(thresholds: &Thresholds, values: impl IntoIterator<Item = (f64, u64)>) -> Self {
        let mut reached = Self::default();
        for (value, weight) in values {
            // The lowest cut is the map's minimum, which every score reaches.
            let cuts = thresholds.cuts.partition_point(|&cut| cut <= value).max(1);
            reached.highest[cuts - 1] += weight;
            reached.total += weight;
        }
        reached
    }

    /// The same for all scores of a map, each once.
    fn count_all(thresholds: &Thresholds, map: &SaliencyMap<'_>) -> Self {
        Self::from_counts(&count_between(map, &thresholds.cuts), map.size().pixels())
    }

    /// Computes it from the numbers of scores below, on and between the cuts.
    fn from_counts(counts: &[u64], pixels: usize) -> Self {
        let highest = std::array::from_fn(|step| counts[2 * step + 1] + counts[2 * step + 2]);
        Self { highest, total: pixels as u64 }
    }

    /// The area under the curve of these positives against the given negatives.
    pub(crate) fn area(&self, negatives: &Self) -> f64 {
        use crate::roc::{Point, trapezoids};
        let (mut false_positives, mut true_positives) = (0, 0);
        let points = (0..=STEPS).rev().map(|index| {
            false_positives += negatives.highest[index];
            true_positives += self.highest[index];
            Point { false_positives, true_positives }
        });
        trapezoids(points, negatives.total, self.total)
    }
}

/// The scores of the fixated pixels, each once.
pub(crate) fn fixated_values<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Vec<f64> {
    let mut pixels = fixations.pixels().to_vec();
    pixels.sort_unstable();
    pixels.dedup();
    pixels.iter().map(|pixel| map.values()[[pixel.row, pixel.column]].into()).collect()
}

/// Computes AUC-Borji: the exact expectation of the MIT benchmark's score over its random splits.
///
/// The map is scaled to 0 ..= 1. At each threshold 0, 0.1, … 1 the curve has the share of the fixated pixels and the
/// share of *all* pixels that reach it. The benchmark draws as many random pixels as there are fixated ones, a
/// hundred times; the area is linear in their share, so its expectation is that with the share of all pixels.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `map` | `(height, width)` | any |
/// | `fixations` | `n ≥ 1` points; a pixel counts once | pixels |
/// | result | scalar in 0 ..= 1, higher is better, chance is ½ | probability |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], [`MetricError::ConstantPrediction`].
///
/// # Degenerate input
///
/// Ten steps are coarse: a map with a few high peaks loses up to 0.2 against [`auc`](crate::auc). One fixation has a
/// value here; the MATLAB code gives NaN for it.
///
/// # Reference
///
/// Borji, Tavakoli, Sihite & Itti (2013), ICCV, doi:10.1109/ICCV.2013.118; `AUC_Borji.m` of the MIT benchmark with
/// `stepSize = 0.1`.
pub fn auc_borji(map: &SaliencyMap<'_>, fixations: &Fixations) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    let thresholds = Thresholds::of(map)?;
    let negatives = Reached::count_all(&thresholds, map);
    Ok(against(map, fixations, &thresholds, &negatives))
}

/// The area against so many values, of which these numbers lie below, on and between the thresholds.
pub(crate) fn from_counts(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    thresholds: &Thresholds,
    counts: &[u64],
    values: usize,
) -> f64 {
    against(map, fixations, thresholds, &Reached::from_counts(counts, values))
}

fn against(map: &SaliencyMap<'_>, fixations: &Fixations, thresholds: &Thresholds, negatives: &Reached) -> f64 {
    Reached::count(thresholds, fixated_values(map, fixations).into_iter().map(|value| (value, 1))).area(negatives)
}

/// Computes AUC-Borji with random splits, as the MIT benchmark does (see [`BORJI_SPLITS`]): the mean over `splits` of
/// the area against as many random pixels as there are fixated ones, drawn with replacement.
///
/// # Errors
///
/// Those of [`auc_borji`]. `splits` of 0 is taken as 1.
pub fn auc_borji_sampled(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    splits: usize,
    random: &mut impl Rng,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    let thresholds = Thresholds::of(map)?;
    let fixated = fixated_values(map, fixations);
    let positives = Reached::count(&thresholds, fixated.iter().map(|&value| (value, 1)));
    let values = map.as_slice();
    let splits = splits.max(1);
    let areas = (0..splits).map(|_| {
        let drawn = (0..fixated.len()).map(|_| (values[random.random_range(0..values.len())], 1));
        positives.area(&Reached::count(&thresholds, drawn))
    });
    Ok(areas.sum::<f64>() / splits as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::{Array2, array};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn fixations(size: Size, points: &[(f64, f64)]) -> Fixations {
        Fixations::new(size, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn a_score_reaches_the_thresholds_up_to_it() {
        let thresholds = Thresholds::between(0.0, 1.0);
        let highest = |value: f64| {
            let reached = Reached::count(&thresholds, [(value, 1)]);
            let map = SaliencyMap::new(Array2::from_elem((1, 1), value)).unwrap();
            assert_eq!(reached, Reached::count_all(&thresholds, &map));
            reached.highest.iter().position(|&count| count > 0).unwrap()
        };
        for step in 1..=STEPS {
            let threshold = step as f64 * 0.1;
            assert_eq!((highest(threshold), highest(threshold.next_down())), (step, step - 1));
        }
        // 0.3 is below 3 · 0.1 in 64 bits.
        assert_eq!((highest(0.3), highest(0.0)), (2, 0));
    }

    #[test]
    fn cuts_are_where_the_scaled_score_reaches_the_threshold() {
        for (low, high) in [(-3.0, 0.7), (1e-300, 2e-300), (f64::MIN, f64::MAX), (0.0, 5e-324), (1.0, 1f64.next_up())] {
            for (step, &cut) in Thresholds::between(low, high).cuts.iter().enumerate() {
                let reaches = |score: f64| (score / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) >= step as f64 * 0.1;
                let halved_to_nothing = high - low < f64::MIN_POSITIVE;
                assert!((low..=high).contains(&cut) && (reaches(cut) || halved_to_nothing), "{low} {high} {step}");
                assert!(cut <= low || !reaches(cut.next_down()) || halved_to_nothing, "{low} {high} {step}");
            }
        }
    }

    #[test]
    fn the_expectation_is_the_mean_of_many_splits() {
        let map = SaliencyMap::new(Array2::from_shape_fn((20, 30), |(y, x)| ((y * x) % 17) as f64)).unwrap();
        let fixations = fixations(map.size(), &[(3.0, 4.0), (20.0, 10.0), (29.0, 19.0), (7.0, 7.0)]);
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let values: Vec<f64> =
            (0..300).map(|_| auc_borji_sampled(&map, &fixations, 20, &mut random).unwrap()).collect();
        let mean = values.iter().sum::<f64>() / 300.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 299.0).sqrt();
        let expected = auc_borji(&map, &fixations).unwrap();
        assert!((mean - expected).abs() < 5.0 * deviation / 300f64.sqrt(), "{mean} {expected}");
    }

    #[test]
    fn a_pixel_counts_once_and_a_constant_map_has_no_value() {
        let map = SaliencyMap::new(array![[0.0, 0.4, 1.0]]).unwrap();
        let (once, twice) = (
            fixations(map.size(), &[(2.0, 0.0), (0.0, 0.0)]),
            fixations(map.size(), &[(2.0, 0.0), (2.5, 0.5), (0.0, 0.0)]),
        );
        assert_eq!(auc_borji(&map, &once), auc_borji(&map, &twice));
        let constant = SaliencyMap::new(array![[2.0, 2.0, 2.0]]).unwrap();
        assert_eq!(auc_borji(&constant, &once), Err(MetricError::ConstantPrediction));
        assert!(auc_borji(&map, &fixations(map.size(), &[(2.0, 0.0)])).is_ok());
    }
}
