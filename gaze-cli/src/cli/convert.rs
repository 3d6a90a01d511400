//! The arguments of `gaze-cli convert`.

use std::path::PathBuf;

use gaze_data::{Format, WriteFormat};

use super::{GazeArgs, MapArgs, RecordingArgs};

pub(crate) const CONVERT_HELP: &str = "\
Formats:
  pysaliency  a folder with stimuli.hdf5, fixations.hdf5 and the images
  datadings   a .msgpack file with its side files
  table, csv  a folder with fixations.csv, dataset.json and the images
  parquet     the same with fixations.parquet
  bids        recordings as BIDS has eye tracking: samples, events and trials

Examples:
  gaze-cli convert osie --to pysaliency osie-pysaliency
  gaze-cli convert mit1003 --to datadings MIT1003.msgpack
  gaze-cli convert recordings --to bids my-bids
  gaze-cli convert osie --predictions maps predictions.hdf5

Exit status: 0 all written; 1 written, but something was left out and told; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// The dataset: a folder, or a file of a format that has files of its own
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// The format to write: pysaliency, datadings, table (csv), parquet or bids
    #[arg(long, value_name = "FORMAT", required_unless_present = "predictions")]
    pub(crate) to: Option<WriteFormat>,

    /// Write these predictions for the dataset's images instead, as an HDF5 file that pysaliency reads
    #[arg(long, value_name = "MAPS", conflicts_with = "to")]
    pub(crate) predictions: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) recording: RecordingArgs,

    /// Pixels of the screen per degree of visual angle, for --events
    #[arg(long, value_name = "PX", requires = "events")]
    pub(crate) pixels_per_degree: Option<f64>,

    /// The dataset's format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Where to write; must not exist
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) maps: MapArgs,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}
