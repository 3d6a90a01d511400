//! Comparisons of a saliency map with an empirical map, pixel by pixel.

use crate::{
    MetricError,
    error::check_size,
    sum::{Scan, Term, extremes, ln, sum, sum2, sums},
};
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

/// The map times the power of two that brings its largest magnitude to 1 ..= 2, or `None` if it is near that already:
/// for maps whose squares or sums leave the range of 64 bits. Nothing but underflow is lost.
pub(crate) fn rescaled(map: &SaliencyMap) -> Option<SaliencyMap> {
    let (low, high) = extremes(contiguous(map));
    let largest = high.abs().max(low.abs());
    if largest <= 0.0 || (1e-3..1e3).contains(&largest) {
        return None;
    }
    // In two steps, because the factor itself may be beyond the range.
    #[expect(clippy::cast_possible_truncation, reason = "an exponent is at most 1100")]
    let exponent = -(largest.log2().floor() as i32);
    let (half, rest) = (2f64.powi(exponent / 2), 2f64.powi(exponent - exponent / 2));
    SaliencyMap::new(map.values().mapv(|value| value * half * rest)).ok()
}

/// The rescaled map, if its values are so large or small that their sum is not safe.
pub(crate) fn tame(map: &SaliencyMap) -> Option<SaliencyMap> {
    let (low, high) = extremes(contiguous(map));
    if is_safe(high.abs().max(low.abs())) { None } else { rescaled(map) }
}

/// The metric of the rescaled maps, if one of them has values whose sum is not safe. The metric must not depend on scale.
fn with_tame(
    (prediction, p): (&SaliencyMap, &Scan),
    (empirical, e): (&SaliencyMap, &Scan),
    metric: impl Fn(&SaliencyMap, &SaliencyMap) -> Result<f64, MetricError>,
) -> Option<Result<f64, MetricError>> {
    let tame = |map, scan: &Scan| if is_safe(scan.largest()) { None } else { rescaled(map) };
    let (p, e) = (tame(prediction, p), tame(empirical, e));
    (p.is_some() || e.is_some()).then(|| metric(p.as_ref().unwrap_or(prediction), e.as_ref().unwrap_or(empirical)))
}

/// Whether sums of squares or of values are far from the ends of the range, so that nothing was lost in them.
pub(crate) fn is_safe(sum: f64) -> bool {
    (1e-250..1e250).contains(&sum)
}

