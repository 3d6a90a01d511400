//! `gaze-cli convert`: a dataset or its predictions in a format that others read.

use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use gaze_data::{Dataset, DatasetOptions, PredictionStore, write_dataset, write_predictions};

use crate::{cli::ConvertArgs, messages, outcome::Outcome};

/// Writes what was asked for and tells how much it was.
pub(crate) fn run(args: &ConvertArgs) -> Result<Outcome> {
    let options = DatasetOptions { format: args.format, gaze: args.gaze.options(), ..DatasetOptions::default() };
    let dataset = Dataset::open_with(&args.input, &options)?;
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
    let to = args.to.context("--to names the format: pysaliency, datadings, csv or parquet")?;
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
