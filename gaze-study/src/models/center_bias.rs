//! The center bias that a network is given, and the model that is nothing but the dataset's center bias.

use std::path::Path;

use gaze_core::{LogDensity, ModelError, Prediction, SaliencyModel, Size, Viewing};
use gaze_model::{GaussianCenterBias, StandardCenterBias, TemplateCenterBias, weights::Released};
use gaze_targets::CenterBias;
use thiserror::Error;

use super::CenterBiasSpec;
use crate::error::OpenModelError;

/// The way in which a center bias is made for each picture.
#[derive(Debug)]
pub(super) enum NetworkCenterBias {
    Uniform,
    Gaussian(GaussianCenterBias),
    Template(TemplateCenterBias),
    /// It is estimated from the gaze on the dataset's other pictures.
    Dataset,
    /// It is the network's own.
    Model,
}

/// The center bias of a dataset is asked for where there is no dataset.
#[derive(Clone, Copy, Debug, Error)]
#[error("the center bias of the dataset needs a dataset, which `gaze-cli run` has")]
struct NoDataset;

/// A model has no center bias of its own.
#[derive(Clone, Copy, Debug, Error)]
#[error("this model has no center bias of its own")]
struct NoneOfItsOwn;

impl NetworkCenterBias {
    /// Opens the center bias that was asked for.
    pub(super) fn open(spec: &CenterBiasSpec) -> Result<Self, OpenModelError> {
        Ok(match spec {
            CenterBiasSpec::Standard(StandardCenterBias::Uniform) => Self::Uniform,
            CenterBiasSpec::Standard(StandardCenterBias::Gaussian) => Self::Gaussian(GaussianCenterBias::default()),
            CenterBiasSpec::Standard(StandardCenterBias::Mit1003) => {
                Self::template(&Released::Mit1003CenterBias.find().map_err(OpenModelError::Mit1003)?)?
            }
            CenterBiasSpec::Standard(_) => Self::Model,
            CenterBiasSpec::Dataset => Self::Dataset,
            CenterBiasSpec::File(file) => Self::template(file)?,
        })
    }

    fn template(file: &Path) -> Result<Self, OpenModelError> {
        let array = gaze_data::read_array(file).map_err(|error| OpenModelError::CenterBiasFile(Box::new(error)))?;
        let template = TemplateCenterBias::new(array.view())
            .map_err(|source| OpenModelError::Template { path: file.to_owned(), source: Box::new(source) })?;
        Ok(Self::Template(template))
    }

    /// The density at this size; `others` is the center bias of a dataset and the place of the picture in it.
    pub(super) fn density(
        &self,
        size: Size,
        others: Option<(&CenterBias, usize)>,
        model: &dyn SaliencyModel,
    ) -> Result<LogDensity<'static>, ModelError> {
        Ok(match (self, others) {
            (Self::Uniform, _) => LogDensity::uniform(size)?,
            (Self::Gaussian(gaussian), _) => gaussian.density(size)?,
            (Self::Template(template), _) => template.density(size)?,
            (Self::Dataset, Some((center_bias, place))) => center_bias.without(place, size)?,
            (Self::Dataset, None) => return Err(NoDataset.into()),
            (Self::Model, _) => model.center_bias(size)?.ok_or(NoneOfItsOwn)?,
        })
    }
}

/// The model whose prediction is the center bias that it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct GivenCenterBias;

impl SaliencyModel for GivenCenterBias {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(viewing.needs_center_bias()?.clone().into_owned()))
    }

    fn takes_center_bias(&self) -> bool {
        true
    }
}
