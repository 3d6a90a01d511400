//! The map that each metric should be given for a log density.
//!
//! A density says where people will look. The map that has the best *expected* score, if they do, depends on the
//! metric: what maximises NSS is not what maximises CC or SIM. Scoring one and the same map under all metrics punishes
//! a model for answers to questions nobody asked it; the MIT/Tübingen benchmark therefore derives these maps:
//!
//! | metric | map | function |
//! |---|---|---|
//! | AUC | rank of the density | [`auc_map`] |
//! | shuffled AUC | rank of the density relative to that of the other images | [`shuffled_auc_map`], [`shuffled_ratio_map`] |
//! | NSS, information gain | the density | [`nss_map`], the density itself |
//! | CC, KL divergence | the density, blurred like the empirical map | [`blurred_map`] |
//! | SIM | found by optimisation | [`crate::sim_map`] |
//!
//! # Reference
//!
//! Kümmerer, Wallis & Bethge (2018), Saliency Benchmarking Made Easy, ECCV, doi:10.1007/978-3-030-01270-0_47.

use gaze_core::{LogDensity, SaliencyMap, numeric::exponentials};
use ndarray::Array2;

use crate::{
    MetricError,
    error::check_size,
    smooth::{Border, Smoother},
};

/// The benchmark's standard deviations of the empirical map, in pixels.
pub mod benchmark_sigma_px {
    /// MIT300.
    pub const MIT300: f64 = 24.0;
    /// CAT2000.
    pub const CAT2000: f64 = 40.0;
    /// COCO-Freeview.
    pub const COCO: f64 = 30.0;
}

/// The map for AUC: every pixel's rank in the density, equalised to 0 ..= 1.
///
/// ```text
/// map  =  (#{p < pᵢ} + ½ (#{p = pᵢ} − 1)) / (pixels − 1)
/// ```
///
/// AUC depends on the order only, so this changes no exact AUC; it matters where thresholds or 8 bits cut scores into
/// levels. The map has the size of `density`, no unit, and the mean ½.
///
/// # Degenerate input
///
/// Equal densities share the mean of their ranks. The benchmark's `argsort(argsort())` orders them by accident, which
/// turns the half-credit of ties into noise; without ties both are the same up to scale. A uniform density, and a
/// single pixel, give ½ everywhere.
#[must_use]
pub fn auc_map(density: &LogDensity<'_>) -> SaliencyMap<'static> {
    ranks(&density.values().to_owned())
}

/// The map for shuffled AUC: the rank of `ln p − ln q`, as [`auc_map`] ranks `p`.
///
/// Nonfixations of that metric come from the other images, whose mean density is `baseline`; the ratio of the densities
/// is what tells them from fixations best.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`].
///
/// # Degenerate input
///
/// A pixel of probability 0 ranks lowest, whatever the baseline says; of the others, one of baseline 0 ranks highest.
pub fn shuffled_auc_map(
    density: &LogDensity<'_>,
    baseline: &LogDensity<'_>,
) -> Result<SaliencyMap<'static>, MetricError> {
    Ok(ranks(&ratio(density, baseline)?))
}

/// The map for an exact shuffled AUC: `ln p − ln q` itself, in nats.
///
/// It has the order of [`shuffled_auc_map`], so the same exact AUC, without sorting the pixels. Where one of the
/// densities is 0 the value is one nat beyond the others.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`].
pub fn shuffled_ratio_map(
    density: &LogDensity<'_>,
    baseline: &LogDensity<'_>,
) -> Result<SaliencyMap<'static>, MetricError> {
    let mut ratio = ratio(density, baseline)?;
    let finite = ratio.iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0f64, 0.0f64), |(low, high), &value| (low.min(value), high.max(value)));
    ratio.mapv_inplace(|value| value.clamp(low - 1.0, high + 1.0));
    Ok(finite_map(ratio))
}

/// Computes `ln p − ln q`; `−∞` where `p` is 0, `∞` where `q` alone is.
fn ratio(density: &LogDensity<'_>, baseline: &LogDensity<'_>) -> Result<Array2<f64>, MetricError> {
    check_size(density.size(), "baseline is", baseline.size())?;
    let mut ratio = density.values().to_owned();
    ratio.zip_mut_with(&baseline.values(), |p, &q| {
        if p.is_finite() {
            *p -= q;
        }
    });
    Ok(ratio)
}

