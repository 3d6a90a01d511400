//! A scanpath as its measures take it: places in temporal order, with durations where they are known.

use gaze_core::{Fixation, Scanpath};

use super::ScanpathError;

/// The places of one scanpath in temporal order, and the duration of each fixation where durations are known.
///
/// There is at least one fixation, every coordinate is a number, and durations are complete or absent. The places need
/// not lie on a picture: a measure that divides a picture into cells checks that itself.
///
/// ```
/// use gaze_metrics::scanpath::ScanpathPoints;
///
/// let scanpath = ScanpathPoints::new(&[10.0, 40.0], &[20.0, 60.0], Some(&[200.0, 250.0]))?;
/// assert_eq!(scanpath.count(), 2);
/// // 30 to the right and 40 down.
/// assert_eq!(scanpath.length_px(), 50.0);
/// let refused = ScanpathPoints::new(&[10.0, f64::NAN], &[20.0, 60.0], None);
/// assert_eq!(refused.unwrap_err().to_string(), "fixation 1 has no place: x = NaN, y = 60");
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScanpathPoints {
    points: Vec<Fixation>,
    durations_ms: Option<Vec<f64>>,
}

impl ScanpathPoints {
    /// The largest coordinate that is accepted, in either direction: the squares of distances stay far inside the range
    /// of 64 bits, and no screen is as wide.
    pub const FARTHEST: f64 = 1e9;

    /// The longest duration that is accepted, in milliseconds: eleven days.
    pub const LONGEST_MS: f64 = 1e9;

    /// Takes coordinates in pixels and durations in milliseconds, each list in temporal order.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::CoordinateMismatch`], [`ScanpathError::DurationMismatch`], [`ScanpathError::NoFixations`], and
    /// [`ScanpathError::NoPlace`] or [`ScanpathError::NoDuration`] with the position of the first bad number.
    pub fn new(x: &[f64], y: &[f64], durations_ms: Option<&[f64]>) -> Result<Self, ScanpathError> {
        if x.len() != y.len() {
            return Err(ScanpathError::CoordinateMismatch { x: x.len(), y: y.len() });
        }
        let points = x.iter().zip(y).map(|(&x, &y)| Fixation { x, y }).collect();
        Self::of_points(points, durations_ms.map(<[f64]>::to_vec))
    }

    fn of_points(points: Vec<Fixation>, durations_ms: Option<Vec<f64>>) -> Result<Self, ScanpathError> {
        if let Some(durations) = durations_ms.as_ref().map(Vec::len)
            && durations != points.len()
        {
            return Err(ScanpathError::DurationMismatch { durations, fixations: points.len() });
        }
        if points.is_empty() {
            return Err(ScanpathError::NoFixations);
        }
        // A NaN is not within any range.
        let within = |value: f64| (-Self::FARTHEST..=Self::FARTHEST).contains(&value);
        if let Some(index) = points.iter().position(|point| !within(point.x) || !within(point.y)) {
            return Err(ScanpathError::NoPlace { index, x: points[index].x, y: points[index].y });
        }
        let lasts = |duration: &f64| (0.0..=Self::LONGEST_MS).contains(duration);
        if let Some(durations) = &durations_ms
            && let Some(index) = durations.iter().position(|duration| !lasts(duration))
        {
            return Err(ScanpathError::NoDuration { index, found: durations[index] });
        }
        Ok(Self { points, durations_ms })
    }

    /// The places of the fixations, first to last; at least one.
    #[must_use]
    pub fn points(&self) -> &[Fixation] {
        &self.points
    }

    /// The duration of each fixation in milliseconds, if durations are known.
    #[must_use]
    pub fn durations_ms(&self) -> Option<&[f64]> {
        self.durations_ms.as_deref()
    }

