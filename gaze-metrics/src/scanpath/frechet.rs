//! The discrete Fréchet distance.

use super::{ScanpathError, ScanpathPoints, alignment::warp, error::check_pairs, points::squared_distance};

/// Computes the discrete Fréchet distance: the shortest leash with which two walkers, each going from fixation to fixation and never
/// back, can follow their scanpaths to the end.
///
/// ```text
/// F(i, j)  =  max of  d(pᵢ, qⱼ),  min of  F(i − 1, j − 1),  F(i − 1, j),  F(i, j − 1)
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each | pixels |
/// | result | 0 or more, lower is more similar | pixels |
///
/// It is symmetric, unchanged by moving both scanpaths, and at least the [Hausdorff distance](super::hausdorff): it minds the
/// order.
///
/// # Errors
///
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Eiter & Mannila (1994), Computing discrete Fréchet distance, technical report CD-TR 94/64, TU Wien. Same value as
/// `similaritymeasures.frechet_dist`.
pub fn frechet(first: &ScanpathPoints, second: &ScanpathPoints) -> Result<f64, ScanpathError> {
    let (p, q) = (first.points(), second.points());
    check_pairs(p.len(), q.len())?;
    // Squares are ordered like distances, so the root is taken once.
    Ok(warp(p, q, |best, a, b| best.max(squared_distance(a, b))).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::{
        hausdorff,
        testing::{moved, pair_of_paths, path, scaled},
    };
    use proptest::prelude::*;

    /// Rounding of a distance of a thousand pixels.
    const ROUNDING: f64 = 1e-9;

    #[test]
    fn the_order_counts() {
        let there = path(&[(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)]);
        let back = path(&[(20.0, 0.0), (10.0, 0.0), (0.0, 0.0)]);
        assert!((frechet(&there, &back).unwrap() - 20.0).abs() < ROUNDING);
        assert!(hausdorff(&there, &back).unwrap() < ROUNDING);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_0_for_itself((a, b) in pair_of_paths(1..20)) {
            prop_assert_eq!(frechet(&a, &a), Ok(0.0));
            prop_assert_eq!(frechet(&a, &b), frechet(&b, &a));
        }

        #[test]
        fn it_is_at_least_the_hausdorff_distance((a, b) in pair_of_paths(1..20)) {
            prop_assert!(frechet(&a, &b).unwrap() >= hausdorff(&a, &b).unwrap() - ROUNDING);
        }

        #[test]
        fn moving_both_changes_nothing_and_scaling_both_scales_it((a, b) in pair_of_paths(1..20)) {
            let there = frechet(&a, &b).unwrap();
            prop_assert!((frechet(&moved(&a), &moved(&b)).unwrap() - there).abs() < ROUNDING);
            prop_assert!((frechet(&scaled(&a, 2.5), &scaled(&b, 2.5)).unwrap() - 2.5 * there).abs() < ROUNDING);
        }
    }
}
