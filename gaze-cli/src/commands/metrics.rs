//! `gaze-cli metrics`: what each metric means, and under which definitions it is in use.

use std::io::{Write, stdout};

use anyhow::Result;
use serde::Serialize;

use gaze_study::metrics::{Judges, METRICS, Metric, MetricRow, Profile, Variant};

use crate::{cli::MetricsArgs, outcome::Outcome, text::aligned};

/// The columns of the widest table, all of them to the left.
const COLUMNS: usize = 6;

/// The JSON that is printed.
#[derive(Serialize)]
struct Metrics {
    schema: u32,
    metrics: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    label: &'static str,
    meaning: &'static str,
    /// Empty if there is none.
    unit: &'static str,
    higher_is_better: bool,
    minimum: Option<f64>,
    maximum: Option<f64>,
    chance: Option<f64>,
    needs: &'static str,
    reference: &'static str,
    variants: Vec<Definition>,
}

#[derive(Serialize)]
struct Definition {
    name: &'static str,
    /// The benchmark whose definition it is, if it is one's.
    profile: Option<&'static str>,
    meaning: &'static str,
    /// Whether it judges densities only, by a map derived from them.
    densities_only: bool,
}

/// Prints all metrics, or one.
pub(crate) fn run(args: &MetricsArgs) -> Result<Outcome> {
    let chosen = args.name.map_or(METRICS.iter().collect(), |metric| vec![metric.row()]);
    let mut out = stdout().lock();
    if args.json {
        let metrics = chosen.into_iter().map(entry).collect();
        writeln!(out, "{}", serde_json::to_string(&Metrics { schema: 1, metrics })?)?;
    } else if let Some(metric) = args.name {
        out.write_all(describe(metric).as_bytes())?;
    } else {
        out.write_all(list().as_bytes())?;
    }
    Ok(Outcome::Done)
}

fn entry(row: &'static MetricRow) -> Entry {
    let &MetricRow { meaning, range: (minimum, maximum), chance, needs, reference, .. } = row;
    let definition = |variant: &Variant| Definition {
        name: variant.name,
        profile: variant.profile.map(Profile::name),
        meaning: variant.meaning,
        densities_only: variant.judges == Judges::Densities,
    };
    Entry {
        name: row.name,
        label: row.label,
        meaning,
        unit: row.unit,
        higher_is_better: row.higher_is_better,
        minimum,
        maximum,
        chance,
        needs,
        reference,
        variants: row.variants.iter().map(definition).collect(),
    }
}

fn direction(row: &MetricRow) -> &'static str {
    if row.higher_is_better { "higher" } else { "lower" }
}

fn list() -> String {
    let mut rows = vec!["name|label|unit|better|range|meaning".split('|').map(str::to_owned).collect::<Vec<_>>()];
    for row in &METRICS {
        let unit = if row.unit.is_empty() { "-" } else { row.unit };
        let cells = [row.name, row.label, unit, direction(row), &row.range_text(), row.meaning];
        rows.push(cells.map(str::to_owned).to_vec());
    }
    format!(
        "{}\n`gaze-cli metrics NAME` tells more; docs/METRICS.md compares the definitions.\n",
        aligned(&rows, COLUMNS)
    )
}

fn describe(metric: Metric) -> String {
    let row = metric.row();
    let chance = row.chance.map_or(String::new(), |chance| format!(", chance {chance}"));
    let unit = if row.unit.is_empty() { String::new() } else { format!(" {}", row.unit) };
    let mut text = format!(
        "{} ({})\n{}\n\nrange      {}{unit}{chance}; {} is better\nneeds      {}\nreference  {}\n\nDefinitions:\n",
        row.label,
        row.name,
        row.meaning,
        row.range_text(),
        direction(row),
        row.needs,
        row.reference
    );
    let mut rows = Vec::new();
    for variant in row.variants {
        let profile = variant.profile.map_or("", Profile::name);
        let densities = if variant.judges == Judges::Densities { "densities: " } else { "" };
        let meaning = format!("{densities}{}", variant.meaning);
        rows.push([&format!("  {}", variant.name), profile, &meaning].map(str::to_owned).to_vec());
    }
    text += &aligned(&rows, COLUMNS);
    text
}
