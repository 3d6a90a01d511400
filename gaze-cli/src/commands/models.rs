//! `gaze-cli models`: the models that can be named after `--model`, and what is understood of the file of a network.

use std::io::{Write, stdout};

use anyhow::{Result, bail};
use gaze_model::{
    ModelName,
    exported::{NetworkFile, Origin},
};
use gaze_study::{files, listing};

use crate::{cli::ModelsArgs, outcome::Outcome};

/// Lists the models, or describes a network.
pub(crate) fn run(args: &ModelsArgs) -> Result<Outcome> {
    match &args.file {
        Some(file) => describe(file, args.save),
        None => list(),
    }
}

/// Prints the models and what networks run on.
fn list() -> Result<Outcome> {
    let mut out = stdout().lock();
    for model in listing() {
        writeln!(out, "{:<22} {}", model.name, model.summary)?;
    }
    writeln!(out, "\nNetworks run on: {}", gaze_model::describe())?;
    Ok(Outcome::Done)
}

/// Prints each field of a network's description with its value and its origin, and writes a description if it is asked for.
fn describe(name: &ModelName, save: bool) -> Result<Outcome> {
    let network = NetworkFile::inspect(name)?;
    let sidecar = network.sidecar_path();
    if save {
        if network.sidecar().is_some() {
            bail!("--save: {} is there and is kept; remove it to have a new one", sidecar.display());
        }
        files::write_bytes(&sidecar, network.template().as_bytes())?;
    }
    let mut out = stdout().lock();
    writeln!(out, "{}: {name}, {}, {:.1} MB", network.name(), network.format(), network.bytes() as f64 / 1e6)?;
    for field in network.fields() {
        let origin = match field.origin {
            Origin::Described => "as described",
            Origin::Graph => "from the graph",
            Origin::Assumed => "assumed",
            _ => field.reason.as_str(),
        };
        writeln!(out, "  {:<27} {:<28} {origin}", field.field, field.value)?;
    }
    if save {
        writeln!(out, "{}", sidecar.display())?;
    }
    Ok(if network.is_clear() { Outcome::Done } else { Outcome::DoneWithProblems })
}
