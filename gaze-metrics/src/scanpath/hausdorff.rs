//! The Hausdorff distance.

use super::{ScanpathError, ScanpathPoints, nearest::Nearest};

/// Computes the Hausdorff distance: the largest distance of a fixation of either scanpath from the nearest of the other.
///
/// ```text
/// H  =  max of  h(P, Q),  h(Q, P)          h(P, Q)  =  max over p of  min over q of  d(p, q)
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each | pixels |
/// | result | 0 or more, lower is more similar | pixels |
///
/// It is symmetric, a metric on sets of places, and blind to order. One far fixation decides it.
///
/// # Errors
///
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Hausdorff (1914), Grundzüge der Mengenlehre. Same value as the larger of SciPy's `directed_hausdorff` in both directions;
/// [`directed_hausdorff`] is one of them.
pub fn hausdorff(first: &ScanpathPoints, second: &ScanpathPoints) -> Result<f64, ScanpathError> {
    let nearest = Nearest::between(first, second)?;
    Ok(largest(nearest.of_first.iter().chain(&nearest.of_second)))
}

/// Computes the directed Hausdorff distance `h(first, second)`: the largest distance of a fixation of the first scanpath
/// from the nearest of the second, in pixels.
///
/// It is not symmetric: 0 if every place of the first is one of the second's, wherever else the second went.
///
/// # Errors
///
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Same value as SciPy's `scipy.spatial.distance.directed_hausdorff`.
pub fn directed_hausdorff(first: &ScanpathPoints, second: &ScanpathPoints) -> Result<f64, ScanpathError> {
    Ok(largest(Nearest::between(first, second)?.of_first.iter()))
}

fn largest<'a>(squares: impl Iterator<Item = &'a f64>) -> f64 {
    squares.copied().fold(0.0, f64::max).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{moved, pair_of_paths, path, scaled};
    use proptest::prelude::*;

    /// Rounding of a distance of a thousand pixels.
    const ROUNDING: f64 = 1e-9;

    #[test]
    fn one_far_fixation_decides_it_in_one_direction() {
        let (near, far) = (path(&[(0.0, 0.0)]), path(&[(0.0, 0.0), (30.0, 40.0)]));
        assert_eq!(directed_hausdorff(&near, &far), Ok(0.0));
        assert_eq!(directed_hausdorff(&far, &near), Ok(50.0));
        assert_eq!(hausdorff(&near, &far), Ok(50.0));
    }

    proptest! {
        #[test]
        fn it_is_symmetric_0_for_itself_and_blind_to_order((a, b) in pair_of_paths(1..20)) {
            prop_assert_eq!(hausdorff(&a, &a), Ok(0.0));
            prop_assert_eq!(hausdorff(&a, &b), hausdorff(&b, &a));
            let mut backwards: Vec<_> = b.points().iter().map(|point| (point.x, point.y)).collect();
            backwards.reverse();
            prop_assert_eq!(hausdorff(&a, &path(&backwards)), hausdorff(&a, &b));
        }

        #[test]
        fn moving_both_changes_nothing_and_scaling_both_scales_it((a, b) in pair_of_paths(1..20)) {
            let there = hausdorff(&a, &b).unwrap();
            prop_assert!((hausdorff(&moved(&a), &moved(&b)).unwrap() - there).abs() < ROUNDING);
            prop_assert!((hausdorff(&scaled(&a, 2.5), &scaled(&b, 2.5)).unwrap() - 2.5 * there).abs() < ROUNDING);
        }
    }
}
