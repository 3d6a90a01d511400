//! The options of models: the center bias that networks are given, the scale at which they see pictures, and the settings
//! that their predictions depend on.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_data::MapOptions;
use gaze_model::{StandardCenterBias, TrainingDataset};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The center bias that a network is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CenterBiasSpec {
    /// One that does not depend on the dataset.
    Standard(StandardCenterBias),
    /// The center bias of the dataset's other images.
    Dataset,
    /// A log density in an npy file.
    File(PathBuf),
}

/// A text that names no center bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("choose model, uniform, gaussian, mit1003, dataset or a FILE.npy")]
pub struct UnknownCenterBias;

impl FromStr for CenterBiasSpec {
    type Err = UnknownCenterBias;

    fn from_str(text: &str) -> Result<Self, UnknownCenterBias> {
        match text {
            "uniform" => Ok(Self::Standard(StandardCenterBias::Uniform)),
            "gaussian" => Ok(Self::Standard(StandardCenterBias::Gaussian)),
            "mit1003" => Ok(Self::Standard(StandardCenterBias::Mit1003)),
            "model" => Ok(Self::Standard(StandardCenterBias::Model)),
            "dataset" => Ok(Self::Dataset),
            _ if Path::new(text).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) => {
                Ok(Self::File(text.into()))
            }
            _ => Err(UnknownCenterBias),
        }
    }
}

impl TryFrom<String> for CenterBiasSpec {
    type Error = UnknownCenterBias;

    fn try_from(text: String) -> Result<Self, UnknownCenterBias> {
        text.parse()
    }
}

/// The text that was parsed: unlike the name in settings, it has the path of a file.
impl From<CenterBiasSpec> for String {
    fn from(spec: CenterBiasSpec) -> Self {
        match spec {
            CenterBiasSpec::File(file) => file.to_string_lossy().into_owned(),
            other => other.to_string(),
        }
    }
}

/// The name in settings. A file is named without its folder, so that results do not depend on where it lies.
impl fmt::Display for CenterBiasSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard(StandardCenterBias::Uniform) => f.write_str("uniform"),
            Self::Standard(StandardCenterBias::Gaussian) => f.write_str("gaussian"),
            Self::Standard(StandardCenterBias::Mit1003) => f.write_str("mit1003"),
            Self::Standard(_) => f.write_str("model"),
            Self::Dataset => f.write_str("dataset"),
            Self::File(file) => f.write_str(&file.file_name().unwrap_or_default().to_string_lossy()),
        }
    }
}

/// The options with which models are opened. Everything has a default. Several models share one set: each takes of it what it
/// can.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelOptions {
    /// The weights, temperature, device, precision and dataset of a network. Its pixels per degree are those below.
    pub network: gaze_model::Options,
    /// The center bias that networks are given; `None` for the one that is usual for the network.
    pub center_bias: Option<CenterBiasSpec>,
    /// Pixels along the longer side at which networks see a picture; goes before the pixels per degree.
    pub long_side: Option<u32>,
    /// Pixels per degree of visual angle of the pictures as they were shown: networks see them at the scale of their
    /// training, or scale them themselves.
    pub pixels_per_degree: Option<f64>,
    /// The choices with which precomputed maps are read.
    pub maps: MapOptions,
}

/// The settings that a network's predictions depend on, in the words in which they are stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSettings {
    /// SHA-256 of the weights as they are read.
    pub weights: String,
    /// The center bias.
    pub center_bias: String,
    /// The scale at which the network sees pictures.
    pub scale: String,
    /// `f32` or `bf16`.
    pub precision: String,
    /// The factor by which the network's map is multiplied before it becomes a density, where it can be set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub temperature: Option<f64>,
    /// The dataset to whose biases the network is set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset: Option<TrainingDataset>,
}
