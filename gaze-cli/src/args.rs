//! Every argument of the command line, with its help.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValue},
};
use gaze_data::{Format, MapKind, WriteFormat};

use crate::{
    calibrate_args::{CALIBRATE_HELP, CalibrateArgs},
    compare_args::{COMPARE_HELP, CompareArgs},
    metrics::{Metric, Profile},
    model::ModelSpec,
    network::{CenterBiasSpec, Device, Precision},
    picture::Palette,
    progress::ProgressKind,
    rasterize_args::{RASTERIZE_HELP, RasterizeArgs},
    run::{Baseline, GroupBy, Reference, Shard},
    score_args::{SCORE_HELP, ScoreArgs},
    train_args::{TRAIN_HELP, TrainArgs},
};

const HELP: &str = "\
Examples:
  gaze-cli predict photo.jpg
  gaze-cli score page.png --region button:40,300,120,48
  gaze-cli run --data osie --model center-bias --out results

`gaze-cli COMMAND --help` has examples and file formats of each. NO_COLOR in the environment turns colors off.
Exit status: 0 all done; 1 done, but some input failed, had no value or did not meet a requirement; 2 wrong usage or fatal.";

/// What `predict`, `score` and `compare` predict with if nothing is said.
pub(crate) const DEFAULT_MODEL: &str = "gaze-lite";

/// Saliency and eye movements: predictions, maps and scores.
#[derive(Debug, Parser)]
#[command(name = "gaze-cli", version, max_term_width = 100, help_expected = true)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Score a model on a dataset: maps, overlays, scores and a report
    #[command(after_help = "Use --help for examples and what is written.", after_long_help = RUN_HELP)]
    Run(Box<RunArgs>),
    /// Join the shards of a run, which several machines can share
    #[command(after_help = MERGE_HELP)]
    Merge(Box<MergeArgs>),
    /// Score one map against the fixations on one image, under every definition in use
    #[command(after_help = "Use --help for examples and file formats.", after_long_help = EVALUATE_HELP)]
    Evaluate(Box<EvaluateArgs>),
    /// Predict where people look on pictures: densities, heat maps, overlays
    #[command(after_help = "Use --help for examples.", after_long_help = PREDICT_HELP)]
    Predict(Box<PredictArgs>),
    /// Score a design: how much attention each region of a picture gets
    #[command(after_help = "Use --help for examples, figures and files.", after_long_help = SCORE_HELP)]
    Score(Box<ScoreArgs>),
    /// Compare two versions of a design: what changes in the attention that each region gets
    #[command(after_help = "Use --help for examples and figures.", after_long_help = COMPARE_HELP)]
    Compare(Box<CompareArgs>),
    /// Make maps of gaze: on one image, or on every image of a dataset
    #[command(after_help = "Use --help for examples and file formats.", after_long_help = RASTERIZE_HELP)]
    Rasterize(Box<RasterizeArgs>),
    /// Tell what a dataset is and holds, and what is wrong with it
    #[command(after_help = INFO_HELP)]
    Info(Box<InfoArgs>),
    /// Write a dataset, or predictions for it, in a format that others read
    #[command(after_help = CONVERT_HELP)]
    Convert(Box<ConvertArgs>),
    /// Train a model like gaze-lite on one's own pictures and gaze
    #[command(after_help = "Use --help for examples.", after_long_help = TRAIN_HELP)]
    Train(Box<TrainArgs>),
    /// Fit a network to a population, a device or a kind of picture
    #[command(after_help = "Use --help for examples.", after_long_help = CALIBRATE_HELP)]
    Calibrate(Box<CalibrateArgs>),
    /// List the models
    #[command(after_help = MODELS_HELP)]
    Models,
    /// Explain the metrics: meaning, range, direction, reference, definitions
    #[command(after_help = METRICS_HELP)]
    Metrics(MetricsArgs),
    /// Print what a shell needs to complete commands and options
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print a manual page, or write all of them
    #[command(after_help = MAN_HELP)]
    Man(ManArgs),
}

const MODELS_HELP: &str = "\
Examples:
  gaze-cli models
  gaze-cli predict photo.jpg --model center-bias:gaussian";

const METRICS_HELP: &str = "\
Examples:
  gaze-cli metrics
  gaze-cli metrics nss
  gaze-cli metrics --json";

