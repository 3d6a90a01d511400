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

use std::{ffi::OsString, process::ExitCode};

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
mod request;
mod text;

pub use crate::request::{Refused, RunRequest, run_request};

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    main_with(std::env::args_os()).into()
}

/// Runs the program with these arguments, of which the first is its name, and returns the exit status.
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        // Help is no error, and has its own status. Where it cannot be printed, nothing can.
        Err(told) => {
            let _ = told.print();
            return u8::try_from(told.exit_code()).unwrap_or(2);
        }
    };
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
        Command::Models(args) => commands::models::run(&args),
        Command::Metrics(args) => commands::metrics::run(&args),
        Command::Completions(args) => commands::completions::run(&args),
        Command::Man(args) => commands::man::run(&args),
    };
    match outcome {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::DoneWithProblems) => 1,
        Ok(Outcome::Interrupted) => 130,
        // The reader of the output had enough of it, which is no failure.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            messages::say(&format_args!("{error:#}"));
            2
        }
    }
}
