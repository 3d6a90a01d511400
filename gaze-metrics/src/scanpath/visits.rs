//! Visits of a scanpath to a region of the picture.

use super::ScanpathPoints;
use crate::Region;

/// The figures of a scanpath's visits to a region. A visit is one fixation or more in succession inside the region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionVisits {
    /// The number of fixations inside.
    pub fixations: usize,
    /// The number of visits.
    pub visits: usize,
    /// The sum of the durations of the fixations inside, in milliseconds, if durations are known: the dwell time.
    pub dwell_ms: Option<f64>,
    /// The position of the first fixation inside, from 0; `None` if there is none.
    pub first_fixation: Option<usize>,
    /// The sum of the durations of the fixations before the first inside, in milliseconds; `None` if there is none inside, or durations
    /// are not known. The time to the first fixation is longer by the saccades in between.
    pub time_before_ms: Option<f64>,
}

impl RegionVisits {
    /// Counts the visits to a region. The left and upper edges belong to the region, the right and lower ones do not.
    ///
    /// ```
    /// use gaze_core::Size;
    /// use gaze_metrics::{Region, scanpath::{RegionVisits, ScanpathPoints}};
    ///
    /// let left = Region::new(Size { height: 100, width: 200 }, 0.0, 0.0, 100.0, 100.0)?;
    /// let scanpath = ScanpathPoints::new(&[150.0, 20.0, 30.0, 160.0, 40.0], &[50.0; 5], Some(&[100.0; 5]))?;
    /// let visits = RegionVisits::of(&scanpath, &left);
    /// assert_eq!((visits.fixations, visits.visits, visits.revisits()), (3, 2, 1));
    /// assert_eq!((visits.dwell_ms, visits.time_before_ms), (Some(300.0), Some(100.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(scanpath: &ScanpathPoints, region: &Region) -> Self {
        let ((left, right), (upper, lower)) = (region.x(), region.y());
        let inside: Vec<bool> = scanpath
            .points()
            .iter()
            .map(|point| (left..right).contains(&point.x) && (upper..lower).contains(&point.y))
            .collect();
        let first_fixation = inside.iter().position(|&inside| inside);
        let begins = |&(index, &inside_now): &(usize, &bool)| inside_now && (index == 0 || !inside[index - 1]);
        let durations = scanpath.durations_ms();
        let dwell =
            |durations: &[f64]| durations.iter().zip(&inside).filter(|&(_, &inside)| inside).map(|(d, _)| d).sum();
        Self {
            fixations: inside.iter().filter(|&&inside| inside).count(),
            visits: inside.iter().enumerate().filter(begins).count(),
            dwell_ms: durations.map(dwell),
            first_fixation,
            time_before_ms: durations.zip(first_fixation).map(|(durations, first)| durations[..first].iter().sum()),
        }
    }

    /// The number of visits after the first.
    #[must_use]
    pub fn revisits(&self) -> usize {
        self.visits.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{any_path, path};
    use gaze_core::Size;
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 600, width: 800 };

    #[test]
    fn a_region_that_is_never_fixated_has_no_first_fixation() {
        let region = Region::new(SIZE, 0.0, 0.0, 10.0, 10.0).unwrap();
        let visits = RegionVisits::of(&path(&[(10.0, 5.0), (5.0, 10.0)]), &region);
        let none = RegionVisits { fixations: 0, visits: 0, dwell_ms: None, first_fixation: None, time_before_ms: None };
        assert_eq!((visits, visits.revisits()), (none, 0));
        assert_eq!(RegionVisits::of(&path(&[(0.0, 9.9)]), &region).first_fixation, Some(0));
    }

    proptest! {
        #[test]
        fn the_whole_picture_is_visited_once_and_halves_add_up(a in any_path(1..30)) {
            let of = |x, width| RegionVisits::of(&a, &Region::new(SIZE, x, 0.0, width, 600.0).unwrap());
            let (whole, left, right) = (of(0.0, 800.0), of(0.0, 400.0), of(400.0, 400.0));
            prop_assert_eq!((whole.fixations, whole.visits, whole.first_fixation), (a.count(), 1, Some(0)));
            prop_assert_eq!(left.fixations + right.fixations, whole.fixations);
            // Sums of some dozen durations in another order.
            prop_assert!((left.dwell_ms.unwrap() + right.dwell_ms.unwrap() - whole.dwell_ms.unwrap()).abs() < 1e-8);
            prop_assert!(left.visits.abs_diff(right.visits) <= 1);
        }
    }
}
