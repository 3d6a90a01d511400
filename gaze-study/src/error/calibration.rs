//! The reasons why a calibration cannot be read or applied.

use gaze_core::MapError;
use gaze_metrics::MetricError;
use thiserror::Error;

/// The reason why a calibration cannot be read or applied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// The file cannot be read.
    #[error("it cannot be read")]
    Read(#[from] std::io::Error),
    /// The file is no calibration.
    #[error("this is no file of `gaze-cli calibrate`")]
    Json(#[from] serde_json::Error),
    /// The file is of another version of the program.
    #[error("the file has version {found}, this gaze-cli reads {expected}")]
    Version {
        /// The version of the file.
        found: u32,
        /// The version that this program reads.
        expected: u32,
    },
    /// The model is no network.
    #[error("it is for {model}, which is no network")]
    NoNetwork {
        /// The model.
        model: String,
    },
    /// A number makes no sense.
    #[error("{name} is {value}")]
    Value {
        /// The name of the number.
        name: &'static str,
        /// The number.
        value: f64,
    },
    /// The blur is wider than a picture.
    #[error("blur is {found}, more than the picture's width")]
    Blur {
        /// The blur as a share of the width.
        found: f64,
    },
    /// The rows of the center bias differ in length.
    #[error("the rows of center_bias differ in length")]
    Ragged,
    /// The center bias is no log density.
    #[error("center_bias")]
    CenterBias(#[source] MapError),
    /// The density cannot be calibrated.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The calibrated map is no density.
    #[error(transparent)]
    Map(#[from] MapError),
}
