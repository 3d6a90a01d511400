//! The arguments of `gaze-cli calibrate`.

use std::path::PathBuf;

use gaze_data::Format;

use gaze_study::ModelSpec;

use super::{DEFAULT_MODEL, NetworkArgs};

pub(crate) const CALIBRATE_HELP: &str = "\
Fits how sure a network is (temperature), how much it follows the center bias of the data, and a blur, to the gaze on a few
dozen images; the network itself stays as it is. Tells what that gains on images that were not fitted to. Of deepgaze-msdb it
fits the parameters in which the datasets of its training differ: the weights of its views, the blur, and these two factors.

Examples:
  gaze-cli calibrate --data my-study --out my-study.json
  gaze-cli calibrate --data saliency4asd --group ASD --model deepgaze-iie --out asd.json
  gaze-cli calibrate --data my-study --model deepgaze-msdb --pixels-per-degree 30 --out msdb.json
  gaze-cli run --data my-study --model my-study.json --out results

Exit status: 0 all done; 1 done, but a picture or a fixation was left out; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct CalibrateArgs {
    /// The dataset: a folder, or a file of a format that has files of its own
    #[arg(long, value_name = "DATA")]
    pub(crate) data: PathBuf,

    /// The network: gaze-lite, deepgaze-iie, deepgaze-msdb, or a FILE.safetensors that `gaze-cli train` made
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

    /// Pixels per degree of visual angle: the network sees the pictures at the scale of its training; deepgaze-msdb needs it
    #[arg(long, value_name = "PX", conflicts_with = "long_side", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}
