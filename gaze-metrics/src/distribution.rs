//! Correlation and similarity of a saliency map and an empirical map.

use gaze_core::{SaliencyMap, numeric::sum2};

use crate::{
    MetricError,
    values::{Proportions, Scaled, check_maps, is_safe, rescaled, with_tame},
};

/// Computes Pearson's correlation coefficient between a map and the empirical map over all pixels.
///
/// | | shape | unit |
/// |---|---|---|
/// | `prediction`, `empirical` | `(height, width)` | any |
/// | result | scalar in −1 ..= 1, higher is better, chance is 0 | |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::ConstantReference`] if the empirical map is constant.
///
/// # Degenerate input
///
/// A constant prediction gives 0.
///
/// # Reference
///
/// pysaliency's `CC` and, where both are defined, the MIT benchmark's.
pub fn cc(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    check_maps(prediction, empirical)?;
    if empirical.summary().is_constant() {
        return Err(MetricError::ConstantReference);
    }
    if prediction.summary().is_constant() {
        return Ok(0.0);
    }
    let (mean_p, mean_e) = (prediction.mean(), empirical.mean());
    let (variance_p, variance_e) = (prediction.summary().squared_deviations, empirical.summary().squared_deviations);
    if !is_safe(variance_p) || !is_safe(variance_e) {
        let (p, e) = (rescaled(prediction), rescaled(empirical));
        if p.is_some() || e.is_some() {
            return cc(p.as_ref().unwrap_or(prediction), e.as_ref().unwrap_or(empirical));
        }
    }
    let covariance = sum2(prediction.as_slice(), empirical.as_slice(), |p, e| (p - mean_p) * (e - mean_e));
    Ok((covariance / (variance_p.sqrt() * variance_e.sqrt())).clamp(-1.0, 1.0))
}

/// Computes CC as the MIT benchmark's `CC.m` does: as [`cc`], but a constant prediction has no value.
///
/// # Errors
///
/// Those of [`cc`], and [`MetricError::ConstantPrediction`].
pub fn cc_mit(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    check_maps(prediction, empirical)?;
    if prediction.summary().is_constant() {
        return Err(MetricError::ConstantPrediction);
    }
    cc(prediction, empirical)
}

/// Computes the similarity of a map and the empirical map: the overlap of the two as distributions.
///
/// ```text
/// SIM  =  ∑ min(Pᵢ, Eᵢ)      both scaled to sum 1, first shifted by their minimum if that is negative
/// ```
///
/// | | shape | unit |
/// |---|---|---|
/// | `prediction`, `empirical` | `(height, width)` | any |
/// | result | scalar in 0 ..= 1, higher is better, 1 for equal maps | |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`].
///
/// # Degenerate input
///
/// A map without any mass (all zero, or constant and negative) is taken as uniform.
///
/// # Reference
///
/// Judd, Durand & Torralba (2012), MIT-CSAIL-TR-2012-001; pysaliency's `SIM`. The MIT benchmark's MATLAB code
/// subtracts the minimum in every case.
pub fn sim(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    check_maps(prediction, empirical)?;
    if let Some(value) = with_tame(prediction, empirical, sim) {
        return value;
    }
    let (p, e) = (Proportions::of(prediction), Proportions::of(empirical));
    let (prediction, empirical) = (prediction.as_slice(), empirical.as_slice());
    Ok(sum2(prediction, empirical, |prediction, empirical| smaller(p.get(prediction), e.get(empirical))))
}

