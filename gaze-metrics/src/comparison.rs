//! Paired comparison: one value per stimulus from each of two models, or of two groups of observers.
//!
//! Values are paired by position. Stimuli differ far more from each other than models do on one stimulus, so what is
//! averaged, resampled, ranked and standardised is the difference within each pair.

use rand::Rng;

use crate::{
    Interval, MetricError, NullDistribution, SignedRank, ZeroDifferences, bootstrap_mean, wilcoxon_signed_rank,
};

/// The statistics of the differences `first − second`.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedComparison {
    /// The mean difference and the interval in which it lies.
    pub difference: Interval,
    /// Wilcoxon's test; its [`SignedRank::rank_biserial`] is the effect size that belongs to it.
    pub signed_rank: SignedRank,
    /// The mean difference in standard deviations of the differences, or why it has no value.
    pub cohens_dz: Result<f64, MetricError>,
}

/// Compares two lists of paired values: mean difference with its bootstrap interval, test and effect sizes.
///
/// [`bootstrap_difference`], [`cohens_dz`] and [`wilcoxon_signed_rank`] in one call, the latter with
/// [`ZeroDifferences::Drop`] and the distribution of [`NullDistribution::for_pairs`].
///
/// # Errors
///
/// [`MetricError::CountMismatch`], [`MetricError::NoValues`], [`MetricError::UndefinedDifference`], and
/// [`MetricError::OppositeInfinities`] if some differences are `∞` and others `−∞`.
///
/// # Example
///
/// ```
/// use gaze_metrics::compare_paired;
/// use rand::SeedableRng;
///
/// let asd = [1.9, 2.1, 1.4, 2.8, 1.7, 2.2];
/// let td = [2.3, 2.4, 1.5, 3.3, 1.9, 2.8];
/// let found = compare_paired(&asd, &td, 2000, 0.95, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1))?;
/// assert!(found.difference.high < 0.0);
/// assert!((found.signed_rank.p_value - 2.0 / 64.0).abs() < 1e-15);
/// assert!((found.signed_rank.rank_biserial() + 1.0).abs() < 1e-15);
/// # Ok::<(), gaze_metrics::MetricError>(())
/// ```
pub fn compare_paired(
    first: &[f64],
    second: &[f64],
    resamples: usize,
    confidence: f64,
    random: &mut impl Rng,
) -> Result<PairedComparison, MetricError> {
    let null = NullDistribution::for_pairs(first.len());
    Ok(PairedComparison {
        difference: bootstrap_difference(first, second, resamples, confidence, random)?,
        signed_rank: wilcoxon_signed_rank(first, second, ZeroDifferences::Drop, null)?,
        cohens_dz: cohens_dz(first, second),
    })
}

/// Computes the mean of `first − second` with a percentile bootstrap interval over pairs.
///
/// Pairs are drawn whole, so what both members share cancels. Otherwise as [`bootstrap_mean`].
///
/// # Errors
///
/// [`MetricError::CountMismatch`], [`MetricError::NoValues`], [`MetricError::UndefinedDifference`],
/// [`MetricError::OppositeInfinities`].
pub fn bootstrap_difference(
    first: &[f64],
    second: &[f64],
    resamples: usize,
    confidence: f64,
    random: &mut impl Rng,
) -> Result<Interval, MetricError> {
    bootstrap_mean(&differences(first, second)?, resamples, confidence, random)
}

