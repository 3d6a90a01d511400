//! Log likelihood and information gain: what a density is worth as a prediction, in bits.

use gaze_core::{Fixations, LogDensity, SaliencyMap, bits};

use crate::{
    MetricError,
    auc_borji::fixated_values,
    error::{check_fixations, check_size},
    values::{Scaled, tame},
};

/// The natural logarithm of the density at each fixation, in order.
///
/// A pixel of probability 0 gives `-∞`.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
pub fn log_likelihoods(model: &LogDensity<'_>, fixations: &Fixations) -> Result<Vec<f64>, MetricError> {
    check_fixations(model.size(), fixations)?;
    let values = model.values();
    Ok(fixations.pixels().iter().map(|p| values[[p.row, p.column]]).collect())
}

/// Computes the mean log likelihood of the fixations in nats per fixation.
///
/// ```text
///        1   n
/// LL  =  ―   ∑  ln p(xᵢ, yᵢ)
///        n  i=1
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `model` | `(height, width)` | nats |
/// | `fixations` | `n ≥ 1` points; repeats count | pixels |
/// | result | scalar at most 0, higher is better; the uniform density has `−ln pixels` | nats/fixation |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
///
/// # Degenerate input
///
/// A fixation on a pixel of probability 0 gives `-∞`; nothing is added to hide it.
///
/// # Reference
///
/// Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112; pysaliency's
/// `Model.log_likelihood`.
pub fn log_likelihood(model: &LogDensity<'_>, fixations: &Fixations) -> Result<f64, MetricError> {
    Ok(mean(&log_likelihoods(model, fixations)?))
}

/// The gain of `model` over `baseline` at each fixation in bits, in order.
///
/// # Errors
///
/// As for [`information_gain`].
pub fn information_gains(
    model: &LogDensity<'_>,
    baseline: &LogDensity<'_>,
    fixations: &Fixations,
) -> Result<Vec<f64>, MetricError> {
    let model_values = log_likelihoods(model, fixations)?;
    check_size(model.size(), "baseline is", baseline.size())?;
    let baseline_values = log_likelihoods(baseline, fixations)?;
    let gains: Vec<f64> = model_values.iter().zip(&baseline_values).map(|(p, q)| bits(p - q)).collect();
    match gains.iter().position(|gain| gain.is_nan()) {
        Some(index) => Err(MetricError::UndefinedRatio { index }),
        None => Ok(gains),
    }
}

/// Computes the information gain of `model` over `baseline` in bits per fixation.
///
/// ```text
///        1   n
/// IG  =  ―   ∑  log₂ p(xᵢ, yᵢ) − log₂ q(xᵢ, yᵢ)      p is `model`, q is `baseline`
///        n  i=1
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `model`, `baseline` | `(height, width)` | nats |
/// | `fixations` | `n ≥ 1` points; repeats count | pixels |
/// | result | scalar, higher is better, 0 for `model == baseline` | bits/fixation |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], [`MetricError::UndefinedRatio`] if a fixated pixel
/// has probability 0 under both densities, and [`MetricError::OppositeInfinities`] if the model alone excludes one
/// fixation and the baseline alone another.
///
/// # Degenerate input
///
/// Probability 0 under `model` alone gives `-∞`, under `baseline` alone `+∞`; nothing is added to hide it.
///
/// # Reference
///
/// Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112. Same value as pysaliency's
/// `Model.information_gain(…, average="fixation")` on one stimulus.
///
/// # Examples
///
/// ```
/// # use {gaze_core::{Fixation, Fixations, LogDensity, Size}, gaze_metrics::information_gain, ndarray::array};
/// let size = Size { height: 1, width: 4 };
/// let model = LogDensity::new(array![[0.5_f64, 0.25, 0.125, 0.125]].ln())?;
/// let fixations = Fixations::new(size, vec![Fixation { x: 0.9, y: 0.5 }])?;
/// // The model says 1/2 where the uniform density says 1/4: one bit.
/// let bits = information_gain(&model, &LogDensity::uniform(size)?, &fixations)?;
/// assert!((bits - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn information_gain(
    model: &LogDensity<'_>,
    baseline: &LogDensity<'_>,
    fixations: &Fixations,
) -> Result<f64, MetricError> {
    let mean = mean(&information_gains(model, baseline, fixations)?);
    if mean.is_nan() { Err(MetricError::OppositeInfinities) } else { Ok(mean) }
}

