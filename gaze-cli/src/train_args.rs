//! Every argument of `gaze-cli train`, with its help.

use std::{path::PathBuf, str::FromStr};

use gaze_data::Format;

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

    /// Pixels along the longer side at which pictures are seen; of several each epoch takes one
    #[arg(long, value_name = "PIXELS", default_values_t = [768], value_parser = clap::value_parser!(u32).range(64..=4096))]
    pub(crate) long_side: Vec<u32>,

    /// Of all random choices
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// How often each picture is seen
    #[arg(long, default_value_t = 30)]
    pub(crate) epochs: usize,

    /// Members of the mixture
    #[arg(long, default_value_t = 5)]
    pub(crate) readouts: usize,

    /// Pictures between two steps
    #[arg(long, default_value_t = 4)]
    pub(crate) batch: usize,

    /// The largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 12e-3)]
    pub(crate) learning_rate: f64,

    /// Weight decay of the first layer
    #[arg(long, value_name = "DECAY", default_value_t = 0.1)]
    pub(crate) weight_decay: f64,

    /// The share of channels that is left out at random
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    pub(crate) dropout: f64,

    /// Epochs without a better validation after which the training ends
    #[arg(long, value_name = "EPOCHS", default_value_t = 10)]
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

/// How many of a dataset's images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Portion {
    Count(usize),
    Percent(f64),
}

impl Portion {
    /// Of so many.
    #[cfg(any(feature = "libtorch", test))]
    pub(crate) fn of(self, count: usize) -> usize {
        match self {
            Self::Count(portion) => portion.min(count),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the count")]
            Self::Percent(percent) => (percent / 100.0 * count as f64).round() as usize,
        }
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither a number of images nor a share like 15%");
        match text.strip_suffix('%') {
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
            Some(percent) => match percent.parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Percent(percent)),
                _ => Err(wrong()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_counts_or_shares() {
        assert_eq!("12".parse::<Portion>().unwrap().of(700), 12);
        assert_eq!("12".parse::<Portion>().unwrap().of(5), 5);
        assert_eq!("15%".parse::<Portion>().unwrap().of(10), 2);
        assert_eq!("0%".parse::<Portion>().unwrap().of(10), 0);
        for text in ["-1", "101%", "x", "%", "1.5"] {
            assert!(text.parse::<Portion>().unwrap_err().contains(text));
        }
    }
}