#[derive(Debug, clap::Args)]
pub(crate) struct MetricsArgs {
    /// The metric to explain with all its definitions (default: all metrics, in a line each)
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<Metric>,

    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  gaze-cli completions bash > ~/.local/share/bash-completion/completions/gaze-cli
  gaze-cli completions zsh > ~/.zfunc/_gaze-cli
  gaze-cli completions fish > ~/.config/fish/completions/gaze-cli.fish";

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

const MAN_HELP: &str = "\
Examples:
  gaze-cli man > gaze-cli.1
  gaze-cli man score | man -l -
  gaze-cli man --out ~/.local/share/man/man1";

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The command whose page is printed (default: the program's own)
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,

    /// Write the pages of the program and of every command into this folder, created if absent
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

const INFO_HELP: &str = "\
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
}

const CONVERT_HELP: &str = "\
Formats:
  pysaliency  a folder with stimuli.hdf5, fixations.hdf5 and the images
  datadings   a .msgpack file with its side files
  csv         a folder with fixations.csv, dataset.json and the images
  parquet     the same with fixations.parquet

Examples:
  gaze-cli convert osie --to pysaliency osie-pysaliency
  gaze-cli convert mit1003 --to datadings MIT1003.msgpack
  gaze-cli convert osie --predictions maps predictions.hdf5

Exit status: 0 all written; 1 written, but something was left out and told; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// The dataset: a folder, or a file of a format that has files of its own
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// The format to write: pysaliency, datadings, csv or parquet
    #[arg(long, value_name = "FORMAT", required_unless_present = "predictions")]
    pub(crate) to: Option<WriteFormat>,

    /// Write these predictions for the dataset's images instead, as an HDF5 file that pysaliency reads
    #[arg(long, value_name = "MAPS", conflicts_with = "to")]
    pub(crate) predictions: Option<PathBuf>,

    /// What the numbers of the predictions mean: auto, scores, log-density or percentile
    #[arg(long, value_name = "KIND", default_value = "auto", requires = "predictions", conflicts_with = "to")]
    pub(crate) map_kind: MapKind,

    /// The dataset's format (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Where to write; must not exist
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
}

const EVALUATE_HELP: &str = "\
Files:
  FIX.csv     x,y[,subject]          0-based pixels; a header, then a fixation a line
  OTHERS.csv  image,width,height,x,y fixations on other images, for shuffled AUC
  MAP         npy (height, width), or png, jpg, tiff, bmp in gray
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
    #[arg(long, value_name = "FIX.csv")]
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
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true, conflicts_with = "variants")]
    pub(crate) profile: Vec<Profile>,

    /// Every definition in use, also those of no benchmark; `--variants all` is the same
    #[arg(
        long, num_args = 0..=1, require_equals = false, default_value = "benchmarks", default_missing_value = "all",
        value_name = "all", value_parser = variants
    )]
    pub(crate) variants: bool,

    /// What the numbers of the map mean: auto, scores, log-density or percentile
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub(crate) map_kind: MapKind,

    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

fn variants(text: &str) -> Result<bool, String> {
    match text {
        "all" => Ok(true),
        "benchmarks" => Ok(false),
        _ => Err("choose all, or leave the option out".to_owned()),
    }
}

const RUN_HELP: &str = "\
Written to OUT:
  scores.csv     one row per stimulus, group, profile and metric; a metric without a value says why
  summary.json   means with 95 % bootstrap intervals, counts, comparison of the groups, every problem met
  report.html    the same with pictures, in one file that needs no network
  maps/          NAME.npy (log density), NAME_heatmap.png, NAME_overlay.png
  parts/         what is done; a run that was interrupted goes on from here

