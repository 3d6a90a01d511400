//! Groups compared in pairs, stimulus by stimulus.

use std::collections::BTreeMap;

use gaze_metrics::{PairedComparison, compare_paired, holm};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    Measure,
    summary::{CONFIDENCE, MeasureSummary, Number, RESAMPLES, SEED, Score},
};

/// How two groups of observers differ in one measure of one model: `first − second`, over the stimuli on which both have
/// a value.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    #[serde(flatten)]
    pub(crate) measure: Measure,
    pub(crate) model: String,
    pub(crate) first: String,
    pub(crate) second: String,
    /// Pairs of values.
    pub(crate) count: usize,
    /// Mean difference with its bootstrap interval.
    pub(crate) mean: Option<Number>,
    pub(crate) low: Option<Number>,
    pub(crate) high: Option<Number>,
    pub(crate) confidence: f64,
    /// Of Wilcoxon's signed-rank test, two-sided.
    pub(crate) p_value: Option<f64>,
    /// Adjusted by Holm's procedure for all comparisons within the profile.
    pub(crate) p_holm: Option<f64>,
    /// Effect size of the test, in −1 ..= 1.
    pub(crate) rank_biserial: Option<f64>,
    /// Mean difference in standard deviations of the differences.
    pub(crate) cohens_dz: Option<f64>,
    /// Why there is no comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// Compares all pairs of groups of one model in all measures.
pub(crate) fn compare(measures: &[MeasureSummary], model: &str) -> Vec<Comparison> {
    let mut pairs: Vec<(Measure, &Score, &Score)> = Vec::new();
    for summary in measures {
        let scores: Vec<&Score> = summary.scores.iter().filter(|score| score.model == model).collect();
        for (index, &first) in scores.iter().enumerate() {
            pairs.extend(scores[index + 1..].iter().map(|&second| (summary.measure, first, second)));
        }
    }
    let mut comparisons: Vec<Comparison> =
        pairs.par_iter().map(|&(measure, first, second)| pair(measure, first, second)).collect();
    for of_profile in comparisons.chunk_by_mut(|a, b| a.measure.profile == b.measure.profile) {
        let p_values: Vec<f64> = of_profile.iter().filter_map(|comparison| comparison.p_value).collect();
        let Ok(adjusted) = holm(&p_values) else { continue };
        let tested = of_profile.iter_mut().filter(|comparison| comparison.p_value.is_some());
        tested.zip(adjusted).for_each(|(comparison, p)| comparison.p_holm = Some(p));
    }
    comparisons
}

fn pair(measure: Measure, first: &Score, second: &Score) -> Comparison {
    let others: BTreeMap<&str, f64> = second.values.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let both = first.values.iter().filter_map(|(key, value)| Some((*value, *others.get(key.as_str())?)));
    let (a, b): (Vec<f64>, Vec<f64>) = both.unzip();
    let found = compare_paired(&a, &b, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED));
    let number = |of: fn(&PairedComparison) -> f64| found.as_ref().ok().map(|found| Number(of(found)));
    Comparison {
        measure,
        model: first.model.clone(),
        first: first.group.clone(),
        second: second.group.clone(),
        count: a.len(),
        mean: number(|found| found.difference.mean),
        low: number(|found| found.difference.low),
        high: number(|found| found.difference.high),
        confidence: CONFIDENCE,
        p_value: found.as_ref().ok().map(|found| found.signed_rank.p_value),
        p_holm: None,
        rank_biserial: found.as_ref().ok().map(|found| found.signed_rank.rank_biserial()),
        cohens_dz: found.as_ref().ok().and_then(|found| found.cohens_dz.ok()),
        reason: found.err().map(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Metric, Profile};

    fn summary(metric: Metric, profile: Profile, groups: &[(&str, &[(&str, f64)])]) -> MeasureSummary {
        let scores = groups.iter().map(|(group, values)| {
            let values = values.iter().map(|&(key, value)| (key.to_owned(), value)).collect();
            Score::of_values("m", group, values, 0, (0, None))
        });
        MeasureSummary::new(Measure { profile, metric }, "v", scores.collect())
    }

    #[test]
    fn pairs_are_made_by_stimulus_and_only_where_both_have_a_value() {
        let a: &[(&str, f64)] = &[("1", 0.5), ("2", 0.75), ("4", 9.0)];
        let b: &[(&str, f64)] = &[("2", 0.5), ("1", 0.25), ("3", -9.0)];
        let found = compare(&[summary(Metric::Auc, Profile::Tuebingen, &[("A", a), ("B", b)])], "m");
        assert_eq!((found.len(), found[0].count), (1, 2));
        assert_eq!((found[0].first.as_str(), found[0].second.as_str()), ("A", "B"));
        assert!((found[0].mean.unwrap().0 - 0.25).abs() < 1e-15);
        // Two equal differences: the exact test of two pairs, and no deviation to measure the difference in.
        assert_eq!((found[0].p_value, found[0].cohens_dz), (Some(0.5), None));
    }

    #[test]
    fn p_values_are_adjusted_within_a_profile() {
        let keys = ["1", "2", "3", "4", "5", "6"];
        let values = |step: f64| keys.iter().zip(1u8..).map(|(&key, i)| (key, step * f64::from(i))).collect::<Vec<_>>();
        let (zero, one) = (values(0.0), values(1.0));
        let groups: &[(&str, &[(&str, f64)])] = &[("A", &one), ("B", &zero)];
        let found = compare(
            &[
                summary(Metric::Auc, Profile::Tuebingen, groups),
                summary(Metric::Nss, Profile::Tuebingen, groups),
                summary(Metric::Nss, Profile::Mit, groups),
            ],
            "m",
        );
        let p: Vec<_> = found.iter().map(|comparison| (comparison.p_value, comparison.p_holm)).collect();
        let exact = 2.0 / 64.0;
        assert_eq!(p, [(Some(exact), Some(2.0 * exact)), (Some(exact), Some(2.0 * exact)), (Some(exact), Some(exact))]);
    }

    #[test]
    fn without_pairs_there_is_a_reason() {
        let groups: &[(&str, &[(&str, f64)])] = &[("A", &[("1", 1.0)]), ("B", &[("2", 1.0)]), ("C", &[])];
        let found = compare(&[summary(Metric::Kl, Profile::Mit, groups)], "m");
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|comparison| comparison.reason.as_deref() == Some("no values")));
        assert!(compare(&[summary(Metric::Kl, Profile::Mit, groups)], "another").is_empty());
    }
}
