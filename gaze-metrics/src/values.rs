//! The values of maps as distributions, for metrics that compare maps pixel by pixel.

use gaze_core::{SaliencyMap, Score, Summary, numeric::sum};

use crate::{MetricError, error::check_size};

/// The map times the power of two that brings its largest magnitude to 1 ..= 2, or `None` if it is near that already:
/// for maps whose squares or sums leave the range of 64 bits. Nothing but underflow is lost.
pub(crate) fn rescaled<T: Score>(map: &SaliencyMap<'_, T>) -> Option<SaliencyMap<'static>> {
    let largest = map.summary().largest();
    if largest <= 0.0 || (1e-3..1e3).contains(&largest) {
        return None;
    }
    // In two steps, because the factor itself may be beyond the range.
    #[expect(clippy::cast_possible_truncation, reason = "an exponent is at most 1100")]
    let exponent = -(largest.log2().floor() as i32);
    let (half, rest) = (2f64.powi(exponent / 2), 2f64.powi(exponent - exponent / 2));
    SaliencyMap::new(map.values().mapv(|value| value.into() * half * rest)).ok()
}

/// The rescaled map, if its values are so large or small that their sum is not safe.
pub(crate) fn tame(map: &SaliencyMap<'_>) -> Option<SaliencyMap<'static>> {
    if is_safe(map.summary().largest()) { None } else { rescaled(map) }
}

/// The metric of the rescaled maps, if one of them has values whose sum is not safe. The metric must not depend on scale.
pub(crate) fn with_tame(
    prediction: &SaliencyMap<'_>,
    empirical: &SaliencyMap<'_>,
    metric: impl Fn(&SaliencyMap<'_>, &SaliencyMap<'_>) -> Result<f64, MetricError>,
) -> Option<Result<f64, MetricError>> {
    let (p, e) = (tame(prediction), tame(empirical));
    (p.is_some() || e.is_some()).then(|| metric(p.as_ref().unwrap_or(prediction), e.as_ref().unwrap_or(empirical)))
}

/// Returns whether sums of squares or of values are far from the ends of the range, so that nothing was lost in them.
pub(crate) fn is_safe(sum: f64) -> bool {
    (1e-250..1e250).contains(&sum)
}

/// The first error of every metric over two maps.
pub(crate) fn check_maps(prediction: &SaliencyMap<'_>, empirical: &SaliencyMap<'_>) -> Result<(), MetricError> {
    check_size(prediction.size(), "empirical map is", empirical.size())
}

/// The scaling of a map to weights that sum to 1: shifted if, and only if, it has negative values. A map without any
/// mass is taken as uniform.
pub(crate) struct Proportions {
    pub(crate) shift: f64,
    pub(crate) scale: f64,
    pub(crate) floor: f64,
}

impl Proportions {
    pub(crate) fn of(map: &SaliencyMap<'_>) -> Self {
        let (values, summary) = (map.as_slice(), map.summary());
        let shift = summary.lowest.min(0.0);
        let total = if shift < 0.0 { sum(values, |value| value - shift) } else { summary.sum };
        if total > 0.0 {
            Self { shift, scale: 1.0 / total, floor: 0.0 }
        } else {
            Self { shift, scale: 0.0, floor: 1.0 / values.len() as f64 }
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, value: f64) -> f64 {
        (value - self.shift) * self.scale + self.floor
    }
}

/// A map scaled to 0 ..= 1, then to sum 1: the range cancels.
pub(crate) struct Scaled {
    low: f64,
    scale: f64,
}

impl Scaled {
    /// Finds the scaling of a map, or `None` for a constant one.
    pub(crate) fn of(map: &SaliencyMap<'_>) -> Option<Self> {
        let Summary { lowest: low, highest: high, sum: total, .. } = map.summary();
        let floor = low * map.size().pixels() as f64;
        // Where the floor is no more than half of the sum, their difference loses no more than a bit.
        let total =
            if (0.0..=total / 2.0).contains(&floor) { total - floor } else { sum(map.as_slice(), |value| value - low) };
        (high > low).then_some(Self { low, scale: 1.0 / total })
    }

    pub(crate) fn get(&self, value: f64) -> f64 {
        (value - self.low) * self.scale
    }
}