Examples:
  gaze-cli run --data osie --model center-bias --out results
  gaze-cli run --data saliency4asd --model precomputed:deepgaze2e --out results
  gaze-cli run --data mine --model center-bias:gaussian --metrics auc,nss --save none --out results
  gaze-cli run --data osie --model uniform --profile mit --ceiling --out results

Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The dataset's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// gaze-lite, deepgaze-iie, uniform, center-bias, center-bias:gaussian, precomputed:DIR or a model's file; several
    /// with commas between
    ///
    /// gaze-lite: the small network that is part of the program. FILE.safetensors: one that `gaze-cli train` made.
    /// deepgaze-iie: Linardos et al. 2021, with the released weights. uniform: the same probability everywhere. center-bias: estimated from the gaze on the dataset's other images.
    /// center-bias:gaussian: a fixed Gaussian (Clarke & Tatler 2014). precomputed:DIR: one map per image from a
    /// folder, matched by name without extension (png, jpg, tiff or npy).
    #[arg(long, value_name = "MODEL", value_delimiter = ',', default_value = DEFAULT_MODEL, verbatim_doc_comment)]
    pub(crate) model: Vec<ModelSpec>,

    /// Where to write; created if absent, continued if it holds the same run
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// The dataset's format, by one of the names that `gaze-cli info` tells (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// What the numbers of precomputed maps mean: auto, scores, log-density or percentile
    ///
    /// auto: floating-point arrays whose exponentials sum to 1 are log densities, all else scores. percentile: 8-bit
    /// pictures of trunc(254·(1−C)), where C is the mass of the density at and above a pixel's; the density is
    /// recovered from them.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub(crate) map_kind: MapKind,

    /// Whose definitions: tuebingen, mit
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "tuebingen,mit",
        hide_possible_values = true
    )]
    pub(crate) profile: Vec<Profile>,

    /// Metrics to compute: all, or some of those that the profiles have
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    pub(crate) metrics: Vec<MetricChoice>,

    /// What every table has beside the models: uniform, center-bias, gold-standard, groups, or none
    ///
    /// uniform: the same probability everywhere. center-bias: estimated from the gaze on the other images. gold-standard:
    /// every observer predicted from the others of the group; the prediction is the density of their fixations, blurred
    /// like the empirical map, with the center bias as one more observer. groups: the same of all observers of another
    /// group (up to four groups).
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "uniform,center-bias,gold-standard,groups",
        hide_possible_values = true,
        verbatim_doc_comment
    )]
    pub(crate) references: Vec<ReferenceChoice>,

    /// Judge the gold standard by CC, SIM, KL and EMD, too
    ///
    /// They then compare with one observer's map and are lower bounds. Takes about a second of computing per image with
    /// two dozen observers.
    #[arg(long)]
    pub(crate) ceiling: bool,

    /// What makes observers a group: dataset (its own groups), subject (each is one), none (all are one) or a column
    ///
    /// Anything else is the name of a column of a table of fixations: its values are the groups.
    #[arg(long, value_name = "WHAT", default_value = "dataset")]
    pub(crate) group_by: GroupBy,

    /// Do only a part of the stimuli, such as 2/8; `gaze-cli merge` joins the parts
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,

    /// What information gain is measured against: center-bias (of the other images) or uniform
    #[arg(long, value_name = "BASELINE", default_value = "center-bias", hide_possible_values = true)]
    pub(crate) baseline: Baseline,

    /// Blur of the empirical map for CC, SIM, KL and EMD, in pixels (default: the dataset's own)
    #[arg(long, value_name = "PX", conflicts_with = "pixels_per_degree", allow_negative_numbers = true)]
    pub(crate) sigma_px: Option<f64>,

    /// Pixels per degree of visual angle; the empirical map is blurred by one degree, and DeepGaze IIE sees the picture
    /// at the scale of its training
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    /// Pixels of a map per cell of the earth mover's distance, along each side
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) emd_downsize: usize,

    /// Which maps to write: log-density, heatmap, overlay, difference (of two groups), percentile, hdf5, or none
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "log-density,heatmap,overlay,difference",
        hide_possible_values = true
    )]
    pub(crate) save: Vec<Save>,

    /// Put the maps into maps.zip, too
    #[arg(long)]
    pub(crate) zip: bool,

    /// Replace the results of another run in OUT
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Threads to use (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// How progress is told: auto (a bar on a terminal), json (a JSON object per line on standard error) or none
    #[arg(long, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    pub(crate) progress: ProgressKind,

    /// No progress and no table; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// A name for the dataset in the report (default: its own)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

const MERGE_HELP: &str = "\
Examples:
  gaze-cli run --data osie --model center-bias --shard 1/2 --out first       # on one machine
  gaze-cli run --data osie --model center-bias --shard 2/2 --out second      # on another
  gaze-cli merge first second --out results

The results are those of a run that was not shared, byte for byte.
Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// The folders of the shards
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,

    /// Where to write; created if absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// Replace the results of another run in OUT
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// How progress is told: auto (a bar on a terminal), json (a JSON object per line on standard error) or none
    #[arg(long, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    pub(crate) progress: ProgressKind,

    /// No progress and no table; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How a network is run.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Networks")]
pub(crate) struct NetworkArgs {
    /// The weights: .pth as released, or .safetensors (default: where `cargo xtask fetch-weights` puts them)
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,

    /// The network's center bias: model (its own), mit1003, gaussian, uniform, dataset (the gaze on its other images) or FILE.npy
    ///
    /// (default: model for gaze-lite, mit1003 for deepgaze-iie)
    #[arg(long, value_name = "CB", verbatim_doc_comment)]
    pub(crate) centerbias: Option<CenterBiasSpec>,

    /// How sure gaze-lite is: 1 for pictures and observers like those of its training, less for others (default: 0.6)
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,

    /// Show the network the picture with this many pixels along its longer side
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(64..=16384))]
    pub(crate) long_side: Option<u32>,

    /// What computes: cpu or cuda
    #[arg(long, default_value = "cpu", hide_possible_values = true)]
    pub(crate) device: Device,

    /// f32, or bf16: faster on a GPU and less exact
    #[arg(long, default_value = "f32", hide_possible_values = true)]
    pub(crate) precision: Precision,
}

