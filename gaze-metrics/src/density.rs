//! The one place that turns scores into probabilities by adding a constant.

use gaze_core::{LogDensity, SaliencyMap};

use crate::{MetricError, distribution::contiguous};

/// Scales a map of scores to a density: shifted by its minimum if that is negative, `minimum` added, divided by the sum.
///
/// | | |
/// |---|---|
/// | `map` | `(height, width)`, any scale |
/// | `minimum` | at least 0; with 0 a pixel of score 0 has probability 0 |
///
/// This is a convention, not a model: the scale of the scores decides how sharp the density is. Prefer a density from the
/// model itself or a fitted conversion.
///
/// # Errors
///
/// [`MetricError::Negative`] for a negative, infinite or NaN minimum.
///
/// # Degenerate input
///
/// A map without any mass becomes uniform.
///
/// # Reference
///
/// pysaliency's `SaliencyMapNormalizingModel(minimum_value=…)`.
///
/// # Example
///
/// ```
/// use gaze_core::SaliencyMap;
/// use gaze_metrics::normalized_density;
/// use ndarray::array;
///
/// let density = normalized_density(&SaliencyMap::new(array![[0.0, 1.0, 3.0]])?, 0.0)?;
/// assert!((density.values()[[0, 2]].exp() - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn normalized_density(map: &SaliencyMap, minimum: f64) -> Result<LogDensity, MetricError> {
    if !(0.0..f64::INFINITY).contains(&minimum) {
        return Err(MetricError::Negative { map: "minimum" });
    }
    let low = contiguous(map).iter().copied().fold(0.0, f64::min);
    let density = LogDensity::from_weights(map.values().mapv(|value| value - low + minimum));
    // Weights that are finite and not negative lack nothing but mass.
    Ok(density.unwrap_or(LogDensity::uniform(map.size()).expect("a saliency map has a pixel")))
}
