//! The table on standard output: for each profile a row per metric and a column per group.

use std::fmt::Write as _;

use crate::run::{Comparison, GOLD_STANDARD, Group, MeasureSummary, Score, Summary};

/// A mean with its interval as it is shown, or why there is none.
pub(crate) fn cell(score: &Score) -> String {
    match (score.mean, score.low, score.high) {
        (Some(mean), Some(low), Some(high)) => format!("{:.4} [{:.4}, {:.4}]", mean.0, low.0, high.0),
        _ if score.not_applicable > 0 => "n/a".to_owned(),
        _ => "undefined".to_owned(),
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

fn label(metric: &MeasureSummary) -> String {
    let arrow = if metric.higher_is_better { '↑' } else { '↓' };
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" [{}]", metric.unit) };
    format!("{}{unit} {arrow}", metric.label)
}

/// The comparisons that fit into the table beside the groups: those of two groups. More have tables of their own.
fn beside(summary: &Summary) -> &[Comparison] {
    if summary.groups.len() == 2 { &summary.comparisons } else { &[] }
}

/// Renders the table with its heading and footnotes.
pub(crate) fn render(summary: &Summary) -> String {
    let settings = &summary.settings;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{}", line.trim_end()).expect("writing to a string does not fail");
    line(format!("{} · {}", settings.dataset, settings.model));
    if settings.provenance == "simulated" {
        line("The gaze is SIMULATED: no person produced it, and the scores say nothing about people.".to_owned());
    }

    let mut rows = Vec::new();
    for of_profile in summary.metrics.chunk_by(|a, b| a.measure.profile == b.measure.profile) {
        rows.push(Vec::new());
        let mut heading = vec![format!("profile {}", of_profile[0].measure.profile.name())];
        heading.extend(summary.groups.iter().map(|group| group.group.clone()));
        if let Some(comparison) = beside(summary).first() {
            heading.extend([format!("{} − {}", comparison.first, comparison.second), "p".to_owned()]);
        }
        rows.push(heading);
        for metric in of_profile {
            let mut row: Vec<String> = std::iter::once(label(metric)).chain(metric.of_model().map(cell)).collect();
            if let Some(comparison) = beside(summary).iter().find(|comparison| comparison.measure == metric.measure) {
                row.extend([difference(comparison), p_value(comparison.p_holm)]);
            }
            rows.push(row);
            if settings.ceiling {
                let ceilings = metric.ceilings().map(cell);
                rows.push(std::iter::once(format!("  {GOLD_STANDARD}")).chain(ceilings).collect());
            }
        }
    }
    rows.push(Vec::new());
    let count = |name: &str, of: fn(&Group) -> usize| {
        let counts = summary.groups.iter().map(|group| of(group).to_string());
        std::iter::once(name.to_owned()).chain(counts).collect::<Vec<_>>()
    };
    rows.push(count("stimuli", |group| group.stimuli));
    rows.push(count("scanpaths", |group| group.scanpaths));
    rows.push(count("fixations", |group| group.fixations));
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("   "));
    }

    line(String::new());
    line("Mean over stimuli [95 % bootstrap interval]; ↑ higher is better, ↓ lower is better.".to_owned());
    footnotes(summary).into_iter().for_each(line);
    text
}

/// What a reader of the table must know, a sentence each.
pub(crate) fn footnotes(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if !summary.comparisons.is_empty() {
        notes.push(
            "Differences are paired by stimulus; p is of Wilcoxon's signed-rank test, adjusted by Holm's procedure \
             within a profile."
                .to_owned(),
        );
    }
    if summary.settings.ceiling {
        notes.push(format!(
            "{GOLD_STANDARD} predicts each observer from the others; in CC, SIM, KL and EMD it is compared with the map \
             of that one observer, so a model may do better."
        ));
    }
    notes.extend(not_applicable(summary));
    notes
}

/// Which metrics cannot have a value here, a sentence for each reason.
fn not_applicable(summary: &Summary) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for metric in &summary.metrics {
        let reason = metric.scores.iter().find_map(|score| score.not_applicable_because.as_deref());
        let name = format!("{} ({})", metric.label, metric.measure.profile.name());
        match (reason, reasons.iter_mut().find(|(known, _)| Some(*known) == reason)) {
            (None, _) => {}
            (Some(_), Some((_, names))) => names.push(name),
            (Some(reason), None) => reasons.push((reason, vec![name])),
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{}: {reason}.", names.join(", "))).collect()
}

/// Which values are missing that should be there, a sentence each.
pub(crate) fn undefined(summary: &Summary) -> Vec<String> {
    let mut undefined: Vec<(usize, Vec<String>)> = Vec::new();
    for metric in &summary.metrics {
        let missing = metric.scores.iter().map(|score| score.undefined).sum::<usize>();
        let name = format!("{} ({})", metric.label, metric.measure.profile.name());
        match undefined.iter_mut().find(|(count, _)| *count == missing) {
            _ if missing == 0 => {}
            Some((_, names)) => names.push(name),
            None => undefined.push((missing, vec![name])),
        }
    }
    let sentence = |(count, names): (usize, Vec<String>)| {
        let cases = if count == 1 { "case" } else { "cases" };
        let (names, verb) = match names.len() {
            1 => (names.concat(), "has"),
            all if all == summary.metrics.len() => ("all metrics".to_owned(), "have"),
            _ => (names.join(", "), "have"),
        };
        format!("{names} {verb} no value in {count} {cases}; scores.csv says why")
    };
    undefined.into_iter().map(sentence).collect()
}