/// Computes Cohen's d for paired values: the mean difference in standard deviations of the differences.
///
/// ```text
/// d_z  =  mean(d) / sd(d)        sd with the divisor n − 1
/// ```
///
/// It has no unit; 0 is no difference, and its sign is that of `first − second`. It is `t / √n` of the paired t-test,
/// and not comparable with a d that divides by the deviation between stimuli.
///
/// # Errors
///
/// [`MetricError::CountMismatch`], [`MetricError::NoValues`], [`MetricError::UndefinedDifference`], and
/// [`MetricError::UndefinedDeviation`] for a single pair, differences that are all equal, or an infinite one.
///
/// # Reference
///
/// Cohen (1988), Statistical Power Analysis, section 2.3.5; Lakens (2013), doi:10.3389/fpsyg.2013.00863.
pub fn cohens_dz(first: &[f64], second: &[f64]) -> Result<f64, MetricError> {
    let differences = differences(first, second)?;
    // Dividing by the largest keeps the squares in range, makes equal differences exactly 1 and their variance exactly
    // 0, and makes it NaN where all are 0 or one is infinite.
    let largest = differences.iter().fold(0.0, |largest: f64, d| largest.max(d.abs()));
    let n = differences.len() as f64;
    let mean = differences.iter().map(|d| d / largest).sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d / largest - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if variance > 0.0 { Ok(mean / variance.sqrt()) } else { Err(MetricError::UndefinedDeviation) }
}

