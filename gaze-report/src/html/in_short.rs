//! The content of the tables in a few sentences.

use super::headline::{SIGNIFICANT, better, is_best, is_significant};
use gaze_study::{Between, Comparison, MeasureSummary, Role, Summary, metrics::Profile};

use crate::grid::{self, percent};

/// Groups, models and pairs that sentences are made about.
const FIRST: usize = 3;

/// The sentences of all profiles, each with the name of its profile where there are several.
pub(super) fn sentences(summary: &Summary) -> Vec<String> {
    let mut sentences = Vec::new();
    let several = grid::profiles(summary).count() > 1;
    for (profile, metrics) in grid::profiles(summary) {
        let mut of_profile = winners(summary, metrics);
        of_profile.extend(shares(summary, metrics));
        of_profile.extend(over_baselines(summary, metrics));
        for between in [Between::Groups, Between::Models] {
            of_profile.extend(differences(summary, profile, metrics, between));
        }
        let named = |sentence| if several { format!("{}: {sentence}", profile.name()) } else { sentence };
        sentences.extend(of_profile.into_iter().map(named));
    }
    sentences
}

/// Says which of several models has the best mean most often.
fn winners(summary: &Summary, metrics: &[MeasureSummary]) -> Vec<String> {
    let mut sentences = Vec::new();
    for group in summary.groups.iter().take(FIRST) {
        let wins = |model: &str| {
            metrics
                .iter()
                .filter(|metric| metric.score(model, &group.group).is_some_and(|s| is_best(metric, s)))
                .count()
        };
        let wins: Vec<(&str, usize)> =
            summary.plan.models().iter().map(|model| (model.name.as_str(), wins(&model.name))).collect();
        let most = wins.iter().map(|&(_, count)| count).max().unwrap_or(0);
        let best: Vec<&str> = wins.iter().filter(|&&(_, count)| count == most).map(|&(name, _)| name).collect();
        if most > 0 {
            let (verb, each) = if best.len() == 1 { ("has", "") } else { ("have", " each") };
            let (best, group) = (listed(&best), &group.group);
            sentences
                .push(format!("For {group}, {best} {verb} the best mean in {}{each}.", share_of(most, metrics.len())));
        }
    }
    sentences
}

/// The information gain of the models as a share of the gold standard's.
fn shares(summary: &Summary, metrics: &[MeasureSummary]) -> Vec<String> {
    let mut sentences = Vec::new();
    for model in summary.plan.models().iter().take(FIRST) {
        let scores = metrics.iter().flat_map(|metric| metric.of(&model.name));
        let shares = scores.filter_map(|score| Some(format!("{} for {}", percent(score.explained?), score.group)));
        let shares: Vec<String> = shares.take(FIRST).collect();
        if !shares.is_empty() {
            let (model, shares) = (&model.name, listed(&shares));
            sentences.push(format!("Of the information gain of the gold standard, {model} reaches {shares}."));
        }
    }
    sentences
}

/// Says how often a model's mean is better than a baseline's.
fn over_baselines(summary: &Summary, metrics: &[MeasureSummary]) -> Vec<String> {
    let mut baselines: Vec<&str> = Vec::new();
    for score in metrics.iter().flat_map(|metric| &metric.scores) {
        if score.role == Role::Baseline && !baselines.contains(&score.model.as_str()) {
            baselines.push(&score.model);
        }
    }
    let mut sentences = Vec::new();
    for model in summary.plan.models().iter().take(FIRST) {
        // The strongest is told; the tables have the others.
        let Some(baseline) = baselines.iter().find(|&&name| name == "center-bias").or(baselines.last()) else {
            continue;
        };
        let mut counts = Vec::new();
        for group in summary.groups.iter().take(FIRST) {
            let mean = |metric: &MeasureSummary, name: &str| Some(metric.score(name, &group.group)?.mean?.0);
            let pairs =
                metrics.iter().filter_map(|metric| Some((metric, mean(metric, &model.name)?, mean(metric, baseline)?)));
            let pairs: Vec<_> = pairs.collect();
            let beats = |&&(metric, ours, theirs): &&(&MeasureSummary, f64, f64)| {
                if metric.higher_is_better { ours > theirs } else { ours < theirs }
            };
            if !pairs.is_empty() {
                let count = share_of(pairs.iter().filter(beats).count(), pairs.len());
                counts.push(format!("{count} for {}", group.group));
            }
        }
        if !counts.is_empty() {
            sentences.push(format!(
                "The mean of {} is better than that of {baseline} in {}.",
                model.name,
                listed(&counts)
            ));
        }
    }
    sentences
}

