//! The sequence score: alignment of scanpaths as sequences of clusters.

use super::{ScanpathError, alignment::needleman_wunsch, error::check_pairs};

/// Computes the sequence score of two scanpaths, given the label of the cluster, region or object of each fixation.
///
/// ```text
/// S  =  NW(a, b) / max(n, m)          equal labels are worth 1, others 0, a gap `gap`
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one label or more each | any type that can be compared |
/// | `gap` | the value of a gap, 0 in the literature | |
/// | result | at most 1, higher is more similar, 1 for equal sequences; with gaps worth 0, at least 0 | |
///
/// It is symmetric. With gaps worth 0 it is the length of the longest common subsequence, as a share of the longer sequence.
/// [`Clusters`](super::Clusters) makes labels of places.
///
/// # Errors
///
/// [`ScanpathError::Nothing`] without labels, [`ScanpathError::Gap`], [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Borji, Tavakoli, Sihite & Itti (2013), Analysis of scores, datasets, and models in visual saliency prediction, ICCV,
/// doi:10.1109/iccv.2013.118; as computed by Yang et al. (2020), CVPR, doi:10.1109/cvpr42600.2020.00027, whose
/// `nw_matching` gives the same value.
pub fn sequence_score<T: PartialEq>(first: &[T], second: &[T], gap: f64) -> Result<f64, ScanpathError> {
    if first.is_empty() || second.is_empty() {
        return Err(ScanpathError::Nothing { what: "labels" });
    }
    if !gap.is_finite() {
        return Err(ScanpathError::Gap { found: gap });
    }
    check_pairs(first.len(), second.len())?;
    let equal = |i: usize, j: usize| f64::from(u8::from(first[i] == second[j]));
    Ok(needleman_wunsch(first.len(), second.len(), gap, equal) / first.len().max(second.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_common_order_counts() {
        assert_eq!(sequence_score(b"ABCD", b"ABCD", 0.0), Ok(1.0));
        assert_eq!(sequence_score(b"ABCD", b"AXBD", 0.0), Ok(0.75));
        assert_eq!(sequence_score(b"AB", b"BA", 0.0), Ok(0.5));
        // Two pairs that differ are worth more than four gaps.
        assert_eq!(sequence_score(b"AB", b"CD", -1.0), Ok(0.0));
    }

    #[test]
    fn what_has_no_score_says_why() {
        assert_eq!(sequence_score(b"", b"A", 0.0).unwrap_err().to_string(), "no labels");
        let gap = sequence_score(b"A", b"A", f64::INFINITY).unwrap_err().to_string();
        assert_eq!(gap, "the value of a gap is inf, it must be a finite number");
    }

    proptest! {
        #[test]
        fn it_is_symmetric_1_for_itself_and_at_most_1(
            a in prop::collection::vec(0u8..4, 1..15),
            b in prop::collection::vec(0u8..4, 1..15),
        ) {
            prop_assert_eq!(sequence_score(&a, &a, 0.0), Ok(1.0));
            let score = sequence_score(&a, &b, 0.0).unwrap();
            prop_assert_eq!(sequence_score(&b, &a, 0.0), Ok(score));
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }
}
