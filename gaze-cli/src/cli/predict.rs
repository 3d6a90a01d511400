//! The arguments of `gaze-cli predict`.

use std::path::PathBuf;

use clap::ValueEnum;
use gaze_picture::Palette;
use gaze_study::ModelSpec;

use super::{BackgroundArgs, DEFAULT_MODEL, NetworkArgs, choice::one_of, history::History, models};

pub(crate) const PREDICT_HELP: &str = "\
Written for each picture NAME.jpg:
  heatmap           NAME_heatmap.png     how much likelier than chance each place is, with a color bar
  overlay           NAME_overlay.png     the same laid over the picture
  log-density       NAME.npy             natural logarithms of probabilities (height, width), 32 bits
  percentile        NAME_percentile.png  8 bits: trunc(254·(1 − C)), C the mass of all places at least as likely
With --sample also:
  scanpaths         NAME_scanpaths.csv   scanpath, index, x, y, log_likelihood (natural, of the pixel that was drawn)
  scanpath-overlay  NAME_scanpaths.png   the scanpaths drawn over the picture: numbered circles joined by lines
- as IMAGE is standard input, as --out it is standard output, to which one file of one picture goes.

Examples:
  gaze-cli predict photo.jpg --centerbias gaussian
  gaze-cli predict photo.jpg --out photo.npy
  curl -s https://example.org/photo.jpg | gaze-cli predict - --save overlay --out - > overlay.png
  gaze-cli predict photos/*.jpg --pixels-per-degree 24 --save log-density,overlay --out predictions
  gaze-cli predict photo.jpg --model deepgaze-iii --history \"512,384 300.5,210\" --out next.npy
  gaze-cli predict photo.jpg --model deepgaze-iii --history 512,384 --sample 5 --seed 1
  gaze-cli predict photo.jpg --model deepgaze-msdb --pixels-per-degree 30 --dataset mit1003

Exit status: 0 all done; 1 done, but some picture failed; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct PredictArgs {
    /// The pictures: png, jpg, tiff, webp, gif or bmp
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,

    #[arg(
        long,
        value_name = "MODEL",
        default_value = DEFAULT_MODEL,
        help = "The model, one of those that `gaze-cli models` lists and that need no dataset",
        long_help = models::described("")
    )]
    pub(crate) model: ModelSpec,

    /// A folder for the files, created if absent, FILE.npy for the log density of one picture, or - for standard output
    /// (default: beside each picture)
    #[arg(long, value_name = "DIR|FILE.npy|-")]
    pub(crate) out: Option<PathBuf>,

    /// Which files to write: log-density, heatmap, overlay, percentile, scanpaths, scanpath-overlay (default: heatmap and
    /// overlay; with a folder also log-density; with --sample also the last two)
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) save: Vec<PredictionFile>,

    /// The colors: inferno, viridis, magma, plasma, cividis (perceptually uniform), turbo or hot
    #[arg(long, value_name = "NAME", default_value = "inferno", value_parser = one_of::<Palette>(), hide_possible_values = true)]
    pub(crate) colors: Palette,

    /// The fixations made so far, oldest first, in pixels of the picture: deepgaze-iii predicts the next one
    #[arg(long, value_name = "X,Y X,Y …", allow_hyphen_values = true)]
    pub(crate) history: Option<History>,

    /// Draw N scanpaths from the model, each fixation from its density after those before it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) sample: Option<u16>,

    /// The number of fixations of each scanpath that is drawn
    #[arg(long, value_name = "K", default_value = "10", requires = "sample", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) fixations: u16,

    /// The seed of the scanpaths that are drawn: the same one gives the same scanpaths
    #[arg(long, value_name = "S", default_value = "0", requires = "sample")]
    pub(crate) seed: u64,

    /// Pixels per degree of visual angle: a network sees the picture at the scale of its training; deepgaze-msdb needs it
    #[arg(long, value_name = "PX", conflicts_with = "long_side", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    /// Threads to use (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// No progress; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) background: BackgroundArgs,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// A kind of file that `predict` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum PredictionFile {
    LogDensity,
    Heatmap,
    Overlay,
    Percentile,
    Scanpaths,
    ScanpathOverlay,
}
