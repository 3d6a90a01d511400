//! The dataset that a command reads.

use std::path::Path;

use anyhow::Result;
use gaze_data::{Dataset, DatasetOptions, Format};

use crate::cli::{GazeArgs, RecordingArgs};

/// Opens a dataset as the arguments say that it is written.
pub(super) fn open(
    path: &Path,
    format: Option<Format>,
    gaze: &GazeArgs,
    recording: &RecordingArgs,
    pixels_per_degree: Option<f64>,
) -> Result<Dataset> {
    let recordings = recording.options(pixels_per_degree);
    let gaze = gaze.options();
    Ok(Dataset::open_recordings(path, &DatasetOptions { format, gaze, ..DatasetOptions::default() }, &recordings)?)
}
