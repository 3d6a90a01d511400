//! A network fitted to a population, a device or a kind of picture: how sure it is, how sharp, and where people look anyway.
//!
//! ```text
//! ln p = t · blur(ln q) + w · ln c − ln Z
//! ```
//!
//! where `q` is the network's density with a uniform center bias (and temperature 1, where it has one) and `c` the center bias
//! of the data. `t` and `w` have the highest likelihood, which is a concave problem; the blur is chosen by cross-validation.

mod fit;
mod run;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Size};
use gaze_targets::{Boundary, GaussianKernel, blur};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub(crate) use run::run;

/// The version of the file.
const SCHEMA: u32 = 1;
/// The size at which the center bias is stored.
const TEMPLATE: Size = Size { height: 48, width: 64 };

/// What `gaze-cli calibrate` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calibration {
    gaze_calibration: u32,
    /// The network, as after `--model`.
    pub(crate) model: String,
    /// Pixels along the longer side at which it sees pictures, if that was chosen.
    pub(crate) long_side: Option<u32>,
    pub(crate) temperature: f64,
    pub(crate) center_bias_weight: f64,
    /// Standard deviation as a share of the picture's width.
    pub(crate) blur: f64,
    /// Natural logarithms of densities, rows from the top.
    center_bias: Vec<Vec<f64>>,
    /// For a reader: what it was fitted to, and what that gained in bits per fixation.
    about: About,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct About {
    data: String,
    group: Option<String>,
    images: usize,
    /// Over uniform, on images that the fit had not seen: with the fit, and with the network as it is.
    cross_validated: f64,
    without: f64,
}

impl Calibration {
    /// Reads a file and checks that it makes sense.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let told = || format!("--model {}", path.display());
        let text = fs::read_to_string(path).with_context(told)?;
        Self::parse(&text).with_context(told)
    }

    fn parse(text: &str) -> Result<Self> {
        let found: Self = serde_json::from_str(text).context("this is no file of `gaze-cli calibrate`")?;
        ensure!(
            found.gaze_calibration == SCHEMA,
            "the file has version {}, this gaze-cli reads {SCHEMA}",
            found.gaze_calibration
        );
        for (name, value, least) in [
            ("temperature", found.temperature, 0.0),
            ("center_bias_weight", found.center_bias_weight, f64::MIN),
            ("blur", found.blur, 0.0),
        ] {
            ensure!(value.is_finite() && value >= least, "{name} is {value}");
        }
        ensure!(found.blur <= 1.0, "blur is {}, more than the picture's width", found.blur);
        found.template()?;
        Ok(found)
    }

    fn template(&self) -> Result<LogDensity> {
        let width = self.center_bias.first().map_or(0, Vec::len);
        ensure!(self.center_bias.iter().all(|row| row.len() == width), "the rows of center_bias differ in length");
        let values = self.center_bias.iter().flatten().copied().collect();
        let shape = (self.center_bias.len(), width);
        LogDensity::normalize(Array2::from_shape_vec(shape, values)?).context("center_bias")
    }

    /// The calibrated density, from the network's with a uniform center bias.
    pub(crate) fn apply(&self, density: &LogDensity) -> Result<LogDensity> {
        let center_bias = gaze_model::resize_density(&self.template()?, density.size())?;
        let map = blurred(density, self.blur)?;
        let weights = ndarray::Zip::from(&map)
            .and(&center_bias.values())
            .map_collect(|map, bias| self.temperature * map + self.center_bias_weight * bias);
        Ok(LogDensity::normalize(weights)?)
    }
}

/// The log density, blurred with a Gaussian whose deviation is this share of the width.
fn blurred(density: &LogDensity, share: f64) -> Result<Array2<f64>> {
    // Where a density is 0 its logarithm cannot be averaged; what lies this far below uniform makes no difference.
    let lowest = -(density.values().len() as f64).ln() - 50.0;
    let map = density.values().mapv(|value| value.max(lowest));
    let sigma = share * map.ncols() as f64;
    if sigma <= 0.0 {
        return Ok(map);
    }
    Ok(blur(map.view(), &GaussianKernel::new(sigma)?, Boundary::Reflect))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        Calibration {
            gaze_calibration: SCHEMA,
            model: "gaze-lite".to_owned(),
            long_side: None,
            temperature: 0.5,
            center_bias_weight: 2.0,
            blur: 0.0,
            center_bias: vec![vec![0.0, 1.0], vec![2.0, 3.0]],
            about: About { data: "x".to_owned(), group: None, images: 3, cross_validated: 1.0, without: 0.5 },
        }
    }

    #[test]
    fn a_file_that_makes_no_sense_is_refused() {
        let text = |calibration: &Calibration| serde_json::to_string(calibration).unwrap();
        assert_eq!(Calibration::parse(&text(&calibration())).unwrap(), calibration());
        let message = |text: &str| format!("{:#}", Calibration::parse(text).unwrap_err());
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
