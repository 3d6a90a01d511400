//! Kullback-Leibler divergence of an empirical map from a prediction.

use gaze_core::{
    SaliencyMap, Summary,
    numeric::{Term, ln, sum, sum2, sums},
};

use crate::{
    MetricError,
    values::{Proportions, check_maps, with_tame},
};

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
pub fn kl_divergence(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    kl_divergence_variant(prediction, empirical, KlVariant::Tuebingen)
}

/// The variants of the KL divergence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KlVariant {
    /// The definition of pysaliency's `MIT_KLDiv`, profile `tuebingen`. See [`kl_divergence`].
    Tuebingen,
    /// The MIT benchmark's `KLdiv.m`, profile `mit`: ε is 2⁻⁵², and negative values are [`MetricError::Negative`]
    /// (there, logarithms of negative numbers). An empirical map of zeros gives 0.
    Mit,
    /// The definition of pysaliency's `KLDiv`: 1e-20 is added to both maps before they are scaled, so the value depends on their scale.
    Added,
    /// The definition without regularisation: infinite where the prediction is 0 and the empirical map is not.
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
    prediction: &SaliencyMap<'_>,
    empirical: &SaliencyMap<'_>,
    variant: KlVariant,
) -> Result<f64, MetricError> {
    const TUEBINGEN: f64 = 2.2204e-16;
    const ADDED: f64 = 1e-20;
    check_maps(prediction, empirical)?;
    let (p, e) = (prediction.as_slice(), empirical.as_slice());
    let again = |p: &SaliencyMap<'_>, e: &SaliencyMap<'_>| kl_divergence_variant(p, e, variant);
    if variant != KlVariant::Added
        && let Some(value) = with_tame(prediction, empirical, again)
    {
        return value;
    }
    let divergence = match variant {
        KlVariant::Tuebingen => {
            let (q, r) = (Proportions::of(prediction), Proportions::of(empirical));
            let [sum] = sums(p, e, Regularised { epsilon: TUEBINGEN, prediction: q, empirical: r });
            sum
        }
        KlVariant::Mit => {
            let proportions = |map: &SaliencyMap<'_>, name| {
                let Summary { lowest, sum, .. } = map.summary();
                if lowest < 0.0 {
                    return Err(MetricError::Negative { map: name });
                }
                // A map of zeros stays what it is.
                let scale = Some(1.0 / sum).filter(|scale| scale.is_finite()).unwrap_or(1.0);
                Ok(Proportions { shift: 0.0, scale, floor: 0.0 })
            };
            let (prediction, empirical) =
                (proportions(prediction, "prediction")?, proportions(empirical, "empirical map")?);
            let [sum] = sums(p, e, Regularised { epsilon: f64::EPSILON, prediction, empirical });
            sum
        }
        KlVariant::Added => {
            let shifted = |map: &SaliencyMap<'_>| {
                let low = map.summary().lowest.min(0.0);
                (low, sum(map.as_slice(), |value| value - low + ADDED))
            };
            let ((low_p, total_p), (low_e, total_e)) = (shifted(prediction), shifted(empirical));
            let shares = move |p: f64, e: f64| ((p - low_p + ADDED) / total_p, (e - low_e + ADDED) / total_e);
            if total_p.max(total_e) * f64::MIN_POSITIVE < ADDED {
                let [sum] = sums(p, e, Divergence(shares));
                sum
            } else {
                // Shares that are no normal numbers.
                sum2(p, e, |p, e| {
                    let (q, r) = shares(p, e);
                    r * (r.ln() - q.ln())
                })
            }
        }
        KlVariant::Plain => plain(empirical, prediction)?,
        KlVariant::Reversed => plain(prediction, empirical)?,
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

/// A pixel's part of the divergence of two shares that are positive normal numbers.
struct Divergence<S>(S);

impl<S: Fn(f64, f64) -> (f64, f64)> Term<1> for Divergence<S> {
    #[inline(always)]
    fn of(&self, prediction: f64, empirical: f64) -> [f64; 1] {
        let (q, r) = (self.0)(prediction, empirical);
        [r * (ln(r) - ln(q))]
    }
}

/// KL(`of` ‖ `from`) of two maps scaled to sum 1.
fn plain(of: &SaliencyMap<'_>, from: &SaliencyMap<'_>) -> Result<f64, MetricError> {
    let total = |map: &SaliencyMap<'_>| {
        let Summary { lowest, sum, .. } = map.summary();
        if lowest < 0.0 {
            return Err(MetricError::Negative { map: "map" });
        }
        if sum > 0.0 { Ok(sum) } else { Err(MetricError::NoMass { map: "map" }) }
    };
    let (total_of, total_from) = (total(of)?, total(from)?);
    Ok(sum2(of.as_slice(), from.as_slice(), |of, from| {
        let (r, q) = (of / total_of, from / total_from);
        if r > 0.0 { r * (r / q).ln() } else { 0.0 }
    }))
}
