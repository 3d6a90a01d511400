//! DeepGaze I as one of the models: how it is opened by name, and what it answers to whoever uses any model.

use gaze_core::{ModelError, Prediction, SaliencyModel, Size, Training, Viewing};

use crate::{
    ModelName, OpenError, Opened, Options,
    deepgaze::{self, TRAINING},
    deepgaze_i::DeepGazeI,
    weights::Released,
};

/// The memory in bytes that a prediction takes for each pixel of the picture as it is seen, with a reserve.
const BYTES_PER_PIXEL: usize = 100;

/// Opens the model with the weights that were named, or else with the released ones.
pub(crate) fn open(_: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    deepgaze::open(options, Released::DeepGazeI, DeepGazeI::new)
}

impl SaliencyModel for DeepGazeI {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let density = self.log_density(viewing.needs_picture()?, viewing.needs_center_bias()?)?;
        Ok(Prediction::Density(density))
    }

    fn takes_center_bias(&self) -> bool {
        true
    }

    fn training(&self) -> Option<Training> {
        Some(TRAINING)
    }

    fn memory(&self, seen: Size) -> usize {
        seen.height.saturating_mul(seen.width).saturating_mul(BYTES_PER_PIXEL)
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(Some(self.identity.sha256()?))
    }
}
