//! `gaze-cli run`: the main job, from arguments to a plan, and from the summary to what is printed.

use std::io::{Write, stdout};

use anyhow::{Error, Result};
use gaze_study::{GroupBy, Model, Ran, Study, StudyError, StudyFolder, StudyOptions, Summary, finish};
use rayon::ThreadPoolBuilder;

use super::errors::with_option;
use crate::{cli::RunArgs, messages, outcome::Outcome, progress::Progress};

/// Runs the main job.
pub(crate) fn run(args: &RunArgs) -> Result<Outcome> {
    let progress = Progress::new(args.progress, args.quiet).cancelled_by_ctrl_c();
    let study = study(args)?;
    let folder = StudyFolder::claim(&args.out, study.plan(), args.overwrite).map_err(with_option)?;
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build()?;
    pool.install(|| {
        let ran = study.run(&folder, args.shard, &progress).map_err(with_option)?;
        if !tell_run(args, &study, &ran) {
            return Ok(Outcome::Interrupted);
        }
        if args.shard.is_some() { Ok(Outcome::Done) } else { complete(&folder, args.quiet) }
    })
}

/// The dataset, the models and the plan.
fn study(args: &RunArgs) -> Result<Study> {
    let options = args.options()?;
    let dataset = options.dataset().map_err(|error| of_data(&options, error))?;
    let models = options.open_models(&dataset).map_err(with_option)?;
    let plan = options.plan(&dataset, &models).map_err(with_option)?;
    Study::new(dataset, models, plan).map_err(with_option)
}

/// Names the option that an error of the dataset is about.
fn of_data(options: &StudyOptions, error: StudyError) -> Error {
    match (error, &options.group_by) {
        (StudyError::Data(error), GroupBy::Column(column)) => Error::from(error)
            .context(format!("--group-by {column} (a column of a table; else dataset, subject or none)")),
        (StudyError::Data(error), _) => Error::from(error).context("--data"),
        (error, _) => with_option(error),
    }
}

/// Says how the passes over the stimuli went; `false` if the user interrupted them.
fn tell_run(args: &RunArgs, study: &Study, ran: &Ran) -> bool {
    if ran.cancelled {
        messages::say(&"interrupted; what is done is kept, and the same command goes on from here");
        return false;
    }
    study.models().iter().flat_map(Model::notes).for_each(|note| messages::say(&note));
    if ran.resumed > 0 && !args.quiet {
        messages::say(&format_args!("{} of {} stimuli were done by an earlier run", ran.resumed, ran.stimuli));
    }
    if args.shard.is_some() && !args.quiet {
        let failed = ran.failed;
        let failures = if failed > 0 { format!(", {failed} of them could not be scored") } else { String::new() };
        messages::say(&format_args!(
            "{} of {} stimuli are in this shard{failures}; `gaze-cli merge` joins the shards",
            ran.stimuli,
            ran.index.stimuli.len()
        ));
    }
    true
}

/// Makes the summary and the report of a study whose parts are all there, and says what was found.
pub(super) fn complete(folder: &StudyFolder, quiet: bool) -> Result<Outcome> {
    let summary = finish(folder).map_err(with_option)?;
    gaze_report::write(folder, &summary)?;
    tell(&summary, folder, quiet)
}

fn tell(summary: &Summary, folder: &StudyFolder, quiet: bool) -> Result<Outcome> {
    for note in &summary.notes {
        messages::say(note);
    }
    messages::problems(&summary.problems);
    for missing in gaze_report::undefined(summary) {
        messages::say(&missing);
    }
    if !quiet {
        let out = folder.path();
        let mut text = stdout().lock();
        write!(text, "{}", gaze_report::terminal(summary))?;
        writeln!(text, "\nreport  {}", out.join("report.html").display())?;
        writeln!(text, "scores  {}", out.join("scores.csv").display())?;
        if !summary.plan.save.is_empty() {
            writeln!(text, "maps    {}", out.join("maps").display())?;
        }
    }
    Ok(if summary.has_problems() { Outcome::DoneWithProblems } else { Outcome::Done })
}
