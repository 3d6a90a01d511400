//! `gaze-cli models`: what can be named after `--model`.

use std::io::{Write, stdout};

use anyhow::Result;

use crate::{Outcome, engine};

const MODELS: [(&str, &str); 7] = [
    ("gaze-lite", "the small network that is part of this program; the default"),
    ("deepgaze-iie", "Linardos et al. 2021; its weights come with `cargo xtask fetch-weights`"),
    ("FILE", "a network that `gaze-cli train` made (.safetensors), or `gaze-cli calibrate` (.json)"),
    ("uniform", "the same probability for every pixel"),
    ("center-bias", "where people look whatever the picture shows, estimated from the dataset's other images"),
    ("center-bias:gaussian", "a fixed Gaussian around the middle (Clarke & Tatler 2014)"),
    ("precomputed:DIR", "maps from a folder: png, jpg, tiff or npy, named like the images"),
];

/// Prints the models and what networks run on.
pub(crate) fn run() -> Result<Outcome> {
    let mut out = stdout().lock();
    for (name, meaning) in MODELS {
        writeln!(out, "{name:<22} {meaning}")?;
    }
    writeln!(out, "\nNetworks run on: {}", engine::describe())?;
    Ok(Outcome::Done)
}
