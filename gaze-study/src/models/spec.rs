//! The names of models, as they stand after `--model`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_model::{MODELS, ModelName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The prefix of a folder or a file of precomputed maps.
const PRECOMPUTED: &str = "precomputed:";
/// The name of the center bias that is estimated from the dataset's other images.
const CENTER_BIAS: &str = crate::names::CENTER_BIAS;

/// A model by its name: one of `gaze_model`'s, or one that needs a dataset or a file of this crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ModelSpec {
    /// A row of [`gaze_model::MODELS`].
    Listed(ModelName),
    /// A network with the calibration in this file, which `gaze-cli calibrate` made.
    Calibrated(PathBuf),
    /// The center bias of the dataset's other images.
    CenterBias,
    /// Maps in this folder or file.
    Precomputed(PathBuf),
}

/// A model as it is listed for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelListing {
    /// The name, with capitals where a path stands.
    pub name: String,
    /// A phrase that says what the model is.
    pub summary: &'static str,
    /// Sentences about the model, for help pages.
    pub help: &'static str,
}

/// The models that this crate adds to [`gaze_model::MODELS`].
const ADDED: [(&str, &str, &str); 3] = [
    (
        "FILE.json",
        "a network that `gaze-cli calibrate` fitted to a population, a device or a kind of picture",
        "The network keeps its parameters; its sureness, its blur and its center bias are fitted.",
    ),
    (
        CENTER_BIAS,
        "where people look whatever the picture shows, estimated from the dataset's other images",
        "A Gaussian of 3 % of the image's width around every fixation on the other images.",
    ),
    (
        "precomputed:DIR",
        "maps from a folder or file: npy, mat, HDF5, pictures in gray, …, named like the images",
        "One map per image, matched by name without extension.",
    ),
];

/// All models, in the order in which they are listed.
#[must_use]
pub fn listing() -> Vec<ModelListing> {
    let listed =
        MODELS.iter().map(|entry| ModelListing { name: entry.name(), summary: entry.summary, help: entry.help });
    let added = ADDED.map(|(name, summary, help)| ModelListing { name: name.to_owned(), summary, help });
    listed.chain(added).collect()
}

/// A text that names no model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownModel {
    /// No model has the name.
    #[error("there is no model {name:?}; choose {}", choices())]
    Name {
        /// The text.
        name: String,
    },
    /// The folder of precomputed maps is missing.
    #[error("precomputed: needs a folder, as in precomputed:maps")]
    NoFolder,
}

fn choices() -> String {
    let names: Vec<String> = listing().into_iter().map(|listed| listed.name).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

impl FromStr for ModelSpec {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        if let Some(folder) = text.strip_prefix(PRECOMPUTED) {
            return if folder.is_empty() { Err(UnknownModel::NoFolder) } else { Ok(Self::Precomputed(folder.into())) };
        }
        if text == CENTER_BIAS {
            return Ok(Self::CenterBias);
        }
        if Path::new(text).extension().is_some_and(|extension| extension == "json") {
            return Ok(Self::Calibrated(text.into()));
        }
        text.parse().map(Self::Listed).map_err(|_| UnknownModel::Name { name: text.to_owned() })
    }
}

impl TryFrom<String> for ModelSpec {
    type Error = UnknownModel;

    fn try_from(text: String) -> Result<Self, UnknownModel> {
        text.parse()
    }
}

impl From<ModelSpec> for String {
    fn from(spec: ModelSpec) -> Self {
        spec.to_string()
    }
}

/// The text that names the model: its own name, or the path of its file.
impl fmt::Display for ModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(name) => write!(f, "{name}"),
            Self::Calibrated(file) => write!(f, "{}", file.display()),
            Self::CenterBias => f.write_str(CENTER_BIAS),
            Self::Precomputed(folder) => write!(f, "{PRECOMPUTED}{}", folder.display()),
        }
    }
}

impl ModelSpec {
    /// The name in tables and files. Of a path only the last part is kept, so that results do not depend on where a file
    /// lies.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Listed(name) => name.label(),
            Self::Calibrated(file) => {
                file.file_stem().map_or_else(|| "model".into(), |name| name.to_string_lossy()).into_owned()
            }
            Self::CenterBias => CENTER_BIAS.to_owned(),
            Self::Precomputed(folder) => {
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let name = folder.file_name().map_or_else(|| "maps".into(), |name| name.to_string_lossy());
                format!("{PRECOMPUTED}{name}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_by_what_they_are() {
        assert_eq!("uniform".parse::<ModelSpec>().unwrap().label(), "uniform");
        assert_eq!("center-bias".parse(), Ok(ModelSpec::CenterBias));
        assert_eq!("a/b.json".parse(), Ok(ModelSpec::Calibrated("a/b.json".into())));
        assert_eq!("precomputed:a/b".parse(), Ok(ModelSpec::Precomputed("a/b".into())));
        assert_eq!(ModelSpec::Precomputed("somewhere/else/maps".into()).label(), "precomputed:maps");
        let error = "deepgaze".parse::<ModelSpec>().unwrap_err().to_string();
        assert!(
            error.starts_with("there is no model \"deepgaze\"; choose gaze-lite, deepgaze-i, deepgaze-iie, "),
            "{error}"
        );
        assert!("precomputed:".parse::<ModelSpec>().unwrap_err().to_string().contains("needs a folder"));
    }

    #[test]
    fn every_listed_name_is_understood() {
        for ModelListing { name, .. } in listing() {
            let text = name.replace("FILE", "some/file").replace("DIR", "some/maps");
            assert_eq!(text.parse::<ModelSpec>().unwrap().to_string(), text);
        }
    }
}
