//! DeepGaze III as one of the models: how it is opened by name, and what it answers to whoever uses any model.

use gaze_core::{Fixation, Look, ModelError, Prediction, SaliencyModel, Size, Training, Viewing};

use crate::{
    ModelName, OpenError, Opened, Options,
    deepgaze::{self, TRAINING},
    deepgaze_iii::{DeepGazeIii, Seen},
    weights::Released,
};

/// The memory in bytes that a prediction takes for each pixel of the picture as it is seen. With 768 × 1024 pixels a
/// process peaked at 340 to 360 MiB on one thread and at 420 on two, its weights included.
const BYTES_PER_PIXEL: usize = 350;

/// Opens the model with the weights that were named, or else with the released ones.
pub(crate) fn open(_: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    deepgaze::open(options, Released::DeepGazeIii, DeepGazeIii::new)
}

impl SaliencyModel for DeepGazeIii {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        SaliencyModel::look(self, viewing)?.predict(viewing.history)
    }

    fn look<'a>(&'a self, viewing: &Viewing<'_>) -> Result<Box<dyn Look + 'a>, ModelError> {
        let seen = Self::look(self, viewing.needs_picture()?, viewing.needs_center_bias()?)?;
        Ok(if viewing.alone { Box::new(Alone(seen)) } else { Box::new(seen) })
    }

    fn takes_history(&self) -> bool {
        true
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

impl Look for Seen<'_> {
    fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(self.log_density(history)?))
    }
}

/// A picture that is looked at while nothing else is computed, so that all threads work on it.
#[derive(Debug)]
struct Alone<'m>(Seen<'m>);

impl Look for Alone<'_> {
    fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(self.0.log_density_in_parallel(history)?))
    }
}
