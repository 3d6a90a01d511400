//! `gaze-cli completions`: what a shell needs to complete our arguments.

use std::io::{Write, stdout};

use anyhow::Result;
use clap::CommandFactory;

use crate::{
    cli::{Args, CompletionsArgs},
    outcome::Outcome,
};

/// Prints the script for a shell.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Outcome> {
    // Into memory first: the generator panics where writing fails, as into a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "gaze-cli", &mut script);
    stdout().lock().write_all(&script)?;
    Ok(Outcome::Done)
}
