//! `gaze-cli evaluate`: one map against the fixations on one image, under every definition asked for.

use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, Prediction, SaliencyMap, Scanpath, Size};
use gaze_data::{MapKind, MapOptions, RawFixation, read_other_fixations, scanpaths_within};
use gaze_metrics::ShuffledPool;
use gaze_study::{
    Number,
    metrics::{Empirical, Evidence, Given, Judges, METRICS, Maps, Missing, SIMILARITY_SAMPLES},
};
use gaze_targets::{GaussianKernel, empirical_map};
use serde::Serialize;

use crate::{cli::EvaluateArgs, input, messages, outcome::Outcome};

/// The JSON that is printed.
#[derive(Serialize)]
struct Scores {
    schema: u32,
    scores: Vec<Score>,
}

#[derive(Serialize)]
struct Score {
    metric: &'static str,
    variant: &'static str,
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Scores one map.
pub(crate) fn run(args: &EvaluateArgs) -> Result<Outcome> {
    ensure!(args.emd_downsize > 0, "--emd-downsize must be at least 1");
    let (given, mut problems) = gather(args)?;
    for problem in &problems {
        messages::say(problem);
    }
    let density = given.prediction.density().is_some();
    let all = METRICS.iter().flat_map(|row| row.variants.iter().map(move |variant| (row.metric, variant)));
    let chosen = all.filter(|(_, variant)| density || variant.judges == Judges::Any).filter(|(_, variant)| {
        args.variants
            || variant.profile.is_some_and(|profile| args.profile.is_empty() || args.profile.contains(&profile))
    });
    let (prediction, baseline) = (Maps::of(&given.prediction), given.baseline.as_ref().map(Maps::of));
    let empirical = given.empirical.map(Empirical::of);
    let evidence = Evidence::new(Given {
        prediction: &prediction,
        fixations: &given.fixations,
        empirical: empirical.as_ref().ok_or(Missing::Input("needs --empirical or --sigma-px")),
        sigma_px: args.sigma_px.ok_or(Missing::Input("needs --sigma-px")),
        expected_fixations: given.fixations.len(),
        baseline: baseline.as_ref().ok_or(Missing::Input("needs --baseline")),
        nonfixations: given.nonfixations.as_ref().ok_or(Missing::Input("needs --others")),
        emd_downsize: args.emd_downsize,
        similarity_samples: SIMILARITY_SAMPLES,
    });
    let mut scores = Vec::new();
    for (metric, variant) in chosen {
        let name = variant.name;
        let (value, reason) = match (variant.compute)(&evidence) {
            Ok(value) => (Some(Number(value)), None),
            Err(Missing::Input(what) | Missing::Kind(what)) => (None, Some(what.to_owned())),
            Err(Missing::Undefined(reason)) => {
                problems.push(format!("{metric} ({name}): {reason}"));
                messages::say(&format_args!("{metric} ({name}): {reason}"));
                (None, Some(reason))
            }
        };
        scores.push(Score { metric: metric.name(), variant: name, value, reason });
    }
    print(args, scores)?;
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}

/// The inputs that were given on the command line.
struct Inputs {
    prediction: Prediction,
    fixations: Fixations,
    empirical: Option<SaliencyMap<'static>>,
    baseline: Option<Prediction>,
    nonfixations: Option<FixationMap>,
}

/// Reads the inputs; returns them with the problems that were met.
fn gather(args: &EvaluateArgs) -> Result<(Inputs, Vec<String>)> {
    input::check_one_stdin([args.prediction.as_path(), args.fixations.as_path()])?;
    let prediction = input::prediction(&args.prediction, &args.maps.options()?).context("--prediction")?;
    let size = prediction.size();
    let raw = input::fixations(&args.fixations, &args.gaze.options(), size).context("--fixations")?;
    let (scanpaths, dropped) = scanpaths_within(&raw, size, input::shown(&args.fixations).as_ref());
    let mut problems: Vec<String> = dropped.iter().map(|fixation| format!("{fixation}; it is left out")).collect();
    let fixations = Fixations::concatenate(size, scanpaths.iter().map(Scanpath::fixations))?;

    let empirical = match (&args.empirical, args.sigma_px) {
        (Some(path), _) => {
            let map = input::prediction(path, &MapKind::Scores.into()).context("--empirical")?.to_saliency_map();
            same_size("--empirical", map.size(), size)?;
            Some(map)
        }
        (None, Some(sigma)) => {
            let kernel = GaussianKernel::new(sigma).context("--sigma-px")?;
            empirical_map(&fixations, &kernel).ok()
        }
        (None, None) => None,
    };
    let baseline = match args.baseline.as_ref().map(|path| (path, path.to_str())) {
        None => None,
        Some((_, Some("uniform"))) => Some(Prediction::Density(LogDensity::uniform(size)?)),
        Some((path, _)) => {
            let baseline = input::prediction(path, &MapOptions::default()).context("--baseline")?;
            same_size("--baseline", baseline.size(), size)?;
            Some(baseline)
        }
    };
    let nonfixations = match &args.others {
        None => None,
        Some(path) => {
            let mut images = Vec::new();
            for image in read_other_fixations(path).context("--others")? {
                let points = image.fixations.iter().map(|&RawFixation { x, y, .. }| Fixation { x, y });
                let (kept, dropped) = Fixations::partition(image.size, points);
                let lines = dropped.iter().filter_map(|bad| image.fixations[bad.index].line);
                problems.extend(lines.map(|line| {
                    format!("{}:{line}: the fixation lies outside image {}; it is left out", path.display(), image.name)
                }));
                images.push(kept);
            }
            Some(ShuffledPool::new(&images).without(usize::MAX, size))
        }
    };
    Ok((Inputs { prediction, fixations, empirical, baseline, nonfixations }, problems))
}

fn same_size(option: &str, found: Size, expected: Size) -> Result<()> {
    ensure!(found == expected, "{option} is {found}, the prediction {expected} (height x width)");
    Ok(())
}

fn print(args: &EvaluateArgs, scores: Vec<Score>) -> Result<()> {
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&Scores { schema: 1, scores })?)?;
        return Ok(());
    }
    for Score { metric, variant, value, reason } in scores {
        let value = value.map_or_else(|| "-".to_owned(), |value| value.0.to_string());
        let reason = reason.unwrap_or_default();
        writeln!(out, "{}", format!("{metric:<10} {variant:<28} {value:<24} {reason}").trim_end())?;
    }
    Ok(())
}
