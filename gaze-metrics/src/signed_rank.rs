//! Wilcoxon's signed-rank test: do the values of one list tend to exceed those of the other?

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{MetricError, comparison::differences};

/// The treatment of pairs whose two values are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZeroDifferences {
    /// Equal pairs are left out before ranking, as Wilcoxon proposed. SciPy: `zero_method="wilcox"`.
    Drop,
    /// Equal pairs take part in the ranking, then their ranks are left out, as Pratt proposed. SciPy: `"pratt"`.
    Pratt,
}

/// The distribution from which the p-value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullDistribution {
    /// The distribution over all `2ⁿ` assignments of signs to the ranks at hand, counted by dynamic programming. Exact with ties and with
    /// zeros too: it is the distribution given the ranks. For up to [`NullDistribution::LARGEST_EXACT`] pairs.
    Exact,
    /// The normal distribution with the mean and variance of those assignments, which includes the correction for
    /// ties. SciPy: `method="asymptotic"`.
    Normal,
    /// The same, with the distance from the mean reduced by ½. SciPy: `correction=True`.
    NormalWithContinuity,
}

impl NullDistribution {
    /// The largest number of unequal pairs for which [`NullDistribution::Exact`] is computed (half a second).
    pub const LARGEST_EXACT: usize = 1000;

    /// Exact for up to 50 pairs, else normal without continuity correction: what SciPy chooses, which takes the
    /// normal distribution below 50 too when there are ties or zeros.
    #[must_use]
    pub fn for_pairs(pairs: usize) -> Self {
        if pairs <= 50 { Self::Exact } else { Self::Normal }
    }
}

/// The outcome of Wilcoxon's signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// The sum of the ranks of the pairs in which the first value is larger.
    pub positive: f64,
    /// The sum of the ranks of the pairs in which the second value is larger.
    pub negative: f64,
    /// Number of pairs whose values differ.
    pub unequal: usize,
    /// Number of pairs whose values are equal.
    pub equal: usize,
    /// The probability, if signs were tossed, of rank sums at least as uneven as these, in either direction.
    pub p_value: f64,
}

impl SignedRank {
    /// The matched-pairs rank-biserial correlation, an effect size.
    ///
    /// ```text
    /// r  =  (W⁺ − W⁻) / (W⁺ + W⁻)
    /// ```
    ///
    /// In −1 ..= 1: 1 if the first value is larger in every unequal pair, 0 if neither is favoured and also if all
    /// pairs are equal.
    ///
    /// # Reference
    ///
    /// Kerby (2014), Comprehensive Psychology 3:1, doi:10.2466/11.IT.3.1.
    #[must_use]
    pub fn rank_biserial(&self) -> f64 {
        let total = self.positive + self.negative;
        if total > 0.0 { (self.positive - self.negative) / total } else { 0.0 }
    }
}

