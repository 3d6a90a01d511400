//! The arguments of `gaze-cli train`.

use std::path::PathBuf;

use gaze_data::Format;
use gaze_model::gaze_lite::{DEFAULT_LONG_SIDE, training::Settings};
use gaze_study::fitting::Portion;

/// The numbers of pixels along the longer side at which gaze-lite sees pictures.
#[expect(clippy::cast_possible_truncation, reason = "sides of a picture")]
const LONG_SIDES: [u32; 2] = [DEFAULT_LONG_SIDE as u32, DEFAULT_LONG_SIDE as u32 / 2];

pub(crate) const TRAIN_HELP: &str = "\
Training fits the readouts of gaze-lite; its backbone stays as it is. Each picture goes through the backbone once, and what
comes out is kept on disk (2 MB a picture and scale) until the training is done. An interrupted training goes on when the
same command is given again, and ends with the same model.

Images are held out by the SHA-256 of their file names, so that the choice does not depend on anything else: in that order
the last ones are for testing and never looked at, those before them for validation.

Examples:
  gaze-cli train --data my-study --out my-study.safetensors
  gaze-cli train --data osie --test 100 --validation 100 --data eyecrowd --test 0 --validation 57 \\
    --out model.safetensors
  gaze-cli run --data my-study --model my-study.safetensors --out results

Exit status: 0 all done; 1 done, but a picture or a fixation was left out; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// A dataset: a folder, or a file of a format that has files of its own; may be given several times
    #[arg(long, value_name = "DATA", required = true)]
    pub(crate) data: Vec<PathBuf>,

    /// The model to write
    #[arg(long, value_name = "MODEL")]
    pub(crate) out: PathBuf,

    /// The datasets' format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Train on the gaze of this group of observers only
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Images held out to choose the best epoch: a number, or a share as in 15%; once, or once for each --data
    #[arg(long, value_name = "N", default_value = "15%")]
    pub(crate) validation: Vec<Portion>,

    /// Images that are not used at all, so that the model can be tested on them
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) test: Vec<Portion>,

    /// Pixels along the longer side at which pictures are seen: each epoch takes one of them, and validation the first
    #[arg(long, value_name = "PIXELS", default_values_t = LONG_SIDES, value_parser = clap::value_parser!(u32).range(64..=4096))]
    pub(crate) long_side: Vec<u32>,

    /// The seed of all random choices
    #[arg(long, default_value_t = Settings::default().seed)]
    pub(crate) seed: u64,

    /// How often each picture is seen
    #[arg(long, default_value_t = Settings::default().epochs)]
    pub(crate) epochs: usize,

    /// Members of the mixture
    #[arg(long, default_value_t = Settings::default().readouts)]
    pub(crate) readouts: usize,

    /// Pictures between two steps
    #[arg(long, default_value_t = Settings::default().batch)]
    pub(crate) batch: usize,

    /// The largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().learning_rate)]
    pub(crate) learning_rate: f64,

    /// Weight decay of the first layer
    #[arg(long, value_name = "DECAY", default_value_t = Settings::default().weight_decay)]
    pub(crate) weight_decay: f64,

    /// The share of channels that is left out at random
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().dropout)]
    pub(crate) dropout: f64,

    /// Epochs without a better validation after which the training ends
    #[arg(long, value_name = "EPOCHS", default_value_t = Settings::default().patience)]
    pub(crate) patience: usize,

    /// The temperature the model gets: 1 for pictures and observers like those of the training, less for others
    #[arg(long, value_name = "T", default_value_t = 1.0)]
    pub(crate) temperature: f64,

    /// Keep the features here for further trainings (default: beside MODEL, and removed when done)
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,

    /// Threads (default: all cores)
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,

    /// No progress bars
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
