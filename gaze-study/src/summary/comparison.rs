//! Groups compared in pairs under a model, and models in a group: stimulus by stimulus.

use gaze_metrics::{PairedComparison, compare_paired, holm};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::{CONFIDENCE, MeasureSummary, Number, RESAMPLES, SEED, Score};
use crate::metrics::Measure;

/// The respect in which two compared scores differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Between {
    /// Groups of observers, under the same model.
    Groups,
    /// Models, in the same group.
    Models,
}

/// The difference of two groups under a model, or of two models in a group, in one measure: `first − second`, over the stimuli on
/// which both have a value.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The measure that is compared.
    #[serde(flatten)]
    pub measure: Measure,
    /// Whether groups or models are compared.
    pub between: Between,
    /// The model under which groups are compared, or the group in which models are.
    pub within: String,
    /// The name of the first group or model.
    pub first: String,
    /// The name of the second group or model.
    pub second: String,
    /// The number of pairs of values.
    pub count: usize,
    /// The mean difference.
    pub mean: Option<Number>,
    /// The lower end of its bootstrap interval.
    pub low: Option<Number>,
    /// The upper end of its bootstrap interval.
    pub high: Option<Number>,
    /// The confidence of the interval.
    pub confidence: f64,
    /// The p value of Wilcoxon's signed-rank test, two-sided.
    pub p_value: Option<f64>,
    /// The p value adjusted by Holm's procedure for all comparisons of the same kind within the profile.
    pub p_holm: Option<f64>,
    /// The effect size of the test, in −1 ..= 1.
    pub rank_biserial: Option<f64>,
    /// The mean difference in standard deviations of the differences.
    pub cohens_dz: Option<f64>,
    /// The reason why there is no comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Compares all pairs of groups under each model, and all pairs of models in each group, in all measures.
pub(super) fn compare(measures: &[MeasureSummary], models: &[&str], groups: &[&str]) -> Vec<Comparison> {
    let mut all = Vec::new();
    for between in [Between::Groups, Between::Models] {
        let (outer, inner) = match between {
            Between::Groups => (models, groups),
            Between::Models => (groups, models),
        };
        let mut pairs: Vec<(Measure, &str, [&str; 2], [&Score; 2])> = Vec::new();
        for summary in measures {
            for &within in outer {
                let score = |name: &str| match between {
                    Between::Groups => summary.score(within, name),
                    Between::Models => summary.score(name, within),
                };
                for (index, &first) in inner.iter().enumerate() {
                    for &second in &inner[index + 1..] {
                        if let (Some(a), Some(b)) = (score(first), score(second)) {
                            pairs.push((summary.measure, within, [first, second], [a, b]));
                        }
                    }
                }
            }
        }
        let compared =
            pairs.par_iter().map(|&(measure, within, names, scores)| pair(measure, between, within, names, scores));
        let mut comparisons: Vec<Comparison> = compared.collect();
        for of_profile in comparisons.chunk_by_mut(|a, b| a.measure.profile == b.measure.profile) {
            let p_values: Vec<f64> = of_profile.iter().filter_map(|comparison| comparison.p_value).collect();
            let Ok(adjusted) = holm(&p_values) else { continue };
            let tested = of_profile.iter_mut().filter(|comparison| comparison.p_value.is_some());
            tested.zip(adjusted).for_each(|(comparison, p)| comparison.p_holm = Some(p));
        }
        all.extend(comparisons);
    }
    all
}