const PREDICT_HELP: &str = "\
Written for each picture NAME.jpg:
  heatmap      NAME_heatmap.png     how much likelier than chance each place is, with a color bar
  overlay      NAME_overlay.png     the same laid over the picture
  log-density  NAME.npy             natural logarithms of probabilities (height, width), 32 bits
  percentile   NAME_percentile.png  8 bits: trunc(254·(1 − C)), C the mass of all places at least as likely
- as IMAGE is standard input, as --out it is standard output, to which one file of one picture goes.

Examples:
  gaze-cli predict photo.jpg --centerbias gaussian
  gaze-cli predict photo.jpg --out photo.npy
  curl -s https://example.org/photo.jpg | gaze-cli predict - --save overlay --out - > overlay.png
  gaze-cli predict photos/*.jpg --pixels-per-degree 24 --save log-density,overlay --out predictions

Exit status: 0 all done; 1 done, but some picture failed; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct PredictArgs {
    /// The pictures: png, jpg, tiff or bmp
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,

    /// gaze-lite, deepgaze-iie, the FILE of a trained model, or a baseline: center-bias:gaussian, uniform
    #[arg(long, value_name = "MODEL", default_value = DEFAULT_MODEL)]
    pub(crate) model: ModelSpec,

    /// A folder for the files, created if absent, FILE.npy for the log density of one picture, or - for standard output
    /// (default: beside each picture)
    #[arg(long, value_name = "DIR|FILE.npy|-")]
    pub(crate) out: Option<PathBuf>,

    /// Which files to write: log-density, heatmap, overlay, percentile (default: heatmap and overlay; with a folder
    /// also log-density)
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) save: Vec<PredictionFile>,

    /// The colors: inferno, viridis, magma, plasma, cividis (perceptually uniform), turbo or hot
    #[arg(long, value_name = "NAME", default_value = "inferno", hide_possible_values = true)]
    pub(crate) colors: Palette,

    /// Pixels per degree of visual angle: a network sees the picture at the scale of its training
    #[arg(long, value_name = "PX", conflicts_with = "long_side", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    /// Threads to use (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// No progress; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,

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
}

/// A name after `--metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricChoice {
    All,
    One(Metric),
}

impl MetricChoice {
    const VALUES: [Self; 1 + Metric::ALL.len()] = {
        let mut values = [Self::All; 1 + Metric::ALL.len()];
        let mut index = 0;
        while index < Metric::ALL.len() {
            values[1 + index] = Self::One(Metric::ALL[index]);
            index += 1;
        }
        values
    };
}

impl ValueEnum for MetricChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::VALUES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::All => Some(PossibleValue::new("all")),
            Self::One(metric) => metric.to_possible_value(),
        }
    }
}

/// A name after `--references`; none is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReferenceChoice(pub(crate) Option<Reference>);

impl ValueEnum for ReferenceChoice {
    fn value_variants<'a>() -> &'a [Self] {
        use Reference::{CenterBias, GoldStandard, Groups, Uniform};
        &[Self(Some(Uniform)), Self(Some(CenterBias)), Self(Some(GoldStandard)), Self(Some(Groups)), Self(None)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        self.0.map_or_else(|| Some(PossibleValue::new("none")), |reference| reference.to_possible_value())
    }
}

/// A kind of file in `maps/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Save {
    LogDensity,
    Heatmap,
    Overlay,
    Difference,
    Percentile,
    Hdf5,
    None,
}

impl Save {
    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LogDensity => "log-density",
            Self::Heatmap => "heatmap",
            Self::Overlay => "overlay",
            Self::Difference => "difference",
            Self::Percentile => "percentile",
            Self::Hdf5 => "hdf5",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent_and_each_has_help() {
        Args::command().debug_assert();
    }
}
