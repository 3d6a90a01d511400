//! The arguments of `gaze-cli run`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::builder::{NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use gaze_data::{Format, GazeOptions, MapName, MapOptions};
use gaze_study::{
    Baseline, GroupBy, ModelSpec, Reference, Save, Shard, StudyOptions,
    metrics::{METRICS, Metric, Profile},
};
use strum::VariantArray as _;

use super::{
    BackgroundArgs, DEFAULT_MODEL, GazeArgs, MapArgs, NetworkArgs, RecordingArgs,
    choice::{OrNone, one_of, one_of_or_none, values},
    models,
};
use crate::progress::ProgressKind;

pub(crate) const RUN_HELP: &str = "\
Written to OUT:
  scores.csv     one row per stimulus, group, profile and metric; a metric without a value says why
  summary.json   means with 95 % bootstrap intervals, counts, comparison of the groups, every problem met
  report.html    the same with pictures, in one file that needs no network
  maps/          NAME.npy (log density), NAME_heatmap.png, NAME_overlay.png
  parts/         what is done; a run that was interrupted goes on from here
  scanpaths.csv  with --scanpaths: how alike scanpaths are within and between groups
  scanpath_descriptives.csv, scanpath_observers.csv
                 with --scanpaths: figures of each scanpath, of observers and of groups

  fixations.csv, by_index.csv
                 with a model of scanpaths: the scores of each fixation, given those before it, and their means

Examples:
  gaze-cli run --data osie --model center-bias --out results
  gaze-cli run --data saliency4asd --model precomputed:deepgaze2e --out results
  gaze-cli run --data mine --model center-bias:gaussian --metrics auc,nss --save none --out results
  gaze-cli run --data osie --model uniform --profile mit --ceiling --out results
  gaze-cli run --data recordings --stimuli pictures --out results
  gaze-cli run --data saliency4asd --model uniform --scanpaths --save none --out results

Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The dataset's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    #[arg(
        long,
        value_name = "MODEL",
        value_delimiter = ',',
        default_value = DEFAULT_MODEL,
        help = models::names("; several with commas between"),
        long_help = models::described("; several with commas between")
    )]
    pub(crate) model: Vec<ModelSpec>,

    /// Where to write; created if absent, continued if it holds the same run
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// The dataset's format, by one of the names that `gaze-cli info` tells (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// The pattern by which precomputed maps are named, such as {stem}_saliency (default: recognised)
    #[arg(long, value_name = "PATTERN")]
    pub(crate) map_name: Option<MapName>,

    /// Whose definitions: tuebingen, mit
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "tuebingen,mit",
        value_parser = one_of::<Profile>(),
        hide_possible_values = true
    )]
    pub(crate) profile: Vec<Profile>,

    /// Metrics to compute: all, or some of those that the profiles have
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all", value_parser = metric_choice())]
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
        value_parser = one_of_or_none::<Reference>(),
        hide_possible_values = true,
        verbatim_doc_comment
    )]
    pub(crate) references: Vec<OrNone<Reference>>,

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
    #[arg(long, value_name = "BASELINE", default_value = "center-bias", value_parser = one_of::<Baseline>(), hide_possible_values = true)]
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
        value_parser = one_of_or_none::<Save>(),
        hide_possible_values = true
    )]
    pub(crate) save: Vec<OrNone<Save>>,

    /// Put the maps into maps.zip, too
    #[arg(long)]
    pub(crate) zip: bool,

    /// Describe and compare scanpaths, too: within and between groups, with a test
    ///
    /// Adds three tables and a section of the report. Two to four groups are compared by eighteen measures (docs/SCANPATHS.md).
    #[arg(long)]
    pub(crate) scanpaths: bool,

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
    pub(crate) recording: RecordingArgs,

    #[command(flatten)]
    pub(crate) background: BackgroundArgs,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    #[command(flatten)]
    pub(crate) maps: MapArgs,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}

impl RunArgs {
    /// The options of the study, apart from where and how it runs.
    pub(crate) fn options(&self) -> Result<StudyOptions> {
        let one = |choice: &MetricChoice| match choice {
            MetricChoice::One(metric) => Some(*metric),
            MetricChoice::All => None,
        };
        let metrics = if self.metrics.contains(&MetricChoice::All) {
            Metric::VARIANTS.to_vec()
        } else {
            self.metrics.iter().filter_map(one).collect()
        };
        let Some(save) = values(&self.save) else { bail!("--save none goes with no other kind of map") };
        let network = self.network.options(self.pixels_per_degree, MapOptions::default());
        let GazeOptions { columns, units, lost } = self.gaze.options();
        Ok(StudyOptions {
            data: self.data.clone(),
            format: self.format,
            recordings: self.recording.options(None),
            models: self.model.clone(),
            columns,
            units,
            lost,
            background: self.background.background,
            map_kind: self.maps.kind()?,
            map_name: self.map_name.clone(),
            variable: self.maps.variable.clone(),
            profile: self.profile.clone(),
            metrics,
            references: self.references.iter().filter_map(|choice| choice.0).collect(),
            ceiling: self.ceiling,
            group_by: self.group_by.clone(),
            baseline: self.baseline,
            sigma_px: self.sigma_px,
            pixels_per_degree: self.pixels_per_degree,
            emd_downsize: self.emd_downsize,
            save,
            zip: self.zip,
            scanpaths: self.scanpaths,
            name: self.name.clone(),
            weights: network.network.weights,
            centerbias: network.center_bias,
            temperature: network.network.temperature,
            long_side: network.long_side,
            device: network.network.device,
            precision: network.network.precision,
            dataset: network.network.dataset,
        })
    }
}

/// A name after `--metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricChoice {
    All,
    One(Metric),
}

/// Reads the name of a metric, or `all`. Hyphens are understood, too.
fn metric_choice() -> impl TypedValueParser<Value = MetricChoice> {
    let metric = |row: &gaze_study::metrics::MetricRow| {
        let short = (row.metric == Metric::LogLikelihood).then_some("ll");
        PossibleValue::new(row.name).alias(row.name.replace('_', "-")).aliases(short)
    };
    PossibleValuesParser::new([PossibleValue::new("all")].into_iter().chain(METRICS.iter().map(metric)))
        .map(|name| name.parse().map_or(MetricChoice::All, MetricChoice::One))
}
