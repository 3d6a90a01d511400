//! Areas under curves of whole numbers, exactly.

/// A point of an ROC curve as counts: nonfixations and fixations at or above a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) false_positives: u64,
    pub(crate) true_positives: u64,
}

/// The area under the polygon through `points`, from `(0, 0)` to `(negatives, positives)`, as a fraction of the whole.
///
/// A point may lie to the left of the one before; the area between is then taken back.
pub(crate) fn trapezoids(points: impl IntoIterator<Item = Point>, negatives: u64, positives: u64) -> f64 {
    let mut last = Point { false_positives: 0, true_positives: 0 };
    let mut doubled: i128 = 0;
    let end = Point { false_positives: negatives, true_positives: positives };
    for point in points.into_iter().chain(std::iter::once(end)) {
        let step = i128::from(point.false_positives) - i128::from(last.false_positives);
        doubled += step * (i128::from(point.true_positives) + i128::from(last.true_positives));
        last = point;
    }
    doubled as f64 / (2.0 * negatives as f64 * positives as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(u64, u64)]) -> Vec<Point> {
        points.iter().map(|&(false_positives, true_positives)| Point { false_positives, true_positives }).collect()
    }

    #[test]
    fn known_areas() {
        assert!((trapezoids(curve(&[]), 10, 4) - 0.5).abs() < 1e-15);
        assert!((trapezoids(curve(&[(0, 4)]), 10, 4) - 1.0).abs() < 1e-15);
        assert!((trapezoids(curve(&[(10, 0)]), 10, 4)).abs() < 1e-15);
        // A triangle of 5, a rectangle of 10 taken back, and a trapezoid of 30, of 40.
        assert!((trapezoids(curve(&[(5, 2), (0, 2)]), 10, 4) - 0.625).abs() < 1e-15);
    }
}
