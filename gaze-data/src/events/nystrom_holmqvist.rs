//! The adaptive algorithm of Nyström & Holmqvist (2010): saccades and glissades by thresholds that follow from the noise.
//!
//! ```text
//! v                 speed by a Savitzky–Golay filter of order 2 over twice the shortest saccade, degrees per second
//! P ← μ + 6 σ       of the speeds below P, from P = 200 until it changes by less than 1: the threshold of peaks
//! T = μ + 3 σ       of the speeds below P: the threshold of onsets
//! onset             back from a peak to the first local minimum of v below T
//! offset            on from the peak to the first local minimum of v below 0.7 T + 0.3 (μ + 3 σ of the 40 ms before onset)
//! glissade          as long as v exceeds the offset threshold again within 40 ms after the offset
//! ```
//!
//! Samples faster than 1000 degrees per second, or with more than 100 000 degrees per second squared, are physiologically
//! impossible and count as lost. A run of samples above the threshold of peaks is a peak from a sixth of the shortest saccade
//! on. Samples between an onset and an offset are in no fixation, however short the saccade.
//!
//! Source: Nyström & Holmqvist (2010), *An adaptive algorithm for fixation, saccade, and glissade detection in eyetracking
//! data*, Behavior Research Methods 42(1), doi:10.3758/BRM.42.1.188.

use super::{GazeSample, runs, velocity};

/// The first threshold of peaks, in degrees per second; the result does not depend on it between 100 and 300.
const FIRST_THRESHOLD: f64 = 200.0;

/// The change of the threshold of peaks at which it is found, in degrees per second.
const SETTLED: f64 = 1.0;

/// The fastest eye, in degrees per second and degrees per second squared.
const FASTEST: f64 = 1000.0;
const MOST_ACCELERATED: f64 = 100_000.0;

/// The weights of the threshold of onsets and of the local noise in the threshold of offsets.
const GLOBAL: f64 = 0.7;
const LOCAL: f64 = 0.3;

