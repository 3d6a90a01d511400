//! The command line of gaze: thin glue over the crates.
//!
//! Results go to standard output, everything else to standard error. The exit status is a contract:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | all done |
//! | 1 | done, but some input failed, was dropped, or a metric had no value; each was said on standard error |
//! | 2 | wrong usage, or nothing could be done |
//! | 130 | interrupted by Ctrl-C; what is done is kept |

use std::process::ExitCode;

use clap::Parser;

use crate::{
    cli::{Args, Command},
    outcome::{Outcome, is_broken_pipe},
};

mod cli;
mod commands;
mod design;
mod input;
mod messages;
mod outcome;
mod progress;
mod text;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.command {
        Command::Run(args) => commands::run::run(&args),
        Command::Merge(args) => commands::merge::run(&args),
        Command::Evaluate(args) => commands::evaluate::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Score(args) => commands::score::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Rasterize(args) => commands::rasterize::run(&args),
        Command::Convert(args) => commands::convert::run(&args),
        Command::Info(args) => commands::info::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Models => commands::models::run(),
        Command::Metrics(args) => commands::metrics::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Man(args) => commands::man::run(&args),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::DoneWithProblems) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // The reader of the output had enough of it, which is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            messages::say(&format_args!("{error:#}"));
            ExitCode::from(2)
        }
    }
}