fn check(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<(), MetricError> {
    check_size(prediction.size(), "empirical map is", empirical.size())
}

/// How a map becomes weights that sum to 1: shifted if, and only if, it has negative values. A map without any
/// mass is taken as uniform.
struct Proportions {
    shift: f64,
    scale: f64,
    floor: f64,
}

impl Proportions {
    fn of(values: &[f64], scan: &Scan) -> Self {
        let shift = scan.low.min(0.0);
        let total = if shift < 0.0 { sum(values, |value| value - shift) } else { scan.total };
        if total > 0.0 {
            Self { shift, scale: 1.0 / total, floor: 0.0 }
        } else {
            Self { shift, scale: 0.0, floor: 1.0 / values.len() as f64 }
        }
    }

    #[inline(always)]
    fn get(&self, value: f64) -> f64 {
        (value - self.shift) * self.scale + self.floor
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
    let [total_p, total_e] = sums(p, e, |p: f64, e: f64| [p, e]);
    let (mean_p, mean_e) = (total_p / pixels, total_e / pixels);
    let [covariance, variance_p, variance_e] = sums(p, e, |p: f64, e: f64| {
        let (p, e) = (p - mean_p, e - mean_e);
        [p * e, p * p, e * e]
    });
    if !is_safe(variance_p) || !is_safe(variance_e) {
        let (p, e) = (rescaled(prediction), rescaled(empirical));
        if p.is_some() || e.is_some() {
            return cc(p.as_ref().unwrap_or(prediction), e.as_ref().unwrap_or(empirical));
        }
    }
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
    let (scan_p, scan_e) = (Scan::of(contiguous(prediction)), Scan::of(contiguous(empirical)));
    if let Some(value) = with_tame((prediction, &scan_p), (empirical, &scan_e), sim) {
        return value;
    }
    let (prediction, empirical) = (contiguous(prediction), contiguous(empirical));
    let (p, e) = (Proportions::of(prediction, &scan_p), Proportions::of(empirical, &scan_e));
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
pub fn sim_mit(prediction: &SaliencyMap, empirical: &SaliencyMap) -> Result<f64, MetricError> {
    check(prediction, empirical)?;
    let (scan_p, scan_e) = (Scan::of(contiguous(prediction)), Scan::of(contiguous(empirical)));
    if let Some(value) = with_tame((prediction, &scan_p), (empirical, &scan_e), sim_mit) {
        return value;
    }
    let (prediction, empirical) = (contiguous(prediction), contiguous(empirical));
    let p = Scaled::between(prediction, &scan_p).ok_or(MetricError::ConstantPrediction)?;
    let e = Scaled::between(empirical, &scan_e).ok_or(MetricError::ConstantReference)?;
    Ok(sum2(prediction, empirical, |prediction, empirical| smaller(p.get(prediction), e.get(empirical))))
}

/// A map scaled to 0 ..= 1, then to sum 1: the range cancels.
pub(crate) struct Scaled {
    low: f64,
    scale: f64,
}

impl Scaled {
    /// `None` for a constant map.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        Self::between(values, &Scan::of(values))
    }

    fn between(values: &[f64], &Scan { low, high, total }: &Scan) -> Option<Self> {
        // Most maps begin at 0.
        let total = if low == 0.0 { total } else { sum(values, |value| value - low) };
        (high > low).then_some(Self { low, scale: 1.0 / total })
    }

    pub(crate) fn get(&self, value: f64) -> f64 {
        (value - self.low) * self.scale
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
    let (scan_p, scan_e) = (Scan::of(p), Scan::of(e));
    let again = |p: &SaliencyMap, e: &SaliencyMap| kl_divergence_variant(p, e, variant);
    if variant != KlVariant::Added
        && let Some(value) = with_tame((prediction, &scan_p), (empirical, &scan_e), again)
    {
        return value;
    }
    let divergence = match variant {
        KlVariant::Tuebingen => {
            let (q, r) = (Proportions::of(p, &scan_p), Proportions::of(e, &scan_e));
            let [sum] = sums(p, e, Regularised { epsilon: TUEBINGEN, prediction: q, empirical: r });
            sum
        }
        KlVariant::Mit => {
            let proportions = |scan: &Scan, map| {
                if scan.low < 0.0 {
                    return Err(MetricError::Negative { map });
                }
                // A map of zeros stays what it is.
                let scale = Some(1.0 / scan.total).filter(|scale| scale.is_finite()).unwrap_or(1.0);
                Ok(Proportions { shift: 0.0, scale, floor: 0.0 })
            };
            let (prediction, empirical) = (proportions(&scan_p, "prediction")?, proportions(&scan_e, "empirical map")?);
            let [sum] = sums(p, e, Regularised { epsilon: f64::EPSILON, prediction, empirical });
            sum
        }
        KlVariant::Added => {
            let shifted = |values: &[f64], scan: &Scan| {
                let low = scan.low.min(0.0);
                (low, sum(values, |value| value - low + ADDED))
            };
            let ((low_p, total_p), (low_e, total_e)) = (shifted(p, &scan_p), shifted(e, &scan_e));
            sum2(p, e, |p, e| {
                let (q, r) = ((p - low_p + ADDED) / total_p, (e - low_e + ADDED) / total_e);
                r * (r.ln() - q.ln())
            })
        }
        KlVariant::Plain => plain(e, p)?,
        KlVariant::Reversed => plain(p, e)?,
    };
    if divergence.is_nan() { Err(MetricError::Overflow) } else { Ok(divergence) }
}

/// A pixel's part of the regularised divergence; where there is no empirical mass, exactly nothing.
struct Regularised {
    epsilon: f64,
    prediction: Proportions,
    empirical: Proportions,
}

impl Term<1> for Regularised {
    #[inline(always)]
    fn of(&self, prediction: f64, empirical: f64) -> [f64; 1] {
        let (q, r) = (self.prediction.get(prediction), self.empirical.get(empirical));
        [r * ln(self.epsilon + r / (q + self.epsilon))]
    }
}

/// KL(`of` ‖ `from`) of two maps scaled to sum 1.
fn plain(of: &[f64], from: &[f64]) -> Result<f64, MetricError> {
    let total = |values: &[f64]| {
        if extremes(values).0 < 0.0 {
            return Err(MetricError::Negative { map: "map" });
        }
        let total = sum(values, |value| value);
        if total > 0.0 { Ok(total) } else { Err(MetricError::NoMass { map: "map" }) }
    };
    let (total_of, total_from) = (total(of)?, total(from)?);
    Ok(sum2(of, from, |of, from| {
        let (r, q) = (of / total_of, from / total_from);
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
