//! Models by name: from the text after `--model` to a prediction for each stimulus.
//!
//! [`ModelSpec`] is a name, [`ModelOptions`] says how a network is run, and [`Model`] is a model opened with both: it
//! decides the scale at which a network sees a picture and the center bias it is given, whatever the network.

pub use self::{
    calibration::Calibration,
    look::Looked,
    model::{Model, Question},
    options::{CenterBiasSpec, ModelOptions, NetworkSettings},
    spec::{ModelListing, ModelSpec, UnknownModel, listing},
};

pub(crate) use self::look::Answer;
#[cfg(feature = "libtorch")]
pub(crate) use self::sharing::taken;

mod budget;
pub(crate) mod calibration;
mod center_bias;
mod look;
mod model;
mod options;
mod precomputed;
mod scale;
mod sharing;
mod spec;
