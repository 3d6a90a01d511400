//! The one place that turns scores into probabilities by adding a constant.

use gaze_core::{LogDensity, MapError, SaliencyMap};

use crate::MetricError;

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
/// [`MetricError::Negative`] for a negative, infinite or NaN minimum, [`MetricError::Overflow`] if the shifted map leaves
/// the range of 64 bits.
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
pub fn normalized_density(map: &SaliencyMap<'_>, minimum: f64) -> Result<LogDensity<'static>, MetricError> {
    if !(0.0..f64::INFINITY).contains(&minimum) {
        return Err(MetricError::Negative { map: "minimum" });
    }
    let low = map.summary().lowest.min(0.0);
    match LogDensity::from_weights(map.values().mapv(|value| value - low + minimum)) {
        Ok(density) => Ok(density),
        Err(MapError::NoMass) => Ok(LogDensity::uniform(map.size()).expect("a saliency map has a pixel")),
        Err(_) => Err(MetricError::Overflow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_map_without_mass_is_uniform_and_one_that_overflows_is_refused() {
        let density = |values| normalized_density(&SaliencyMap::new(values).unwrap(), 0.0);
        assert!((density(array![[0.0, 0.0]]).unwrap().values()[[0, 0]] + 2f64.ln()).abs() < 1e-15);
        assert!((density(array![[-1.0, -1.0]]).unwrap().values()[[0, 0]] + 2f64.ln()).abs() < 1e-15);
        assert_eq!(density(array![[-1e308, 1e308]]), Err(MetricError::Overflow));
        let map = SaliencyMap::new(array![[1.0]]).unwrap();
        assert!(normalized_density(&map, -1.0).is_err() && normalized_density(&map, f64::NAN).is_err());
    }
}