/// Tests whether the differences `first − second` are distributed symmetrically around 0, two-sided.
///
/// ```text
/// W⁺ = ∑ rank(|dᵢ|) over dᵢ > 0,    W⁻ = the same over dᵢ < 0,    p = min(1, 2 · P(W ≤ min(W⁺, W⁻)))
/// ```
///
/// Equal absolute differences share the mean of their ranks. An infinite difference has the largest rank.
///
/// | | length | unit |
/// |---|---|---|
/// | `first`, `second` | `n ≥ 1`, paired by position | any |
/// | `p_value` | scalar in 0 ..= 1 | probability |
///
/// # Errors
///
/// [`MetricError::CountMismatch`], [`MetricError::NoValues`], [`MetricError::UndefinedDifference`] where a value is
/// NaN or both are the same infinity, and [`MetricError::TooManyPairs`] if [`NullDistribution::Exact`] is asked for
/// beyond [`NullDistribution::LARGEST_EXACT`].
///
/// # Degenerate input
///
/// Equal lists have rank sums of 0 and a p-value of 1: no other outcome was possible. SciPy agrees for
/// `method="exact"` and has NaN for `"asymptotic"`.
///
/// # Reference
///
/// Wilcoxon (1945), Biometrics Bulletin 1(6), doi:10.2307/3001968; Pratt (1959), JASA 54(287),
/// doi:10.1080/01621459.1959.10501526. Same values as SciPy's `wilcoxon`; with ties its `method="exact"` ignores
/// them, and ours is its `PermutationMethod` over all assignments.
///
/// # Example
///
/// ```
/// use gaze_metrics::{NullDistribution, ZeroDifferences, wilcoxon_signed_rank};
///
/// let (a, b) = ([0.9, 0.8, 0.7, 0.9, 0.6], [0.5, 0.6, 0.4, 0.8, 0.1]);
/// let test = wilcoxon_signed_rank(&a, &b, ZeroDifferences::Drop, NullDistribution::Exact)?;
/// // All five differences have one sign: two of 2⁵ assignments.
/// assert!((test.p_value - 2.0 / 32.0).abs() < 1e-15);
/// # Ok::<(), gaze_metrics::MetricError>(())
/// ```
pub fn wilcoxon_signed_rank(
    first: &[f64],
    second: &[f64],
    zeros: ZeroDifferences,
    null: NullDistribution,
) -> Result<SignedRank, MetricError> {
    let differences = differences(first, second)?;
    let ranked = rank(differences, zeros);
    let unequal = ranked.iter().filter(|pair| pair.sign != 0).count();
    let sum = |sign| ranked.iter().filter(|pair| pair.sign == sign).map(|pair| pair.doubled_rank).sum::<usize>();
    let (positive, negative) = (sum(1), sum(-1));
    let doubled_ranks: Vec<usize> = ranked.iter().filter(|p| p.sign != 0).map(|p| p.doubled_rank).collect();
    let p_value = match null {
        NullDistribution::Exact if unequal > NullDistribution::LARGEST_EXACT => {
            return Err(MetricError::TooManyPairs { found: unequal, largest: NullDistribution::LARGEST_EXACT });
        }
        NullDistribution::Exact => exact_p_value(&doubled_ranks, positive.min(negative)),
        NullDistribution::Normal => normal_p_value(&doubled_ranks, positive, 0.0),
        NullDistribution::NormalWithContinuity => normal_p_value(&doubled_ranks, positive, 0.5),
    };
    Ok(SignedRank {
        positive: positive as f64 / 2.0,
        negative: negative as f64 / 2.0,
        unequal,
        equal: first.len() - unequal,
        p_value,
    })
}

/// A pair's part in the test. Twice a midrank is a whole number.
struct Ranked {
    sign: i8,
    doubled_rank: usize,
}

fn rank(mut differences: Vec<f64>, zeros: ZeroDifferences) -> Vec<Ranked> {
    if zeros == ZeroDifferences::Drop {
        differences.retain(|&difference| difference != 0.0);
    }
    differences.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranked = Vec::with_capacity(differences.len());
    #[expect(clippy::float_cmp, reason = "a tie is exact equality")]
    for tied in differences.chunk_by(|a, b| a.abs() == b.abs()) {
        // Ranks r + 1 ..= r + t have the mean r + (t + 1) / 2.
        let doubled_rank = 2 * ranked.len() + tied.len() + 1;
        let sign = |difference: f64| i8::from(difference > 0.0) - i8::from(difference < 0.0);
        ranked.extend(tied.iter().map(|&difference| Ranked { sign: sign(difference), doubled_rank }));
    }
    ranked
}

/// Computes `2 · P(W ≤ smaller)` over all assignments of signs to the ranks.
fn exact_p_value(doubled_ranks: &[usize], smaller: usize) -> f64 {
    // probability[w]: that the ranks considered so far, each taken with probability ½, have the sum w.
    // Sums beyond the one asked for are never needed.
    let mut probability = vec![0.0f64; smaller + 1];
    probability[0] = 1.0;
    for &rank in doubled_ranks {
        for sum in (0..=smaller).rev() {
            let with = sum.checked_sub(rank).map_or(0.0, |without| probability[without]);
            probability[sum] = 0.5 * (probability[sum] + with);
        }
    }
    (2.0 * probability.iter().sum::<f64>()).min(1.0)
}

