//! Time-delay embedding: how far each piece of one scanpath is from the nearest piece of the other.

use gaze_core::{Fixation, Size};

use super::{ScanpathError, ScanpathPoints, error::check_pairs, points::squared_distance};

/// The figure that the distances of all pieces are reduced to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbeddingVariant {
    /// Their mean; FixaTons' `distance_mode="Mean"`.
    Mean,
    /// The largest of them; FixaTons' `distance_mode="Hausdorff"`.
    Largest,
}

/// Computes the distance by time-delay embedding: pieces of `k` fixations in succession are vectors of 2k numbers, and each piece of
/// the first scanpath is mapped to the nearest piece of the second.
///
/// ```text
/// D  =  mean over i of  min over j of  ‖(pᵢ … pᵢ₊ₖ₋₁) − (qⱼ … qⱼ₊ₖ₋₁)‖ / k
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first` | the prediction, `k` fixations or more | pixels |
/// | `second` | what it is compared with, `k` fixations or more | pixels |
/// | `k` | the fixations of a piece, 1 or more | |
/// | result | 0 or more, lower is more similar | pixels |
///
/// It is not symmetric: a first scanpath that repeats a piece of the second is at distance 0.
///
/// # Errors
///
/// [`ScanpathError::TooShort`] if a scanpath has fewer than `k` fixations, [`ScanpathError::NotPositive`] for `k = 0`,
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Wang, Chen, Wang, Jiang, Fang & Yao (2011), Simulating human saccadic scanpaths on natural images, CVPR,
/// doi:10.1109/cvpr.2011.5995423. Same values as FixaTons' `time_delay_embedding_distance` (Zanca et al. 2018,
/// arXiv:1802.02534), whose simulated scanpath is `first` here.
pub fn time_delay_embedding(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    k: usize,
    variant: EmbeddingVariant,
) -> Result<f64, ScanpathError> {
    check(first, second, k)?;
    let distances = distances(first, second, k);
    Ok(match variant {
        EmbeddingVariant::Mean => distances.iter().sum::<f64>() / distances.len() as f64,
        EmbeddingVariant::Largest => distances.into_iter().fold(0.0, f64::max),
    })
}

/// Computes FixaTons' scaled similarity: the mean of `exp(−D)` over all lengths of pieces that both scanpaths have.
///
/// Coordinates are divided by the longer side of the picture, and `D` is [`time_delay_embedding`] with
/// [`EmbeddingVariant::Mean`]. The result is above 0 and at most 1, higher is more similar, 1 for equal places.
///
/// # Errors
///
/// [`ScanpathError::NotPositive`] for a picture without pixels, [`ScanpathError::TooLong`].
///
/// # Reference
///
/// FixaTons' `scaled_time_delay_embedding_distance`, which returns this similarity despite its name.
pub fn scaled_time_delay_embedding(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    size: Size,
) -> Result<f64, ScanpathError> {
    let longer = size.height.max(size.width) as f64;
    super::error::check_positive("the picture's longer side", longer)?;
    let lengths = first.count().min(second.count());
    // All lengths together take as many steps as one comparison for each of them.
    check_pairs(first.count().saturating_mul(lengths), second.count())?;
    let similarity = |k: usize| {
        let distances = distances(first, second, k);
        (-distances.iter().sum::<f64>() / distances.len() as f64 / longer).exp()
    };
    Ok((1..=lengths).map(similarity).sum::<f64>() / lengths as f64)
}

fn check(first: &ScanpathPoints, second: &ScanpathPoints, k: usize) -> Result<(), ScanpathError> {
    const MEASURE: &str = "time-delay embedding";
    if k == 0 {
        return Err(ScanpathError::NotPositive { quantity: "the length of a piece", found: 0.0 });
    }
    first.check_count(MEASURE, k)?;
    second.check_count(MEASURE, k)?;
    check_pairs(first.count().saturating_mul(k), second.count())
}

/// The distance of each piece of the first scanpath from the nearest of the second. Both have a piece.
fn distances(first: &ScanpathPoints, second: &ScanpathPoints, k: usize) -> Vec<f64> {
    let squared = |a: &[Fixation], b: &[Fixation]| a.iter().zip(b).map(|(a, b)| squared_distance(a, b)).sum::<f64>();
    let nearest = |piece: &[Fixation]| {
        let squares = second.points().windows(k).map(|other| squared(piece, other));
        squares.fold(f64::INFINITY, f64::min).sqrt() / k as f64
    };
    first.points().windows(k).map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{moved, pair_of_paths, path};
    use proptest::prelude::*;

    /// Rounding of a mean of some dozen distances of a thousand pixels.
    const ROUNDING: f64 = 1e-9;

    #[test]
    fn a_repeated_piece_is_at_no_distance_and_the_other_way_round_it_is() {
        let whole = path(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (90.0, 90.0)]);
        let piece = path(&[(10.0, 0.0), (10.0, 10.0)]);
        assert_eq!(time_delay_embedding(&piece, &whole, 2, EmbeddingVariant::Mean), Ok(0.0));
        assert!(time_delay_embedding(&whole, &piece, 2, EmbeddingVariant::Mean).unwrap() > 1.0);
    }

    #[test]
    fn the_distance_of_vectors_is_divided_by_their_fixations() {
        let (a, b) = (path(&[(0.0, 0.0), (0.0, 0.0)]), path(&[(3.0, 4.0), (3.0, 4.0)]));
        let expected = 50f64.sqrt() / 2.0;
        for variant in [EmbeddingVariant::Mean, EmbeddingVariant::Largest] {
            assert!((time_delay_embedding(&a, &b, 2, variant).unwrap() - expected).abs() < ROUNDING);
        }
        let scaled = scaled_time_delay_embedding(&a, &b, Size { height: 5, width: 10 }).unwrap();
        assert!((scaled - ((-0.5f64).exp() + (-expected / 10.0).exp()) / 2.0).abs() < ROUNDING);
    }

    #[test]
    fn pieces_that_do_not_exist_are_refused() {
        let (short, long) = (path(&[(0.0, 0.0)]), path(&[(0.0, 0.0), (1.0, 1.0)]));
        let of = |a, b, k| time_delay_embedding(a, b, k, EmbeddingVariant::Mean).unwrap_err().to_string();
        let expected = "time-delay embedding needs 2 fixations or more, the scanpath has 1";
        assert_eq!((of(&short, &long, 2), of(&long, &short, 2)), (expected.to_owned(), expected.to_owned()));
        assert_eq!(of(&long, &long, 0), "the length of a piece is 0, it must be a positive number");
    }

    proptest! {
        #[test]
        fn it_is_0_for_itself_and_moving_both_changes_nothing((a, b) in pair_of_paths(3..20)) {
            let of = |a: &_, b: &_| time_delay_embedding(a, b, 3, EmbeddingVariant::Mean).unwrap();
            prop_assert!(of(&a, &a).abs() < f64::MIN_POSITIVE);
            prop_assert!((of(&moved(&a), &moved(&b)) - of(&a, &b)).abs() < ROUNDING);
            let scaled = scaled_time_delay_embedding(&a, &b, Size { height: 600, width: 800 }).unwrap();
            prop_assert!(scaled > 0.0 && scaled <= 1.0);
            prop_assert!(of(&a, &b) <= time_delay_embedding(&a, &b, 3, EmbeddingVariant::Largest).unwrap() + ROUNDING);
        }
    }
}
