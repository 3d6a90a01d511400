//! gaze-lite as one of the models: how it is opened by name, and what it answers to whoever uses any model.

use gaze_core::{LogDensity, ModelError, Prediction, SaliencyModel, Size, Training, Viewing};

use crate::{
    ModelName, OpenError, Opened, Options, UnknownModel,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite, LiteError, TRAINED_PIXELS_PER_DEGREE},
};

/// The memory in bytes that a prediction takes for each pixel of the picture as it is seen: input and output of the
/// second block are 24, the taps that wait for the readouts 8, and the rings of wide rows of a picture of usual shape less.
const BYTES_PER_PIXEL: usize = 40;

/// Opens the model that is part of the program.
pub(crate) fn open_embedded(_: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    with_temperature(GazeLite::embedded(), options)
}

/// Opens a model that `gaze-cli train` made.
pub(crate) fn open_file(name: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    let file = name.file().ok_or_else(|| OpenError::Model(Box::new(UnknownModel { name: name.to_string() })))?;
    if !file.exists() {
        return Err(OpenError::NoSuchFile { path: file.to_owned() });
    }
    with_temperature(GazeLite::open(file), options)
}

fn with_temperature(model: Result<GazeLite, LiteError>, options: &Options) -> Result<Opened, OpenError> {
    let model = model.and_then(|model| match options.temperature {
        Some(temperature) => model.with_temperature(temperature),
        None => Ok(model),
    });
    Ok(Opened::silently(model.map_err(|error| OpenError::Model(Box::new(error)))?))
}

impl SaliencyModel for GazeLite {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let (picture, center_bias) = (viewing.needs_picture()?, viewing.needs_center_bias()?);
        if center_bias.size() != viewing.size {
            let found = center_bias.size();
            return Err(LiteError::Sizes { picture: viewing.size, what: "center bias is for", found }.into());
        }
        Ok(Prediction::Density(if viewing.alone {
            self.log_density_in_parallel(picture, center_bias)?
        } else {
            self.log_density(picture, center_bias)?
        }))
    }

    /// The density is made at the size that is wanted, whatever the size at which the picture is seen.
    fn output_size(&self, wanted: Size, _: Size) -> Size {
        wanted
    }

    fn center_bias(&self, size: Size) -> Result<Option<LogDensity<'static>>, ModelError> {
        Ok(Some(self.center_bias(size)?))
    }

    fn takes_center_bias(&self) -> bool {
        true
    }

    fn training(&self) -> Option<Training> {
        Some(Training { pixels_per_degree: TRAINED_PIXELS_PER_DEGREE, long_side: DEFAULT_LONG_SIDE, rescales: true })
    }

    fn memory(&self, seen: Size) -> usize {
        seen.height.saturating_mul(seen.width).saturating_mul(BYTES_PER_PIXEL)
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(self.sha256()?)
    }

    fn temperature(&self) -> Option<f64> {
        Some(self.temperature())
    }
}
