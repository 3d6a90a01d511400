//! The options with which models are opened.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Adaptation, Device, ModelEntry, Precision, TrainingDataset,
    registry::{MODELS, in_a_sentence},
};

/// Everything that can be chosen when a model is opened. The default leaves each choice to the model.
///
/// No model takes all options: [`ModelEntry::options`] lists those that a model takes, and opening a model with another
/// one is an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The file of the model's weights, instead of the released one.
    pub weights: Option<PathBuf>,
    /// The factor by which the model's map is multiplied before it becomes a density; positive and finite.
    pub temperature: Option<f64>,
    /// The hardware that computes.
    pub device: Device,
    /// The precision of the backbones' numbers.
    pub precision: Precision,
    /// Pixels per degree of visual angle of the pictures as they were shown, for a model that must know it; positive and
    /// finite. Other models see pictures that were scaled for them: see [`Scale`](crate::Scale).
    pub pixels_per_degree: Option<f64>,
    /// The dataset to whose biases the model is set; `None` for a dataset that it does not know.
    pub dataset: Option<TrainingDataset>,
    /// Views and a blur that were fitted to a dataset, in the place of those of [`Options::dataset`]. A calibration sets them.
    pub adaptation: Option<Adaptation>,
}

/// The name of an option of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelOption {
    /// [`Options::weights`].
    Weights,
    /// [`Options::temperature`].
    Temperature,
    /// [`Options::device`].
    Device,
    /// [`Options::precision`].
    Precision,
    /// [`Options::pixels_per_degree`].
    PixelsPerDegree,
    /// [`Options::dataset`].
    Dataset,
    /// [`Options::adaptation`].
    Adaptation,
    /// The center bias that a network is given. It is no field of [`Options`], because it is part of the question to a model that
    /// is open: see [`Viewing::center_bias`](gaze_core::Viewing::center_bias). Models with an
    /// [`ModelEntry::center_bias`](crate::ModelEntry::center_bias) take it.
    #[serde(rename = "centerbias")]
    CenterBias,
    /// The number of pixels along the longer side at which the model is shown a picture. It is no field of [`Options`],
    /// because a model does not scale pictures itself: see [`Scale`](crate::Scale).
    LongSide,
    /// The fixations made so far. They are no field of [`Options`], because they are part of the question to a model that
    /// is open: see [`Viewing::history`](gaze_core::Viewing::history).
    History,
}

impl fmt::Display for ModelOption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Weights => "weights",
            Self::Temperature => "temperature",
            Self::Device => "device",
            Self::Precision => "precision",
            Self::PixelsPerDegree => "pixels-per-degree",
            Self::Dataset => "dataset",
            Self::Adaptation => "adaptation",
            Self::CenterBias => "centerbias",
            Self::LongSide => "long-side",
            Self::History => "history",
        })
    }
}

impl ModelOption {
    /// Lists the names of the models that take the option, for a message: "a, b or c".
    #[must_use]
    pub fn takers(self) -> String {
        in_a_sentence(MODELS.iter().filter(|entry| entry.takes(self)))
    }
}

impl Options {
    /// Lists the options that differ from the default.
    pub fn given(&self) -> impl Iterator<Item = ModelOption> {
        let default = Self::default();
        let given = [
            (ModelOption::Weights, self.weights.is_some()),
            (ModelOption::Temperature, self.temperature.is_some()),
            (ModelOption::Device, self.device != default.device),
            (ModelOption::Precision, self.precision != default.precision),
            (ModelOption::PixelsPerDegree, self.pixels_per_degree.is_some()),
            (ModelOption::Dataset, self.dataset.is_some()),
            (ModelOption::Adaptation, self.adaptation.is_some()),
        ];
        given.into_iter().filter_map(|(option, given)| given.then_some(option))
    }

    /// Copies the options that a model takes and leaves the others at their default, for callers that have one set of
    /// options for several models.
    #[must_use]
    pub fn taken_by(&self, entry: &ModelEntry) -> Self {
        let default = Self::default();
        let takes = |option| entry.takes(option);
        Self {
            weights: self.weights.clone().filter(|_| takes(ModelOption::Weights)),
            temperature: self.temperature.filter(|_| takes(ModelOption::Temperature)),
            device: if takes(ModelOption::Device) { self.device } else { default.device },
            precision: if takes(ModelOption::Precision) { self.precision } else { default.precision },
            pixels_per_degree: self.pixels_per_degree.filter(|_| takes(ModelOption::PixelsPerDegree)),
            dataset: self.dataset.filter(|_| takes(ModelOption::Dataset)),
            adaptation: self.adaptation.clone().filter(|_| takes(ModelOption::Adaptation)),
        }
    }
}
