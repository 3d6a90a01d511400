//! `gaze-cli run`: the main job, composed of its steps.

use std::{
    io::{Write, stdout},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result};
use gaze_data::Dataset;
use gaze_metrics::ShuffledPool;
use gaze_targets::CenterBias;
use indicatif::ParallelProgressIterator;
use rayon::{ThreadPoolBuilder, prelude::*};

use crate::{
    Outcome,
    args::RunArgs,
    messages,
    model::Model,
    output, progress,
    report::{html, table},
    run::{
        Context, OutFolder, Parts, Settings, StimulusGaze, Summary, group_label, measures, process, read_gaze, saves,
        summarize, write_scores,
    },
};

/// Runs the main job.
pub(crate) fn run(args: &RunArgs) -> Result<Outcome> {
    let dataset = Dataset::open(&args.data, args.format).context("--data")?;
    let model = Model::open_all(args, &dataset)?.remove(0);
    let settings = Settings::new(args, &dataset, &model)?;
    let _folder = OutFolder::claim(&args.out, &settings, args.overwrite)?;
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build()?;
    let summary = pool.install(|| work(args, &dataset, &model, settings))?;
    for missing in table::undefined(&summary) {
        messages::say(&missing);
    }
    if !args.quiet {
        let mut out = stdout().lock();
        write!(out, "{}", table::render(&summary))?;
        writeln!(out, "\nreport  {}", args.out.join("report.html").display())?;
        writeln!(out, "scores  {}", args.out.join("scores.csv").display())?;
        if !saves(args).is_empty() {
            writeln!(out, "maps    {}", args.out.join("maps").display())?;
        }
    }
    Ok(if summary.has_problems() { Outcome::DoneWithProblems } else { Outcome::Done })
}

fn work(args: &RunArgs, dataset: &Dataset, model: &Model, settings: Settings) -> Result<Summary> {
    let (measures, save) = (measures(args)?, saves(args));
    let gaze = read_gaze(dataset, model, args.quiet);
    let pooled: Vec<_> = gaze.stimuli.iter().map(StimulusGaze::pooled).collect();
    let center_bias = CenterBias::new(&pooled, settings.center_bias_bandwidth, settings.center_bias_uniform_share)?;
    let shuffled = ShuffledPool::new(&pooled);
    let parts = Parts::new(args.out.clone(), &settings, &gaze.fingerprint)?;
    let context = Context {
        dataset,
        model,
        model_name: &settings.model,
        center_bias: &center_bias,
        shuffled: &shuffled,
        measures: &measures,
        baseline: args.baseline,
        sigma_px: settings.sigma_px,
        emd_downsize: args.emd_downsize,
        ceiling: args.ceiling,
        save: &save,
        parts: &parts,
    };

    let bar = progress::bar("scoring", gaze.stimuli.len(), args.quiet);
    let resumed = AtomicUsize::new(0);
    let results = gaze
        .stimuli
        .par_iter()
        .enumerate()
        .progress_with(bar.clone())
        .map(|(index, stimulus)| {
            let mut result = process(&context, index, stimulus)?;
            resumed.fetch_add(usize::from(result.resumed), Ordering::Relaxed);
            let mut problems = stimulus.problems.clone();
            problems.extend(result.failure.take());
            Ok((result.rows, problems))
        })
        .collect::<Result<Vec<_>>>()?;
    bar.finish_and_clear();
    parts.keep_only(gaze.stimuli.iter().map(|stimulus| stimulus.key.as_str()))?;

    let (rows, problems): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    for note in dataset.notes() {
        messages::say(note);
    }
    messages::problems(&problems);
    if let Some(note) = model.note() {
        messages::say(&note);
    }
    let resumed = resumed.into_inner();
    if resumed > 0 && !args.quiet {
        messages::say(&format_args!("{resumed} of {} stimuli were done by an earlier run", gaze.stimuli.len()));
    }

    let groups: Vec<String> = dataset.groups().iter().map(|group| group_label(dataset, group)).collect();
    let scored = gaze.stimuli.iter().map(|stimulus| stimulus.key.as_str()).zip(rows.iter().map(Vec::as_slice));
    write_scores(&args.out.join("scores.csv"), scored)?;
    let notes = dataset.notes().to_vec();
    let summary = summarize(settings, &gaze, &groups, &measures, &rows, notes, problems);
    let text = serde_json::to_string_pretty(&summary)?;
    output::write_bytes(&args.out.join("summary.json"), format!("{text}\n").as_bytes())?;
    let page = html::render(&summary, &gaze, &parts)?;
    output::write_bytes(&args.out.join("report.html"), page.as_bytes())?;
    Ok(summary)
}