/// Returns the mean and the standard deviation of the speeds for which `is` holds; NaN without any.
fn moments(speeds: &[f64], is: impl Fn(f64) -> bool) -> (f64, f64) {
    let chosen = || speeds.iter().copied().filter(|&speed| is(speed));
    let count = chosen().count() as f64;
    let mean = chosen().sum::<f64>() / count;
    let variance = chosen().map(|speed| (speed - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, variance.sqrt())
}

/// Tells for each sample whether it is part of a saccade or glissade, or impossible. `scale` is in pixels per degree.
pub(super) fn moving(samples: &[GazeSample], scale: f64, shortest_saccade_ms: f64, shortest_ms: f64) -> Vec<bool> {
    let mut moving = vec![false; samples.len()];
    let interval = velocity::interval(samples);
    if interval.is_nan() || interval <= 0.0 {
        return moving;
    }
    let count = |ms: f64| (0..samples.len()).take_while(|&count| (count as f64) * interval < ms).count().max(1);
    let found = velocity::smooth(samples, count(shortest_saccade_ms));
    let is_possible =
        |&(speed, acceleration): &(f64, f64)| speed / scale <= FASTEST && acceleration / scale <= MOST_ACCELERATED;
    let speeds: Vec<f64> =
        found.iter().map(|found| if is_possible(found) { found.0 / scale } else { f64::NAN }).collect();
    for (moving, found) in moving.iter_mut().zip(&found) {
        // Samples near the ends and near lost ones have no speed, and are not known to move.
        *moving = found.0.is_finite() && !is_possible(found);
    }
    let Some((peak, onset)) = thresholds(&speeds) else { return moving };
    let window = count(shortest_ms);
    let shortest_peak = count(shortest_saccade_ms / 6.0);
    let mut done = 0;
    for (first, last) in runs(speeds.len(), |index| speeds[index] > peak) {
        // A peak within the saccade or glissade before is part of it.
        if first < done || last - first + 1 < shortest_peak {
            continue;
        }
        let start = minimum_before(&speeds, first, onset);
        let (mean, deviation) = moments(&speeds[start.saturating_sub(window)..start], f64::is_finite);
        let noise = mean + 3.0 * deviation;
        let offset = if noise.is_finite() && noise < peak { GLOBAL * onset + LOCAL * noise } else { onset };
        let end = minimum_after(&speeds, last, offset);
        let glissade = glissade(&speeds, end, offset, window);
        moving[start..=glissade].fill(true);
        done = glissade + 1;
    }
    moving
}

/// Finds the thresholds of peaks and onsets; `None` without speeds.
fn thresholds(speeds: &[f64]) -> Option<(f64, f64)> {
    let mut peak = FIRST_THRESHOLD;
    // The threshold settles within a few rounds; speeds that never do are not looked at for ever.
    for _ in 0..100 {
        let (mean, deviation) = moments(speeds, |speed| speed < peak);
        let next = mean + 6.0 * deviation;
        if !next.is_finite() {
            return None;
        }
        let is_settled = (next - peak).abs() < SETTLED;
        peak = next;
        if is_settled {
            break;
        }
    }
    let (mean, deviation) = moments(speeds, |speed| speed < peak);
    let onset = mean + 3.0 * deviation;
    onset.is_finite().then_some((peak, onset))
}

/// Goes back from a sample to the first local minimum below the threshold, or to the last sample with a speed.
fn minimum_before(speeds: &[f64], from: usize, threshold: f64) -> usize {
    let mut index = from;
    while index > 0 && speeds[index - 1].is_finite() {
        if speeds[index] < threshold && speeds[index - 1] >= speeds[index] {
            break;
        }
        index -= 1;
    }
    index
}

/// Goes on from a sample to the first local minimum below the threshold, or to the last sample with a speed.
fn minimum_after(speeds: &[f64], from: usize, threshold: f64) -> usize {
    let mut index = from;
    while index + 1 < speeds.len() && speeds[index + 1].is_finite() {
        if speeds[index] < threshold && speeds[index + 1] >= speeds[index] {
            break;
        }
        index += 1;
    }
    index
}

/// Returns the end of the glissade after a saccade, or the end of the saccade if there is none: the minimum behind the last
/// run of samples in the window that exceed the threshold of offsets.
fn glissade(speeds: &[f64], end: usize, threshold: f64, window: usize) -> usize {
    let last = (end + window).min(speeds.len().saturating_sub(1));
    let swing = (end + 1..=last).rev().find(|&index| speeds[index] > threshold && speeds[index].is_finite());
    match swing {
        // What still moves at the end of the window is the next saccade and no glissade.
        Some(swing) if swing < last => minimum_after(speeds, swing, threshold),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_follow_the_noise() {
        // Speeds of a fixation with little noise, and one saccade.
        let mut speeds: Vec<f64> = (0..500).map(|index| 5.0 + (index % 7) as f64).collect();
        speeds[200..210].fill(300.0);
        let (peak, onset) = thresholds(&speeds).unwrap();
        // The mean is 8 and the deviation 2: peaks at 20, onsets at 14.
        assert!((peak - 20.0).abs() < 0.2 && (onset - 14.0).abs() < 0.2, "{peak}, {onset}");
        assert_eq!(thresholds(&[]), None);
    }

    #[test]
    fn a_swing_after_a_saccade_is_a_glissade_and_another_saccade_is_none() {
        let mut speeds = vec![1.0; 40];
        speeds[12..15].fill(50.0);
        assert_eq!(glissade(&speeds, 10, 20.0, 20), 15);
        assert_eq!(glissade(&speeds, 20, 20.0, 10), 20);
        speeds[25..].fill(50.0);
        assert_eq!(glissade(&speeds, 20, 20.0, 10), 20);
    }
}