/// Adjusts p-values of several tests so that rejecting those at most `α` errs once or more with probability `α`.
///
/// ```text
/// p̃₍ᵢ₎  =  min(1, max over j ≤ i of (m − j + 1) · p₍ⱼ₎)        p₍₁₎ ≤ … ≤ p₍ₘ₎
/// ```
///
/// Holm's step-down procedure: valid whatever the dependence between the tests, and never weaker than Bonferroni's.
/// The result is in the order of the input; of no p-values it is empty.
///
/// # Errors
///
/// [`MetricError::NotAProbability`] for a value that is NaN or outside 0 ..= 1.
///
/// # Reference
///
/// Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70. Same values as statsmodels'
/// `multipletests(method="holm")`.
///
/// # Example
///
/// ```
/// let adjusted = gaze_metrics::holm(&[0.01, 0.04, 0.03])?;
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
/// # Ok::<(), gaze_metrics::MetricError>(())
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, MetricError> {
    if let Some((index, &found)) = p_values.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        return Err(MetricError::NotAProbability { index, found });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0f64;
    for (position, index) in order.into_iter().enumerate() {
        largest = largest.max((p_values.len() - position) as f64 * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    Ok(adjusted)
}

/// Computes `first − second`: at least one difference, none of them NaN.
pub(crate) fn differences(first: &[f64], second: &[f64]) -> Result<Vec<f64>, MetricError> {
    if first.len() != second.len() {
        return Err(MetricError::CountMismatch { first: first.len(), second: second.len() });
    }
    if first.is_empty() {
        return Err(MetricError::NoValues);
    }
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    match differences.iter().position(|difference| difference.is_nan()) {
        Some(index) => Err(MetricError::UndefinedDifference { index }),
        None => Ok(differences),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const DZ_OF_SCIPY: f64 = -0.7945521577046603;

    /// A few roundings.
    const ROUNDING: f64 = 1e-13;

    fn compare(first: &[f64], second: &[f64]) -> Result<PairedComparison, MetricError> {
        compare_paired(first, second, 1000, 0.95, &mut ChaCha8Rng::seed_from_u64(11))
    }

    #[track_caller]
    fn check_holm(p_values: &[f64], expected: &[f64]) {
        let found = holm(p_values).unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < ROUNDING), "{found:?}");
        assert_eq!(found.len(), expected.len());
    }

    #[test]
    fn holm_by_hand() {
        // Sorted .005 .01 .03 .04, times 4 3 2 1: .02 .03 .06 .04, and the last is raised to the one before.
        check_holm(&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]);
        check_holm(&[0.9, 0.6], &[1.0, 1.0]);
        check_holm(&[0.2], &[0.2]);
        check_holm(&[], &[]);
        check_holm(&[0.0, 1.0, 0.0], &[0.0, 1.0, 0.0]);
    }

    #[test]
    fn only_probabilities_are_adjusted() {
        for bad in [f64::NAN, -0.01, 1.01, f64::INFINITY] {
            let message = holm(&[0.5, bad]).unwrap_err().to_string();
            assert_eq!(message, format!("p-value 1 is {bad}, not a number in 0 ..= 1"));
        }
    }

    // SciPy 1.17.1: t = scipy.stats.ttest_rel(a, b).statistic; t / sqrt(len(a)), a and b as below.
    #[test]
    fn d_z_is_the_paired_t_over_root_n() {
        let (a, b) = ([1.9, 2.1, 1.4, 2.8, 1.7, 2.2], [2.3, 2.4, 1.5, 3.2, 1.4, 2.8]);
        assert!((cohens_dz(&a, &b).unwrap() - DZ_OF_SCIPY).abs() < ROUNDING);
        let (a, b) = (a.map(|v| v * 1e200), b.map(|v| v * 1e200));
        assert!((cohens_dz(&a, &b).unwrap() - DZ_OF_SCIPY).abs() < ROUNDING);
    }

    #[test]
    fn without_deviation_there_is_no_effect_size_but_a_comparison() {
        let found = compare(&[0.5, 0.25], &[0.25, 0.0]).unwrap();
        assert_eq!(found.cohens_dz, Err(MetricError::UndefinedDeviation));
        assert!((found.difference.mean - 0.25).abs() < ROUNDING);
        assert_eq!(cohens_dz(&[1.0], &[0.0]), Err(MetricError::UndefinedDeviation));
        assert_eq!(cohens_dz(&[1.0, f64::INFINITY], &[0.0, 0.0]), Err(MetricError::UndefinedDeviation));
        let same = compare(&[0.1, 0.2], &[0.1, 0.2]).unwrap();
        assert!((same.signed_rank.p_value - 1.0).abs() < ROUNDING && same.difference.mean.abs() < ROUNDING);
    }

    #[test]
    fn pairs_without_difference_are_named() {
        let infinite = [0.0, f64::NEG_INFINITY];
        assert_eq!(compare(&infinite, &infinite).unwrap_err().to_string(), "pair 1 has no difference");
        assert_eq!(compare(&[f64::NAN], &[1.0]), Err(MetricError::UndefinedDifference { index: 0 }));
        assert_eq!(compare(&[], &[]), Err(MetricError::NoValues));
        assert_eq!(compare(&[1.0], &[]).unwrap_err().to_string(), "1 values cannot be paired with 0");
        let opposite = compare(&[f64::INFINITY, f64::NEG_INFINITY], &[0.0, 0.0]);
        assert_eq!(opposite, Err(MetricError::OppositeInfinities));
    }

    #[test]
    fn what_both_members_of_a_pair_share_cancels() {
        // Stimuli differ by hundreds, the models by 1 ± 0.1 on each.
        let second: Vec<f64> = (0..100).map(|i| f64::from(i * i % 97)).collect();
        let first: Vec<f64> = second.iter().enumerate().map(|(i, v)| v + 1.0 + 0.1 * [1.0, -1.0][i % 2]).collect();
        let found = compare(&first, &second).unwrap();
        assert!(found.difference.low > 0.97 && found.difference.high < 1.03, "{found:?}");
        assert!((found.cohens_dz.unwrap() - 10.0).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn holm_lies_between_the_p_values_and_bonferroni(p_values in prop::collection::vec(0.0f64..=1.0, 1..12)) {
            let adjusted = holm(&p_values).unwrap();
            for (p, adjusted) in p_values.iter().zip(&adjusted) {
                prop_assert!(p <= adjusted && *adjusted <= (p * p_values.len() as f64).min(1.0));
            }
            let smallest = p_values.iter().copied().fold(1.0, f64::min);
            let bonferroni = (smallest * p_values.len() as f64).min(1.0);
            prop_assert!((adjusted.iter().copied().fold(1.0, f64::min) - bonferroni).abs() < ROUNDING);
        }

        #[test]
        fn exchanging_the_lists_changes_the_sign(
            pairs in prop::collection::vec((-3.0f64..3.0, -3.0f64..3.0), 2..30)
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (there, back) = (compare(&a, &b).unwrap(), compare(&b, &a).unwrap());
            prop_assert!((there.difference.mean + back.difference.mean).abs() < ROUNDING);
            prop_assert!((there.cohens_dz.unwrap() + back.cohens_dz.unwrap()).abs() < 1e-9);
        }
    }
}