    /// The number of fixations, at least 1.
    #[must_use]
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// The saccades, first to last: the differences `(x, y)` between each fixation and the next. One fixation has none.
    pub fn saccades(&self) -> impl ExactSizeIterator<Item = [f64; 2]> + '_ {
        self.points.windows(2).map(|pair| [pair[1].x - pair[0].x, pair[1].y - pair[0].y])
    }

    /// The length of the scanpath in pixels: the sum of the lengths of its saccades; 0 for one fixation.
    #[must_use]
    pub fn length_px(&self) -> f64 {
        self.saccades().map(length).fold(0.0, |sum, length| sum + length)
    }

    /// The durations, or the error of a measure that needs them.
    pub(super) fn needed_durations(&self, measure: &'static str) -> Result<&[f64], ScanpathError> {
        self.durations_ms().ok_or(ScanpathError::NoDurations { measure })
    }

    /// The error of a measure that needs more fixations than there are.
    pub(super) fn check_count(&self, measure: &'static str, needed: usize) -> Result<(), ScanpathError> {
        let found = self.count();
        if found >= needed { Ok(()) } else { Err(ScanpathError::TooShort { measure, needed, found }) }
    }
}

impl TryFrom<&Scanpath> for ScanpathPoints {
    type Error = ScanpathError;

    fn try_from(scanpath: &Scanpath) -> Result<Self, ScanpathError> {
        Self::of_points(scanpath.fixations().points().to_vec(), scanpath.durations_ms().map(<[f64]>::to_vec))
    }
}

/// The length of a difference of two places.
pub(super) fn length([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}

/// The square of the distance between two places.
pub(super) fn squared_distance(a: &Fixation, b: &Fixation) -> f64 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    x * x + y * y
}

/// The distance between two places.
pub(super) fn distance(a: &Fixation, b: &Fixation) -> f64 {
    squared_distance(a, b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixations, Size};

    #[track_caller]
    fn check(x: &[f64], y: &[f64], durations: Option<&[f64]>, message: &str) {
        assert_eq!(ScanpathPoints::new(x, y, durations).unwrap_err().to_string(), message);
    }

    #[test]
    fn what_is_no_scanpath_says_why() {
        check(&[], &[], None, "the scanpath has no fixations");
        check(&[1.0], &[], None, "1 x coordinates for 0 y coordinates");
        check(&[1.0, 2.0], &[1.0, 2.0], Some(&[100.0]), "1 durations for 2 fixations");
        check(&[1.0, 2.0], &[1.0, f64::NAN], None, "fixation 1 has no place: x = 2, y = NaN");
        check(&[f64::NEG_INFINITY], &[0.0], None, "fixation 0 has no place: x = -inf, y = 0");
        check(&[1e200], &[0.0], None, &format!("fixation 0 has no place: x = {}, y = 0", 1e200));
        check(&[1.0], &[1.0], Some(&[-1.0]), "fixation 0 lasts -1 ms, which is no duration");
        check(&[1.0], &[1.0], Some(&[f64::NAN]), "fixation 0 lasts NaN ms, which is no duration");
        check(&[1.0], &[1.0], Some(&[f64::INFINITY]), "fixation 0 lasts inf ms, which is no duration");
    }

    #[test]
    fn one_fixation_has_no_saccade_and_no_length() {
        let one = ScanpathPoints::new(&[5.0], &[6.0], None).unwrap();
        assert_eq!((one.count(), one.saccades().len(), one.length_px().to_bits()), (1, 0, 0f64.to_bits()));
    }

    #[test]
    fn saccades_lead_from_each_fixation_to_the_next() {
        let path = ScanpathPoints::new(&[0.0, 3.0, 3.0], &[0.0, 4.0, 2.0], None).unwrap();
        assert_eq!(path.saccades().collect::<Vec<_>>(), [[3.0, 4.0], [0.0, -2.0]]);
        assert!((path.length_px() - 7.0).abs() < 1e-15);
    }

    #[test]
    fn a_scanpath_of_a_dataset_is_taken_with_its_durations() {
        let fixations = |points| Fixations::new(Size { height: 5, width: 5 }, points).unwrap();
        let some = Scanpath::new(None, fixations(vec![Fixation { x: 1.0, y: 2.0 }]), Some(vec![80.0])).unwrap();
        let taken = ScanpathPoints::try_from(&some).unwrap();
        assert_eq!((taken.points(), taken.durations_ms()), (some.fixations().points(), some.durations_ms()));
        let none = Scanpath::new(None, fixations(Vec::new()), None).unwrap();
        assert_eq!(ScanpathPoints::try_from(&none), Err(ScanpathError::NoFixations));
    }
}
