//! From the name after `--model` to a prediction for each stimulus.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Prediction, Size};
use gaze_data::{DataError, Dataset, MapKind, PredictionStore};
use gaze_model::GaussianCenterBias;
use gaze_targets::CenterBias;

/// What was written after `--model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ModelSpec {
    Uniform,
    CenterBias,
    GaussianCenterBias,
    Precomputed(PathBuf),
}

impl FromStr for ModelSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "uniform" => Ok(Self::Uniform),
            "center-bias" => Ok(Self::CenterBias),
            "center-bias:gaussian" => Ok(Self::GaussianCenterBias),
            _ => match text.strip_prefix("precomputed:") {
                Some("") => Err("precomputed: needs a folder, as in precomputed:maps".to_owned()),
                Some(folder) => Ok(Self::Precomputed(folder.into())),
                None => Err(format!(
                    "there is no model {text:?}; choose uniform, center-bias, center-bias:gaussian or precomputed:DIR"
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
    Precomputed(PredictionStore),
}

impl Model {
    /// Opens what the model needs, and checks that it has to do with the dataset.
    pub(crate) fn open(spec: &ModelSpec, kind: MapKind, dataset: &Dataset) -> Result<Self> {
        let without_maps = match spec {
            ModelSpec::Uniform => Self::Uniform,
            ModelSpec::CenterBias => Self::CenterBias,
            ModelSpec::GaussianCenterBias => Self::Gaussian(GaussianCenterBias::default()),
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
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) => None,
        }
    }

    /// The size of the prediction for a stimulus whose image is missing, if the model knows one.
    pub(crate) fn size(&self, key: &str) -> Option<Result<Size, DataError>> {
        match self {
            Self::Precomputed(store) => Some(store.size(key)),
            Self::Uniform | Self::CenterBias | Self::Gaussian(_) => None,
        }
    }

    /// The prediction for the stimulus at `index` of the dataset, which has this key and size.
    pub(crate) fn predict(&self, index: usize, key: &str, size: Size, center_bias: &CenterBias) -> Result<Prediction> {
        let prediction = match self {
            Self::Uniform => Prediction::Density(LogDensity::uniform(size)?),
            Self::CenterBias => Prediction::Density(center_bias.without(index, size)?),
            Self::Gaussian(model) => Prediction::Density(model.density(size)?),
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
        assert!(error.starts_with("there is no model \"deepgaze\"; choose uniform, "));
        assert!("precomputed:".parse::<ModelSpec>().unwrap_err().contains("needs a folder"));
    }
}
