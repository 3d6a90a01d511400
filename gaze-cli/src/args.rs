//! Every argument of the command line, with its help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use gaze_data::{Format, MapKind};

use crate::{
    model::ModelSpec,
    run::{Baseline, Metric},
};

/// Saliency and eye movements: predictions, maps and scores.
#[derive(Debug, Parser)]
#[command(name = "gaze-cli", version, max_term_width = 100, help_expected = true)]
#[command(
    after_help = "Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Score a model on a dataset: maps, overlays, scores and a report
    #[command(after_help = "Use --help for examples and what is written.", after_long_help = RUN_HELP)]
    Run(Box<RunArgs>),
    /// List the models
    Models,
}

const RUN_HELP: &str = "\
Written to OUT:
  scores.csv     one row per stimulus, group and metric; a metric without a value says why
  summary.json   means with 95 % bootstrap intervals, counts, and every problem met
  report.html    the same with pictures, in one file that needs no network
  maps/          NAME.npy (log density), NAME_heatmap.png, NAME_overlay.png
  parts/         what is done; a run that was interrupted goes on from here

Examples:
  gaze-cli run --data osie --model center-bias --out results
  gaze-cli run --data saliency4asd --model precomputed:deepgaze2e --out results
  gaze-cli run --data mine --model center-bias:gaussian --metrics auc,nss --save none --out results

Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The dataset's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// uniform, center-bias, center-bias:gaussian or precomputed:DIR
    ///
    /// uniform: the same probability everywhere. center-bias: estimated from the gaze on the dataset's other images.
    /// center-bias:gaussian: a fixed Gaussian (Clarke & Tatler 2014). precomputed:DIR: one map per image from a
    /// folder, matched by name without extension (png, jpg, tiff or npy).
    #[arg(long, value_name = "MODEL", verbatim_doc_comment)]
    pub(crate) model: ModelSpec,

    /// Where to write; created if absent, continued if it holds the same run
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// The dataset's format: saliency4asd, osie or table (default: recognised)
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// What the numbers of precomputed maps mean: auto, scores, log-density or percentile
    ///
    /// auto: floating-point arrays whose exponentials sum to 1 are log densities, all else scores. percentile: 8-bit
    /// pictures of trunc(254·(1−C)), where C is the mass of the density at and above a pixel's; the density is
    /// recovered from them.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub(crate) map_kind: MapKind,

    /// Metrics to compute
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "auc,nss,cc,kl,sim,ig")]
    pub(crate) metrics: Vec<Metric>,

    /// What information gain is measured against: center-bias (of the other images) or uniform
    #[arg(long, value_name = "BASELINE", default_value = "center-bias", hide_possible_values = true)]
    pub(crate) baseline: Baseline,

    /// Blur of the empirical map for CC, KL and SIM, in pixels (default: the dataset's own)
    #[arg(long, value_name = "PX", conflicts_with = "pixels_per_degree", allow_negative_numbers = true)]
    pub(crate) sigma_px: Option<f64>,

    /// Pixels per degree of visual angle; the empirical map is blurred by one degree
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    /// Which maps to write: log-density, heatmap, overlay, or none
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "log-density,heatmap,overlay",
        hide_possible_values = true
    )]
    pub(crate) save: Vec<Save>,

    /// Replace the results of another run in OUT
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Threads to use (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// No progress and no table; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// A name for the dataset in the report (default: its own)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
}

/// A kind of file in `maps/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Save {
    LogDensity,
    Heatmap,
    Overlay,
    None,
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
