//! The arguments of `gaze-cli calibrate`.

use std::path::PathBuf;

use gaze_data::Format;

use gaze_study::ModelSpec;

use super::{DEFAULT_MODEL, NetworkArgs};

pub(crate) const CALIBRATE_HELP: &str = "\
Fits how sure a network is (temperature), how much it follows the center bias of the data, and a blur, to the gaze on a few
dozen images; the network itself stays as it is. Tells what that gains on images that were not fitted to.

Examples:
  gaze-cli calibrate --data my-study --out my-study.json
  gaze-cli calibrate --data saliency4asd --group ASD --model deepgaze-iie --out asd.json
  gaze-cli run --data my-study --model my-study.json --out results

Exit status: 0 all done; 1 done, but a picture or a fixation was left out; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct CalibrateArgs {
    /// The dataset: a folder, or a file of a format that has files of its own
    #[arg(long, value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// The network: gaze-lite, deepgaze-iie, or a FILE.safetensors that `gaze-cli train` made
    #[arg(long, value_name = "MODEL", default_value = DEFAULT_MODEL)]
    pub(crate) model: ModelSpec,

    /// The calibrated model to write; ends in .json
    #[arg(long, value_name = "FILE.json")]
    pub(crate) out: PathBuf,

    /// The dataset's format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Calibrate to the gaze of this group of observers only
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}
