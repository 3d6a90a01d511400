//! `gaze-cli models`: the models that can be named after `--model`.

use std::io::{Write, stdout};

use anyhow::Result;
use gaze_study::listing;

use crate::outcome::Outcome;

/// Prints the models and what networks run on.
pub(crate) fn run() -> Result<Outcome> {
    let mut out = stdout().lock();
    for model in listing() {
        writeln!(out, "{:<22} {}", model.name, model.summary)?;
    }
    writeln!(out, "\nNetworks run on: {}", gaze_model::describe())?;
    Ok(Outcome::Done)
}
