//! What can be asked of a network: its weights, its center bias, what it computes with.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A network among the models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NetworkSpec {
    DeepGazeIie,
    GazeLite,
    /// Made by `gaze-cli train` or `gaze-cli calibrate`.
    File(PathBuf),
}

/// What was written after `--centerbias`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CenterBiasSpec {
    Uniform,
    Gaussian,
    Mit1003,
    Dataset,
    /// The network's own.
    Model,
    File(PathBuf),
}

impl FromStr for CenterBiasSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "uniform" => Ok(Self::Uniform),
            "gaussian" => Ok(Self::Gaussian),
            "mit1003" => Ok(Self::Mit1003),
            "dataset" => Ok(Self::Dataset),
            "model" => Ok(Self::Model),
            _ if Path::new(text).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) => {
                Ok(Self::File(text.into()))
            }
            _ => Err("choose model, uniform, gaussian, mit1003, dataset or a FILE.npy".to_owned()),
        }
    }
}

/// What does the computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    Cpu,
    Cuda,
}

/// Bits of the backbones' numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    F32,
    Bf16,
}

/// What a network's predictions depend on, in the words in which it is stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NetworkSettings {
    /// SHA-256 of the weights as they are read.
    pub(crate) weights: String,
    pub(crate) center_bias: String,
    pub(crate) scale: String,
    pub(crate) precision: String,
    /// By what the network's map is multiplied before it becomes a density, where it can be set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) temperature: Option<f64>,
}
