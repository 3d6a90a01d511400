//! Velocities of gaze in pixels per second, and the interval between samples.

use super::GazeSample;

/// A coordinate of a sample.
type Value = fn(&GazeSample) -> f64;

/// Returns the median interval between samples in milliseconds; NaN for fewer than two samples.
pub(super) fn interval(samples: &[GazeSample]) -> f64 {
    let mut steps: Vec<f64> = samples.windows(2).map(|pair| pair[1].time_ms - pair[0].time_ms).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Returns the velocity at each sample: the mean of the two samples after minus the mean of the two before, over three
/// intervals. It is NaN where one of these samples is lost or does not exist.
pub(super) fn five_point(samples: &[GazeSample]) -> Vec<(f64, f64)> {
    let rate = 1000.0 / interval(samples);
    let mut velocities = vec![(f64::NAN, f64::NAN); samples.len()];
    for (velocity, window) in velocities.iter_mut().skip(2).zip(samples.windows(5)) {
        let of = |value: fn(&GazeSample) -> f64| {
            (value(&window[4]) + value(&window[3]) - value(&window[1]) - value(&window[0])) * rate / 6.0
        };
        *velocity = (of(|sample| sample.x), of(|sample| sample.y));
    }
    velocities
}

/// Returns the speed and the size of the acceleration at each sample, by a parabola fitted to `half` samples on either side
/// (a Savitzky–Golay filter of order 2).
pub(super) fn smooth(samples: &[GazeSample], half: usize) -> Vec<(f64, f64)> {
    let rate = 1000.0 / interval(samples);
    let half = half.max(1);
    let places: Vec<f64> = (0..=2 * half).map(|place| place as f64 - half as f64).collect();
    let squares: f64 = places.iter().map(|place| place * place).sum();
    let mean = squares / places.len() as f64;
    let spread: f64 = places.iter().map(|place| (place * place - mean).powi(2)).sum();
    let mut found = vec![(f64::NAN, f64::NAN); samples.len()];
    for (found, window) in found.iter_mut().skip(half).zip(samples.windows(2 * half + 1)) {
        let sum = |value: fn(&GazeSample) -> f64, weight: &dyn Fn(f64) -> f64| -> f64 {
            window.iter().zip(&places).map(|(sample, &place)| weight(place) * value(sample)).sum()
        };
        let slope = |value| sum(value, &|place| place) / squares * rate;
        let bend = |value| 2.0 * sum(value, &|place| place * place - mean) / spread * rate * rate;
        let (x, y): (Value, Value) = (|sample| sample.x, |sample| sample.y);
        *found = (slope(x).hypot(slope(y)), bend(x).hypot(bend(y)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_has_its_own_velocity_and_acceleration() {
        // x = 3 t + 2 t² with t in seconds at 100 Hz.
        let sample = |index: usize| {
            let t = index as f64 / 100.0;
            GazeSample { time_ms: t * 1000.0, x: 3.0 * t + 2.0 * t * t, y: 7.0 }
        };
        let samples: Vec<_> = (0..20).map(sample).collect();
        let (speed, acceleration) = smooth(&samples, 3)[10];
        assert!((speed - 3.4).abs() < 1e-9 && (acceleration - 4.0).abs() < 1e-6, "{speed}, {acceleration}");
        let (x, y) = five_point(&samples)[10];
        assert!((x - 3.4).abs() < 1e-9 && y.abs() < 1e-9, "{x}, {y}");
        assert!(five_point(&samples)[1].0.is_nan() && five_point(&samples)[18].0.is_nan());
        assert!(smooth(&samples[..3], 3).iter().all(|(speed, _)| speed.is_nan()));
    }
}
