//! The summary as plain tables of text, for every format that has tables.

use gaze_study::{Between, Comparison, MeasureSummary, ModelSettings, Score, Summary, metrics::Profile};

/// A table with a heading.
pub(crate) struct Grid {
    pub(crate) caption: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The metrics of each profile, in the order of tables.
pub(crate) fn profiles(summary: &Summary) -> impl Iterator<Item = (Profile, &[MeasureSummary])> {
    let of_profile = summary.metrics.chunk_by(|a, b| a.measure.profile == b.measure.profile);
    of_profile.map(|metrics| (metrics[0].measure.profile, metrics))
}

/// The names of all predictors, in the order of tables.
pub(crate) fn predictors(summary: &Summary) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for score in summary.metrics.iter().flat_map(|metric| &metric.scores) {
        if !names.contains(&score.model.as_str()) {
            names.push(&score.model);
        }
    }
    names
}

/// Makes a table of all predictors in all metrics for every profile and group.
pub(crate) fn scores(summary: &Summary, cell: impl Fn(&Score) -> String) -> Vec<Grid> {
    let mut grids = Vec::new();
    for (profile, metrics) in profiles(summary) {
        for group in &summary.groups {
            let mut header = vec!["Model".to_owned()];
            header.extend(metrics.iter().map(label));
            let mut rows = Vec::new();
            for predictor in predictors(summary) {
                let scores: Vec<_> = metrics.iter().map(|metric| metric.score(predictor, &group.group)).collect();
                // A group does not predict itself.
                if scores.iter().any(Option::is_some) {
                    let cells = scores.iter().map(|score| score.map_or_else(String::new, &cell));
                    rows.push(std::iter::once(predictor.to_owned()).chain(cells).collect());
                }
            }
            rows.extend(explained(metrics, summary, &group.group));
            let caption = format!("{}, profile {}", group.group, profile.name());
            grids.push(Grid { caption, header, rows });
        }
    }
    grids
}

/// A row for each model with the share of the gold standard's information gain, if it has any.
fn explained(metrics: &[MeasureSummary], summary: &Summary, group: &str) -> Vec<Vec<String>> {
    let of_model = |model: &ModelSettings| {
        let share = |metric: &MeasureSummary| metric.score(&model.name, group).and_then(|score| score.explained);
        metrics.iter().any(|metric| share(metric).is_some()).then(|| {
            let cells = metrics.iter().map(|metric| share(metric).map_or_else(String::new, percent));
            std::iter::once(format!("{}, of the gold standard", model.name)).chain(cells).collect()
        })
    };
    summary.plan.models().iter().filter_map(of_model).collect()
}

/// A share as it is shown.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Makes a table of all comparisons of one kind for every profile.
pub(crate) fn comparisons(summary: &Summary, between: Between) -> Vec<Grid> {
    let mut grids = Vec::new();
    for (profile, metrics) in profiles(summary) {
        let mut rows = Vec::new();
        for metric in metrics {
            let of_metric = |c: &&Comparison| c.measure == metric.measure && c.between == between;
            for comparison in summary.comparisons.iter().filter(of_metric) {
                let effect = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:+.2}"));
                rows.push(vec![
                    label(metric),
                    comparison.within.clone(),
                    format!("{} − {}", comparison.first, comparison.second),
                    comparison.count.to_string(),
                    difference(comparison),
                    p_value(comparison.p_value),
                    p_value(comparison.p_holm),
                    effect(comparison.rank_biserial),
                    effect(comparison.cohens_dz),
                ]);
            }
        }
        let (what, within) = match between {
            Between::Groups => ("Groups", "Model"),
            Between::Models => ("Models", "Group"),
        };
        let header = ["Metric", within, what, "Pairs", "Difference", "p", "p (Holm)", "r", "d"];
        if !rows.is_empty() {
            let caption = format!("{what} compared, profile {}", profile.name());
            grids.push(Grid { caption, header: header.map(str::to_owned).to_vec(), rows });
        }
    }
    grids
}

/// A metric with its unit and direction.
pub(crate) fn label(metric: &MeasureSummary) -> String {
    let arrow = if metric.higher_is_better { '↑' } else { '↓' };
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" [{}]", metric.unit) };
    format!("{}{unit} {arrow}", metric.label)
}

/// A mean as it is shown, or why there is none.
pub(crate) fn mean(score: &Score) -> String {
    match score.mean {
        Some(mean) => format!("{:.4}", mean.0),
        None if score.not_applicable > 0 => "n/a".to_owned(),
        None => "undefined".to_owned(),
    }
}

/// A mean with its interval.
pub(crate) fn cell(score: &Score) -> String {
    match (score.mean, score.low, score.high) {
        (Some(mean), Some(low), Some(high)) => format!("{:.4} [{:.4}, {:.4}]", mean.0, low.0, high.0),
        _ => mean(score),
    }
}

/// A mean difference with its interval.
pub(crate) fn difference(comparison: &Comparison) -> String {
    match (comparison.mean, comparison.low, comparison.high) {
        (Some(mean), Some(low), Some(high)) => format!("{:+.4} [{:+.4}, {:+.4}]", mean.0, low.0, high.0),
        _ => "n/a".to_owned(),
    }
}

/// A p-value as it is shown.
pub(crate) fn p_value(p: Option<f64>) -> String {
    match p {
        None => String::new(),
        Some(p) if p < 0.0001 => "< 0.0001".to_owned(),
        Some(p) => format!("{p:.4}"),
    }
}
