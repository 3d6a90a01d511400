//! The top of the page: the tables that hold the answer.

use minijinja::{Value, context};

use gaze_study::{Between, Comparison, MeasureSummary, Role, Score, Summary};

use crate::grid;

/// Groups in the tables of scores, and rows in a table of comparisons; `summary.json` has the others.
const GROUPS: usize = 40;
const COMPARISONS: usize = 120;

/// The p value below which two scores differ.
pub(super) const SIGNIFICANT: f64 = 0.05;

/// A table of scores for every profile: groups of rows for groups, a row for each predictor, a column for each metric.
pub(super) fn scores(summary: &Summary) -> Vec<Value> {
    let of_profile = |(profile, metrics): (gaze_study::metrics::Profile, &[MeasureSummary])| {
        let groups = summary.groups.iter().take(GROUPS).enumerate().map(|(color, group)| {
            context! {
                group => group.group.as_str(),
                color => color % super::COLORS,
                stimuli => group.stimuli,
                scanpaths => group.scanpaths,
                fixations => group.fixations,
                dropped => group.dropped_fixations,
                rows => rows(summary, metrics, &group.group),
            }
        });
        context! {
            name => profile.name(),
            metrics => metrics.iter().map(|metric| context! {
                label => metric.label, unit => metric.unit, higher_is_better => metric.higher_is_better,
            }).collect::<Vec<_>>(),
            groups => groups.collect::<Vec<_>>(),
            more_groups => summary.groups.len().saturating_sub(GROUPS),
        }
    };
    grid::profiles(summary).map(of_profile).collect()
}

fn rows(summary: &Summary, metrics: &[MeasureSummary], group: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for predictor in grid::predictors(summary) {
        let scores: Vec<Option<&Score>> = metrics.iter().map(|metric| metric.score(predictor, group)).collect();
        let Some(role) = scores.iter().flatten().map(|score| score.role).next() else { continue };
        let cells = metrics.iter().zip(&scores).map(|(metric, score)| {
            let Some(score) = score else { return context! {} };
            let interval = match (score.low, score.high) {
                (Some(low), Some(high)) => Some(format!("{:.4}, {:.4}", low.0, high.0)),
                _ => None,
            };
            context! {
                mean => grid::mean(score),
                interval => interval,
                share => score.explained.map(grid::percent),
                best => is_best(metric, score),
            }
        });
        let role = match role {
            Role::Model => "model",
            Role::Baseline => "baseline",
            Role::Ceiling => "ceiling",
        };
        rows.push(context! { name => predictor, role, cells => cells.collect::<Vec<_>>() });
    }
    rows
}

/// Tells whether no other of several models has a better mean in the group.
pub(super) fn is_best(metric: &MeasureSummary, score: &Score) -> bool {
    let rivals = metric.of_models().filter(|other| other.group == score.group && other.model != score.model);
    let means: Vec<f64> = rivals.filter_map(|rival| Some(rival.mean?.0)).collect();
    let mean = score.mean.map(|mean| mean.0).filter(|_| score.role == Role::Model && !means.is_empty());
    mean.is_some_and(|mean| {
        means.iter().all(|&rival| if metric.higher_is_better { mean >= rival } else { mean <= rival })
    })
}

/// A table of comparisons of one kind for every profile that has any. Where there are too many rows, the smallest p-values
/// are shown.
pub(super) fn comparisons(summary: &Summary, between: Between) -> Vec<Value> {
    let of_profile = |(profile, metrics): (gaze_study::metrics::Profile, &[MeasureSummary])| {
        let of_kind = |comparison: &&Comparison| comparison.between == between && comparison.measure.profile == profile;
        let mut found: Vec<&Comparison> = summary.comparisons.iter().filter(of_kind).collect();
        let count = found.len();
        if count > COMPARISONS {
            found.sort_by(|a, b| a.p_value.unwrap_or(1.0).total_cmp(&b.p_value.unwrap_or(1.0)));
            found.truncate(COMPARISONS);
        }
        let row = |comparison: &Comparison| {
            let metric = metrics.iter().find(|metric| metric.measure == comparison.measure)?;
            let effect = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:+.2}"));
            Some(context! {
                metric => metric.label,
                within => comparison.within.as_str(),
                first => comparison.first.as_str(),
                second => comparison.second.as_str(),
                count => comparison.count,
                difference => grid::difference(comparison),
                better => better(metric, comparison),
                p => grid::p_value(comparison.p_value),
                p_holm => grid::p_value(comparison.p_holm),
                significant => is_significant(comparison),
                rank_biserial => effect(comparison.rank_biserial),
                cohens_dz => effect(comparison.cohens_dz),
                reason => comparison.reason.as_deref(),
            })
        };
        let rows: Vec<Value> = found.into_iter().filter_map(row).collect();
        context! { name => profile.name(), more => count - rows.len(), rows }
    };
    let has_rows = |table: &Value| table.get_attr("rows").is_ok_and(|rows| rows.is_true());
    grid::profiles(summary).map(of_profile).filter(has_rows).collect()
}

/// Tells whether two differ by more than chance, all comparisons of the kind and profile considered.
pub(super) fn is_significant(comparison: &Comparison) -> bool {
    comparison.p_holm.is_some_and(|p| p < SIGNIFICANT)
}

/// The one of the two that scores better in the mean.
pub(super) fn better<'a>(metric: &MeasureSummary, comparison: &'a Comparison) -> Option<&'a str> {
    let mean = comparison.mean?.0;
    match (mean > 0.0) == metric.higher_is_better {
        _ if mean == 0.0 || mean.is_nan() => None,
        true => Some(&comparison.first),
        false => Some(&comparison.second),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    #[test]
    fn the_best_of_several_models_is_marked_and_no_reference() {
        let summary = test_data::summary();
        let metric = &summary.metrics[0];
        let best: Vec<_> = metric.scores.iter().filter(|score| is_best(metric, score)).collect();
        assert_eq!(best.iter().map(|score| score.model.as_str()).collect::<Vec<_>>(), ["n", "n"]);
        let mut alone = summary.clone();
        alone.metrics[0].scores.retain(|score| score.model != "m");
        assert!(!alone.metrics[0].scores.iter().any(|score| is_best(&alone.metrics[0], score)));
        let mut lower = summary;
        lower.metrics[0].higher_is_better = false;
        assert!(is_best(&lower.metrics[0], lower.metrics[0].score("m", "B").unwrap()));
    }

    #[test]
    fn better_follows_the_direction_of_the_metric() {
        let mut summary = test_data::summary();
        let comparison = summary.comparisons[0].clone();
        assert_eq!((comparison.first.as_str(), comparison.mean.unwrap().0 > 0.0), ("<b>group", false));
        assert_eq!(better(&summary.metrics[0], &comparison), Some("B"));
        summary.metrics[0].higher_is_better = false;
        assert_eq!(better(&summary.metrics[0], &comparison), Some("<b>group"));
    }

    #[test]
    fn of_many_comparisons_the_clearest_are_shown() {
        let mut summary = test_data::summary();
        let first = summary.comparisons[0].clone();
        summary.comparisons = (0..COMPARISONS + 5)
            .map(|index| Comparison { p_value: Some(1.0 / (index + 1) as f64), count: index, ..first.clone() })
            .collect();
        let table = &comparisons(&summary, first.between)[0];
        assert_eq!(table.get_attr("more").unwrap().to_string(), "5");
        let row = table.get_attr("rows").unwrap().get_item_by_index(0).unwrap();
        assert_eq!(row.get_attr("count").unwrap().to_string(), (COMPARISONS + 4).to_string());
    }
}
