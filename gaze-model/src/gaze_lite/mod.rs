//! gaze-lite: a small model that is part of the program, and the training of others like it.
//!
//! A frozen EfficientNet-Lite2 trained on ImageNet looks at the picture at full, half and quarter size. A few small readouts
//! behind it are trained for the likelihood of fixations, in the manner of DeepGaze (Kümmerer, Wallis & Bethge 2016;
//! Linardos et al. 2021). The mean of their densities is the prediction. `docs/GAZE-LITE.md` is the model card: the
//! data it was trained on, the scores it reaches, the cases in which it fails.
//!
//! [`GazeLite::embedded`] is the shipped model. It runs in Rust alone; [`training`] makes others on libtorch.

mod architecture;
mod backbone;
mod error;
mod finalizer;
mod grid;
mod head;
mod kernel;
mod model;
mod open;
mod picture;
mod readout;
#[cfg(test)]
mod tests;
mod threads;
pub mod training;
mod way;

pub(crate) use open::{open_embedded, open_file};
pub use {
    error::LiteError,
    model::{GazeLite, embedded_sha256},
    picture::Picture,
};

/// Pixels per degree of visual angle in the pictures of the training.
pub const TRAINED_PIXELS_PER_DEGREE: f64 = 24.0;
/// Pixels along the longer side at which a picture of unknown scale is best shown.
pub const DEFAULT_LONG_SIDE: usize = 768;
/// The temperature for pictures and observers like those of the training.
pub const TRAINED_TEMPERATURE: f64 = 1.0;
/// The temperature for other pictures and observers, for which the readouts are too sure of themselves.
pub const TRANSFER_TEMPERATURE: f64 = 0.8;
