//! The tables on standard output: for each profile a row per metric and a column per group, and then the references.

use std::fmt::Write as _;

use crate::grid::{self, cell, difference, label, p_value, percent};
use gaze_data::Provenance;
use gaze_study::{Between, Comparison, Group, Summary};

/// The comparisons of groups that fit into the table beside them: those of two groups. More have tables of their own.
fn beside<'a>(summary: &'a Summary, model: &str) -> Vec<&'a Comparison> {
    let of_model = |c: &&Comparison| c.between == Between::Groups && c.within == model && summary.groups.len() == 2;
    summary.comparisons.iter().filter(of_model).collect()
}

/// Renders the tables with their heading and footnotes.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let settings = &summary.plan;
    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{}", line.trim_end()).expect("writing to a string does not fail");
    let models: Vec<&str> = settings.models().iter().map(|model| model.name.as_str()).collect();
    line(&format!("{} · {}", settings.dataset, models.join(", ")));
    if settings.provenance() == Provenance::Simulated {
        line("The gaze is SIMULATED: no person produced it, and the scores say nothing about people.");
    }
    let mut rows = Vec::new();
    for model in &models {
        let title = if models.len() > 1 { format!("{model}, ") } else { String::new() };
        rows.extend(of_model(summary, model, &title));
    }
    rows.push(Vec::new());
    let count = |name: &str, of: fn(&Group) -> usize| {
        let counts = summary.groups.iter().map(|group| of(group).to_string());
        std::iter::once(name.to_owned()).chain(counts).collect::<Vec<_>>()
    };
    rows.push(count("stimuli", |group| group.stimuli));
    rows.push(count("scanpaths", |group| group.scanpaths));
    rows.push(count("fixations", |group| group.fixations));
    align(&rows).iter().for_each(|row| line(row));

    let has_references = grid::predictors(summary).len() > models.len();
    if has_references || models.len() > 1 {
        // These tables leave out the shares, which stand beside the gain above.
        for grid in grid::scores(summary, grid::mean) {
            line("");
            let mut rows = vec![vec![grid.caption]];
            rows[0].extend(grid.header.into_iter().skip(1));
            rows.extend(grid.rows);
            align(&rows).iter().for_each(|row| line(row));
        }
    }
    for grid in grid::comparisons(summary, Between::Models) {
        line("");
        line(&grid.caption);
        let rows: Vec<Vec<String>> = std::iter::once(grid.header).chain(grid.rows).collect();
        align(&rows).iter().for_each(|row| line(row));
    }

    line("");
    line("Mean over stimuli [95 % bootstrap interval]; ↑ higher is better, ↓ lower is better.");
    notes(summary).iter().for_each(|note| line(note));
    text
}

/// The rows of one model: for each profile a heading, and the metrics.
fn of_model(summary: &Summary, model: &str, title: &str) -> Vec<Vec<String>> {
    let beside = beside(summary, model);
    let mut rows = Vec::new();
    for (profile, metrics) in grid::profiles(summary) {
        rows.push(Vec::new());
        let mut heading = vec![format!("{title}profile {}", profile.name())];
        heading.extend(summary.groups.iter().map(|group| group.group.clone()));
        if let Some(comparison) = beside.first() {
            heading.extend([format!("{} − {}", comparison.first, comparison.second), "p".to_owned()]);
        }
        rows.push(heading);
        for metric in metrics {
            let cells = metric.of(model).map(|score| match score.explained {
                Some(share) => format!("{}, {}", cell(score), percent(share)),
                None => cell(score),
            });
            let mut row: Vec<String> = std::iter::once(label(metric)).chain(cells).collect();
            if let Some(comparison) = beside.iter().find(|comparison| comparison.measure == metric.measure) {
                row.extend([difference(comparison), p_value(comparison.p_holm)]);
            }
            rows.push(row);
        }
    }
    rows
}

/// Rows as lines of columns that stand below each other.
fn align(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("   ")
    };
    rows.iter().map(line).collect()
}

/// Sentences that a reader of the tables must know.
pub(crate) fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if !summary.comparisons.is_empty() {
        notes.push(
            "Differences are paired by stimulus; p is of Wilcoxon's signed-rank test, adjusted by Holm's procedure \
             within a profile."
                .to_owned(),
        );
    }
    let has = |name: &str| grid::predictors(summary).iter().any(|predictor| predictor.starts_with(name));
    if has("gold-standard") {
        let mut note = "gold-standard predicts each observer from the others of the group".to_owned();
        note.push_str(if summary.plan.ceiling {
            "; in CC, SIM, KL and EMD it is compared with the map of that one observer, so a model may do better."
        } else {
            "."
        });
        notes.push(note);
    }
    if summary.metrics.iter().any(|metric| metric.scores.iter().any(|score| score.explained.is_some())) {
        notes.push("The share beside an information gain is that of the gold standard's.".to_owned());
    }
    if has("group:") {
        notes.push("group:X predicts the observers of a group from all those of group X.".to_owned());
    }
    notes.extend(not_applicable(summary));
    notes
}

/// Sentences about metrics that cannot have a value here, one for each reason.
fn not_applicable(summary: &Summary) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for metric in &summary.metrics {
        let reason = metric.of_models().find_map(|score| score.not_applicable_because.as_deref());
        let name = format!("{} ({})", metric.label, metric.measure.profile.name());
        match (reason, reasons.iter_mut().find(|(known, _)| Some(*known) == reason)) {
            (None, _) => {}
            (Some(_), Some((_, names))) => names.push(name),
            (Some(reason), None) => reasons.push((reason, vec![name])),
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{}: {reason}.", names.join(", "))).collect()
}

/// Sentences about the values that are missing though they should be there.
#[must_use]
pub fn undefined(summary: &Summary) -> Vec<String> {
    let mut undefined: Vec<(usize, Vec<String>)> = Vec::new();
    for metric in &summary.metrics {
        let missing = metric.of_models().map(|score| score.undefined).sum::<usize>();
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
