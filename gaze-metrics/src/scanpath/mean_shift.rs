//! Clusters of fixations by mean shift.

use gaze_core::Fixation;

use super::{
    ScanpathError, ScanpathPoints,
    error::{check_pairs, check_positive},
    points::squared_distance,
};

/// The largest number of steps from one fixation to its cluster; scikit-learn's `max_iter`.
const MOST_STEPS: usize = 300;

/// A step this short, as a share of the bandwidth, is the last; scikit-learn's.
const SHORTEST_STEP: f64 = 1e-3;

/// Clusters of places, found by mean shift with a flat kernel.
///
/// From each fixation, a place moves to the mean of all fixations within the bandwidth until it stays. Of the places where it
/// stays, those with the most fixations around are kept first, and none within the bandwidth of one that is kept.
///
/// # Reference
///
/// Comaniciu & Meer (2002), IEEE Transactions on Pattern Analysis and Machine Intelligence 24(5), doi:10.1109/34.1000236; for
/// scanpaths as in the [sequence score](super::sequence_score). Same clusters as scikit-learn's
/// `MeanShift(bandwidth=…)`, in the same order.
///
/// # Example
///
/// ```
/// use gaze_metrics::scanpath::{Clusters, ScanpathPoints, sequence_score};
///
/// let first = ScanpathPoints::new(&[10.0, 92.0, 11.0], &[10.0, 90.0, 12.0], None)?;
/// let second = ScanpathPoints::new(&[12.0, 90.0], &[9.0, 91.0], None)?;
/// let clusters = Clusters::mean_shift([&first, &second], 20.0)?;
/// assert_eq!(clusters.centers().len(), 2);
/// let (a, b) = (clusters.labels_of(&first), clusters.labels_of(&second));
/// assert_eq!(sequence_score(&a, &b, 0.0)?, 2.0 / 3.0);
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    centers: Vec<Fixation>,
}

impl Clusters {
    /// Finds the clusters of all fixations of some scanpaths. The bandwidth has no neutral default: it is the distance at which two
    /// fixations are at one thing.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::NotPositive`] for a bandwidth that is not, [`ScanpathError::Nothing`] without scanpaths or if no mean
    /// stays anywhere, [`ScanpathError::TooLong`].
    pub fn mean_shift<'a>(
        scanpaths: impl IntoIterator<Item = &'a ScanpathPoints>,
        bandwidth_px: f64,
    ) -> Result<Self, ScanpathError> {
        check_positive("the bandwidth", bandwidth_px)?;
        let points: Vec<Fixation> = scanpaths.into_iter().flat_map(ScanpathPoints::points).copied().collect();
        if points.is_empty() {
            return Err(ScanpathError::Nothing { what: "fixations" });
        }
        // Each fixation may take all steps, each of which looks at all fixations.
        check_pairs(points.len(), points.len().saturating_mul(8))?;
        let squared = bandwidth_px * bandwidth_px;
        let mut modes: Vec<(usize, Fixation)> =
            points.iter().filter_map(|&start| climb(start, &points, bandwidth_px)).collect();
        // The most fixations first, then by place, so that the order of the fixations does not matter.
        modes.sort_by(|(n, a), (m, b)| m.cmp(n).then(b.x.total_cmp(&a.x)).then(b.y.total_cmp(&a.y)));
        let mut centers: Vec<Fixation> = Vec::new();
        for (_, mode) in modes {
            if centers.iter().all(|center| squared_distance(center, &mode) > squared) {
                centers.push(mode);
            }
        }
        Self::of_centers(&centers)
    }

    /// Takes the centers of clusters that were found elsewhere.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::Nothing`] without centers, [`ScanpathError::NoPlace`] for one that is no place.
    pub fn of_centers(centers: &[Fixation]) -> Result<Self, ScanpathError> {
        if centers.is_empty() {
            return Err(ScanpathError::Nothing { what: "clusters" });
        }
        match centers.iter().position(|center| !center.x.is_finite() || !center.y.is_finite()) {
            Some(index) => Err(ScanpathError::NoPlace { index, x: centers[index].x, y: centers[index].y }),
            None => Ok(Self { centers: centers.to_vec() }),
        }
    }

    /// The centers, those of the most fixations first.
    #[must_use]
    pub fn centers(&self) -> &[Fixation] {
        &self.centers
    }

    /// The cluster of each fixation: the one whose center is nearest, of equally near ones the first.
    #[must_use]
    pub fn labels_of(&self, scanpath: &ScanpathPoints) -> Vec<usize> {
        scanpath.points().iter().map(|point| self.nearest(point)).collect()
    }

    fn nearest(&self, point: &Fixation) -> usize {
        let mut nearest = (0, f64::INFINITY);
        for (label, center) in self.centers.iter().enumerate() {
            let squared = squared_distance(center, point);
            if squared < nearest.1 {
                nearest = (label, squared);
            }
        }
        nearest.0
    }
}

