//! AUC-Judd: the ROC curve through the fixated values, against the pixels that were not fixated.

use gaze_core::{Fixations, SaliencyMap};
use rand::Rng;

use crate::{
    MetricError,
    auc::{at_levels, ranked},
    error::check_fixations,
    rank::{Level, Levels},
    roc::{Point, trapezoids},
};

/// Computes AUC-Judd: the exact expectation of the MIT benchmark's score under its jitter.
///
/// The benchmark's curve has one point per fixated pixel, sorted by score, with `i / U` of the fixated and the share
/// of the other pixels above. Tied scores would make it run backwards, so the benchmark adds random noise to the map.
/// As the noise vanishes, the mean over all of it is
///
/// ```text
///          1   ∑   #{ f > x } + ½ #{ f = x }      r
/// AUC  =  ―――      ―――――――――――――――――――――――――  +  ―――      x: scores of the N pixels that are not fixated
///          N   x               U                  2U      f: scores of the U pixels that are
/// ```
///
/// where `r` is the mean over `x` of 1 above the lowest fixated score, `m / (m + 1)` on it (`m` pixels have it) and 0
/// below. It is computed by counting; no number is drawn.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `map` | `(height, width)` | any |
/// | `fixations` | `n ≥ 1` points; a pixel counts once | pixels |
/// | result | scalar in 0 ..= 1, higher is better; chance is ½ + 1/(2U) or a little less | probability |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], [`MetricError::AllFixated`].
///
/// # Degenerate input
///
/// A constant map gives `½ + 1 / (2(U + 1))`. One fixation never scores below ½.
///
/// # Reference
///
/// Judd, Ehinger, Durand & Torralba (2009), ICCV, doi:10.1109/ICCV.2009.5459462; `AUC_Judd.m` of the MIT benchmark with
/// `jitter = 1`, whose noise of 1e-7 also reorders scores that differ by less: there, maps of tiny values lose.
pub fn auc_judd(map: &SaliencyMap<'_>, fixations: &Fixations) -> Result<f64, MetricError> {
    auc_judd_variant(map, fixations, JuddVariant::Expected)
}

/// The variants of AUC-Judd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JuddVariant {
    /// The expectation under jitter, profile `mit`. See [`auc_judd`].
    Expected,
    /// The MIT benchmark's code with `jitter = 0`. Tied fixations make the curve run backwards, which costs up to 0.2
    /// on maps of few levels; a constant map is [`MetricError::ConstantPrediction`].
    WithoutJitter,
    /// The variant of pysaliency's `AUC_Judd` without jitter: fixations as a multiset, ties on one point of the curve.
    Multiset,
    /// UNISAL's: a pixel counts once, and every point of the curve is rounded to four decimals.
    Rounded,
}

/// Computes AUC-Judd in one of the ways in use.
///
/// # Errors
///
/// Those of [`auc_judd`], and [`MetricError::ConstantPrediction`] where [`JuddVariant`] says so.
pub fn auc_judd_variant(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    variant: JuddVariant,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    from_levels(&Levels::count(map, fixations), variant)
}

pub(crate) fn from_levels(levels: &Levels, variant: JuddVariant) -> Result<f64, MetricError> {
    let negatives = levels.pixels - levels.fixated_pixels;
    if negatives == 0 {
        return Err(MetricError::AllFixated);
    }
    let on_unfixated = |level: &Level| level.pixels - level.fixated_pixels;
    let constant = matches!(levels.levels[..], [level] if level.pixels == levels.pixels);
    match variant {
        JuddVariant::Expected => Ok(expected(levels, negatives)),
        JuddVariant::WithoutJitter | JuddVariant::Rounded if constant => Err(MetricError::ConstantPrediction),
        JuddVariant::WithoutJitter => Ok(without_jitter(levels, negatives)),
        JuddVariant::Multiset => {
            Ok(at_levels(levels, |level| level.fixations, levels.fixations, on_unfixated, negatives))
        }
        JuddVariant::Rounded => Ok(rounded(levels, negatives)),
    }
}

fn expected(levels: &Levels, negatives: u64) -> f64 {
    let fixated = levels.fixated_pixels;
    let lowest = levels.levels[0];
    let ties = lowest.pixels - lowest.fixated_pixels;
    let above = negatives - lowest.between - ties;
    let m = lowest.fixated_pixels as f64;
    let r = (above as f64 + ties as f64 * m / (m + 1.0)) / negatives as f64;
    let on_unfixated = |level: &Level| level.pixels - level.fixated_pixels;
    let exact = ranked(levels, |level| level.fixated_pixels, fixated, on_unfixated, negatives);
    exact + r / (2.0 * fixated as f64)
}

fn without_jitter(levels: &Levels, negatives: u64) -> f64 {
    let mut at_or_above = levels.above;
    let mut points = Vec::new();
    let mut rank = 0;
    for level in levels.levels.iter().rev() {
        at_or_above += level.pixels;
        for _ in 0..level.fixated_pixels {
            rank += 1;
            points.push(Point { false_positives: at_or_above - rank, true_positives: rank });
        }
        at_or_above += level.between;
    }
    trapezoids(points, negatives, levels.fixated_pixels)
}

