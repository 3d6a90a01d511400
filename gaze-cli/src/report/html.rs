//! The report: one page that needs nothing but itself.

use std::fs;

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{AutoEscape, Environment, Value, context, value::Serde};

use super::{grid, strip, table};
use crate::run::{Between, Comparison, GOLD_STANDARD, Index, MeasureSummary, Parts, Summary};

/// With no more stimuli than this, all are shown; else the best and the worst.
const GALLERY: usize = 8;

/// Problems listed on the page; `summary.json` has them all.
const PROBLEMS: usize = 100;

/// Renders the page.
pub(crate) fn render(summary: &Summary, index: &Index, parts: &Parts) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", include_str!("report.html"))?;
    let profiles = summary.metrics.chunk_by(|a, b| a.measure.profile == b.measure.profile).map(|of_profile| {
        let metrics: Vec<Value> = of_profile.iter().map(|metric| line(summary, metric)).collect();
        context! { name => of_profile[0].measure.profile.name(), metrics }
    });
    let problems = summary.problems.iter().take(PROBLEMS).cloned().collect::<Vec<_>>();
    let page = context! {
        summary => Value::from(Serde(summary)),
        simulated => summary.settings.provenance == "simulated",
        profiles => profiles.collect::<Vec<_>>(),
        footnotes => [table::notes(summary), table::undefined(summary)].concat(),
        more_problems => summary.problems.len() - problems.len(),
        problems,
        gallery => gallery(summary, index, parts)?,
    };
    Ok(environment.get_template("report")?.render(page)?)
}

/// What the page shows of a metric in a profile.
fn line(summary: &Summary, metric: &MeasureSummary) -> Value {
    let of_metric = |c: &&Comparison| c.measure == metric.measure && c.between == Between::Groups;
    let comparisons = summary.comparisons.iter().filter(of_metric);
    let comparisons = comparisons.map(|comparison| {
        let effect = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:+.2}"));
        context! {
            first => comparison.first.as_str(),
            second => comparison.second.as_str(),
            count => comparison.count,
            difference => grid::difference(comparison),
            p => grid::p_value(comparison.p_value),
            p_holm => grid::p_value(comparison.p_holm),
            rank_biserial => effect(comparison.rank_biserial),
            cohens_dz => effect(comparison.cohens_dz),
            reason => comparison.reason.as_deref(),
        }
    });
    context! {
        definition => Value::from(Serde(metric)),
        cells => metric.of_models().map(grid::cell).collect::<Vec<_>>(),
        ceilings => metric.of(GOLD_STANDARD).map(grid::cell).collect::<Vec<_>>(),
        comparisons => comparisons.collect::<Vec<_>>(),
        strip => Value::from_safe_string(strip::draw(metric)),
    }
}

/// The stimuli shown, by the first metric that has values: best first.
fn gallery(summary: &Summary, index: &Index, parts: &Parts) -> Result<Option<Value>> {
    let Some(metric) = summary.metrics.iter().find(|metric| metric.of_models().any(|score| score.count > 0)) else {
        return Ok(None);
    };
    // A stimulus is placed by its mean over the groups and models.
    let mut ranked: Vec<(f64, u32)> = Vec::new();
    for place in (0..).take(index.stimuli.len()) {
        let values: Vec<f64> = metric.of_models().filter_map(|score| score.at(place)).collect();
        if !values.is_empty() {
            ranked.push((values.iter().sum::<f64>() / values.len() as f64, place));
        }
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    if !metric.higher_is_better {
        ranked.reverse();
    }
    let (best, worst) = if ranked.len() <= GALLERY {
        (&ranked[..], &[][..])
    } else {
        (&ranked[..GALLERY / 2], &ranked[ranked.len() - GALLERY / 2..])
    };
    let items = |chosen: &[(f64, u32)]| -> Result<Vec<Value>> {
        chosen.iter().filter_map(|&(_, place)| item(summary, index, parts, place).transpose()).collect()
    };
    Ok(Some(
        context! { metric => metric.label, profile => metric.measure.profile.name(), best => items(best)?, worst => items(worst)? },
    ))
}

fn item(summary: &Summary, index: &Index, parts: &Parts, place: u32) -> Result<Option<Value>> {
    let key = &index.stimuli[place as usize].key;
    let Some(part) = parts.finished(key) else { return Ok(None) };
    let path = parts.thumbnail(key);
    let picture = fs::read(&path).with_context(|| path.display().to_string())?;
    let shown = &part.shown;
    let groups: Vec<Value> = shown
        .fixations
        .iter()
        .map(|(group, points)| {
            let color = summary.groups.iter().position(|other| other.group == *group).unwrap_or(0) % 6;
            let path: String = points.iter().map(|[x, y]| format!("M{x} {y}h0")).collect();
            context! { color, path }
        })
        .collect();
    let scores: Vec<Value> = summary
        .groups
        .iter()
        .map(|group| {
            // Those of one profile: the same metrics again would hide the picture.
            let shown = |metric: &&MeasureSummary| metric.measure.profile == summary.metrics[0].measure.profile;
            let values = summary.metrics.iter().filter(shown).flat_map(|metric| {
                let score = metric.of_models().find(|score| score.group == group.group);
                score.and_then(|score| score.at(place)).map(|value| format!("{} {value:.3}", metric.label))
            });
            context! { group => group.group.as_str(), values => values.collect::<Vec<_>>().join(" · ") }
        })
        .collect();
    Ok(Some(context! {
        key,
        picture => STANDARD.encode(picture),
        tiles => shown.tiles.clone(),
        width => shown.width,
        height => shown.height,
        dot => shown.height.max(shown.width) as f64 / 90.0,
        groups,
        scores,
    }))
}
