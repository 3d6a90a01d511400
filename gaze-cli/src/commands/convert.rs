//! `gaze-cli convert`: a dataset or its predictions in a format that others read.

use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use gaze_data::{PredictionStore, WriteFormat, write_bids, write_dataset, write_predictions};

use super::data::open;
use crate::{cli::ConvertArgs, messages, outcome::Outcome};

/// Writes what was asked for and tells how much it was.
pub(crate) fn run(args: &ConvertArgs) -> Result<Outcome> {
    if args.to == Some(WriteFormat::Bids) {
        return bids(args);
    }
    let dataset = open(&args.input, args.format, &args.gaze, &args.recording, args.pixels_per_degree)?;
    if let Some(maps) = &args.predictions {
        let mut store = PredictionStore::open(maps, args.maps.options()?)?;
        for note in store.settle(dataset.stimuli().iter().map(gaze_data::StimulusEntry::map_key)) {
            messages::say(&note);
        }
        let count = write_predictions(&dataset, &store, &args.out)?;
        writeln!(stdout(), "{}: predictions for {count} of {} stimuli", args.out.display(), dataset.stimuli().len())?;
        return Ok(if count == dataset.stimuli().len() { Outcome::Done } else { Outcome::DoneWithProblems });
    }
    ensure!(!args.maps.is_given(), "--map-kind is about predictions; --predictions names them");
    let to = args.to.context("--to names the format: pysaliency, datadings, table, parquet or bids")?;
    let written = write_dataset(&dataset, to, &args.out)?;
    let mut out = stdout().lock();
    writeln!(
        out,
        "{}: {} images, {} scanpaths, {} fixations",
        args.out.display(),
        written.images,
        written.scanpaths,
        written.fixations
    )?;
    for (reason, count) in &written.dropped {
        writeln!(out, "left out: {count} fixations, {reason}")?;
    }
    messages::problems(&written.problems);
    let complete = written.problems.is_empty() && written.dropped.is_empty();
    Ok(if complete { Outcome::Done } else { Outcome::DoneWithProblems })
}

/// Writes recordings in BIDS, samples and all.
fn bids(args: &ConvertArgs) -> Result<Outcome> {
    let written = write_bids(&args.input, &args.recording.options(args.pixels_per_degree), &args.out)?;
    writeln!(
        stdout(),
        "{}: {} recordings, {} samples, {} trials",
        args.out.display(),
        written.recordings,
        written.samples,
        written.trials
    )?;
    messages::problems(&written.notes);
    Ok(Outcome::Done)
}
