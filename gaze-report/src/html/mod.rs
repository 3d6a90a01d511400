//! The page: a report in one file that needs nothing but itself.
//!
//! All of it can be read without JavaScript, which adds stimuli to explore ([`explore`]).
//!
//! Everything on it is made of the summary and of what the parts keep for it, and is bounded: points are thinned
//! ([`thin`]), stimuli, groups, pairs and problems beyond a number are left to the files, and the page says so.

use gaze_data::Provenance;
use minijinja::{AutoEscape, Environment, Value, context};

use gaze_study::{Between, Index, MeasureSummary, PartStore, Role, Summary};

use crate::{ReportError, grid, table};

mod axis;
mod calibration;
mod course;
mod distribution;
mod explore;
mod fixations;
mod gallery;
mod headline;
mod in_short;
mod scanpaths;
mod scatter;
mod settings;
mod square;
mod svg;
#[cfg(test)]
mod test_data;
mod thin;

/// Colors that the style sheet has for groups.
const COLORS: usize = 6;

/// Problems listed on the page; `summary.json` has them all.
const PROBLEMS: usize = 100;

/// The program of the page: regions as the page in the browser draws them, and the stimuli on which they are drawn.
const SCRIPT: &str = concat!(include_str!("shared/regions.js"), include_str!("explore.js"));

/// The style sheet, with that of regions.
const STYLE: &str = concat!(include_str!("report.css"), include_str!("shared/regions.css"));

/// Renders the page.
pub(crate) fn render(summary: &Summary, index: &Index, parts: &PartStore) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", include_str!("report.html"))?;
    let profiles: Vec<Value> = grid::profiles(summary)
        .map(|(profile, metrics)| {
            context! {
                name => profile.name(),
                metrics => metrics.iter().map(|metric| distribution(summary, metric)).collect::<Vec<_>>(),
                scatter => scatter::draw(summary, metrics),
            }
        })
        .collect();
    let problems: Vec<String> = summary.problems.iter().take(PROBLEMS).cloned().collect();
    let page = context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        dataset => summary.plan.dataset.as_str(),
        models => summary.plan.models().iter().map(|model| model.name.clone()).collect::<Vec<_>>(),
        profile_names => summary.plan.profiles.iter().map(|profile| profile.name()).collect::<Vec<_>>(),
        gaze => summary.gaze,
        stimuli => summary.stimuli,
        simulated => summary.plan.provenance() == Provenance::Simulated,
        in_short => in_short::sentences(summary),
        scores => headline::scores(summary),
        of_groups => headline::comparisons(summary, Between::Groups),
        of_models => headline::comparisons(summary, Between::Models),
        footnotes => [table::notes(summary), table::undefined(summary)].concat(),
        references => references(summary),
        profiles,
        points => thin::POINTS,
        is_thinned => is_thinned(summary),
        infinite => infinite(summary),
        leaves_out => summary.groups.len() > distribution::GROUPS
            || summary.plan.models().len() > distribution::MODELS,
        scatter_leaves_out => scatter::leaves_out(summary),
        gallery => gallery::gather(summary, index, parts)?,
        calibration => calibration::draw(summary),
        fixations => fixations::gather(summary),
        scanpaths => scanpaths::gather(summary, index, parts)?,
        settings => settings::rows(summary),
        model_settings => settings::models(summary),
        notes => summary.notes.clone(),
        problem_count => summary.problems.len(),
        more_problems => summary.problems.len() - problems.len(),
        problems,
    };
    Ok(environment.get_template("report")?.render(page)?)
}

/// A metric with its definition and the drawing of its distribution.
fn distribution(summary: &Summary, metric: &MeasureSummary) -> Value {
    context! {
        label => metric.label,
        unit => metric.unit,
        higher_is_better => metric.higher_is_better,
        variant => metric.variant.as_str(),
        meaning => metric.meaning,
        svg => distribution::draw(summary, metric).map(Value::from_safe_string),
    }
}

/// The lines of the distributions and what they stand for.
fn references(summary: &Summary) -> Vec<Value> {
    let kind = |role| if role == Role::Baseline { "baseline" } else { "ceiling" };
    let references = distribution::references(summary).into_iter().enumerate();
    references.map(|(style, (name, role))| context! { name, kind => kind(role), style => style % 6 }).collect()
}

/// Tells whether a drawing has fewer points than there are values.
fn is_thinned(summary: &Summary) -> bool {
    summary.metrics.iter().flat_map(MeasureSummary::of_models).any(|score| score.values.len() > thin::POINTS)
}

/// Values that no drawing can show.
fn infinite(summary: &Summary) -> usize {
    let values = summary.metrics.iter().flat_map(MeasureSummary::of_models).flat_map(|score| &score.values);
    values.filter(|(_, value)| !value.is_finite()).count()
}