fn normal_p_value(doubled_ranks: &[usize], positive: usize, continuity: f64) -> f64 {
    let mean = doubled_ranks.iter().sum::<usize>() as f64 / 4.0;
    let variance = doubled_ranks.iter().map(|&rank| (rank as f64 / 2.0).powi(2)).sum::<f64>() / 4.0;
    let distance = ((positive as f64 / 2.0 - mean).abs() - continuity).max(0.0);
    if variance <= 0.0 { 1.0 } else { (2.0 * Normal::standard().sf(distance / variance.sqrt())).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NullDistribution::{Exact, Normal, NormalWithContinuity};
    use ZeroDifferences::{Drop, Pratt};
    use proptest::prelude::*;

    /// Sums of a few hundred probabilities; SciPy's exact p-values are quotients of whole numbers.
    const ROUNDING: f64 = 1e-13;
    /// The normal tail: statrs' and SciPy's `erfc` agree this far.
    const TAIL: f64 = 1e-10;

    fn test(differences: &[f64], zeros: ZeroDifferences, null: NullDistribution) -> SignedRank {
        wilcoxon_signed_rank(differences, &vec![0.0; differences.len()], zeros, null).unwrap()
    }

    // SciPy 1.17.1, NumPy 2.4.6:
    //   from scipy.stats import wilcoxon, PermutationMethod
    //   plain = [0.31,-0.12,0.45,0.08,-0.27,0.66,0.19,-0.05,0.52,0.23,0.11,-0.34]
    //   tied = [3,-1,2,2,-2,5,0,1,-3,4,0,2]
    //   many = [((i*37)%101-40)/8 for i in range(60)]
    //   fifty = [(i+1)*(-1 if (i*i)%7 in (1,4) else 1) for i in range(50)]
    //   wilcoxon(plain, method="exact"); wilcoxon(fifty, method="exact")
    //   wilcoxon(tied, zero_method=z, method=PermutationMethod(n_resamples=inf))          z: "wilcox", "pratt"
    //   wilcoxon(d, zero_method=z, method="asymptotic", correction=c)                     c: False, True
    #[test]
    fn known_values_of_scipy() {
        let plain = [0.31, -0.12, 0.45, 0.08, -0.27, 0.66, 0.19, -0.05, 0.52, 0.23, 0.11, -0.34];
        let tied = [3.0, -1.0, 2.0, 2.0, -2.0, 5.0, 0.0, 1.0, -3.0, 4.0, 0.0, 2.0];
        let many: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 101 - 40) / 8.0).collect();
        let fifty: Vec<f64> =
            (0..50).map(|i| f64::from((i + 1) * if [1, 4].contains(&((i * i) % 7)) { -1 } else { 1 })).collect();
        let cases: [(&[f64], _, _, f64, f64); 15] = [
            (&plain, Drop, Exact, 21.0, 0.17626953125),
            (&plain, Drop, Normal, 21.0, 0.15793931050013033),
            (&plain, Drop, NormalWithContinuity, 21.0, 0.16981050508552142),
            (&tied, Drop, Exact, 13.5, 0.1796875),
            (&tied, Drop, Normal, 13.5, 0.15035933483833816),
            (&tied, Drop, NormalWithContinuity, 13.5, 0.16547322104613926),
            (&tied, Pratt, Exact, 19.5, 0.177734375),
            (&tied, Pratt, Normal, 19.5, 0.1544065311076465),
            (&tied, Pratt, NormalWithContinuity, 19.5, 0.16618135842373816),
            (&many, Drop, Normal, 583.0, 0.02263320893600752),
            (&many, Drop, NormalWithContinuity, 583.0, 0.022858234652659223),
            (&many, Pratt, Normal, 607.0, 0.023587345465133247),
            (&many, Pratt, NormalWithContinuity, 607.0, 0.023814797880424766),
            (&fifty, Drop, Exact, 561.0, 0.46647302992520423),
            (&[0.0, 0.0, 0.0], Drop, Exact, 0.0, 1.0),
        ];
        for (differences, zeros, null, statistic, p_value) in cases {
            let found = test(differences, zeros, null);
            assert!((found.positive.min(found.negative) - statistic).abs() < ROUNDING, "{zeros:?} {null:?} {found:?}");
            let tolerance = if null == Exact { ROUNDING } else { TAIL };
            assert!((found.p_value / p_value - 1.0).abs() < tolerance, "{zeros:?} {null:?} {found:?} {p_value}");
        }
    }

    #[test]
    fn equal_lists_are_no_evidence() {
        for zeros in [Drop, Pratt] {
            for null in [Exact, Normal, NormalWithContinuity] {
                let found = test(&[0.0, 0.0], zeros, null);
                assert_eq!(found, SignedRank { positive: 0.0, negative: 0.0, unequal: 0, equal: 2, p_value: 1.0 });
                assert!(found.rank_biserial().abs() < ROUNDING);
            }
        }
    }

    #[test]
    fn infinite_differences_have_the_largest_rank() {
        let found = test(&[f64::NEG_INFINITY, 1.0, 2.0], Drop, Exact);
        assert!((found.positive - 3.0).abs() < ROUNDING && (found.negative - 3.0).abs() < ROUNDING);
    }

    #[test]
    fn the_exact_distribution_has_a_limit() {
        let many: Vec<f64> = (1..=1001).map(f64::from).collect();
        let error = wilcoxon_signed_rank(&many, &vec![0.0; 1001], Drop, Exact).unwrap_err();
        assert_eq!(
            error.to_string(),
            "1001 unequal pairs are too many for the exact distribution, which is computed up to 1000"
        );
        assert_eq!(NullDistribution::for_pairs(50), Exact);
        assert_eq!(NullDistribution::for_pairs(51), Normal);
    }

    /// Counts the assignments one by one.
    fn naive_p_value(differences: &[f64], zeros: ZeroDifferences) -> f64 {
        let ranked: Vec<Ranked> = rank(differences.to_vec(), zeros).into_iter().filter(|pair| pair.sign != 0).collect();
        let total: usize = ranked.iter().map(|pair| pair.doubled_rank).sum();
        let positive: usize = ranked.iter().filter(|pair| pair.sign > 0).map(|pair| pair.doubled_rank).sum();
        let smaller = positive.min(total - positive);
        let sums = (0..1u32 << ranked.len())
            .map(|taken| (0..ranked.len()).filter(|i| taken >> i & 1 == 1).map(|i| ranked[i].doubled_rank).sum());
        let (extreme, all) =
            sums.fold((0, 0), |(extreme, all), sum: usize| (extreme + u32::from(sum <= smaller), all + 1));
        (2.0 * f64::from(extreme) / f64::from(all)).min(1.0)
    }

    proptest! {
        #[test]
        fn the_exact_distribution_is_that_of_all_assignments(differences in prop::collection::vec(-4i8..5, 1..10)) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            for zeros in [Drop, Pratt] {
                let found = test(&differences, zeros, Exact);
                prop_assert!((found.p_value - naive_p_value(&differences, zeros)).abs() < ROUNDING);
            }
        }

        #[test]
        fn exchanging_the_lists_reverses_the_effect_and_keeps_p(values in prop::collection::vec(-3.0f64..3.0, 2..20)) {
            let zero = vec![0.0; values.len()];
            for null in [Exact, Normal, NormalWithContinuity] {
                let there = wilcoxon_signed_rank(&values, &zero, Drop, null).unwrap();
                let back = wilcoxon_signed_rank(&zero, &values, Drop, null).unwrap();
                prop_assert!((there.p_value - back.p_value).abs() < ROUNDING);
                prop_assert!((there.rank_biserial() + back.rank_biserial()).abs() < ROUNDING);
                prop_assert!((0.0..=1.0).contains(&there.p_value));
            }
        }
    }
}
