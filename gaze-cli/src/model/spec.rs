//! The names after `--model`.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::network::NetworkSpec;

/// What was written after `--model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ModelSpec {
    Uniform,
    CenterBias,
    GaussianCenterBias,
    Network(NetworkSpec),
    Precomputed(PathBuf),
}

impl FromStr for ModelSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "uniform" => Ok(Self::Uniform),
            "center-bias" => Ok(Self::CenterBias),
            "center-bias:gaussian" => Ok(Self::GaussianCenterBias),
            "gaze-lite" => Ok(Self::Network(NetworkSpec::GazeLite)),
            "deepgaze-iie" => Ok(Self::Network(NetworkSpec::DeepGazeIie)),
            _ => match text.strip_prefix("precomputed:") {
                Some("") => Err("precomputed: needs a folder, as in precomputed:maps".to_owned()),
                Some(folder) => Ok(Self::Precomputed(folder.into())),
                None if is_model_file(text) => Ok(Self::Network(NetworkSpec::File(text.into()))),
                None => Err(format!(
                    "there is no model {text:?}; choose gaze-lite, deepgaze-iie, uniform, center-bias, \
                     center-bias:gaussian, precomputed:DIR or a FILE that `gaze-cli train` or `calibrate` made"
                )),
            },
        }
    }
}

/// Whether a name is that of a file in which a model is stored.
fn is_model_file(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension == "safetensors" || extension == "json")
}

impl ModelSpec {
    /// The name in tables and files. Of a folder of maps only the last part is kept, so that results do not depend on
    /// where it lies.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Uniform => "uniform".to_owned(),
            Self::CenterBias => "center-bias".to_owned(),
            Self::GaussianCenterBias => "center-bias:gaussian".to_owned(),
            Self::Network(NetworkSpec::GazeLite) => "gaze-lite".to_owned(),
            Self::Network(NetworkSpec::DeepGazeIie) => "deepgaze-iie".to_owned(),
            Self::Network(NetworkSpec::File(file)) => {
                file.file_stem().map_or_else(|| "model".into(), |name| name.to_string_lossy()).into_owned()
            }
            Self::Precomputed(folder) => {
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let name = folder.file_name().map_or_else(|| "maps".into(), |name| name.to_string_lossy());
                format!("precomputed:{name}")
            }
        }
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
        assert!(error.starts_with("there is no model \"deepgaze\"; choose gaze-lite, deepgaze-iie, "));
        assert!("precomputed:".parse::<ModelSpec>().unwrap_err().contains("needs a folder"));
    }
}