/// Computes the information gain of a map of scores over a baseline map as the MIT benchmark's `InfoGain.m` does.
///
/// ```text
///        1   n
/// IG  =  ―   ∑  log₂(ε + Pᵢ) − log₂(ε + Bᵢ)      P, B: the maps scaled to 0 ..= 1, then to sum 1; ε = 2⁻⁵²
///        n  i=1
/// ```
///
/// over the fixated pixels, each once. The lowest pixel of a map has P = 0, so a fixation on it costs about 35 bits:
/// this is not the information gain of a proper density, for which there is [`information_gain`].
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], [`MetricError::ConstantPrediction`], and
/// [`MetricError::ConstantReference`] if the baseline is constant.
pub fn information_gain_mit(
    map: &SaliencyMap<'_>,
    baseline: &SaliencyMap<'_>,
    fixations: &Fixations,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    check_size(map.size(), "baseline is", baseline.size())?;
    let (tame_map, tame_baseline) = (tame(map), tame(baseline));
    let (map, baseline) = (tame_map.as_ref().unwrap_or(map), tame_baseline.as_ref().unwrap_or(baseline));
    let p = Scaled::of(map).ok_or(MetricError::ConstantPrediction)?;
    let b = Scaled::of(baseline).ok_or(MetricError::ConstantReference)?;
    let logs = |scaled: &Scaled, map| {
        let values = fixated_values(map, fixations);
        values.iter().map(|&value| (f64::EPSILON + scaled.get(value)).log2()).sum::<f64>() / values.len() as f64
    };
    Ok(logs(&p, map) - logs(&b, baseline))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use ndarray::array;

    const SIZE: Size = Size { height: 1, width: 4 };

    fn fixations(columns: &[f64]) -> Fixations {
        Fixations::new(SIZE, columns.iter().map(|&x| Fixation { x, y: 0.0 }).collect()).unwrap()
    }

    fn density(weights: [f64; 4]) -> LogDensity<'static> {
        LogDensity::from_weights(array![weights]).unwrap()
    }

    #[test]
    fn a_model_gains_nothing_over_itself() {
        let model = density([1.0, 5.0, 2.0, 1.0]);
        assert_eq!(information_gain(&model, &model, &fixations(&[0.0, 1.0, 3.0])), Ok(0.0));
    }

    #[test]
    fn the_likelihood_of_a_uniform_density_is_that_of_guessing() {
        let found = log_likelihood(&density([1.0; 4]), &fixations(&[0.0, 3.9])).unwrap();
        assert!((found + 4f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn impossible_fixations_are_not_hidden() {
        let (sure, all) = (density([1.0, 1.0, 0.0, 0.0]), density([1.0; 4]));
        assert_eq!(information_gain(&sure, &all, &fixations(&[0.0, 2.0])), Ok(f64::NEG_INFINITY));
        assert_eq!(information_gain(&all, &sure, &fixations(&[0.0, 2.0])), Ok(f64::INFINITY));
        let error = information_gain(&sure, &sure, &fixations(&[0.0, 2.0])).unwrap_err();
        assert_eq!(error.to_string(), "fixation 1 has probability 0 under the model and the baseline");
        let other = density([0.0, 1.0, 1.0, 0.0]);
        assert_eq!(information_gain(&sure, &other, &fixations(&[0.0, 2.0])), Err(MetricError::OppositeInfinities));
    }

    #[test]
    fn sizes_must_agree() {
        let wide = LogDensity::uniform(Size { height: 1, width: 5 }).unwrap();
        let error = information_gain(&density([1.0; 4]), &wide, &fixations(&[0.0])).unwrap_err();
        assert_eq!(error.to_string(), "the prediction is 1x4, the baseline is 1x5 (height x width)");
        assert_eq!(log_likelihood(&density([1.0; 4]), &fixations(&[])), Err(MetricError::NoFixations));
    }
}