/// Says in which metrics groups differ under a model, or models in a group.
fn differences(summary: &Summary, profile: Profile, metrics: &[MeasureSummary], between: Between) -> Vec<String> {
    let of_kind = |comparison: &&Comparison| comparison.between == between && comparison.measure.profile == profile;
    let all: Vec<&Comparison> = summary.comparisons.iter().filter(of_kind).filter(|c| c.p_holm.is_some()).collect();
    let mut pairs: Vec<(&str, &str, &str)> = Vec::new();
    for comparison in &all {
        let pair = (comparison.within.as_str(), comparison.first.as_str(), comparison.second.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let sentence = |(within, first, second): (&str, &str, &str)| {
        let of_pair =
            |c: &&&Comparison| (c.within.as_str(), c.first.as_str(), c.second.as_str()) == (within, first, second);
        let tested: Vec<&&Comparison> = all.iter().filter(of_pair).collect();
        let found: Vec<&&&Comparison> = tested.iter().filter(|comparison| is_significant(comparison)).collect();
        let whose = |name: &str| {
            let labels = found.iter().filter_map(|comparison| {
                let metric = metrics.iter().find(|metric| metric.measure == comparison.measure)?;
                (better(metric, comparison) == Some(name)).then_some(metric.label)
            });
            let labels: Vec<&str> = labels.collect();
            (!labels.is_empty()).then(|| format!("{name} better in {}", listed(&labels)))
        };
        let whose: Vec<String> = [first, second].into_iter().filter_map(whose).collect();
        let details = if whose.is_empty() { String::new() } else { format!(": {}", whose.join("; ")) };
        let count = share_of(found.len(), tested.len());
        let place = match between {
            Between::Groups => format!("Under {within}"),
            Between::Models => format!("For {within}"),
        };
        format!("{place}, {first} and {second} differ in {count} (p < {SIGNIFICANT} after Holm's correction){details}.")
    };
    pairs.into_iter().take(2 * FIRST).map(sentence).collect()
}

fn share_of(count: usize, all: usize) -> String {
    format!("{count} of {all} {}", if all == 1 { "metric" } else { "metrics" })
}

/// `a`, `a and b`, `a, b and c`.
fn listed<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    #[test]
    fn the_tables_are_told_in_sentences() {
        let mut summary = test_data::summary();
        for comparison in &mut summary.comparisons {
            comparison.p_holm = Some(if comparison.between == Between::Models { 0.01 } else { 0.5 });
        }
        summary.metrics[0].scores[0].explained = Some(0.5);
        let expected = [
            "For <b>group, n has the best mean in 1 of 1 metric.",
            "For B, n has the best mean in 1 of 1 metric.",
            "Of the information gain of the gold standard, m reaches 50 % for <b>group.",
            "The mean of m is better than that of uniform in 1 of 1 metric for <b>group and 1 of 1 metric for B.",
            "The mean of n is better than that of uniform in 1 of 1 metric for <b>group and 1 of 1 metric for B.",
            "Under m, <b>group and B differ in 0 of 1 metric (p < 0.05 after Holm's correction).",
            "Under n, <b>group and B differ in 0 of 1 metric (p < 0.05 after Holm's correction).",
            "For <b>group, m and n differ in 1 of 1 metric (p < 0.05 after Holm's correction): n better in IG.",
            "For B, m and n differ in 1 of 1 metric (p < 0.05 after Holm's correction): n better in IG.",
        ];
        assert_eq!(sentences(&summary), expected);
    }

    #[test]
    fn lists_read_as_people_write_them() {
        assert_eq!([&["a"][..], &["a", "b"], &["a", "b", "c"], &[]].map(listed), ["a", "a and b", "a, b and c", ""]);
    }
}
