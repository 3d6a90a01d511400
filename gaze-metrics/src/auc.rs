//! Area under the ROC curve.

use gaze_core::{Fixations, SaliencyMap, Score};

use crate::{
    MetricError,
    error::check_fixations,
    rank::{Level, Levels},
    roc::{Point, trapezoids},
};

/// Computes the exact area under the ROC curve with all pixels as nonfixations.
///
/// ```text
///         1    n
/// AUC  = ――――  ∑  #{ S < S(xᵢ, yᵢ) } + ½ #{ S = S(xᵢ, yᵢ) }        # counts pixels of the whole map
///        n·p  i=1
/// ```
///
/// with `n` fixations and `p` pixels: the probability that a fixation scores higher than a random pixel, where a tie
/// counts half. It is computed by counting, without thresholds, sampling or interpolation, and depends on the order
/// of the scores only.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `map` | `(height, width)`, of `f64` or `f32` | any |
/// | `fixations` | `n ≥ 1` points; repeats count | pixels |
/// | result | scalar in 0 ..= 1, higher is better, chance is ½ | probability |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
///
/// # Degenerate input
///
/// A constant map gives ½.
///
/// # Reference
///
/// pysaliency's `AUC` with `nonfixations="uniform"`, which the MIT/Tübingen benchmark calls AUC; the fixated pixels
/// are among the nonfixations. It is the Mann-Whitney statistic; see Kümmerer, Wallis & Bethge (2018), ECCV,
/// doi:10.1007/978-3-030-01270-0_47.
pub fn auc<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Result<f64, MetricError> {
    auc_variant(map, fixations, AucVariant::Uniform)
}

/// Computes the area under the ROC curve of each fixation by itself, in the order of the fixations: their mean is [`auc`].
///
/// The pixels are counted once for all fixations. Shapes, units and range are those of [`auc`].
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
///
/// # Degenerate input
///
/// A constant map gives ½ for each.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, SaliencyMap};
/// use gaze_metrics::aucs;
/// use ndarray::array;
///
/// let map = SaliencyMap::new(array![[0.0, 1.0, 2.0, 3.0]])?;
/// let points = vec![Fixation { x: 3.5, y: 0.5 }, Fixation { x: 0.5, y: 0.5 }];
/// assert_eq!(aucs(&map, &Fixations::new(map.size(), points)?)?, [3.5 / 4.0, 0.5 / 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aucs<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Result<Vec<f64>, MetricError> {
    check_fixations(map.size(), fixations)?;
    let levels = Levels::count(map, fixations);
    let mut below = 0;
    let mut areas = Vec::with_capacity(levels.levels.len());
    for level in &levels.levels {
        below += level.between;
        areas.push((2 * below + level.pixels) as f64 / (2.0 * levels.pixels as f64));
        below += level.pixels;
    }
    let values = map.values();
    let area = |value: f64| {
        let found = levels.levels.binary_search_by(|level| level.value.total_cmp(&value));
        areas[found.expect("every fixated value is a level")]
    };
    // −0 and 0 are one level.
    Ok(fixations.pixels().iter().map(|pixel| area(values[[pixel.row, pixel.column]].into() + 0.0)).collect())
}

/// The pixels that are compared with the fixations, and how they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AucVariant {
    /// Fixations as a multiset against all pixels: pysaliency's `AUC` with `nonfixations="uniform"`, profile
    /// `tuebingen`. See [`auc`].
    Uniform,
    /// Fixations as a multiset against the pixels never fixated: `nonfixations="unfixated"`.
    Unfixated,
    /// The same as `Uniform`, but the curve has points at the fixated values only and straight lines between: what
    /// pysaliency's `AUC_Judd` would give with all pixels as nonfixations.
    UniformAtFixations,
    /// Fixated pixels, each once, against all pixels.
    BinaryVsAll,
    /// Fixated pixels, each once, against all others: what `roc_auc_score` of scikit-learn gives for a binary
    /// fixation map.
    BinaryVsRest,
}

/// Computes the area under the ROC curve in one of the ways in use.
///
/// Shapes, units and range are those of [`auc`].
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], and [`MetricError::AllFixated`] if the variant needs
/// pixels that were never fixated and there are none.
///
/// # Degenerate input
///
/// A constant map gives ½.
pub fn auc_variant<T: Score>(
    map: &SaliencyMap<'_, T>,
    fixations: &Fixations,
    variant: AucVariant,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    from_levels(&Levels::count(map, fixations), variant)
}

pub(crate) fn from_levels(levels: &Levels, variant: AucVariant) -> Result<f64, MetricError> {
    let (all, unfixated) = (levels.pixels, levels.pixels - levels.fixated_pixels);
    let on_all = |level: &Level| level.pixels;
    let on_unfixated = |level: &Level| level.pixels - level.fixated_pixels;
    let fixations = |level: &Level| level.fixations;
    let fixated_pixels = |level: &Level| level.fixated_pixels;
    if unfixated == 0 && matches!(variant, AucVariant::Unfixated | AucVariant::BinaryVsRest) {
        return Err(MetricError::AllFixated);
    }
    Ok(match variant {
        AucVariant::Uniform => ranked(levels, fixations, levels.fixations, on_all, all),
        AucVariant::Unfixated => ranked(levels, fixations, levels.fixations, on_unfixated, unfixated),
        AucVariant::BinaryVsAll => ranked(levels, fixated_pixels, levels.fixated_pixels, on_all, all),
        AucVariant::BinaryVsRest => ranked(levels, fixated_pixels, levels.fixated_pixels, on_unfixated, unfixated),
        AucVariant::UniformAtFixations => at_levels(levels, fixations, levels.fixations, on_all, all),
    })
}

