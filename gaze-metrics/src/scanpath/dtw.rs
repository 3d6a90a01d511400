//! Dynamic time warping.

use super::{
    ScanpathError, ScanpathPoints,
    alignment::warp,
    error::check_pairs,
    points::{distance, squared_distance},
};

/// The cost of a pair of fixations, in which implementations differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DtwVariant {
    /// The sum of distances, in pixels: `similaritymeasures.dtw`, `fastdtw` with a radius that leaves nothing out.
    Distances,
    /// The sum of squared distances, in square pixels: the definition of eyefeatures' `calc_dtw_dist`, whose loop goes one fixation
    /// too far and finds lower values.
    Squares,
    /// The root of the sum of squared distances, in pixels: `dtaidistance.dtw_ndim.distance`.
    RootOfSquares,
}

/// Computes the cost of the best monotone alignment of all fixations of two scanpaths.
///
/// ```text
/// D(i, j)  =  cost(pᵢ, qⱼ) + min of  D(i − 1, j − 1),  D(i − 1, j),  D(i, j − 1)
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each | pixels |
/// | result | 0 or more, lower is more similar, 0 for equal places | see [`DtwVariant`] |
///
/// It is symmetric, and unchanged by moving both scanpaths; scaling both scales distances. It grows with the lengths, and is
/// no metric: the triangle inequality does not hold.
///
/// # Errors
///
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Berndt & Clifford (1994), Using dynamic time warping to find patterns in time series, AAAI Workshop on Knowledge Discovery in
/// Databases. Same values as the packages that [`DtwVariant`] names.
pub fn dtw(first: &ScanpathPoints, second: &ScanpathPoints, variant: DtwVariant) -> Result<f64, ScanpathError> {
    let (p, q) = (first.points(), second.points());
    check_pairs(p.len(), q.len())?;
    let cost = match variant {
        DtwVariant::Distances => distance,
        DtwVariant::Squares | DtwVariant::RootOfSquares => squared_distance,
    };
    let sum = warp(p, q, |best, a, b| best + cost(a, b));
    Ok(if variant == DtwVariant::RootOfSquares { sum.sqrt() } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{moved, pair_of_paths, path, scaled};
    use proptest::prelude::*;

    /// Rounding of a sum of some dozen distances of a thousand pixels.
    const ROUNDING: f64 = 1e-8;

    #[test]
    fn one_fixation_is_aligned_with_all_of_the_other() {
        let (one, other) = (path(&[(0.0, 0.0)]), path(&[(3.0, 4.0), (6.0, 8.0)]));
        for (variant, expected) in
            [(DtwVariant::Distances, 15.0), (DtwVariant::Squares, 125.0), (DtwVariant::RootOfSquares, 125f64.sqrt())]
        {
            assert!((dtw(&one, &other, variant).unwrap() - expected).abs() < ROUNDING);
        }
    }

    #[test]
    fn a_longer_stay_costs_nothing() {
        let (short, long) = (path(&[(0.0, 0.0), (5.0, 5.0)]), path(&[(0.0, 0.0), (0.0, 0.0), (5.0, 5.0)]));
        assert_eq!(dtw(&short, &long, DtwVariant::Distances), Ok(0.0));
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_0_for_itself((a, b) in pair_of_paths(1..20)) {
            for variant in [DtwVariant::Distances, DtwVariant::Squares, DtwVariant::RootOfSquares] {
                prop_assert_eq!(dtw(&a, &a, variant), Ok(0.0));
                let (there, back) = (dtw(&a, &b, variant).unwrap(), dtw(&b, &a, variant).unwrap());
                prop_assert!((there - back).abs() <= ROUNDING * there.max(1.0));
            }
        }

        #[test]
        fn moving_both_changes_nothing_and_scaling_both_scales_it((a, b) in pair_of_paths(1..20)) {
            let there = dtw(&a, &b, DtwVariant::Distances).unwrap();
            prop_assert!((dtw(&moved(&a), &moved(&b), DtwVariant::Distances).unwrap() - there).abs() < ROUNDING);
            let larger = dtw(&scaled(&a, 2.5), &scaled(&b, 2.5), DtwVariant::Distances).unwrap();
            prop_assert!((larger - 2.5 * there).abs() < ROUNDING);
        }
    }
}
