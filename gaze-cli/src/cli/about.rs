//! The arguments of the commands that explain the program: `models`, `metrics`, `completions`, `man`.

use std::path::PathBuf;

use gaze_model::ModelName;
use gaze_study::metrics::Metric;

pub(crate) const MODELS_HELP: &str = "\
Examples:
  gaze-cli models
  gaze-cli models network.onnx
  gaze-cli models network.onnx --save
  gaze-cli predict photo.jpg --model center-bias:gaussian

Exit status: 0 all is known; 1 a field of the network's description must be given; 2 wrong usage, or no sound network.";

#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    /// A network's file, FILE.onnx or FILE.pt: tell what is understood of it and of FILE.json (default: list all models)
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<ModelName>,

    /// Write FILE.json, which describes the network, with everything that is understood; a file that is there is kept
    #[arg(long, requires = "file")]
    pub(crate) save: bool,
}

pub(crate) const METRICS_HELP: &str = "\
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

pub(crate) const COMPLETIONS_HELP: &str = "\
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

pub(crate) const MAN_HELP: &str = "\
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
