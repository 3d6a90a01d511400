//! Models that need a picture, or only its size, and no dataset.

use anyhow::{Context, Result};
use gaze_core::{LogDensity, Size, Stimulus};
use gaze_model::GaussianCenterBias;
use gaze_targets::CenterBias;

use super::ModelSpec;
use crate::{args::NetworkArgs, engine::Network, network::NetworkSettings};

/// A model of pictures, opened.
#[derive(Debug)]
pub(crate) enum PictureModel {
    Uniform,
    Gaussian(GaussianCenterBias),
    Network(Box<Network>),
}

/// What a model may know beside the picture.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(not(feature = "libtorch"), expect(dead_code, reason = "only networks ask"))]
pub(crate) struct Surroundings<'a> {
    /// The center bias of a dataset, and which of its pictures this is.
    pub(crate) center_bias: Option<(&'a CenterBias, usize)>,
    /// This picture is the only one, and may use all threads.
    pub(crate) alone: bool,
}

impl PictureModel {
    /// Opens what the model needs; `None` for a model that needs a dataset.
    pub(crate) fn open(
        spec: &ModelSpec,
        network: &NetworkArgs,
        pixels_per_degree: Option<f64>,
    ) -> Result<Option<Self>> {
        Ok(match spec {
            ModelSpec::Uniform => Some(Self::Uniform),
            ModelSpec::GaussianCenterBias => Some(Self::Gaussian(GaussianCenterBias::default())),
            ModelSpec::Network(spec) => Some(Self::Network(Box::new(Network::open(spec, network, pixels_per_degree)?))),
            ModelSpec::CenterBias | ModelSpec::Precomputed(_) => None,
        })
    }

    /// The density for a picture of this size; the picture may be missing if the model does not look at it.
    pub(crate) fn log_density(
        &self,
        size: Size,
        picture: Option<&Stimulus>,
        around: Surroundings<'_>,
    ) -> Result<LogDensity> {
        Ok(match self {
            Self::Uniform => LogDensity::uniform(size)?,
            Self::Gaussian(model) => model.density(size)?,
            Self::Network(network) => {
                let picture = picture.context("the image is missing, and the model looks at it")?;
                network.log_density(picture, around)?
            }
        })
    }

    /// The center bias that a network has, with its name: what it predicts where a picture has no content.
    pub(crate) fn center_bias(&self, size: Size) -> Result<Option<(String, LogDensity)>> {
        match self {
            Self::Network(network) => network.center_bias_alone(size),
            Self::Uniform | Self::Gaussian(_) => Ok(None),
        }
    }

    /// What a network's predictions depend on.
    pub(crate) fn network_settings(&self) -> Result<Option<NetworkSettings>> {
        match self {
            Self::Network(network) => network.settings().map(Some),
            Self::Uniform | Self::Gaussian(_) => Ok(None),
        }
    }

    /// What is to be said after all predictions.
    pub(crate) fn note(&self) -> Option<String> {
        match self {
            Self::Network(network) => network.note(),
            Self::Uniform | Self::Gaussian(_) => None,
        }
    }
}
