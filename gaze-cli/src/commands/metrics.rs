//! `gaze-cli metrics`: what each metric means, and under which definitions it is in use.

use std::io::{Write, stdout};

use anyhow::Result;
use serde::Serialize;

use crate::{
    Outcome,
    args::MetricsArgs,
    metrics::{About, Judges, Metric, Profile, VARIANTS, Variant},
    text::aligned,
};

/// Of the widest table, all to the left.
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
    let chosen = args.name.map_or(Metric::ALL.to_vec(), |metric| vec![metric]);
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

fn variants(metric: Metric) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |variant| variant.metric == metric)
}

fn entry(metric: Metric) -> Entry {
    let About { meaning, range: (minimum, maximum), chance, needs, reference } = About::of(metric);
    let definition = |variant: &Variant| Definition {
        name: variant.name,
        profile: variant.profile.map(Profile::name),
        meaning: variant.meaning,
        densities_only: variant.judges == Judges::Densities,
    };
    Entry {
        name: metric.name(),
        label: metric.label(),
        meaning,
        unit: metric.unit(),
        higher_is_better: metric.higher_is_better(),
        minimum,
        maximum,
        chance,
        needs,
        reference,
        variants: variants(metric).map(definition).collect(),
    }
}

fn direction(metric: Metric) -> &'static str {
    if metric.higher_is_better() { "higher" } else { "lower" }
}

fn list() -> String {
    let mut rows = vec!["name|label|unit|better|range|meaning".split('|').map(str::to_owned).collect::<Vec<_>>()];
    for metric in Metric::ALL {
        let about = About::of(metric);
        let unit = if metric.unit().is_empty() { "-" } else { metric.unit() };
        let cells = [metric.name(), metric.label(), unit, direction(metric), &about.range_text(), about.meaning];
        rows.push(cells.map(str::to_owned).to_vec());
    }
    format!(
        "{}\n`gaze-cli metrics NAME` tells more; docs/METRICS.md compares the definitions.\n",
        aligned(&rows, COLUMNS)
    )
}

fn describe(metric: Metric) -> String {
    let about = About::of(metric);
    let chance = about.chance.map_or(String::new(), |chance| format!(", chance {chance}"));
    let unit = if metric.unit().is_empty() { String::new() } else { format!(" {}", metric.unit()) };
    let mut text = format!(
        "{} ({})\n{}\n\nrange      {}{unit}{chance}; {} is better\nneeds      {}\nreference  {}\n\nDefinitions:\n",
        metric.label(),
        metric.name(),
        about.meaning,
        about.range_text(),
        direction(metric),
        about.needs,
        about.reference
    );
    let mut rows = Vec::new();
    for variant in variants(metric) {
        let profile = variant.profile.map_or("", Profile::name);
        let densities = if variant.judges == Judges::Densities { "densities: " } else { "" };
        let meaning = format!("{densities}{}", variant.meaning);
        rows.push([&format!("  {}", variant.name), profile, &meaning].map(str::to_owned).to_vec());
    }
    text += &aligned(&rows, COLUMNS);
    text
}