/// The formula of [`auc`] with the given weights. Twice the sum is a whole number, so nothing is rounded before the
/// division.
pub(crate) fn ranked(
    levels: &Levels,
    positives: impl Fn(&Level) -> u64,
    all_positives: u64,
    negatives: impl Fn(&Level) -> u64,
    all_negatives: u64,
) -> f64 {
    let mut below = 0;
    let mut doubled: u128 = 0;
    for level in &levels.levels {
        below += level.between;
        let on = negatives(level);
        doubled += u128::from(positives(level)) * u128::from(2 * below + on);
        below += on;
    }
    doubled as f64 / (2.0 * all_positives as f64 * all_negatives as f64)
}

/// The area under the curve through one point per fixated value.
pub(crate) fn at_levels(
    levels: &Levels,
    positives: impl Fn(&Level) -> u64,
    all_positives: u64,
    negatives: impl Fn(&Level) -> u64,
    all_negatives: u64,
) -> f64 {
    let (mut false_positives, mut true_positives) = (levels.above, 0);
    let points = levels.levels.iter().rev().map(|level| {
        false_positives += negatives(level);
        true_positives += positives(level);
        let point = Point { false_positives, true_positives };
        false_positives += level.between;
        point
    });
    trapezoids(points, all_negatives, all_positives)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    /// One rounding of a quotient of whole numbers.
    const ROUNDING: f64 = 1e-15;

    fn fixations(size: Size, points: &[(usize, usize)]) -> Fixations {
        let points = points.iter().map(|&(row, column)| Fixation { x: column as f64 + 0.5, y: row as f64 });
        Fixations::new(size, points.collect()).unwrap()
    }

    /// The formula as it is printed.
    fn naive(map: &SaliencyMap<'_>, fixations: &Fixations) -> f64 {
        let values = map.values();
        let score = |fixated: f64, value: f64| match fixated.partial_cmp(&value).unwrap() {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let at = fixations.pixels().iter().map(|p| values[[p.row, p.column]]);
        let sum: f64 = at.map(|fixated| values.iter().map(|&value| score(fixated, value)).sum::<f64>()).sum();
        sum / (fixations.len() * values.len()) as f64
    }

    #[track_caller]
    fn check(map: Array2<f64>, points: &[(usize, usize)], expected: f64) {
        let map = SaliencyMap::new(map).unwrap();
        let found = auc(&map, &fixations(map.size(), points)).unwrap();
        assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
    }

    #[test]
    fn the_only_peak_beats_all_but_itself() {
        check(array![[0.0, 1.0, 2.0, 3.0]], &[(0, 3)], 3.5 / 4.0);
        check(array![[0.0, 1.0, 2.0, 3.0]], &[(0, 0)], 0.5 / 4.0);
    }

    #[test]
    fn a_constant_map_is_chance() {
        check(Array2::from_elem((3, 5), 0.1), &[(0, 0), (2, 4)], 0.5);
    }

    #[test]
    fn repeated_fixations_count() {
        check(array![[0.0, 1.0]], &[(0, 1), (0, 1), (0, 0)], (0.75 + 0.75 + 0.25) / 3.0);
    }

    #[test]
    fn zero_has_no_sign() {
        check(array![[0.0, -0.0, 1.0, -1.0]], &[(0, 0), (0, 1)], 0.5);
    }

    #[test]
    fn no_value_without_fixations_or_with_another_size() {
        let map = SaliencyMap::new(array![[0.0, 1.0]]).unwrap();
        assert_eq!(auc(&map, &fixations(map.size(), &[])), Err(MetricError::NoFixations));
        let error = auc(&map, &fixations(Size { height: 2, width: 1 }, &[(0, 0)])).unwrap_err();
        assert_eq!(error.to_string(), "the prediction is 1x2, the fixations' image is 2x1 (height x width)");
    }

    fn case() -> impl Strategy<Value = (SaliencyMap<'static>, Fixations)> {
        (1usize..8, 1usize..8).prop_flat_map(|(height, width)| {
            let values = prop::collection::vec((-4i32..5).prop_map(f64::from), height * width);
            let points = prop::collection::vec((0..height, 0..width), 1..12);
            (values, points).prop_map(move |(values, points)| {
                let map = SaliencyMap::new(Array2::from_shape_vec((height, width), values).unwrap()).unwrap();
                let fixations = fixations(map.size(), &points);
                (map, fixations)
            })
        })
    }

    proptest! {
        #[test]
        fn counting_equals_comparing_all_pairs((map, fixations) in case()) {
            prop_assert!((auc(&map, &fixations).unwrap() - naive(&map, &fixations)).abs() < ROUNDING);
        }

        #[test]
        fn each_fixation_has_the_area_it_has_alone((map, fixations) in case()) {
            let alone = |&point: &Fixation| auc(&map, &Fixations::new(map.size(), vec![point]).unwrap()).unwrap();
            let expected: Vec<f64> = fixations.points().iter().map(alone).collect();
            prop_assert_eq!(aucs(&map, &fixations).unwrap(), expected);
        }

        #[test]
        fn increasing_functions_change_nothing((map, fixations) in case()) {
            let other = SaliencyMap::new(map.values().mapv(|v| (0.3 * v).exp() - 7.0)).unwrap();
            prop_assert_eq!(auc(&map, &fixations), auc(&other, &fixations));
        }

        #[test]
        fn the_negative_map_has_the_complement((map, fixations) in case()) {
            let negative = SaliencyMap::new(map.values().mapv(|v| -v)).unwrap();
            let sum = auc(&map, &fixations).unwrap() + auc(&negative, &fixations).unwrap();
            prop_assert!((sum - 1.0).abs() < 4.0 * ROUNDING);
        }
    }
}
