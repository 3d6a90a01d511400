//! Coordinates and times that are not plausible, with what would mend them. Nothing is changed here.

use gaze_core::{Fixation, Size};

use crate::RawScanpath;

/// The number of fixations or durations that are needed to say anything.
const ENOUGH: usize = 3;

/// The share of fixations at exactly (0, 0) that is told.
const HEAP: f64 = 0.05;

/// The duration in milliseconds that every fixation exceeds: the eye needs several times as long to begin another movement.
const SHORTEST_MS: f64 = 10.0;

/// The side in pixels beyond which an image is too large for all gaze to lie within its first pixel.
const SMALL_SIDE: usize = 8;

/// Counts what is not plausible in gaze: coordinates that seem to be shares of the image's sides, a heap of fixations at the
/// origin, `x` and `y` exchanged, and durations that seem to be seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GazeCheck {
    placed: usize,
    within_one: usize,
    at_origin: usize,
    on_large: usize,
    outside: usize,
    outside_exchanged: usize,
    durations: usize,
    longest_ms: f64,
}

impl GazeCheck {
    /// Counts the gaze on one image. Without its size, nothing is said about places outside it.
    pub fn add(&mut self, scanpaths: &[RawScanpath], size: Option<Size>) {
        for fixation in scanpaths.iter().flat_map(|scanpath| &scanpath.fixations) {
            if let Some(duration) = fixation.duration_ms.filter(|duration| *duration > 0.0) {
                self.durations += 1;
                self.longest_ms = self.longest_ms.max(duration);
            }
            let (x, y) = (fixation.x, fixation.y);
            if fixation.excluded.is_some() || !x.is_finite() || !y.is_finite() {
                continue;
            }
            self.placed += 1;
            self.within_one += usize::from((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y));
            self.at_origin += usize::from(x == 0.0 && y == 0.0);
            if let Some(size) = size {
                self.on_large += usize::from(size.height.min(size.width) > SMALL_SIDE);
                let is_outside = |x, y| usize::from(Fixation { x, y }.pixel(size).is_none());
                self.outside += is_outside(x, y);
                self.outside_exchanged += is_outside(y, x);
            }
        }
    }

    /// Adds the counts of other images.
    pub fn join(&mut self, other: &Self) {
        self.placed += other.placed;
        self.within_one += other.within_one;
        self.at_origin += other.at_origin;
        self.on_large += other.on_large;
        self.outside += other.outside;
        self.outside_exchanged += other.outside_exchanged;
        self.durations += other.durations;
        self.longest_ms = self.longest_ms.max(other.longest_ms);
    }

    /// Says what is not plausible, with counts, and the option that would mend it.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let Self { placed, within_one, at_origin, on_large, outside, outside_exchanged, durations, longest_ms } = *self;
        let mut notes = Vec::new();
        let are_shares = placed >= ENOUGH && within_one == placed && on_large == placed && at_origin < placed;
        if are_shares {
            notes.push(format!(
                "all {placed} fixations lie within 0 and 1, as shares of an image's sides do: --units normalised takes them so"
            ));
        }
        let share = at_origin as f64 / placed.max(1) as f64;
        if at_origin >= ENOUGH && share >= HEAP {
            notes.push(format!(
                "{at_origin} of {placed} fixations ({:.0} %) lie at exactly (0, 0), where many programs put lost samples: \
                 --lost 0,0 leaves them out",
                share * 100.0
            ));
        }
        if outside >= ENOUGH && outside_exchanged * 10 < outside {
            notes.push(format!(
                "{outside} of {placed} fixations lie outside their images, and {outside_exchanged} would with x and y \
                 exchanged: --columns x=y,y=x exchanges them in a table"
            ));
        }
        if durations >= ENOUGH && longest_ms < SHORTEST_MS {
            notes.push(format!(
                "all {durations} durations are below {SHORTEST_MS} ms, the longest is {longest_ms}: --units seconds takes \
                 times as seconds"
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawFixation;

    const SIZE: Size = Size { height: 60, width: 160 };

    #[track_caller]
    fn check(fixations: &[(f64, f64, Option<f64>)], expected: &[&str]) {
        let fixation = |&(x, y, duration)| RawFixation::from_origin(0.0, x, y, duration, None);
        let fixations = fixations.iter().map(fixation).collect();
        let mut one = GazeCheck::default();
        one.add(&[RawScanpath { observer: None, fixations }], Some(SIZE));
        let mut all = GazeCheck::default();
        all.join(&one);
        assert_eq!(all.notes(), expected);
    }

    #[test]
    fn shares_of_the_sides_are_told() {
        let told =
            "all 3 fixations lie within 0 and 1, as shares of an image's sides do: --units normalised takes them so";
        check(&[(0.1, 0.2, None), (0.0, 1.0, None), (1.0, 0.5, None)], &[told]);
        check(&[(0.1, 0.2, None), (0.0, 1.0, None), (1.1, 0.5, None)], &[]);
        check(&[(0.1, 0.2, None), (0.3, 0.4, None)], &[]);
    }

    #[test]
    fn a_heap_at_the_origin_is_told() {
        let told = "3 of 5 fixations (60 %) lie at exactly (0, 0), where many programs put lost samples: --lost 0,0 leaves \
                    them out";
        let zero = (0.0, 0.0, None);
        check(&[zero, zero, (9.0, 9.0, None), zero, (20.0, 3.0, None)], &[told]);
        check(&[zero, zero, (9.0, 9.0, None), (20.0, 3.0, None)], &[]);
    }

    #[test]
    fn exchanged_axes_are_told() {
        let told = "3 of 4 fixations lie outside their images, and 0 would with x and y exchanged: --columns x=y,y=x \
                    exchanges them in a table";
        check(&[(9.0, 100.0, None), (8.0, 61.0, None), (7.0, 150.0, None), (5.0, 5.0, None)], &[told]);
        // Gaze beside the image is beside it either way.
        check(&[(-9.0, 100.0, None), (-8.0, 61.0, None), (-7.0, 150.0, None)], &[]);
    }

    #[test]
    fn seconds_are_told() {
        let told = "all 3 durations are below 10 ms, the longest is 0.31: --units seconds takes times as seconds";
        check(&[(9.0, 1.0, Some(0.2)), (8.0, 6.0, Some(0.31)), (7.0, 5.0, Some(0.25))], &[told]);
        check(&[(9.0, 1.0, Some(0.2)), (8.0, 6.0, Some(310.0)), (7.0, 5.0, Some(0.25))], &[]);
    }
}
