//! A network fitted to a population, a device or a kind of picture: its temperature, its blur and its center bias.
//!
//! ```text
//! ln p = t · blur(ln q) + w · ln c − ln Z
//! ```
//!
//! where `q` is the network's density with a uniform center bias (and temperature 1, where it has one) and `c` the center bias
//! of the data. `t` and `w` have the highest likelihood, which is a concave problem; the blur is chosen by cross-validation.

use std::{fs, path::Path};

use gaze_core::{LogDensity, Size};
use gaze_metrics::DensityCalibration;
use gaze_model::{
    Adaptation, ModelName, ModelOption, StandardCenterBias, gaze_lite::TRAINED_TEMPERATURE, resize_density,
};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{CenterBiasSpec, ModelOptions};
use crate::error::CalibrationError;

/// The version of the file's structure.
pub(crate) const SCHEMA: u32 = 1;
/// The size at which the center bias is stored.
pub(crate) const TEMPLATE: Size = Size { height: 48, width: 64 };

/// A calibration, as `gaze-cli calibrate` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub(crate) gaze_calibration: u32,
    /// The network.
    pub(crate) model: ModelName,
    /// Pixels along the longer side at which it sees pictures, if that was chosen.
    pub long_side: Option<u32>,
    /// The power of the network's density.
    pub temperature: f64,
    /// The power of the center bias.
    pub center_bias_weight: f64,
    /// The standard deviation of the blur as a share of the picture's width.
    pub blur: f64,
    /// The views and the blur of DeepGaze MSDB, which are fitted inside that network.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub adaptation: Option<Adaptation>,
    /// The center bias: natural logarithms of a density, rows from the top.
    pub(crate) center_bias: Vec<Vec<f64>>,
    /// The data that the calibration was fitted to, and the gain in bits per fixation, for people who read the file.
    pub(crate) about: About,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) data: String,
    pub(crate) group: Option<String>,
    pub(crate) images: usize,
    /// The gain over uniform on images that the fit had not seen.
    pub(crate) cross_validated: f64,
    /// The gain over uniform of the network as it is.
    pub(crate) without: f64,
}

impl Calibration {
    /// Reads a file and checks that it makes sense.
    ///
    /// # Errors
    ///
    /// [`CalibrationError`].
    pub fn read(path: &Path) -> Result<Self, CalibrationError> {
        Self::parse(&fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Self, CalibrationError> {
        let found: Self = serde_json::from_str(text)?;
        if found.gaze_calibration != SCHEMA {
            return Err(CalibrationError::Version { found: found.gaze_calibration, expected: SCHEMA });
        }
        if !found.model.entry().network {
            return Err(CalibrationError::NoNetwork { model: found.model.to_string() });
        }
        for (name, value, least) in [
            ("temperature", found.temperature, 0.0),
            ("center_bias_weight", found.center_bias_weight, f64::MIN),
            ("blur", found.blur, 0.0),
        ] {
            if !(value.is_finite() && value >= least) {
                return Err(CalibrationError::Value { name, value });
            }
        }
        if found.blur > 1.0 {
            return Err(CalibrationError::Blur { found: found.blur });
        }
        found.template()?;
        Ok(found)
    }

    fn template(&self) -> Result<LogDensity<'static>, CalibrationError> {
        let width = self.center_bias.first().map_or(0, Vec::len);
        if self.center_bias.iter().any(|row| row.len() != width) {
            return Err(CalibrationError::Ragged);
        }
        let values =
            Array2::from_shape_fn((self.center_bias.len(), width), |(row, column)| self.center_bias[row][column]);
        LogDensity::normalize(values).map_err(CalibrationError::CenterBias)
    }

    /// Calibrates a density that the network gave with a uniform center bias.
    ///
    /// # Errors
    ///
    /// [`CalibrationError`] if the blur is too wide for the picture's size.
    pub fn apply(&self, density: &LogDensity<'_>) -> Result<LogDensity<'static>, CalibrationError> {
        let center_bias = resize_density(&self.template()?, density.size())?;
        let Self { temperature, center_bias_weight, blur, .. } = *self;
        let calibration = DensityCalibration { temperature, center_bias_weight, blur };
        Ok(calibration.apply(density, &center_bias)?)
    }
}

/// The options under which a network gives the density that a calibration starts from: a uniform center bias, and the
/// temperature of its training where it has one.
pub(crate) fn bare(network: &ModelName, options: &ModelOptions) -> ModelOptions {
    let mut bare = options.clone();
    bare.center_bias = Some(CenterBiasSpec::Standard(StandardCenterBias::Uniform));
    bare.network.temperature = network.entry().takes(ModelOption::Temperature).then_some(TRAINED_TEMPERATURE);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        Calibration {
            gaze_calibration: SCHEMA,
            model: "gaze-lite".parse().unwrap(),
            long_side: None,
            temperature: 0.5,
            center_bias_weight: 2.0,
            blur: 0.0,
            adaptation: None,
            center_bias: vec![vec![0.0, 1.0], vec![2.0, 3.0]],
            about: About { data: "x".to_owned(), group: None, images: 3, cross_validated: 1.0, without: 0.5 },
        }
    }

    #[test]
    fn a_file_that_makes_no_sense_is_refused() {
        let text = |calibration: &Calibration| serde_json::to_string(calibration).unwrap();
        assert_eq!(Calibration::parse(&text(&calibration())).unwrap(), calibration());
        let message = |text: &str| {
            let error = Calibration::parse(text).unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        };
        assert!(message("{}").starts_with("this is no file of `gaze-cli calibrate`"));
        assert!(message(&text(&Calibration { gaze_calibration: 9, ..calibration() })).contains("version 9"));
        assert!(message(&text(&Calibration { temperature: -1.0, ..calibration() })).contains("temperature is -1"));
        assert!(message(&text(&Calibration { blur: 3.0, ..calibration() })).contains("blur is 3"));
        let ragged = Calibration { center_bias: vec![vec![0.0], vec![]], ..calibration() };
        assert!(message(&text(&ragged)).contains("differ in length"));
        let empty = Calibration { center_bias: vec![], ..calibration() };
        assert!(message(&text(&empty)).contains("center_bias"));
    }

    #[test]
    fn temperature_and_center_bias_are_applied_as_written() {
        let density = LogDensity::normalize(ndarray::array![[0.0, 1.0], [4.0, -2.0]]).unwrap();
        let found = calibration().apply(&density).unwrap();
        let expected = LogDensity::normalize(ndarray::array![[0.0, 0.5 + 2.0], [2.0 + 4.0, -1.0 + 6.0]]).unwrap();
        // The template passes through 32 bits.
        let difference = (&found.values() - &expected.values()).mapv(f64::abs);
        assert!(difference.iter().all(|&difference| difference < 1e-5), "{difference}");
    }
}