fn pair(
    measure: Measure,
    between: Between,
    within: &str,
    [first, second]: [&str; 2],
    [a, b]: [&Score; 2],
) -> Comparison {
    let both = a.values.iter().filter_map(|&(place, value)| Some((value, b.at(place)?)));
    let (a, b): (Vec<f64>, Vec<f64>) = both.unzip();
    let found = compare_paired(&a, &b, RESAMPLES, CONFIDENCE, &mut ChaCha8Rng::seed_from_u64(SEED));
    let number = |of: fn(&PairedComparison) -> f64| found.as_ref().ok().map(|found| Number(of(found)));
    Comparison {
        measure,
        between,
        within: within.to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
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
    use crate::{
        metrics::{Metric, Profile},
        predictors::{Predictor, Role},
        summary::tally,
    };

    type Values<'a> = &'a [(u32, f64)];

    /// Scores by model and group.
    fn summary(metric: Metric, profile: Profile, scores: &[(&str, &str, Values<'_>)]) -> MeasureSummary {
        let score = |&(model, group, values): &(&str, &str, Values<'_>)| {
            let predictor = Predictor { name: model.to_owned(), role: Role::Model };
            Score::new(&predictor, group, tally::Values { values: values.to_vec(), ..Default::default() }, None)
        };
        MeasureSummary::new(Measure { profile, metric }, "v", scores.iter().map(score).collect())
    }

    #[test]
    fn pairs_are_made_by_stimulus_and_only_where_both_have_a_value() {
        let a = [(1, 0.5), (2, 0.75), (4, 9.0)];
        let b = [(1, 0.25), (2, 0.5), (3, -9.0)];
        let summary = summary(Metric::Auc, Profile::Tuebingen, &[("m", "A", &a), ("m", "B", &b)]);
        let found = compare(&[summary], &["m"], &["A", "B"]);
        assert_eq!((found.len(), found[0].count, found[0].between), (1, 2, Between::Groups));
        assert_eq!((found[0].first.as_str(), found[0].second.as_str(), found[0].within.as_str()), ("A", "B", "m"));
        assert!((found[0].mean.unwrap().0 - 0.25).abs() < 1e-15);
        // Two equal differences: the exact test of two pairs, and no deviation to measure the difference in.
        assert_eq!((found[0].p_value, found[0].cohens_dz), (Some(0.5), None));
    }

    #[test]
    fn models_are_compared_in_each_group() {
        let [low, high] = [[(0, 0.5), (1, 0.5)], [(0, 0.75), (1, 1.0)]];
        let summary = summary(
            Metric::Auc,
            Profile::Mit,
            &[("m", "A", &high), ("m", "B", &low), ("n", "A", &low), ("n", "B", &low)],
        );
        let found = compare(&[summary], &["m", "n"], &["A", "B"]);
        let pairs: Vec<_> =
            found.iter().map(|c| (c.between, c.within.as_str(), c.first.as_str(), c.mean.unwrap().0)).collect();
        let groups = [(Between::Groups, "m", "A", 0.375), (Between::Groups, "n", "A", 0.0)];
        let models = [(Between::Models, "A", "m", 0.375), (Between::Models, "B", "m", 0.0)];
        assert_eq!(pairs, [groups, models].concat());
    }

    #[test]
    fn p_values_are_adjusted_within_a_profile() {
        let values = |step: f64| (1..=6u32).map(|i| (i, step * f64::from(i))).collect::<Vec<_>>();
        let (zero, one) = (values(0.0), values(1.0));
        let scores: &[(&str, &str, Values<'_>)] = &[("m", "A", &one), ("m", "B", &zero)];
        let found = compare(
            &[
                summary(Metric::Auc, Profile::Tuebingen, scores),
                summary(Metric::Nss, Profile::Tuebingen, scores),
                summary(Metric::Nss, Profile::Mit, scores),
            ],
            &["m"],
            &["A", "B"],
        );
        let p: Vec<_> = found.iter().map(|comparison| (comparison.p_value, comparison.p_holm)).collect();
        let exact = 2.0 / 64.0;
        assert_eq!(p, [(Some(exact), Some(2.0 * exact)), (Some(exact), Some(2.0 * exact)), (Some(exact), Some(exact))]);
    }

    #[test]
    fn without_pairs_there_is_a_reason() {
        let scores: &[(&str, &str, Values<'_>)] = &[("m", "A", &[(1, 1.0)]), ("m", "B", &[(2, 1.0)]), ("m", "C", &[])];
        let found = compare(&[summary(Metric::Kl, Profile::Mit, scores)], &["m"], &["A", "B", "C"]);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|comparison| comparison.reason.as_deref() == Some("no values")));
    }
}
