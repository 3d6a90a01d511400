//! The arguments of `gaze-cli info`.

use std::path::PathBuf;

use gaze_data::Format;

use super::GazeArgs;

pub(crate) const INFO_HELP: &str = "\
Examples:
  gaze-cli info osie
  gaze-cli info salicon/fixations_train2014.json --picture salicon.png

Exit status: 0 all is well; 1 a file could not be read; 2 wrong usage, or no dataset.";

#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// The dataset: a folder, or a file of a format that has files of its own
    #[arg(value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// The dataset's format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Draw all fixations and the center bias, side by side, into this PNG file
    #[arg(long, value_name = "PNG")]
    pub(crate) picture: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}
