//! Comparisons of a saliency map with an empirical map, pixel by pixel.

use crate::{MetricError, error::check_size, sum::pairwise};
use gaze_core::SaliencyMap;

/// Whether every value is the same. A standard deviation of 0 would not do as a test: rounding makes it 1e-17.
#[expect(clippy::float_cmp, reason = "constant means exactly equal")]
pub(crate) fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|&value| value == values[0])
}

/// The values of a map, row after row.
pub(crate) fn contiguous(map: &SaliencyMap) -> &[f64] {
    map.values().to_slice().expect("a saliency map is contiguous")
}

fn check(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<(), MetricError> {
    check_size(prediction.size(), "empirical map is", empirical.size())
}

/// How a map becomes weights that sum to 1: shifted if, and only if, it has negative values. A map without any
/// mass is taken as uniform.
struct Proportions {
    shift: f64,
    total: f64,
    uniform: Option<f64>,
}

impl Proportions {
    fn of(map: &SaliencyMap) -> Self {
        let values = contiguous(map);
        let shift = values.iter().copied().fold(0.0, f64::min);
        let total = pairwise(values.len(), |i| values[i] - shift);
        let uniform = (total <= 0.0).then(|| 1.0 / values.len() as f64);
        Self { shift, total, uniform }
    }

    fn get(&self, value: f64) -> f64 {
        self.uniform.unwrap_or_else(|| (value - self.shift) / self.total)
    }
}

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
pub fn cc(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    check(prediction, empirical)?;
    let (p, e) = (contiguous(prediction), contiguous(empirical));
    if is_constant(e) {
        return Err(MetricError::ConstantReference);
    }
    if is_constant(p) {
        return Ok(0.0);
    }
    let pixels = p.len() as f64;
    let (mean_p, mean_e) = (pairwise(p.len(), |i| p[i]) / pixels, pairwise(e.len(), |i| e[i]) / pixels);
    let covariance = pairwise(p.len(), |i| (p[i] - mean_p) * (e[i] - mean_e));
    let variance_p = pairwise(p.len(), |i| (p[i] - mean_p).powi(2));
    let variance_e = pairwise(e.len(), |i| (e[i] - mean_e).powi(2));
    Ok((covariance / (variance_p.sqrt() * variance_e.sqrt())).clamp(-1.0, 1.0))
}

/// Computes CC as the MIT benchmark's `CC.m` does: as [`cc`], but a constant prediction has no value.
///
/// # Errors
///
/// Those of [`cc`], and [`MetricError::ConstantPrediction`].
pub fn cc_mit(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    check(prediction, empirical)?;
    if is_constant(contiguous(prediction)) {
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
pub fn sim(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    check(prediction, empirical)?;
    let (p, e) = (Proportions::of(prediction), Proportions::of(empirical));
    let (prediction, empirical) = (contiguous(prediction), contiguous(empirical));
    Ok(pairwise(prediction.len(), |i| p.get(prediction[i]).min(e.get(empirical[i]))))
}

/// Computes SIM as the MIT benchmark's `similarity.m` does: both maps are scaled to 0 ..= 1 before they are scaled to
/// sum 1, so the floor of a map is lost.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::ConstantPrediction`], [`MetricError::ConstantReference`].
pub fn sim_mit(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    check(prediction, empirical)?;
    let p = Scaled::of(contiguous(prediction)).ok_or(MetricError::ConstantPrediction)?;
    let e = Scaled::of(contiguous(empirical)).ok_or(MetricError::ConstantReference)?;
    let (prediction, empirical) = (contiguous(prediction), contiguous(empirical));
    Ok(pairwise(prediction.len(), |i| p.get(prediction[i]).min(e.get(empirical[i]))))
}

/// A map scaled to 0 ..= 1, then to sum 1.
pub(crate) struct Scaled {
    low: f64,
    range: f64,
    total: f64,
}

impl Scaled {
    /// `None` for a constant map.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let range = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
        let total = pairwise(values.len(), |i| (values[i] - low) / range);
        (range > 0.0).then_some(Self { low, range, total })
    }

    pub(crate) fn get(&self, value: f64) -> f64 {
        (value - self.low) / self.range / self.total
    }
}

/// Computes the Kullback-Leibler divergence KL(`empirical` ‖ `prediction`) in nats, with the MIT benchmark's
/// regularisation.
///
/// ```text
/// KL  =  ∑ Eᵢ ln( ε + Eᵢ / (Pᵢ + ε) )      ε = 2.2204e-16, both maps scaled to sum 1 as for `sim`
/// ```
///
/// | | shape | unit |
/// |---|---|---|
/// | `prediction`, `empirical` | `(height, width)` | any |
/// | result | scalar, lower is better, 0 for equal maps (down to −1e-14 by ε) | nats |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`].
///
/// # Degenerate input
///
/// Where the prediction is 0 and the empirical map is not, ε keeps the value finite: at most ln(1/ε) = 36.05. A map
/// without any mass is taken as uniform.
///
/// # Reference
///
/// pysaliency's `MIT_KLDiv`, which the MIT/Tübingen benchmark uses. It differs from the MATLAB code, whose ε is
/// 2⁻⁵², by less than 1e-5.
pub fn kl_divergence(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    kl_divergence_variant(prediction, empirical, KlVariant::Tuebingen)
}

/// Which KL divergence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KlVariant {
    /// pysaliency's `MIT_KLDiv`, profile `tuebingen`. See [`kl_divergence`].
    Tuebingen,
    /// The MIT benchmark's `KLdiv.m`, profile `mit`: ε is 2⁻⁵², and negative values are [`MetricError::Negative`]
    /// (there, logarithms of negative numbers). An empirical map of zeros gives 0.
    Mit,
    /// pysaliency's `KLDiv`: 1e-20 is added to both maps before they are scaled, so the value depends on their scale.
    Added,
    /// No regularisation: infinite where the prediction is 0 and the empirical map is not.
    Plain,
    /// KL(`prediction` ‖ `empirical`) without regularisation, the arguments swapped: a common mistake.
    Reversed,
}

/// Computes the Kullback-Leibler divergence in one of the ways in use.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`]; for [`KlVariant::Mit`], `Plain` and `Reversed` also [`MetricError::Negative`], and
/// [`MetricError::NoMass`] where a map of zeros is to be scaled to sum 1.
pub fn kl_divergence_variant(
    prediction: &SaliencyMap,
    empirical: &SaliencyMap,
    variant: KlVariant,
) -> Result<f64, MetricError> {
    const TUEBINGEN: f64 = 2.2204e-16;
    const ADDED: f64 = 1e-20;
    check(prediction, empirical)?;
    let (p, e) = (contiguous(prediction), contiguous(empirical));
    let regularised = |epsilon: f64, q: &dyn Fn(f64) -> f64, r: &dyn Fn(f64) -> f64| {
        pairwise(p.len(), |i| {
            let empirical = r(e[i]);
            // A pixel without empirical mass adds exactly nothing.
            if empirical > 0.0 { empirical * (epsilon + empirical / (q(p[i]) + epsilon)).ln() } else { 0.0 }
        })
    };
    match variant {
        KlVariant::Tuebingen => {
            let (q, r) = (Proportions::of(prediction), Proportions::of(empirical));
            Ok(regularised(TUEBINGEN, &|v| q.get(v), &|v| r.get(v)))
        }
        KlVariant::Mit => {
            let total = |values: &[f64], map| {
                if values.iter().any(|&value| value < 0.0) {
                    return Err(MetricError::Negative { map });
                }
                // A map of zeros stays what it is.
                Ok(Some(pairwise(values.len(), |i| values[i])).filter(|&total| total > 0.0).unwrap_or(1.0))
            };
            let (q, r) = (total(p, "prediction")?, total(e, "empirical map")?);
            Ok(regularised(f64::EPSILON, &|v| v / q, &|v| v / r))
        }
        KlVariant::Added => {
            let shifted = |values: &[f64]| {
                let low = values.iter().copied().fold(0.0, f64::min);
                (low, pairwise(values.len(), |i| values[i] - low + ADDED))
            };
            let ((low_p, total_p), (low_e, total_e)) = (shifted(p), shifted(e));
            Ok(pairwise(p.len(), |i| {
                let (q, r) = ((p[i] - low_p + ADDED) / total_p, (e[i] - low_e + ADDED) / total_e);
                r * (r.ln() - q.ln())
            }))
        }
        KlVariant::Plain => plain(e, p),
        KlVariant::Reversed => plain(p, e),
    }
}

/// KL(`of` ‖ `from`) of two maps scaled to sum 1.
fn plain(of: &[f64], from: &[f64]) -> Result<f64, MetricError> {
    let total = |values: &[f64]| {
        if values.iter().any(|&value| value < 0.0) {
            return Err(MetricError::Negative { map: "map" });
        }
        let total = pairwise(values.len(), |i| values[i]);
        if total > 0.0 { Ok(total) } else { Err(MetricError::NoMass { map: "map" }) }
    };
    let (total_of, total_from) = (total(of)?, total(from)?);
    Ok(pairwise(of.len(), |i| {
        let (r, q) = (of[i] / total_of, from[i] / total_from);
        if r > 0.0 { r * (r / q).ln() } else { 0.0 }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    fn map(values: Array2<f64>) -> SaliencyMap {
        SaliencyMap::new(values).unwrap()
    }

    fn random_map() -> impl Strategy<Value = SaliencyMap> {
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
