//! From the name after `--model` to a prediction for each stimulus.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Prediction, Size, Stimulus};
use gaze_data::{DataError, Dataset, MapKind, PredictionStore};
use gaze_model::GaussianCenterBias;
use gaze_targets::CenterBias;

use crate::{args::RunArgs, engine::Network, network::NetworkSettings};

/// What was written after `--model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ModelSpec {
    Uniform,
    CenterBias,
    GaussianCenterBias,
    DeepGazeIie,
    Precomputed(PathBuf),
}

impl FromStr for ModelSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "uniform" => Ok(Self::Uniform),
            "center-bias" => Ok(Self::CenterBias),
            "center-bias:gaussian" => Ok(Self::GaussianCenterBias),
            "deepgaze-iie" => Ok(Self::DeepGazeIie),
            _ => match text.strip_prefix("precomputed:") {
                Some("") => Err("precomputed: needs a folder, as in precomputed:maps".to_owned()),
                Some(folder) => Ok(Self::Precomputed(folder.into())),
                None => Err(format!(
                    "there is no model {text:?}; choose deepgaze-iie, uniform, center-bias, \
                     center-bias:gaussian or precomputed:DIR"
                )),
            },
        }
    }
}

impl ModelSpec {
    /// The name in tables and files. Of a folder of maps only the last part is kept, so that results do not depend on
    /// where it lies.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Uniform => "uniform".to_owned(),
            Self::CenterBias => "center-bias".to_owned(),
            Self::GaussianCenterBias => "center-bias:gaussian".to_owned(),
            Self::DeepGazeIie => "deepgaze-iie".to_owned(),
            Self::Precomputed(folder) => {
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let name = folder.file_name().map_or_else(|| "maps".into(), |name| name.to_string_lossy());
                format!("precomputed:{name}")
            }
        }
    }
}

/// A model opened for a dataset.
#[derive(Debug)]
pub(crate) enum Model {
    Uniform,
    CenterBias,
    Gaussian(GaussianCenterBias),
    Network(Box<Network>),
    Precomputed(PredictionStore),
}

impl Model {
    /// Opens what the model needs, and checks that it has to do with the dataset.
    pub(crate) fn open(args: &RunArgs, dataset: &Dataset) -> Result<Self> {
        let (spec, kind) = (&args.model, args.map_kind);
        let without_maps = match spec {
            ModelSpec::Uniform => Self::Uniform,
            ModelSpec::CenterBias => Self::CenterBias,
            ModelSpec::GaussianCenterBias => Self::Gaussian(GaussianCenterBias::default()),
            ModelSpec::DeepGazeIie => Self::Network(Box::new(Network::open(&args.network, args.pixels_per_degree)?)),
            ModelSpec::Precomputed(folder) => return Self::open_maps(spec, folder, kind, dataset),
        };
        ensure!(kind == MapKind::Auto, "--map-kind is about precomputed maps, and --model names none");
        Ok(without_maps)
    }

    fn open_maps(spec: &ModelSpec, folder: &Path, kind: MapKind, dataset: &Dataset) -> Result<Self> {
        let store = PredictionStore::open(folder, kind).with_context(|| format!("--model {}", spec.name()))?;
        let known = dataset.stimuli().iter().filter(|stimulus| store.path(stimulus.key()).is_some()).count();
        let example = dataset.stimuli().first().map_or("NAME", |stimulus| stimulus.key());
        ensure!(
            known > 0,
            "--model {}: none of the {} maps in {} is named like an image of the dataset, as {example}.png would be",
            spec.name(),
            store.len(),
            folder.display()
        );
        Ok(Self::Precomputed(store))
    }

    /// The file that the prediction for a stimulus is read from, if it is.
    pub(crate) fn file(&self, key: &str) -> Option<&Path> {
        match self {
            Self::Precomputed(store) => store.path(key),
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) | Self::Network(_) => None,
        }
    }

    /// The size of the prediction for a stimulus whose image is missing, if the model knows one.
    pub(crate) fn size(&self, key: &str) -> Option<Result<Size, DataError>> {
        match self {
            Self::Precomputed(store) => Some(store.size(key)),
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) | Self::Network(_) => None,
        }
    }

    /// What a network's predictions depend on.
    pub(crate) fn network_settings(&self) -> Result<Option<NetworkSettings>> {
        match self {
            Self::Network(network) => network.settings().map(Some),
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) | Self::Precomputed(_) => Ok(None),
        }
    }

    /// What is to be said after all predictions.
    pub(crate) fn note(&self) -> Option<String> {
        match self {
            Self::Network(network) => network.note(),
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) | Self::Precomputed(_) => None,
        }
    }

    /// The prediction for the stimulus at `index` of the dataset, which has this key and size, and a picture unless that
    /// is missing.
    pub(crate) fn predict(
        &self,
        index: usize,
        key: &str,
        size: Size,
        picture: Option<&Stimulus>,
        center_bias: &CenterBias,
    ) -> Result<Prediction> {
        let prediction = match self {
            Self::Uniform => Prediction::Density(LogDensity::uniform(size)?),
            Self::CenterBias => Prediction::Density(center_bias.without(index, size)?),
            Self::Gaussian(model) => Prediction::Density(model.density(size)?),
            Self::Network(network) => {
                let picture = picture.context("the image is missing, and the model looks at it")?;
                Prediction::Density(network.log_density(picture, Some((center_bias, index)), false)?)
            }
            Self::Precomputed(store) => store.load(key)?,
        };
        let found = prediction.size();
        ensure!(found == size, "the map is {found}, the image {size} (height x width)");
        Ok(prediction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_by_what_they_are() {
        assert_eq!("uniform".parse(), Ok(ModelSpec::Uniform));
        assert_eq!("precomputed:a/b".parse(), Ok(ModelSpec::Precomputed("a/b".into())));
        assert_eq!(ModelSpec::Precomputed("somewhere/else/maps".into()).name(), "precomputed:maps");
        let error = "deepgaze".parse::<ModelSpec>().unwrap_err();
        assert!(error.starts_with("there is no model \"deepgaze\"; choose deepgaze-iie, "));
        assert!("precomputed:".parse::<ModelSpec>().unwrap_err().contains("needs a folder"));
    }
}
