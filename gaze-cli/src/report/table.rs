//! The table on standard output: a row per metric, a column per group.

use std::fmt::Write as _;

use crate::run::{MetricSummary, Score, Summary};

/// A mean with its interval as it is shown, or why there is none.
pub(crate) fn cell(score: &Score) -> String {
    match (score.mean, score.low, score.high) {
        (Some(mean), Some(low), Some(high)) => format!("{:.4} [{:.4}, {:.4}]", mean.0, low.0, high.0),
        _ if score.not_applicable > 0 => "n/a".to_owned(),
        _ => "undefined".to_owned(),
    }
}

fn label(metric: &MetricSummary) -> String {
    let arrow = if metric.definition.higher_is_better { '↑' } else { '↓' };
    let unit = metric.definition.unit;
    let unit = if unit.is_empty() { String::new() } else { format!(" [{unit}]") };
    format!("{}{unit} {arrow}", metric.definition.label)
}

/// Renders the table with its heading and footnotes.
pub(crate) fn render(summary: &Summary) -> String {
    let settings = &summary.settings;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{}", line.trim_end()).expect("writing to a string does not fail");
    line(format!("{} · {} · profile {}", settings.dataset, settings.model, settings.profile));
    if settings.provenance == "simulated" {
        line("The gaze is SIMULATED: no person produced it, and the scores say nothing about people.".to_owned());
    }
    line(String::new());

    let mut rows = vec![vec![String::new()]];
    rows[0].extend(summary.groups.iter().map(|group| group.group.clone()));
    for metric in &summary.metrics {
        let cells = metric.scores.iter().map(cell);
        rows.push(std::iter::once(label(metric)).chain(cells).collect());
    }
    let count = |name: &str, counts: Vec<usize>| {
        std::iter::once(name.to_owned()).chain(counts.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    rows.push(count("stimuli", summary.groups.iter().map(|group| group.stimuli).collect()));
    rows.push(count("scanpaths", summary.groups.iter().map(|group| group.scanpaths).collect()));
    rows.push(count("fixations", summary.groups.iter().map(|group| group.fixations).collect()));
    let columns = rows[0].len();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("   "));
    }

    line(String::new());
    line("Mean over stimuli [95 % bootstrap interval]; ↑ higher is better, ↓ lower is better.".to_owned());
    not_applicable(summary).into_iter().for_each(line);
    text
}

/// Which metrics cannot have a value here, a sentence each.
pub(crate) fn not_applicable(summary: &Summary) -> Vec<String> {
    let concerned = summary.metrics.iter().filter(|metric| metric.scores.iter().any(|score| score.not_applicable > 0));
    concerned
        .map(|metric| {
            let name = metric.definition.label;
            format!("{name} needs a density, and these predictions are maps of scores (see --map-kind).")
        })
        .collect()
}

/// Which values are missing that should be there, a sentence each.
pub(crate) fn undefined(summary: &Summary) -> Vec<String> {
    let mut undefined: Vec<(usize, Vec<&str>)> = Vec::new();
    for metric in &summary.metrics {
        let missing = metric.scores.iter().map(|score| score.undefined).sum::<usize>();
        let name = metric.definition.label;
        match undefined.iter_mut().find(|(count, _)| *count == missing) {
            _ if missing == 0 => {}
            Some((_, names)) => names.push(name),
            None => undefined.push((missing, vec![name])),
        }
    }
    let sentence = |(count, names): (usize, Vec<&str>)| {
        let (verb, cases) = (if names.len() == 1 { "has" } else { "have" }, if count == 1 { "case" } else { "cases" });
        format!("{} {verb} no value in {count} {cases}; scores.csv says why", names.join(", "))
    };
    undefined.into_iter().map(sentence).collect()
}
