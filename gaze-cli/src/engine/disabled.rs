//! This build has no libtorch.

use anyhow::{Result, bail};
use gaze_core::{LogDensity, Size, Stimulus};

use crate::{
    args::NetworkArgs,
    model::Surroundings,
    network::{NetworkSettings, NetworkSpec},
};

/// One line about what networks run on.
pub(crate) fn describe() -> String {
    "none: this gaze-cli was built without libtorch (--no-default-features)".to_owned()
}

/// A network, of which this build has none.
#[derive(Debug)]
pub(crate) enum Network {}

impl Network {
    pub(crate) fn open(_: &NetworkSpec, _: &NetworkArgs, _: Option<f64>) -> Result<Self> {
        bail!(
            "networks run on libtorch, and this gaze-cli was built without it (--no-default-features); \
             --model center-bias:gaussian needs none"
        )
    }

    pub(crate) fn settings(&self) -> Result<NetworkSettings> {
        match *self {}
    }

    pub(crate) fn log_density(&self, _: &Stimulus, _: Surroundings<'_>) -> Result<LogDensity> {
        match *self {}
    }

    pub(crate) fn center_bias_alone(&self, _: Size) -> Result<Option<(String, LogDensity)>> {
        match *self {}
    }

    pub(crate) fn note(&self) -> Option<String> {
        match *self {}
    }
}