/// The number of fixations around the place where the mean stays, and the place. A mean that leaves all fixations behind, as that of a
/// ring may, is no place to stay.
fn climb(start: Fixation, points: &[Fixation], bandwidth_px: f64) -> Option<(usize, Fixation)> {
    let (squared, shortest) = (bandwidth_px * bandwidth_px, SHORTEST_STEP * bandwidth_px);
    let mut place = start;
    let mut steps = 0;
    loop {
        let (mut count, mut x, mut y) = (0usize, 0.0, 0.0);
        for point in points.iter().filter(|point| squared_distance(point, &place) <= squared) {
            (count, x, y) = (count + 1, x + point.x, y + point.y);
        }
        if count == 0 {
            return None;
        }
        let mean = Fixation { x: x / count as f64, y: y / count as f64 };
        let step = squared_distance(&mean, &place);
        place = mean;
        if step <= shortest * shortest || steps == MOST_STEPS {
            return Some((count, place));
        }
        steps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{any_path, path};
    use proptest::prelude::*;

    #[test]
    fn far_groups_of_fixations_are_clusters_and_the_largest_comes_first() {
        let few = [(10.0, 10.0), (12.0, 10.0)];
        let many = [(500.0, 300.0), (502.0, 300.0), (501.0, 303.0)];
        let scanpath = path(&[few.as_slice(), &many].concat());
        let clusters = Clusters::mean_shift([&scanpath], 30.0).unwrap();
        assert_eq!(clusters.centers(), [Fixation { x: 501.0, y: 301.0 }, Fixation { x: 11.0, y: 10.0 }]);
        assert_eq!(clusters.labels_of(&scanpath), [1, 1, 0, 0, 0]);
    }

    #[test]
    fn what_has_no_clusters_says_why() {
        let one = path(&[(1.0, 1.0)]);
        let message = |result: Result<Clusters, ScanpathError>| result.unwrap_err().to_string();
        assert_eq!(message(Clusters::mean_shift([&one], 0.0)), "the bandwidth is 0, it must be a positive number");
        assert_eq!(message(Clusters::mean_shift([], 5.0)), "no fixations");
        assert_eq!(message(Clusters::of_centers(&[])), "no clusters");
        let nowhere = Clusters::of_centers(&[Fixation { x: f64::NAN, y: 0.0 }]);
        assert_eq!(message(nowhere), "fixation 0 has no place: x = NaN, y = 0");
        assert_eq!(Clusters::mean_shift([&one], 5.0).unwrap().labels_of(&one), [0]);
    }

    proptest! {
        #[test]
        fn centers_are_further_apart_than_the_bandwidth(a in any_path(1..40)) {
            let clusters = Clusters::mean_shift([&a], 120.0).unwrap();
            let centers = clusters.centers();
            for (i, center) in centers.iter().enumerate() {
                prop_assert!(centers[..i].iter().all(|other| squared_distance(center, other) > 120.0 * 120.0));
            }
            prop_assert!(clusters.labels_of(&a).iter().all(|&label| label < centers.len()));
        }
    }
}
