//! `gaze-cli run`: the main job, from arguments to a plan, and from the summary to what is printed.

use std::io::{Write, stdout};

use anyhow::{Context as _, Result, bail, ensure};
use gaze_core::PixelsPerDegree;
use gaze_data::{Dataset, Format, MapKind};
use gaze_study::{GroupBy, Model, ModelSpec, Plan, Ran, Study, StudyFolder, Summary, finish, metrics::Metric};
use rayon::ThreadPoolBuilder;
use strum::VariantArray as _;

use super::errors::with_option;
use crate::{
    cli::{MetricChoice, RunArgs, values},
    messages,
    outcome::Outcome,
    progress::Progress,
};

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
    let dataset = open(args)?;
    let options = args.network.options(args.pixels_per_degree, args.map_kind);
    let model = |spec: &ModelSpec| Model::open(spec, &options, Some(&dataset)).map_err(with_option);
    let models = args.model.iter().map(model).collect::<Result<Vec<_>>>()?;
    ensure!(
        args.map_kind == MapKind::Auto || models.iter().any(|model| model.map_kind().is_some()),
        "--map-kind is about precomputed maps, and --model names none"
    );
    let plan = plan(args, &dataset, &models)?;
    Study::new(dataset, models, plan).map_err(with_option)
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

/// The plan that the arguments ask for.
fn plan(args: &RunArgs, dataset: &Dataset, models: &[Model]) -> Result<Plan> {
    let mut plan = Plan::new(dataset, models).map_err(with_option)?;
    if let Some(name) = &args.name {
        plan.dataset.clone_from(name);
    }
    plan.references = args.references.iter().filter_map(|choice| choice.0).collect();
    plan.group_by = args.group_by.clone();
    plan.profiles.clone_from(&args.profile);
    plan.metrics = if args.metrics.contains(&MetricChoice::All) {
        Metric::VARIANTS.to_vec()
    } else {
        let one = |choice: &MetricChoice| match choice {
            MetricChoice::One(metric) => Some(*metric),
            MetricChoice::All => None,
        };
        args.metrics.iter().filter_map(one).collect()
    };
    plan.baseline = args.baseline;
    match (args.sigma_px, args.pixels_per_degree) {
        (Some(sigma), _) => plan.sigma_px = Some(sigma),
        (None, Some(pixels)) => {
            plan = plan.with_pixels_per_degree(PixelsPerDegree::new(pixels).context("--pixels-per-degree")?);
        }
        (None, None) => {}
    }
    plan.emd_downsize = args.emd_downsize;
    plan.ceiling = args.ceiling;
    let Some(save) = values(&args.save) else { bail!("--save none goes with no other kind of map") };
    plan.save = save;
    plan.zip = args.zip;
    Ok(plan)
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
