//! Eyenalysis: double mapping of nearest neighbours.

use super::{ScanpathError, ScanpathPoints, error::check_not_negative, nearest::Nearest, points::squared_distance};

/// The distance between two fixations, in which uses of Eyenalysis differ.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum EyenalysisVariant {
    /// The distance of their places.
    Places,
    /// The squared distance of their places, in square pixels: eyefeatures' `calc_eye_dist`.
    SquaredPlaces,
    /// The distance in three dimensions: place, and duration counted as so many pixels per millisecond. The authors
    /// leave the weight of each dimension to the user.
    PlacesAndDurations {
        /// Pixels that a millisecond counts as; 0 ignores durations.
        px_per_ms: f64,
    },
}

/// Computes the distance of Eyenalysis: each fixation is mapped to the nearest of the other scanpath, in both directions.
///
/// ```text
/// D  =  ( ∑ᵢ min over j of d(pᵢ, qⱼ)  +  ∑ⱼ min over i of d(pᵢ, qⱼ) )  /  max(n, m)
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each, `n` and `m` | pixels, ms |
/// | result | 0 or more, lower is more similar | pixels, or their squares |
///
/// It is symmetric and blind to order.
///
/// # Errors
///
/// [`ScanpathError::NoDurations`] and [`ScanpathError::Negative`] for [`EyenalysisVariant::PlacesAndDurations`],
/// [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Mathôt, Cristino, Gilchrist & Theeuwes (2012), Journal of Eye Movement Research 5(1), doi:10.16910/jemr.5.1.4.
pub fn eyenalysis(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    variant: EyenalysisVariant,
) -> Result<f64, ScanpathError> {
    let sum = match variant {
        EyenalysisVariant::Places => Nearest::between(first, second)?.sum_of_distances(),
        EyenalysisVariant::SquaredPlaces => {
            let nearest = Nearest::between(first, second)?;
            nearest.of_first.iter().chain(&nearest.of_second).sum()
        }
        EyenalysisVariant::PlacesAndDurations { px_per_ms } => {
            check_not_negative("the weight of durations", px_per_ms)?;
            let durations = |path| ScanpathPoints::needed_durations(path, "Eyenalysis with durations");
            let (of_first, of_second) = (durations(first)?, durations(second)?);
            let squared = |i: usize, j: usize| {
                let apart = px_per_ms * (of_first[i] - of_second[j]);
                squared_distance(&first.points()[i], &second.points()[j]) + apart * apart
            };
            Nearest::by(first, second, squared)?.sum_of_distances()
        }
    };
    Ok(sum / first.count().max(second.count()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{moved, pair_of_paths, path, scaled, timed};
    use proptest::prelude::*;

    /// Rounding of a sum of some dozen distances of a thousand pixels.
    const ROUNDING: f64 = 1e-9;

    #[test]
    fn both_directions_count_and_the_longer_scanpath_divides() {
        // From the one: 5. From the two: 5 and 10.
        let (one, two) = (path(&[(0.0, 0.0)]), path(&[(3.0, 4.0), (6.0, 8.0)]));
        assert!((eyenalysis(&one, &two, EyenalysisVariant::Places).unwrap() - 10.0).abs() < ROUNDING);
        let squares = eyenalysis(&one, &two, EyenalysisVariant::SquaredPlaces).unwrap();
        assert!((squares - (25.0 + 25.0 + 100.0) / 2.0).abs() < ROUNDING);
    }

    #[test]
    fn a_duration_is_one_more_dimension() {
        let (a, b) = (timed(&[(0.0, 0.0, 100.0)]), timed(&[(3.0, 0.0, 140.0)]));
        let with = |px_per_ms| eyenalysis(&a, &b, EyenalysisVariant::PlacesAndDurations { px_per_ms });
        assert_eq!(with(0.1), Ok(2.0 * 5.0));
        assert_eq!(with(0.0), Ok(6.0));
        assert_eq!(
            with(-1.0).unwrap_err().to_string(),
            "the weight of durations is -1, it must be a number and not negative"
        );
        let without = path(&[(0.0, 0.0)]);
        assert_eq!(
            eyenalysis(&a, &without, EyenalysisVariant::PlacesAndDurations { px_per_ms: 1.0 }).unwrap_err().to_string(),
            "Eyenalysis with durations needs the durations of fixations"
        );
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_0_for_itself((a, b) in pair_of_paths(1..20)) {
            prop_assert_eq!(eyenalysis(&a, &a, EyenalysisVariant::Places), Ok(0.0));
            let there = eyenalysis(&a, &b, EyenalysisVariant::Places).unwrap();
            prop_assert!((there - eyenalysis(&b, &a, EyenalysisVariant::Places).unwrap()).abs() < ROUNDING);
        }

        #[test]
        fn moving_both_changes_nothing_and_scaling_both_scales_it((a, b) in pair_of_paths(1..20)) {
            let of = |a: &_, b: &_| eyenalysis(a, b, EyenalysisVariant::Places).unwrap();
            prop_assert!((of(&moved(&a), &moved(&b)) - of(&a, &b)).abs() < ROUNDING);
            prop_assert!((of(&scaled(&a, 2.5), &scaled(&b, 2.5)) - 2.5 * of(&a, &b)).abs() < ROUNDING);
        }
    }
}
