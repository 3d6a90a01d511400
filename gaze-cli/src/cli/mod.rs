//! Every argument of the command line, with its help: a file for each command.

use clap::{Parser, Subcommand};

use self::{
    about::{COMPLETIONS_HELP, MAN_HELP, METRICS_HELP, MODELS_HELP},
    calibrate::CALIBRATE_HELP,
    compare::COMPARE_HELP,
    convert::CONVERT_HELP,
    evaluate::EVALUATE_HELP,
    info::INFO_HELP,
    merge::MERGE_HELP,
    predict::PREDICT_HELP,
    rasterize::RASTERIZE_HELP,
    run::RUN_HELP,
    score::SCORE_HELP,
    train::TRAIN_HELP,
};
pub(crate) use self::{
    about::{CompletionsArgs, ManArgs, MetricsArgs, ModelsArgs},
    calibrate::CalibrateArgs,
    compare::CompareArgs,
    convert::ConvertArgs,
    design::{ModelArgs, ReferenceSpec, RegionArgs},
    evaluate::EvaluateArgs,
    info::InfoArgs,
    merge::MergeArgs,
    network::NetworkArgs,
    predict::{PredictArgs, PredictionFile},
    rasterize::{MapFormat, RasterizeArgs},
    reading::{BackgroundArgs, GazeArgs, MapArgs},
    recording::RecordingArgs,
    run::RunArgs,
    score::ScoreArgs,
    train::TrainArgs,
};

mod about;
mod calibrate;
mod choice;
mod compare;
mod convert;
mod design;
mod evaluate;
mod history;
mod info;
mod merge;
mod models;
mod network;
mod predict;
mod rasterize;
mod reading;
mod recording;
mod run;
mod score;
mod train;

const HELP: &str = "\
Examples:
  gaze-cli predict photo.jpg
  gaze-cli score page.png --region button:40,300,120,48
  gaze-cli run --data osie --model center-bias --out results

`gaze-cli COMMAND --help` has examples and file formats of each. NO_COLOR in the environment turns colors off.
Exit status: 0 all done; 1 done, but some input failed, had no value or did not meet a requirement; 2 wrong usage or fatal.";

/// The model of `run`, `predict`, `score` and `compare` unless another one is named.
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
    /// Tell what a dataset or recording is and holds, and what is wrong with it
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
    /// List the models, or tell what is understood of a network's file
    #[command(after_help = MODELS_HELP)]
    Models(ModelsArgs),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent_and_each_has_help() {
        Args::command().debug_assert();
    }
}
