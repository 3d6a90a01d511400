//! Figures of a single scanpath: how many fixations, how long, how far.

use super::{ScanpathPoints, points::length};

/// The figures of one scanpath.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descriptives {
    /// The number of fixations, at least 1.
    pub fixations: usize,
    /// The mean duration of a fixation in milliseconds, if durations are known.
    pub mean_duration_ms: Option<f64>,
    /// The sum of the durations of the fixations in milliseconds, if durations are known. Saccades are not part of it.
    pub total_duration_ms: Option<f64>,
    /// The mean amplitude of a saccade in pixels; one fixation has none.
    pub mean_amplitude_px: Option<f64>,
    /// The sum of the amplitudes in pixels, 0 for one fixation.
    pub length_px: f64,
}

impl Descriptives {
    /// Computes the figures of a scanpath.
    ///
    /// ```
    /// use gaze_metrics::scanpath::{Descriptives, ScanpathPoints};
    ///
    /// let scanpath = ScanpathPoints::new(&[0.0, 30.0, 30.0], &[0.0, 40.0, 50.0], Some(&[100.0, 300.0, 200.0]))?;
    /// let figures = Descriptives::of(&scanpath);
    /// assert_eq!((figures.fixations, figures.length_px), (3, 60.0));
    /// assert_eq!((figures.mean_duration_ms, figures.mean_amplitude_px), (Some(200.0), Some(30.0)));
    /// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
    /// ```
    #[must_use]
    pub fn of(scanpath: &ScanpathPoints) -> Self {
        let fixations = scanpath.count();
        let total_duration_ms = scanpath.durations_ms().map(|durations| durations.iter().sum::<f64>());
        let length_px = scanpath.length_px();
        Self {
            fixations,
            mean_duration_ms: total_duration_ms.map(|total| total / fixations as f64),
            total_duration_ms,
            mean_amplitude_px: (fixations > 1).then(|| length_px / (fixations - 1) as f64),
            length_px,
        }
    }
}

/// The number of saccades in each direction: a polar histogram.
///
/// Directions are counted in steps from the right, counterclockwise as they are seen: with 4 steps they are right, up, left
/// and down. The first step lies around the right, not beside it, so that saccades along a line of text are in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectionHistogram {
    counts: Vec<usize>,
    without: usize,
}

impl DirectionHistogram {
    /// The largest number of steps.
    pub const MOST_STEPS: usize = 3600;

    /// A histogram without saccades. The number of steps is taken within 1 and [`DirectionHistogram::MOST_STEPS`].
    ///
    /// ```
    /// use gaze_metrics::scanpath::{DirectionHistogram, ScanpathPoints};
    ///
    /// // To the right, up (where y is less), and to the right again.
    /// let scanpath = ScanpathPoints::new(&[0.0, 50.0, 50.0, 80.0], &[90.0, 90.0, 10.0, 11.0], None)?;
    /// let mut histogram = DirectionHistogram::new(4);
    /// histogram.add(&scanpath);
    /// assert_eq!(histogram.counts(), [2, 1, 0, 0]);
    /// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
    /// ```
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Self { counts: vec![0; steps.clamp(1, Self::MOST_STEPS)], without: 0 }
    }

    /// Counts the saccades of a scanpath.
    pub fn add(&mut self, scanpath: &ScanpathPoints) {
        let steps = self.counts.len();
        for [x, y] in scanpath.saccades() {
            if length([x, y]) > 0.0 {
                // y grows downwards, directions turn upwards.
                let turn = ((-y).atan2(x) / std::f64::consts::TAU).rem_euclid(1.0);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ turn ≤ 1")]
                let step = (turn * steps as f64).round() as usize;
                self.counts[step % steps] += 1;
            } else {
                self.without += 1;
            }
        }
    }

    /// The number of saccades in each step, the first around the right, then counterclockwise.
    #[must_use]
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The number of saccades that lead nowhere and have no direction.
    #[must_use]
    pub fn without_direction(&self) -> usize {
        self.without
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{any_path, path};
    use proptest::prelude::*;

    #[test]
    fn one_fixation_has_no_amplitude_and_no_durations_give_none() {
        let figures = Descriptives::of(&path(&[(3.0, 4.0)]));
        assert_eq!((figures.fixations, figures.mean_amplitude_px), (1, None));
        assert_eq!((figures.mean_duration_ms, figures.total_duration_ms), (None, None));
        assert!(figures.length_px.abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn directions_are_as_they_are_seen() {
        let star = |x: f64, y: f64| path(&[(100.0, 100.0), (100.0 + x, 100.0 + y)]);
        for (step, (x, y)) in
            [(9.0, 0.5), (9.0, -9.0), (0.5, -9.0), (-9.0, -9.0), (-9.0, 0.5), (-9.0, 9.0), (0.0, 9.0), (9.0, 9.0)]
                .into_iter()
                .enumerate()
        {
            let mut histogram = DirectionHistogram::new(8);
            histogram.add(&star(x, y));
            assert_eq!(histogram.counts().iter().position(|&count| count == 1), Some(step), "{x} {y}");
        }
        let mut still = DirectionHistogram::new(0);
        still.add(&star(0.0, 0.0));
        assert_eq!((still.counts(), still.without_direction()), ([0].as_slice(), 1));
    }

    proptest! {
        #[test]
        fn every_saccade_is_counted_once(a in any_path(1..30), steps in 1usize..50) {
            let mut histogram = DirectionHistogram::new(steps);
            histogram.add(&a);
            let counted = histogram.counts().iter().sum::<usize>() + histogram.without_direction();
            prop_assert_eq!(counted, a.count() - 1);
        }
    }
}