/// The map for NSS: the probabilities.
///
/// With variance and mean of the map given, the expected score is linear in the map, with the density as its weights.
#[must_use]
pub fn nss_map(density: &LogDensity<'_>) -> SaliencyMap<'static> {
    density.to_saliency_map()
}

/// The map for CC and for the KL divergence: the probabilities blurred like the empirical map.
///
/// The expectation of an empirical map of fixations from the density. It minimises the expected divergence exactly, and
/// maximises the expected CC but for the norm of the empirical map, which varies little.
///
/// `sigma_px` is the empirical map's, see [`benchmark_sigma_px`]. Beyond the border lies nothing, as in the benchmark,
/// so mass is lost there: the map does not sum to 1.
///
/// # Errors
///
/// [`MetricError::Sigma`] unless `0 < sigma_px ≤ 10 000`.
///
/// # Reference
///
/// `scipy.ndimage.gaussian_filter(p, sigma, mode="constant", truncate=4)`.
pub fn blurred_map(density: &LogDensity<'_>, sigma_px: f64) -> Result<SaliencyMap<'static>, MetricError> {
    let blurred = Smoother::new(sigma_px, Border::Constant)?.blur_roughly(&probabilities(density));
    Ok(finite_map(blurred))
}

/// The probability of every pixel.
pub(crate) fn probabilities(density: &LogDensity<'_>) -> Array2<f64> {
    let values = density.values().to_slice().map(exponentials).unwrap_or_default();
    Array2::from_shape_vec(density.size().dim(), values).expect("a density is contiguous")
}

/// A map that was computed from probabilities.
pub(crate) fn finite_map(values: Array2<f64>) -> SaliencyMap<'static> {
    SaliencyMap::new(values).expect("sums of probabilities are finite, and a density has a pixel")
}

/// Mid-ranks divided by the largest possible rank. No value may be NaN.
fn ranks(values: &Array2<f64>) -> SaliencyMap<'static> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.5; order.len()];
    let largest = (order.len() - 1) as f64;
    let mut below = 0;
    #[expect(clippy::float_cmp, reason = "a tie is exact equality")]
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = below as f64 + (tied.len() - 1) as f64 / 2.0;
        for &(_, index) in tied {
            if largest > 0.0 {
                ranks[index] = rank / largest;
            }
        }
        below += tied.len();
    }
    finite_map(Array2::from_shape_vec(values.dim(), ranks).expect("as many ranks as values"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auc, kl_divergence, nss};
    use gaze_core::{Fixation, Fixations, Size};
    use ndarray::array;
    use proptest::prelude::*;

    /// A few roundings.
    const ROUNDING: f64 = 1e-13;

    fn density(weights: Array2<f64>) -> LogDensity<'static> {
        LogDensity::from_weights(weights).unwrap()
    }

    #[track_caller]
    fn check(found: &SaliencyMap<'_>, expected: &Array2<f64>) {
        assert!(found.values().iter().zip(expected).all(|(a, b)| (a - b).abs() < ROUNDING), "{found:?}");
    }

    #[test]
    fn ties_share_their_mean_rank() {
        check(&auc_map(&density(array![[3.0, 1.0], [1.0, 0.0]])), &array![[1.0, 0.5], [0.5, 0.0]]);
        check(&auc_map(&density(array![[1.0, 1.0, 1.0]])), &array![[0.5, 0.5, 0.5]]);
        check(&auc_map(&density(array![[1.0]])), &array![[0.5]]);
    }

    // NumPy 2.4.6: p = [3,1,2,0,5,4]; np.argsort(np.argsort(p)) / 5
    #[test]
    fn without_ties_it_is_the_benchmarks_equalisation() {
        let found = auc_map(&density(array![[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]]));
        check(&found, &array![[0.6, 0.2, 0.4], [0.0, 1.0, 0.8]]);
    }

    #[test]
    fn shuffled_ranks_are_of_the_ratio_and_zeros_have_a_place() {
        let p = density(array![[4.0, 4.0, 1.0, 0.0, 0.0]]);
        let q = density(array![[8.0, 2.0, 0.0, 1.0, 0.0]]);
        check(&shuffled_auc_map(&p, &q).unwrap(), &array![[0.5, 0.75, 1.0, 0.125, 0.125]]);
        let (equal, more) = ((4.0f64 / 9.0).ln() - (8.0f64 / 11.0).ln(), (4.0f64 / 9.0).ln() - (2.0f64 / 11.0).ln());
        let expected = array![[equal, more, more + 1.0, equal - 1.0, equal - 1.0]];
        check(&shuffled_ratio_map(&p, &q).unwrap(), &expected);
        let error = shuffled_auc_map(&p, &density(array![[1.0]])).unwrap_err();
        assert_eq!(error.to_string(), "the prediction is 1x5, the baseline is 1x1 (height x width)");
    }

    // scipy 1.17.1: gaussian_filter([[0,0,0,0],[0,1,0,0],[0,0,0,2.]], 0.8, mode="constant", truncate=4)[1] / 3
    #[test]
    fn the_blur_is_the_benchmarks() {
        let p = density(array![[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]]);
        let expected = [0.11405443090632114, 0.25868292283835476, 0.2181047445381195, 0.2386325138104511];
        let found = blurred_map(&p, 0.8).unwrap();
        for (found, expected) in found.values().row(1).iter().zip(expected) {
            assert!((3.0 * found - expected).abs() < ROUNDING);
        }
        assert!(matches!(blurred_map(&p, 0.0), Err(MetricError::Sigma { .. })));
    }

    /// The expected score of a map, over one fixation from the density.
    fn expected(p: &LogDensity<'_>, score: impl Fn(&Fixations) -> f64) -> f64 {
        let one = |row: usize, column: usize| {
            Fixations::new(p.size(), vec![Fixation { x: column as f64, y: row as f64 }]).unwrap()
        };
        p.values().indexed_iter().map(|((row, column), p)| p.exp() * score(&one(row, column))).sum()
    }

    fn weights() -> impl Strategy<Value = Array2<f64>> {
        prop::collection::vec(0.01f64..1.0, 12).prop_map(|values| Array2::from_shape_vec((3, 4), values).unwrap())
    }

    proptest! {
        #[test]
        fn ranks_change_no_auc(p in weights(), column in 0.0f64..4.0) {
            let p = density(p);
            let at = Fixations::new(Size { height: 3, width: 4 }, vec![Fixation { x: column, y: 1.0 }]).unwrap();
            let (plain, ranked) = (auc(&p.to_saliency_map(), &at).unwrap(), auc(&auc_map(&p), &at).unwrap());
            prop_assert!((plain - ranked).abs() < ROUNDING);
        }

        #[test]
        fn no_other_map_has_a_better_expected_score(p in weights(), other in weights()) {
            let p = density(p);
            let other = SaliencyMap::new(other).unwrap();
            let auc_of = |map: &SaliencyMap<'_>| expected(&p, |at| auc(map, at).unwrap());
            prop_assert!(auc_of(&auc_map(&p)) >= auc_of(&other) - ROUNDING);
            prop_assert!((nss_map(&p).values().sum() - 1.0).abs() < ROUNDING);
            let nss_of = |map: &SaliencyMap<'_>| expected(&p, |at| nss(map, at).unwrap());
            prop_assert!(nss_of(&nss_map(&p)) >= nss_of(&other) - ROUNDING);
            // A blur as narrow as this leaves every fixation where it is.
            let kl_of = |map: &SaliencyMap<'_>| expected(&p, |at| {
                let mut empirical = Array2::zeros((3, 4));
                empirical[[at.pixels()[0].row, at.pixels()[0].column]] = 1.0;
                kl_divergence(map, &SaliencyMap::new(empirical).unwrap()).unwrap()
            });
            prop_assert!(kl_of(&blurred_map(&p, 0.1).unwrap()) <= kl_of(&other) + ROUNDING);
        }
    }
}