/// The smaller of two numbers, as one instruction; neither is NaN.
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Computes SIM as the MIT benchmark's `similarity.m` does: both maps are scaled to 0 ..= 1 before they are scaled to
/// sum 1, so the floor of a map is lost.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::ConstantPrediction`], [`MetricError::ConstantReference`].
pub fn sim_mit(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    check_maps(prediction, empirical)?;
    if let Some(value) = with_tame(prediction, empirical, sim_mit) {
        return value;
    }
    let p = Scaled::of(prediction).ok_or(MetricError::ConstantPrediction)?;
    let e = Scaled::of(empirical).ok_or(MetricError::ConstantReference)?;
    let (prediction, empirical) = (prediction.as_slice(), empirical.as_slice());
    Ok(sum2(prediction, empirical, |prediction, empirical| smaller(p.get(prediction), e.get(empirical))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KlVariant, kl_divergence, kl_divergence_variant};
    use ndarray::{Array2, array};
    use ndarray_stats::{CorrelationExt, EntropyExt};
    use proptest::prelude::*;

    fn map(values: Array2<f64>) -> SaliencyMap<'static> {
        SaliencyMap::new(values).unwrap()
    }

    fn random_map() -> impl Strategy<Value = SaliencyMap<'static>> {
        prop::collection::vec(0.0f64..5.0, 12)
            .prop_filter("has mass", |v| v.iter().sum::<f64>() > 0.1)
            .prop_map(|v| map(Array2::from_shape_vec((3, 4), v).unwrap()))
    }

    #[test]
    fn known_values() {
        let (p, e) = (map(array![[1.0, 3.0]]), map(array![[2.0, 2.0]]));
        assert!((sim(&p, &e).unwrap() - 0.75).abs() < 1e-15);
        let expected = 0.5 * (0.5f64 / 0.25).ln() + 0.5 * (0.5f64 / 0.75).ln();
        assert!((kl_divergence(&p, &e).unwrap() - expected).abs() < 1e-14);
        assert!((cc(&p, &map(array![[0.0, -7.0]])).unwrap() + 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_constant_map_correlates_with_nothing() {
        let (constant, ramp) = (map(array![[0.1, 0.1, 0.1]]), map(array![[0.0, 1.0, 2.0]]));
        assert_eq!(cc(&constant, &ramp), Ok(0.0));
        let error = cc(&ramp, &constant).unwrap_err();
        assert_eq!(error.to_string(), "the empirical map is constant");
    }

    #[test]
    fn a_map_without_mass_is_uniform() {
        let (none, half) = (map(array![[0.0, 0.0]]), map(array![[1.0, 0.0]]));
        assert_eq!(sim(&none, &half), Ok(0.5));
        assert_eq!(sim(&map(array![[-3.0, -3.0]]), &half), Ok(0.5));
        assert!((kl_divergence(&none, &half).unwrap() - 2f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn huge_and_tiny_maps_score_as_others_do() {
        let (p, e) = (map(array![[1.0, 3.0, 2.0, 0.0]]), map(array![[2.0, 2.0, 5.0, 1.0]]));
        for scale in [1e-300, 1e-200, 1e-160, 1e150, 1e200, 2e307] {
            let scaled = map(p.values().mapv(|value| value * scale));
            for metric in [cc, cc_mit, sim, sim_mit, kl_divergence] {
                for (a, b) in [(metric(&scaled, &e), metric(&p, &e)), (metric(&e, &scaled), metric(&e, &p))] {
                    assert!((a.unwrap() - b.unwrap()).abs() < 1e-12, "{scale}");
                }
            }
        }
        let wild = map(array![[1e308, -1e308, 0.0, 1e308]]);
        for metric in [cc, cc_mit, sim, sim_mit, kl_divergence] {
            assert!(metric(&wild, &e).unwrap().is_finite());
        }
        let added = kl_divergence_variant(&wild, &e, KlVariant::Added);
        assert!(added.is_err() || added.unwrap().is_finite());
    }

    #[test]
    fn shares_below_the_normal_numbers_have_logarithms() {
        let added = kl_divergence_variant(&map(array![[0.0, 1e300]]), &map(array![[1e300, 0.0]]), KlVariant::Added);
        // The number nearest to 1e-320 has four digits.
        assert!((added.unwrap() - 320.0 * 10f64.ln()).abs() < 1e-3);
    }

    #[test]
    fn only_negative_maps_are_shifted() {
        let e = map(array![[1.0, 3.0]]);
        assert!((sim(&map(array![[-1.0, 3.0]]), &e).unwrap() - 0.75).abs() < 1e-15);
        assert!((sim(&map(array![[1.0, 3.0]]), &e).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_missed_fixation_costs_a_finite_divergence() {
        let found = kl_divergence(&map(array![[0.0, 1.0]]), &map(array![[1.0, 0.0]])).unwrap();
        assert!((found - (1.0f64 / 2.2204e-16).ln()).abs() < 1e-12);
    }

    #[test]
    fn sizes_must_agree() {
        let (a, b) = (map(array![[0.0, 1.0]]), map(array![[0.0], [1.0]]));
        for metric in [cc, sim, kl_divergence] {
            let error = metric(&a, &b).unwrap_err();
            assert_eq!(error.to_string(), "the prediction is 1x2, the empirical map is 2x1 (height x width)");
        }
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric(a in random_map(), b in random_map()) {
            prop_assert!((sim(&a, &b).unwrap() - sim(&b, &a).unwrap()).abs() < 1e-14);
        }

        #[test]
        fn correlation_and_divergence_are_those_of_ndarray_stats(a in random_map(), b in random_map()) {
            let rows = ndarray::stack![ndarray::Axis(0), ndarray::aview1(a.as_slice()), ndarray::aview1(b.as_slice())];
            let expected = rows.pearson_correlation().unwrap()[[0, 1]];
            prop_assert!((cc(&a, &b).unwrap() - expected).abs() < 1e-13);
            // A floor, so that the regularisation of the profile does not count.
            let floored = |map: &SaliencyMap<'_>| {
                let values = map.values().mapv(|value| value + 0.5);
                &values / values.sum()
            };
            let (p, e) = (floored(&a), floored(&b));
            let found = kl_divergence(&map(p.clone()), &map(e.clone())).unwrap();
            prop_assert!((found - e.kl_divergence(&p).unwrap()).abs() < 1e-13);
        }

        #[test]
        fn a_map_equals_itself(a in random_map()) {
            prop_assert!((sim(&a, &a).unwrap() - 1.0).abs() < 1e-14);
            prop_assert!(kl_divergence(&a, &a).unwrap().abs() < 1e-13);
            prop_assert!((cc(&a, &a).unwrap() - 1.0).abs() < 1e-14);
        }

        #[test]
        fn divergence_is_not_negative(a in random_map(), b in random_map()) {
            prop_assert!(kl_divergence(&a, &b).unwrap() > -1e-13);
        }

        #[test]
        fn scale_changes_nothing(a in random_map(), b in random_map(), scale in 0.001f64..1000.0) {
            let scaled = map(a.values().mapv(|v| scale * v));
            for metric in [cc, sim, kl_divergence] {
                prop_assert!((metric(&a, &b).unwrap() - metric(&scaled, &b).unwrap()).abs() < 1e-10);
            }
        }
    }
}
