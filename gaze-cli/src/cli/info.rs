//! The arguments of `gaze-cli info`.

use std::path::PathBuf;

use gaze_data::Format;

use super::{GazeArgs, RecordingArgs};

pub(crate) const INFO_HELP: &str = "\
Examples:
  gaze-cli info osie
  gaze-cli info salicon/fixations_train2014.json --picture salicon.png
  gaze-cli info p01.asc
  gaze-cli info neon/2026-01-30_recording --json

Exit status: 0 all is well; 1 a file could not be read; 2 wrong usage, or no dataset.";

#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// The dataset: a folder, or a file of a format that has files of its own; or the recording of an eye tracker
    #[arg(value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// The dataset's format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Draw into this PNG file: of a dataset all fixations and the center bias, of a recording the gaze over the screen and
    /// over time
    #[arg(long, value_name = "PNG")]
    pub(crate) picture: Option<PathBuf>,

    /// Describe a recording as JSON; it is described as a dataset instead if --stimuli, --events or the like are given
    #[arg(long)]
    pub(crate) json: bool,

    /// Pixels of the screen per degree of visual angle, for --events
    #[arg(long, value_name = "PX")]
    pub(crate) pixels_per_degree: Option<f64>,

    #[command(flatten)]
    pub(crate) recording: RecordingArgs,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}