fn rounded(levels: &Levels, negatives: u64) -> f64 {
    let share = |count: u64, of: u64| (count as f64 / of as f64 * 1e4).round() / 1e4;
    let (mut at_or_above, mut fixated, mut last, mut area) = (levels.above, 0, (0.0, 0.0), 0.0);
    let mut add = |point: (f64, f64)| {
        area += (point.0 - last.0) * (point.1 + last.1) / 2.0;
        last = point;
    };
    for level in levels.levels.iter().rev() {
        at_or_above += level.pixels;
        fixated += level.fixated_pixels;
        add((share(at_or_above - fixated, negatives), share(fixated, levels.fixated_pixels)));
        at_or_above += level.between;
    }
    add((1.0, 1.0));
    area
}

/// Computes AUC-Judd with random jitter, as the MIT benchmark does: uniform noise of up to 1e-7 is added to the map
/// before it is scored. Its mean over many calls is near [`auc_judd`], which is exact.
///
/// # Errors
///
/// Those of [`auc_judd`].
pub fn auc_judd_sampled(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    random: &mut impl Rng,
) -> Result<f64, MetricError> {
    use rand::RngExt as _;
    const JITTER: f64 = 1e-7;
    check_fixations(map.size(), fixations)?;
    let noisy = map.values().mapv(|value| value + JITTER * random.random::<f64>());
    let noisy = SaliencyMap::new(noisy).expect("a finite value plus a small one is finite, or the value itself");
    from_levels(&Levels::count(&noisy, fixations), JuddVariant::WithoutJitter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::{Array2, array};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn fixations(size: Size, points: &[(usize, usize)]) -> Fixations {
        let points = points.iter().map(|&(row, column)| Fixation { x: column as f64 + 0.5, y: row as f64 });
        Fixations::new(size, points.collect()).unwrap()
    }

    #[test]
    fn the_expectation_is_the_mean_of_many_jitters() {
        let map = SaliencyMap::new(array![[0.0, 1.0, 1.0, 2.0], [2.0, 2.0, 1.0, 0.0], [3.0, 1.0, 0.0, 2.0]]).unwrap();
        let fixations = fixations(map.size(), &[(0, 1), (0, 3), (1, 0), (1, 2)]);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let values: Vec<f64> = (0..4000).map(|_| auc_judd_sampled(&map, &fixations, &mut random).unwrap()).collect();
        let mean = values.iter().sum::<f64>() / 4000.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 3999.0).sqrt();
        let expected = auc_judd(&map, &fixations).unwrap();
        assert!((mean - expected).abs() < 5.0 * deviation / 4000f64.sqrt(), "{mean} {expected}");
        // The standard error is small enough for the test to mean something.
        assert!(deviation / 4000f64.sqrt() < 0.002);
    }

    #[test]
    fn without_ties_jitter_changes_nothing() {
        let map = SaliencyMap::new(Array2::from_shape_fn((5, 7), |(y, x)| ((y * 7 + x) * 11 % 35) as f64)).unwrap();
        let fixations = fixations(map.size(), &[(0, 1), (4, 3), (1, 0), (1, 2)]);
        let expected = auc_judd(&map, &fixations).unwrap();
        let without = auc_judd_variant(&map, &fixations, JuddVariant::WithoutJitter).unwrap();
        assert!((expected - without).abs() < 1e-15);
    }

    #[test]
    fn one_fixation_never_scores_below_a_half() {
        let map = SaliencyMap::new(array![[0.0, 1.0, 2.0, 3.0]]).unwrap();
        for column in 0..4 {
            assert!(auc_judd(&map, &fixations(map.size(), &[(0, column)])).unwrap() >= 0.5);
        }
    }

    #[test]
    fn a_constant_map_has_a_value_only_where_the_definition_has() {
        let map = SaliencyMap::new(Array2::from_elem((2, 3), 0.3)).unwrap();
        let fixations = fixations(map.size(), &[(0, 0), (1, 1)]);
        let value = |variant| auc_judd_variant(&map, &fixations, variant);
        assert!((value(JuddVariant::Expected).unwrap() - (0.5 + 1.0 / 6.0)).abs() < 1e-15);
        assert_eq!(value(JuddVariant::Multiset), Ok(0.5));
        assert_eq!(value(JuddVariant::WithoutJitter), Err(MetricError::ConstantPrediction));
        assert_eq!(value(JuddVariant::Rounded), Err(MetricError::ConstantPrediction));
    }

    #[test]
    fn with_every_pixel_fixated_there_is_no_curve() {
        let map = SaliencyMap::new(array![[0.0, 1.0]]).unwrap();
        let error = auc_judd(&map, &fixations(map.size(), &[(0, 0), (0, 1)])).unwrap_err();
        assert_eq!(error.to_string(), "every pixel is fixated");
    }
}
