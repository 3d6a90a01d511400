//! Mannan's normalised linear distance and index of similarity.

use gaze_core::Size;
use rand::{Rng, RngExt};

use super::{ScanpathError, ScanpathPoints, nearest::Nearest};

/// The forms of Mannan's distance in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MannanVariant {
    /// The linear distance D of the authors: a fixation of the first scanpath weighs 1/n, one of the second 1/m.
    Linear,
    /// Its square D². On a unit square this is eyefeatures' `calc_man_dist`.
    Squared,
    /// D² with the weights exchanged, so that the longer scanpath counts even more: `mannan_distance` of the collection
    /// `visual_attention_metrics`.
    SquaredExchanged,
}

/// Computes Mannan's distance: the root mean square of the distances to nearest neighbours, in both directions, as a share of the
/// picture's diagonal.
///
/// ```text
///            m ∑ᵢ dᵢ²  +  n ∑ⱼ dⱼ²
/// D²   =   ――――――――――――――――――――――――――          dᵢ, dⱼ: distance to the nearest fixation of the other scanpath
///            2 n m (width² + height²)
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each, `n` and `m` | pixels |
/// | `size` | the picture | pixels |
/// | result | 0 or more, at most 1 within the picture; lower is more similar | diagonals |
///
/// It is symmetric and blind to order.
///
/// # Errors
///
/// [`ScanpathError::NotPositive`] for a picture without pixels, [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Mannan, Ruddock & Wooding (1995), Spatial Vision 9(3), doi:10.1163/156856895x00052, and (1996), Spatial Vision 10(3),
/// doi:10.1163/156856896x00123; the weights are as in Mathôt et al. (2012), doi:10.16910/jemr.5.1.4.
pub fn mannan_distance(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    size: Size,
    variant: MannanVariant,
) -> Result<f64, ScanpathError> {
    let diagonal = squared_diagonal(size)?;
    let nearest = Nearest::between(first, second)?;
    let (n, m) = (first.count() as f64, second.count() as f64);
    let (of_first, of_second): (f64, f64) = (nearest.of_first.iter().sum(), nearest.of_second.iter().sum());
    let squared = match variant {
        MannanVariant::Linear | MannanVariant::Squared => m * of_first + n * of_second,
        MannanVariant::SquaredExchanged => n * of_first + m * of_second,
    };
    let squared = squared / (2.0 * n * m * diagonal);
    Ok(if variant == MannanVariant::Linear { squared.sqrt() } else { squared })
}

/// Computes Mannan's index of similarity: how much nearer two scanpaths are than random ones.
///
/// ```text
/// Iₛ  =  100 · (1 − D / D_r)          D_r: mean of D over pairs of as many fixations, each anywhere on the picture
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `draws` | the number of random pairs, at least 1; the authors take 100 | |
/// | result | at most 100, for equal places; 0 for random ones, negative for places that avoid each other | percent |
///
/// The same state of the generator gives the same index.
///
/// # Errors
///
/// Those of [`mannan_distance`], [`ScanpathError::Nothing`] without draws, and [`ScanpathError::NoRandomDistance`] if random
/// fixations are never apart from each other.
///
/// # Reference
///
/// As for [`mannan_distance`].
pub fn mannan_similarity(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    size: Size,
    draws: usize,
    random: &mut impl Rng,
) -> Result<f64, ScanpathError> {
    if draws == 0 {
        return Err(ScanpathError::Nothing { what: "random pairs" });
    }
    let distance = mannan_distance(first, second, size, MannanVariant::Linear)?;
    let mut sum = 0.0;
    for _ in 0..draws {
        let (a, b) = (anywhere(first.count(), size, random)?, anywhere(second.count(), size, random)?);
        sum += mannan_distance(&a, &b, size, MannanVariant::Linear)?;
    }
    let expected = sum / draws as f64;
    if expected > 0.0 { Ok(100.0 * (1.0 - distance / expected)) } else { Err(ScanpathError::NoRandomDistance) }
}

/// Fixations at places that are drawn anywhere on a picture.
fn anywhere(count: usize, size: Size, random: &mut impl Rng) -> Result<ScanpathPoints, ScanpathError> {
    let mut along = |side: usize| -> Vec<f64> { (0..count).map(|_| random.random::<f64>() * side as f64).collect() };
    let (x, y) = (along(size.width), along(size.height));
    ScanpathPoints::new(&x, &y, None)
}

fn squared_diagonal(size: Size) -> Result<f64, ScanpathError> {
    let (height, width) = (size.height as f64, size.width as f64);
    super::error::check_positive("the picture's diagonal", height * width)?;
    Ok(height * height + width * width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{pair_of_paths, path, scaled};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SIZE: Size = Size { height: 600, width: 800 };

    /// A few roundings.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn each_scanpath_weighs_the_same_in_the_authors_form() {
        let (one, two) = (path(&[(0.0, 0.0)]), path(&[(3.0, 4.0), (6.0, 8.0)]));
        let of = |variant| mannan_distance(&one, &two, SIZE, variant).unwrap();
        // m ∑ dᵢ² = 2 · 25, n ∑ dⱼ² = 25 + 100; and with exchanged weights 25 + 2 · 125.
        assert!((of(MannanVariant::Squared) - 175.0 / (4.0 * 1e6)).abs() < ROUNDING);
        assert!((of(MannanVariant::Linear) - of(MannanVariant::Squared).sqrt()).abs() < ROUNDING);
        assert!((of(MannanVariant::SquaredExchanged) - 275.0 / (4.0 * 1e6)).abs() < ROUNDING);
    }

    #[test]
    fn equal_places_have_an_index_of_100_and_random_ones_of_0() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let any = anywhere(12, SIZE, &mut random).unwrap();
        assert_eq!(mannan_similarity(&any, &any, SIZE, 10, &mut random), Ok(100.0));
        let index = |random: &mut ChaCha8Rng| {
            let (a, b) = (anywhere(12, SIZE, random).unwrap(), anywhere(9, SIZE, random).unwrap());
            mannan_similarity(&a, &b, SIZE, 50, random).unwrap()
        };
        let mean = (0..200).map(|_| index(&mut random)).sum::<f64>() / 200.0;
        // The index of one random pair deviates by some 20, so the mean of 200 by 1.5.
        assert!(mean.abs() < 5.0, "{mean}");
    }

    #[test]
    fn what_has_no_index_says_why() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let here = path(&[(0.0, 0.0)]);
        let none = mannan_similarity(&here, &here, SIZE, 0, &mut random).unwrap_err().to_string();
        assert_eq!(none, "no random pairs");
        let flat = mannan_distance(&here, &here, Size { height: 0, width: 5 }, MannanVariant::Linear).unwrap_err();
        assert_eq!(flat.to_string(), "the picture's diagonal is 0, it must be a positive number");
    }

    proptest! {
        #[test]
        fn it_is_symmetric_0_for_itself_and_blind_to_scale((a, b) in pair_of_paths(1..20)) {
            let of = |a: &_, b: &_, size| mannan_distance(a, b, size, MannanVariant::Linear).unwrap();
            prop_assert!(of(&a, &a, SIZE).abs() < f64::MIN_POSITIVE);
            prop_assert!((of(&a, &b, SIZE) - of(&b, &a, SIZE)).abs() < ROUNDING);
            let twice = of(&scaled(&a, 2.0), &scaled(&b, 2.0), Size { height: 1200, width: 1600 });
            prop_assert!((twice - of(&a, &b, SIZE)).abs() < ROUNDING);
        }
    }
}
