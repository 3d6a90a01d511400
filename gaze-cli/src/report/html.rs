//! The report: one page that needs nothing but itself.

use std::fs;

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gaze_core::Fixations;
use minijinja::{AutoEscape, Environment, Value, context, value::Serde};

use super::{strip, table};
use crate::run::{GazeOfDataset, MeasureSummary, Parts, StimulusGaze, Summary};

/// With no more stimuli than this, all are shown; else the best and the worst.
const GALLERY: usize = 8;

/// Problems listed on the page; `summary.json` has them all.
const PROBLEMS: usize = 100;

/// Renders the page.
pub(crate) fn render(summary: &Summary, gaze: &GazeOfDataset, parts: &Parts) -> Result<String> {
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
        footnotes => [table::footnotes(summary), table::undefined(summary)].concat(),
        more_problems => summary.problems.len() - problems.len(),
        problems,
        gallery => gallery(summary, gaze, parts)?,
    };
    Ok(environment.get_template("report")?.render(page)?)
}

/// What the page shows of a metric in a profile.
fn line(summary: &Summary, metric: &MeasureSummary) -> Value {
    let comparisons = summary.comparisons.iter().filter(|comparison| comparison.measure == metric.measure);
    let comparisons = comparisons.map(|comparison| {
        let effect = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:+.2}"));
        context! {
            first => comparison.first.as_str(),
            second => comparison.second.as_str(),
            count => comparison.count,
            difference => table::difference(comparison),
            p => table::p_value(comparison.p_value),
            p_holm => table::p_value(comparison.p_holm),
            rank_biserial => effect(comparison.rank_biserial),
            cohens_dz => effect(comparison.cohens_dz),
            reason => comparison.reason.as_deref(),
        }
    });
    context! {
        definition => Value::from(Serde(metric)),
        cells => metric.of_model().map(table::cell).collect::<Vec<_>>(),
        ceilings => metric.ceilings().map(table::cell).collect::<Vec<_>>(),
        comparisons => comparisons.collect::<Vec<_>>(),
        strip => Value::from_safe_string(strip::draw(metric)),
    }
}

/// The stimuli shown, by the first metric that has values: best first.
fn gallery(summary: &Summary, gaze: &GazeOfDataset, parts: &Parts) -> Result<Option<Value>> {
    let Some(metric) = summary.metrics.iter().find(|metric| metric.of_model().any(|score| score.count > 0)) else {
        return Ok(None);
    };
    // A stimulus is placed by its mean over the groups.
    let mut ranked: Vec<(f64, &StimulusGaze)> = Vec::new();
    for stimulus in &gaze.stimuli {
        let of_stimulus = metric.of_model().flat_map(|score| score.values.iter().filter(|v| v.0 == stimulus.key));
        let values: Vec<f64> = of_stimulus.map(|&(_, value)| value).collect();
        if !values.is_empty() {
            ranked.push((values.iter().sum::<f64>() / values.len() as f64, stimulus));
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
    let items = |chosen: &[(f64, &StimulusGaze)]| -> Result<Vec<Value>> {
        chosen.iter().map(|&(_, stimulus)| item(summary, stimulus, parts)).collect()
    };
    Ok(Some(
        context! { metric => metric.label, profile => metric.measure.profile.name(), best => items(best)?, worst => items(worst)? },
    ))
}

fn item(summary: &Summary, stimulus: &StimulusGaze, parts: &Parts) -> Result<Value> {
    let path = parts.thumbnail(&stimulus.key);
    let picture = fs::read(&path).with_context(|| path.display().to_string())?;
    let size = stimulus.size.as_ref().ok();
    let groups: Vec<Value> = stimulus
        .groups
        .iter()
        .map(|group| {
            let points = group.fixations.as_ref().map_or(&[][..], Fixations::points);
            let color = summary.groups.iter().position(|other| other.group == group.group).unwrap_or(0) % 6;
            let path: String = points.iter().map(|point| format!("M{:.1} {:.1}h0", point.x, point.y)).collect();
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
                let scores = metric.of_model().filter(|score| score.group == group.group);
                let value = scores.flat_map(|score| &score.values).find(|(key, _)| *key == stimulus.key);
                value.map(|(_, value)| format!("{} {value:.3}", metric.label))
            });
            context! { group => group.group.as_str(), values => values.collect::<Vec<_>>().join(" · ") }
        })
        .collect();
    Ok(context! {
        key => stimulus.key.as_str(),
        picture => STANDARD.encode(picture),
        width => size.map(|size| size.width),
        height => size.map(|size| size.height),
        dot => size.map(|size| size.height.max(size.width) as f64 / 90.0),
        groups,
        scores,
    })
}
