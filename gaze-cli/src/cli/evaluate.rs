//! The arguments of `gaze-cli evaluate`.

use std::path::PathBuf;

use gaze_study::metrics::Profile;

use super::{GazeArgs, MapArgs, choice::one_of};

pub(crate) const EVALUATE_HELP: &str = "\
Files:
  FIX         x,y[,subject]          0-based pixels; a table in text (any separator) or Parquet with a header, or a map of
                                     fixations (png, npy, mat …), in which every pixel that is not 0 was fixated
  OTHERS.csv  image,width,height,x,y fixations on other images, for shuffled AUC
  MAP         npy, npz, mat, HDF5, OpenEXR, TIFF (height, width), or png, jpg, webp, gif, bmp, pgm in gray
One of --prediction and --fixations may be -, standard input.

Examples:
  gaze-cli evaluate --prediction map.npy --fixations fix.csv --sigma-px 24 --baseline uniform
  gaze-cli evaluate --prediction map.png --fixations fix.csv --others others.csv --variants --json

A metric whose input was not given has no value and says what it needs.
Exit status: 0 all done; 1 done, but a fixation was left out or a metric had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct EvaluateArgs {
    /// The map to score
    #[arg(long, value_name = "MAP")]
    pub(crate) prediction: PathBuf,

    /// The fixations on the image
    #[arg(long, value_name = "FIX")]
    pub(crate) fixations: PathBuf,

    /// The empirical map for CC, SIM, KL and EMD
    #[arg(long, value_name = "MAP", conflicts_with = "sigma_px")]
    pub(crate) empirical: Option<PathBuf>,

    /// Make the empirical map of the fixations, blurred by this many pixels
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(crate) sigma_px: Option<f64>,

    /// What information gain is measured against: a map, or uniform
    #[arg(long, value_name = "MAP|uniform")]
    pub(crate) baseline: Option<PathBuf>,

    /// Fixations on other images, for shuffled AUC
    #[arg(long, value_name = "OTHERS.csv")]
    pub(crate) others: Option<PathBuf>,

    /// Pixels of the map per cell of the earth mover's distance, along each side
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) emd_downsize: usize,

    /// Only the definitions of these benchmarks: mit, tuebingen (default: both)
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = one_of::<Profile>(), hide_possible_values = true, conflicts_with = "variants")]
    pub(crate) profile: Vec<Profile>,

    /// Every definition in use, also those of no benchmark; `--variants all` is the same
    #[arg(
        long, num_args = 0..=1, require_equals = false, default_value = "benchmarks", default_missing_value = "all",
        value_name = "all", value_parser = variants
    )]
    pub(crate) variants: bool,

    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) maps: MapArgs,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}

fn variants(text: &str) -> Result<bool, String> {
    match text {
        "all" => Ok(true),
        "benchmarks" => Ok(false),
        _ => Err("choose all, or leave the option out".to_owned()),
    }
}
