//! Normalised scanpath saliency.

use gaze_core::{Fixations, SaliencyMap, Score};

use crate::{
    MetricError,
    auc_borji::fixated_values,
    error::check_fixations,
    values::{is_safe, rescaled},
};

/// Computes the normalised scanpath saliency: the mean of the standardised scores at the fixations.
///
/// ```text
///         1   n   S(xᵢ, yᵢ) − μ
/// NSS  =  ―   ∑   ―――――――――――――      μ, σ: mean and standard deviation of S over all pixels (divisor p, not p − 1)
///         n  i=1        σ
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `map` | `(height, width)`, of `f64` or `f32` | any |
/// | `fixations` | `n ≥ 1` points; repeats count | pixels |
/// | result | scalar, higher is better, chance is 0 | standard deviations |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
///
/// # Degenerate input
///
/// A constant map (`max == min`) gives 0, as in pysaliency; unlike there, rounding of the mean does not turn it
/// into ±1.
///
/// # Reference
///
/// Peters, Iyer, Itti & Koch (2005), Vision Research 45(18), doi:10.1016/j.visres.2005.03.019. Same value as
/// pysaliency's `NSS`; the MIT benchmark's MATLAB code counts a pixel once and divides by p − 1.
pub fn nss<T: Score>(map: &SaliencyMap<'_, T>, fixations: &Fixations) -> Result<f64, MetricError> {
    nss_variant(map, fixations, NssVariant::Multiset)
}

/// The variants of NSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NssVariant {
    /// Repeats count, divisor p; profile `tuebingen`. See [`nss`].
    Multiset,
    /// A pixel counts once, divisor p − 1; profile `mit`, the MIT benchmark's `NSS.m`.
    Mit,
    /// A pixel counts once, divisor p.
    Binary,
    /// Repeats count, divisor p − 1.
    MultisetSampleDeviation,
}

/// Computes NSS in one of the ways in use.
///
/// # Errors
///
/// Those of [`nss`]; and, but for [`NssVariant::Multiset`], [`MetricError::ConstantPrediction`] for a constant map.
pub fn nss_variant<T: Score>(
    map: &SaliencyMap<'_, T>,
    fixations: &Fixations,
    variant: NssVariant,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    if map.summary().is_constant() {
        return if variant == NssVariant::Multiset { Ok(0.0) } else { Err(MetricError::ConstantPrediction) };
    }
    let (mean, squares) = (map.mean(), map.summary().squared_deviations);
    if !is_safe(squares)
        && let Some(map) = rescaled(map)
    {
        return nss_variant(&map, fixations, variant);
    }
    let pixels = map.size().pixels() as f64;
    let (once, divisor) = match variant {
        NssVariant::Multiset => (false, pixels),
        NssVariant::MultisetSampleDeviation => (false, pixels - 1.0),
        NssVariant::Binary => (true, pixels),
        NssVariant::Mit => (true, pixels - 1.0),
    };
    let scores = if once {
        fixated_values(map, fixations)
    } else {
        fixations.pixels().iter().map(|p| map.values()[[p.row, p.column]].into()).collect()
    };
    let fixated = scores.iter().map(|score| score - mean).sum::<f64>() / scores.len() as f64;
    Ok(fixated / (squares / divisor).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::{Array2, array};
    use ndarray_stats::SummaryStatisticsExt;
    use proptest::prelude::*;

    fn fixations(size: Size, points: &[(f64, f64)]) -> Fixations {
        Fixations::new(size, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn known_value() {
        // Mean 1, deviations −1 and 1.
        let map = SaliencyMap::new(array![[0.0, 2.0], [0.0, 2.0]]).unwrap();
        let found = nss(&map, &fixations(map.size(), &[(1.0, 0.0), (1.0, 0.0), (0.0, 1.0)])).unwrap();
        assert!((found - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn constant_maps_score_zero_whatever_rounding_does() {
        // pysaliency: 1.0, 1.0 and −1.0, because the mean of equal numbers is not that number.
        for (value, height, width) in [(0.1, 768, 1024), (0.3, 40, 40), (0.7, 768, 1024)] {
            let map = SaliencyMap::new(Array2::from_elem((height, width), value)).unwrap();
            assert!(nss(&map, &fixations(map.size(), &[(3.0, 3.0)])).unwrap().abs() < f64::MIN_POSITIVE);
        }
    }

    #[test]
    fn huge_and_tiny_maps_score_as_others_do() {
        let map = SaliencyMap::new(array![[0.0, 2.0, -1.0], [0.5, 2.0, 3.0]]).unwrap();
        let fixations = fixations(map.size(), &[(1.0, 0.0), (2.0, 1.0)]);
        let expected = nss(&map, &fixations).unwrap();
        for scale in [1e-300, 1e-160, 1e150, 1e160, 3e307] {
            let scaled = SaliencyMap::new(map.values().mapv(|value| value * scale)).unwrap();
            assert!((nss(&scaled, &fixations).unwrap() - expected).abs() < 1e-12, "{scale}");
        }
    }

    #[test]
    fn no_value_without_fixations() {
        let map = SaliencyMap::new(array![[0.0, 1.0]]).unwrap();
        assert_eq!(nss(&map, &fixations(map.size(), &[])), Err(MetricError::NoFixations));
    }

    proptest! {
        #[test]
        fn the_deviation_is_that_of_ndarray_stats(values in prop::collection::vec(-3.0f64..3.0, 12)) {
            let values = Array2::from_shape_vec((3, 4), values).unwrap();
            let fixations = fixations(Size { height: 3, width: 4 }, &[(1.0, 2.0)]);
            let deviation = values.central_moment(2).unwrap().sqrt();
            prop_assume!(deviation > 0.1);
            let expected = (values[[2, 1]] - values.mean().unwrap()) / deviation;
            let found = nss(&SaliencyMap::view(values.view()).unwrap(), &fixations).unwrap();
            prop_assert!((found - expected).abs() < 1e-13);
        }

        #[test]
        fn scale_and_offset_change_nothing(
            values in prop::collection::vec(-3.0f64..3.0, 12),
            scale in 0.01f64..100.0,
            offset in -10.0f64..10.0,
        ) {
            let map = SaliencyMap::new(Array2::from_shape_vec((3, 4), values).unwrap()).unwrap();
            let other = SaliencyMap::new(map.values().mapv(|v| scale * v + offset)).unwrap();
            let fixations = fixations(map.size(), &[(0.0, 0.0), (3.9, 2.9)]);
            let difference = nss(&map, &fixations).unwrap() - nss(&other, &fixations).unwrap();
            // Adding an offset of 10 to values of 0.01 costs up to five digits of sixteen.
            prop_assert!(difference.abs() < 1e-9);
        }
    }
}
