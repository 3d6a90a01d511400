//! `gaze-cli train`: a model like gaze-lite from one's own pictures and gaze.

use anyhow::Result;

use crate::{cli::TrainArgs, outcome::Outcome};

/// Says that this build cannot train.
#[cfg(not(feature = "libtorch"))]
pub(crate) fn run(_: &TrainArgs) -> Result<Outcome> {
    anyhow::bail!(
        "training runs on libtorch, which this program was built without; \
         `cargo xtask setup` downloads it, and `cargo build --release -p gaze-cli --features libtorch` builds it in"
    )
}

/// Trains, and tells what the model gains.
#[cfg(feature = "libtorch")]
pub(crate) fn run(args: &TrainArgs) -> Result<Outcome> {
    use std::io::{Write, stdout};

    use anyhow::Context;
    use gaze_model::gaze_lite::training::Settings;
    use gaze_study::{
        files,
        fitting::{TrainOptions, train},
    };
    use rayon::ThreadPoolBuilder;

    use super::errors::with_option;
    use crate::{
        messages,
        progress::{Progress, ProgressKind},
    };

    files::probe(files::folder_of(&args.out)).with_context(|| format!("--out {}", args.out.display()))?;
    let options = TrainOptions {
        data: args.data.clone(),
        format: args.format,
        group: args.group.clone(),
        validation: args.validation.clone(),
        test: args.test.clone(),
        long_sides: args.long_side.clone(),
        settings: Settings {
            seed: args.seed,
            epochs: args.epochs,
            readouts: args.readouts,
            batch: args.batch,
            learning_rate: args.learning_rate,
            weight_decay: args.weight_decay,
            dropout: args.dropout,
            patience: args.patience,
        },
        temperature: args.temperature,
        out: args.out.clone(),
        cache: args.cache.clone(),
    };
    let progress = Progress::new(ProgressKind::Auto, args.quiet);
    let pool = ThreadPoolBuilder::new().num_threads(args.jobs.unwrap_or(0)).build()?;
    let report = pool.install(|| train(&options, &progress)).map_err(with_option)?;
    messages::problems(&report.problems);
    writeln!(
        stdout(),
        "{}: gains {:.4} bits per fixation over the center bias on {} held-out pictures (epoch {}); {:+.5} by storing 16 bits",
        args.out.display(),
        report.gain,
        report.validation,
        report.epoch,
        report.stored_gain - report.gain
    )?;
    Ok(if report.problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}
