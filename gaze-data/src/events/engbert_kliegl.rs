//! Saccades and microsaccades as outliers of velocity (Engbert & Kliegl 2003).

use super::{DetectError, GazeSample, check_times, runs, velocity};

/// The smallest noise in pixels per second, below which every movement would be a saccade.
const SMALLEST_NOISE: f64 = 1e-10;

/// Finds saccades, microsaccades among them: runs of samples whose velocity leaves an ellipse.
///
/// ```text
/// v  = (x₊₁ + x₊₂ − x₋₁ − x₋₂) / 6 Δt                   velocity, and the same for y
/// σ  = √ median (v − median v)²                         noise of the horizontal and of the vertical velocity
/// (vx / λ σx)² + (vy / λ σy)² > 1                       in a saccade
/// ```
///
/// # Units
///
/// | | unit |
/// |---|---|
/// | `samples` | milliseconds and pixels; the result does not depend on the scale of the pixels |
/// | `lambda` | multiple of the noise; 6 in the paper |
/// | `shortest_ms` | milliseconds from the first to the last sample of a saccade; 6 is in common use |
/// | result | times of the first and the last sample of each saccade, in milliseconds |
///
/// # Errors
///
/// [`DetectError::Parameter`] for a parameter that is not a positive number, [`DetectError::Time`] for times that do not
/// increase.
///
/// # Degenerate input
///
/// Without noise along one axis (a standing eye, or fewer than five samples) there is no scale, and no saccade is found.
///
/// # Reference
///
/// Engbert & Kliegl (2003), Vision Research 43(9), doi:10.1016/S0042-6989(03)00084-1; the noise as in Engbert et al. (2015),
/// *Microsaccade Toolbox* 0.9. Same events as `pymovements.events.microsaccades` on velocities of the method `fivepoint`.
///
/// # Examples
///
/// ```
/// use gaze_data::{GazeSample, saccades};
///
/// // 500 Hz: small noise, and a step of 60 pixels within six samples.
/// let x = |index: usize| (index % 5) as f64 * 0.1 + (index.clamp(100, 106) - 100) as f64 * 10.0;
/// let sample = |index| GazeSample { time_ms: index as f64 * 2.0, x: x(index), y: x(index) };
/// let samples: Vec<_> = (0..200).map(sample).collect();
/// assert_eq!(saccades(&samples, 6.0, 6.0)?.len(), 1);
/// # Ok::<(), gaze_data::DetectError>(())
/// ```
pub fn saccades(samples: &[GazeSample], lambda: f64, shortest_ms: f64) -> Result<Vec<(f64, f64)>, DetectError> {
    for (name, found) in [("multiple of the noise", lambda), ("shortest duration of a saccade", shortest_ms)] {
        if !(found > 0.0 && found.is_finite()) {
            return Err(DetectError::Parameter { name, found });
        }
    }
    check_times(samples)?;
    let moving = moving(samples, lambda, shortest_ms);
    let times = |(first, last): (usize, usize)| (samples[first].time_ms, samples[last].time_ms);
    Ok(runs(samples.len(), |index| moving[index]).into_iter().map(times).collect())
}

/// Tells for each sample whether it is part of a saccade.
pub(super) fn moving(samples: &[GazeSample], lambda: f64, shortest_ms: f64) -> Vec<bool> {
    let velocities = velocity::five_point(samples);
    let (x, y) = (noise(velocities.iter().map(|v| v.0)) * lambda, noise(velocities.iter().map(|v| v.1)) * lambda);
    let mut moving = vec![false; samples.len()];
    if !(x >= SMALLEST_NOISE * lambda && y >= SMALLEST_NOISE * lambda) {
        return moving;
    }
    let is_outside = |index: usize| {
        let (vx, vy) = velocities[index];
        (vx / x).powi(2) + (vy / y).powi(2) > 1.0
    };
    for (first, last) in runs(samples.len(), is_outside) {
        if samples[last].time_ms - samples[first].time_ms >= shortest_ms {
            moving[first..=last].fill(true);
        }
    }
    moving
}

/// Returns the square root of the median squared distance from the median, of the velocities that are known.
fn noise(velocities: impl Iterator<Item = f64>) -> f64 {
    let known: Vec<f64> = velocities.filter(|velocity| velocity.is_finite()).collect();
    let center = median(known.clone());
    median(known.into_iter().map(|velocity| (velocity - center).powi(2)).collect()).sqrt()
}

/// Returns the median; NaN without values.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let is_even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if is_even => (lower + upper) / 2.0,
        _ => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_even_counts_are_means_of_the_middle_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_bits(), 2.0f64.to_bits());
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5f64.to_bits());
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_standing_eye_makes_no_saccade() {
        let sample = |index: usize| GazeSample { time_ms: index as f64, x: 5.0, y: 5.0 };
        let samples: Vec<_> = (0..50).map(sample).collect();
        assert_eq!(saccades(&samples, 6.0, 6.0), Ok(Vec::new()));
        assert_eq!(saccades(&samples[..3], 6.0, 6.0), Ok(Vec::new()));
        assert_eq!(
            saccades(&samples, 0.0, 6.0).unwrap_err().to_string(),
            "the multiple of the noise must be a positive number, not 0"
        );
    }
}
