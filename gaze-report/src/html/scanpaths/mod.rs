//! The section about scanpaths: groups compared, figures of each group, directions, courses over time, and some stimuli.

use minijinja::{Value, context};

use gaze_study::{
    Index, PartStore, Summary,
    scanpaths::{GroupFigures, ScanpathComparison, ScanpathMeasure, ScanpathSummary},
};

use crate::{ReportError, grid::p_value};

mod curves;
mod matrix;
mod paths;
mod polar;
#[cfg(test)]
mod tests;

/// Groups in tables and drawings; the tables that a study writes have the others.
const GROUPS: usize = 8;

/// The level at which a p value is shown in bold.
const SIGNIFICANT: f64 = 0.05;

/// Gathers the section; `None` in a study that is not about scanpaths.
pub(super) fn gather(summary: &Summary, index: &Index, parts: &PartStore) -> Result<Option<Value>, ReportError> {
    let Some(scanpaths) = &summary.scanpaths else { return Ok(None) };
    let groups: Vec<&GroupFigures> = scanpaths.groups.iter().take(GROUPS).collect();
    let keys: Vec<Value> = groups
        .iter()
        .enumerate()
        .map(|(color, group)| {
            context! {
                name => group.group.as_str(), color => color % super::COLORS,
                scanpaths => group.scanpaths, observers => group.observers,
            }
        })
        .collect();
    Ok(Some(context! {
        groups => keys,
        more_groups => scanpaths.groups.len() - groups.len(),
        exchanged => scanpaths.exchanged.because.as_str(),
        told => if scanpaths.exchanged.what == "observers" { "observers" } else { "scanpaths" },
        permutations => scanpaths.permutations,
        comparisons => scanpaths.comparisons.iter().map(|found| comparison(scanpaths, found)).collect::<Vec<_>>(),
        within => within(scanpaths, &groups),
        figures => figures(scanpaths, &groups),
        by_observer => groups.iter().all(|group| group.observers.is_some()),
        polar => polar::draw(&groups).map(Value::from_safe_string),
        curves => curves::draw(&groups),
        stimuli => paths::gather(summary, scanpaths, index, parts)?,
        measures => scanpaths.measures.iter().map(measure).collect::<Vec<_>>(),
        notes => scanpaths.notes.clone(),
    }))
}

fn measure(measure: &ScanpathMeasure) -> Value {
    context! {
        label => measure.label, unit => measure.unit, meaning => measure.meaning, higher => measure.higher_is_more_alike,
    }
}

/// The measure of this name.
fn named<'a>(scanpaths: &'a ScanpathSummary, name: &str) -> Option<&'a ScanpathMeasure> {
    scanpaths.measures.iter().find(|measure| measure.name == name)
}

/// A number with three decimals, or a dash.
fn three(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}").replace('-', "−"))
}

/// A p value, never a zero.
fn probability(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(p) if p < 0.01 => p_value(value),
        Some(p) => format!("{p:.3}"),
    }
}

fn comparison(scanpaths: &ScanpathSummary, found: &ScanpathComparison) -> Value {
    let is_significant = |p: Option<f64>| p.is_some_and(|p| p < SIGNIFICANT);
    let described = named(scanpaths, found.measure);
    context! {
        measure => described.map_or(found.measure, |measure| measure.label),
        unit => described.map_or("", |measure| measure.unit),
        higher => described.is_none_or(|measure| measure.higher_is_more_alike),
        first => found.first.as_str(),
        second => found.second.as_str(),
        stimuli => found.stimuli,
        within_first => three(found.within_first),
        within_second => three(found.within_second),
        between => three(found.between),
        rank_biserial => three(found.rank_biserial),
        p => probability(found.p_value),
        p_holm => probability(found.p_holm),
        significant => is_significant(found.p_holm),
        within_p_holm => probability(found.within_p_holm),
        within_significant => is_significant(found.within_p_holm),
        accuracy => found.accuracy.map(|accuracy| format!("{:.1} %", 100.0 * accuracy)),
        chance => found.chance.map(|chance| format!("{:.1} %", 100.0 * chance)),
        accuracy_p_holm => probability(found.accuracy_p_holm),
        accuracy_significant => is_significant(found.accuracy_p_holm),
        is_exact => found.is_exact,
        reason => found.reason.as_deref(),
    }
}

/// The likeness within each group, for tables without a comparison of groups.
fn within(scanpaths: &ScanpathSummary, groups: &[&GroupFigures]) -> Vec<Value> {
    let row = |measure: &ScanpathMeasure| {
        let cell = |group: &&GroupFigures| {
            let found = scanpaths.likeness.iter().find(|found| {
                found.measure == measure.name && found.group == group.group && found.other == group.group
            });
            context! {
                mean => three(found.and_then(|found| found.mean)),
                pairs => found.map_or(0, |found| found.pairs),
                undefined => found.map_or(0, |found| found.undefined),
            }
        };
        context! {
            label => measure.label, unit => measure.unit, higher => measure.higher_is_more_alike,
            cells => groups.iter().map(cell).collect::<Vec<_>>(),
        }
    };
    scanpaths.measures.iter().map(row).collect()
}

/// The figures of each group, those that some group has.
fn figures(scanpaths: &ScanpathSummary, groups: &[&GroupFigures]) -> Vec<Value> {
    let figure =
        |group: &GroupFigures, name: &str| group.figures.iter().find(|figure| figure.quantity == name).copied();
    let known = scanpaths
        .quantities
        .iter()
        .filter(|quantity| groups.iter().any(|group| figure(group, quantity.name).is_some_and(|f| f.mean.is_some())));
    known
        .map(|quantity| {
            let cells: Vec<Value> = groups
                .iter()
                .map(|group| {
                    let found = figure(group, quantity.name);
                    let written = |value: Option<f64>| value.map(|value| format!("{value:.2}"));
                    context! {
                        mean => written(found.and_then(|figure| figure.mean)),
                        deviation => written(found.and_then(|figure| figure.deviation)),
                        count => found.map_or(0, |figure| figure.count),
                    }
                })
                .collect();
            context! { label => quantity.label, unit => quantity.unit, cells }
        })
        .collect()
}
