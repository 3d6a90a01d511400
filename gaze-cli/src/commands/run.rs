//! `gaze-cli run`: the main job, composed of its steps.

use std::{
    io::{Write, stdout},
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use gaze_data::{Dataset, Format};
use gaze_metrics::ShuffledPool;
use gaze_targets::CenterBias;
use rayon::{ThreadPoolBuilder, prelude::*};

use crate::{
    Outcome,
    args::RunArgs,
    messages,
    model::Model,
    progress::Progress,
    report::table,
    run::{
        Context, GroupBy, Index, OutFolder, Parts, Processed, Settings, StimulusGaze, Summary, common_inputs, finish,
        measures, predictors, process, read_gaze, saves,
    },
};

/// Runs the main job.
pub(crate) fn run(args: &RunArgs) -> Result<Outcome> {
    let progress = Progress::new(args.progress, args.quiet);
    let dataset = open(args)?;
    let models = Model::open_all(args, &dataset)?;
    let settings = Settings::new(args, &dataset, &models)?;
    let folder = OutFolder::claim(&args.out, &settings, args.overwrite)?;
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build()?;
    pool.install(|| {
        let Some(index) = work(args, &dataset, &models, &settings, &folder, progress)? else {
            return Ok(Outcome::Interrupted);
        };
        if args.shard.is_some() {
            return Ok(Outcome::Done);
        }
        let summary = finish(&args.out, settings, &index)?;
        tell(&summary, &args.out, args.quiet)
    })
}

fn open(args: &RunArgs) -> Result<Dataset> {
    let GroupBy::Column(column) = &args.group_by else {
        return Dataset::open(&args.data, args.format).context("--data");
    };
    ensure!(
        args.format.is_none_or(|format| format == Format::Table),
        "--group-by {column}: only a table of fixations has columns; else dataset, subject or none"
    );
    Dataset::open_grouped_by(&args.data, column)
        .with_context(|| format!("--group-by {column} (a column of a table; else dataset, subject or none)"))
}

/// Says what a finished run found.
pub(crate) fn tell(summary: &Summary, out: &Path, quiet: bool) -> Result<Outcome> {
    for note in &summary.notes {
        messages::say(note);
    }
    messages::problems(&summary.problems);
    for missing in table::undefined(summary) {
        messages::say(&missing);
    }
    if !quiet {
        let mut text = stdout().lock();
        write!(text, "{}", table::render(summary))?;
        writeln!(text, "\nreport  {}", out.join("report.html").display())?;
        writeln!(text, "scores  {}", out.join("scores.csv").display())?;
        if !summary.settings.save.is_empty() {
            writeln!(text, "maps    {}", out.join("maps").display())?;
        }
    }
    Ok(if summary.has_problems() { Outcome::DoneWithProblems } else { Outcome::Done })
}

/// Scores all stimuli, or those of the shard; `None` if the user interrupted it.
fn work(
    args: &RunArgs,
    dataset: &Dataset,
    models: &[Model],
    settings: &Settings,
    folder: &OutFolder,
    progress: Progress,
) -> Result<Option<Index>> {
    let (measures, save) = (measures(settings), saves(args));
    let gaze = read_gaze(dataset, models, &args.group_by, &progress)?;
    let index = Index::new(dataset, &gaze);
    folder.store(&args.out, &index)?;
    let pooled: Vec<_> = gaze.stimuli.iter().map(StimulusGaze::pooled).collect();
    let center_bias = CenterBias::new(&pooled, settings.center_bias_bandwidth, settings.center_bias_uniform_share)?;
    let shuffled = ShuffledPool::new(&pooled);
    drop(pooled);
    let parts = Parts::new(args.out.clone());
    let context = Context {
        dataset,
        models,
        references: &settings.references,
        predictors: &predictors(settings, &gaze.groups),
        groups: gaze.groups.len(),
        center_bias: &center_bias,
        shuffled: &shuffled,
        measures: &measures,
        baseline: args.baseline,
        sigma_px: settings.sigma_px,
        emd_downsize: args.emd_downsize,
        ceiling: args.ceiling,
        save: &save,
        parts: &parts,
        common: &common_inputs(settings, &gaze.fingerprint)?,
    };

    let in_shard = |key: &str| args.shard.is_none_or(|shard| shard.holds(key));
    let chosen: Vec<(usize, &StimulusGaze)> =
        gaze.stimuli.iter().enumerate().filter(|(_, stimulus)| in_shard(&stimulus.key)).collect();
    parts.keep_only(gaze.stimuli.iter().map(|stimulus| stimulus.key.as_str()))?;
    let stage = progress.stage("scoring", chosen.len());
    let (resumed, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let interrupted = interrupts();
    chosen.par_iter().try_for_each(|&(index, stimulus)| {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let processed = process(&context, index, stimulus)?;
        match processed {
            Processed::Scored => {}
            Processed::Resumed => drop(resumed.fetch_add(1, Ordering::Relaxed)),
            Processed::Failed => drop(failed.fetch_add(1, Ordering::Relaxed)),
        }
        stage.done(stimulus.problems.len() + usize::from(processed == Processed::Failed));
        anyhow::Ok(())
    })?;
    stage.finish();
    if interrupted.load(Ordering::Relaxed) {
        messages::say(&"interrupted; what is done is kept, and the same command goes on from here");
        return Ok(None);
    }
    models.iter().filter_map(Model::note).for_each(|note| messages::say(&note));
    let (resumed, failed) = (resumed.into_inner(), failed.into_inner());
    if resumed > 0 && !args.quiet {
        messages::say(&format_args!("{resumed} of {} stimuli were done by an earlier run", chosen.len()));
    }
    if args.shard.is_some() && !args.quiet {
        let failures = if failed > 0 { format!(", {failed} of them could not be scored") } else { String::new() };
        messages::say(&format_args!(
            "{} of {} stimuli are in this shard{failures}; `gaze-cli merge` joins the shards",
            chosen.len(),
            gaze.stimuli.len()
        ));
    }
    Ok(Some(index))
}

/// A flag that Ctrl-C sets. A second Ctrl-C ends the program at once; nothing is lost by that either.
fn interrupts() -> &'static AtomicBool {
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
    // Where no handler can be installed, Ctrl-C ends the program.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    &INTERRUPTED
}
