//! gaze-lite: a small model that is part of the program, and training for one's own.
//!
//! A frozen EfficientNet-Lite0 trained on ImageNet looks at the picture at full and at half size; a few small readouts
//! behind it are trained for the likelihood of fixations, in the manner of DeepGaze (Kümmerer, Wallis & Bethge 2016;
//! Linardos et al. 2021), and the mean of their densities is the prediction. `docs/GAZE-LITE.md` is its model card:
//! what it was trained on, what it reaches, where it fails.
//!
//! [`GazeLite::embedded`] is the shipped model; [`training`] makes others.

use std::{path::Path, sync::OnceLock};

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::Array3;
use sha2::{Digest, Sha256};
use tch::{Kind, TchError, Tensor};

use crate::{
    device::Device,
    gaze_lite::{
        backbone::Backbone,
        finalizer::Finalizer,
        head::Head,
        readout::{View, Ways, first_layer, forward},
    },
    nn::{Constant, Parameters, Placement},
    scale::resize_density,
    tensor::array_from_tensor,
    weights::Weights,
};
pub use error::LiteError;

mod backbone;
mod error;
mod features;
mod finalizer;
mod grid;
mod head;
mod readout;
#[cfg(test)]
mod tests;
pub mod training;

/// Pixels per degree of visual angle in the pictures of the training.
pub const TRAINED_PIXELS_PER_DEGREE: f64 = 24.0;
/// Pixels along the longer side at which a picture of unknown scale is best seen.
pub const DEFAULT_LONG_SIDE: usize = 768;
/// The temperature for pictures like those of the training.
pub const TRAINED_TEMPERATURE: f64 = 1.0;
/// The temperature for other pictures and observers: there the readouts are too sure of themselves.
pub const TRANSFER_TEMPERATURE: f64 = 0.6;

/// The shortest side that is taken, and the most pixels.
const SHORTEST_SIDE: usize = 16;
const MOST_PIXELS: usize = 16_000_000;

/// The files that are part of the program, with their names in messages.
const BACKBONE: (&str, &[u8]) =
    ("efficientnet-lite0.safetensors", include_bytes!("../../weights/efficientnet-lite0.safetensors"));
const EMBEDDED: (&str, &[u8]) = ("gaze-lite.safetensors", include_bytes!("../../weights/gaze-lite.safetensors"));

/// The model, ready to predict.
///
/// It is deterministic: on a CPU, as long as libtorch uses one thread for each operation, the same picture gives the same
/// bits, whatever the number of rayon's threads.
#[derive(Debug)]
pub struct GazeLite {
    backbone: Backbone,
    /// Kernels of the first layer, `(channels, members · 32)`, and what they add.
    first: Vec<Constant>,
    shift: Constant,
    parameters: Vec<Constant>,
    finalizers: Vec<Finalizer>,
    center_bias: LogDensity<'static>,
    temperature: f64,
    placement: Placement,
}

impl GazeLite {
    /// The model that is part of the program.
    ///
    /// # Errors
    ///
    /// [`LiteError::Border`] if `device` is not there.
    pub fn embedded(device: Device) -> Result<Self, LiteError> {
        Self::new(&Weights::embedded(EMBEDDED.0, EMBEDDED.1)?, device)
    }

    /// A model that was trained here, by [`training`].
    ///
    /// # Errors
    ///
    /// [`LiteError::Kind`] and [`LiteError::Weights`] if the file is no model of this kind, or damaged,
    /// [`LiteError::Backbone`] if it was trained on another backbone; [`LiteError::Border`] if `device` is not there.
    pub fn new(weights: &Weights, device: Device) -> Result<Self, LiteError> {
        let head = Head::read(weights)?;
        if head.backbone != backbone_hash() {
            let path = weights.path().to_owned();
            return Err(LiteError::Backbone { path, expected: backbone_hash().to_owned(), found: head.backbone });
        }
        Self::assemble(&head, device)
    }

    /// As [`new`](Self::new), from a path.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`LiteError::Weights`] if the file cannot be read.
    pub fn open(path: impl AsRef<Path>, device: Device) -> Result<Self, LiteError> {
        Self::new(&Weights::open(path)?, device)
    }

    fn assemble(head: &Head, device: Device) -> Result<Self, LiteError> {
        let placement = Placement { device: device.resolve(), kind: Kind::Float };
        let parameters = head.tensors()?;
        let (first, shift) = first_layer(&parameters.iter().collect::<Vec<_>>(), &head.standardization()?, None)?;
        let place = |tensor: &Tensor| Ok::<_, TchError>(Constant::from(placement.of(tensor)?.f_contiguous()?));
        Ok(Self {
            backbone: read_backbone(placement)?,
            first: first.iter().map(place).collect::<Result<_, _>>()?,
            shift: place(&shift)?,
            parameters: parameters.iter().map(place).collect::<Result<_, _>>()?,
            finalizers: head.finalizers(),
            center_bias: head.template()?,
            temperature: head.temperature,
            placement,
        })
    }

    /// By what the readouts' maps are multiplied before they become densities.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// The same model with another temperature: below 1 its densities are flatter.
    ///
    /// # Errors
    ///
    /// [`LiteError::Temperature`] unless it is positive and finite.
    pub fn with_temperature(self, temperature: f64) -> Result<Self, LiteError> {
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(LiteError::Temperature { found: temperature });
        }
        Ok(Self { temperature, ..self })
    }

    /// Where people look whatever the picture shows, as the model's training data has it, at any size.
    ///
    /// # Errors
    ///
    /// [`LiteError::Density`] for a size without pixels or with more than 2²⁸.
    pub fn center_bias(&self, size: Size) -> Result<LogDensity<'static>, LiteError> {
        Ok(resize_density(&self.center_bias, size)?)
    }

    /// The density of fixations on `stimulus`, given that of fixations on any picture.
    ///
    /// The density has the size of `center_bias`, which need not be that of the stimulus: a network is shown a picture at
    /// the scale of its training, and its density is made at the picture's own size.
    ///
    /// # Errors
    ///
    /// [`LiteError::TooSmall`] and [`LiteError::TooLarge`], or what libtorch says.
    pub fn log_density(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        let full = features::of_view(&self.backbone, check(stimulus)?, View::Full, self.placement)?;
        let half = features::of_view(&self.backbone, stimulus, View::Half, self.placement)?;
        self.finish(full, half, stimulus.size(), center_bias)
    }

    /// As [`log_density`](Self::log_density), and with the same bits, on the threads of rayon's current pool.
    ///
    /// For one picture on several cores. Many pictures are better predicted side by side.
    ///
    /// # Errors
    ///
    /// As [`log_density`](Self::log_density).
    pub fn log_density_in_parallel(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        check(stimulus)?;
        let view = |view| features::of_view(&self.backbone, stimulus, view, self.placement);
        let (full, half) = rayon::join(|| view(View::Full), || view(View::Half));
        self.finish(full?, half?, stimulus.size(), center_bias)
    }

    fn finish(
        &self,
        mut features: Vec<Tensor>,
        half: Vec<Tensor>,
        seen: Size,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        features.extend(half);
        let parameters: Vec<&Tensor> = self.parameters.iter().map(|parameter| &**parameter).collect();
        let first: Vec<&Tensor> = self.first.iter().map(|kernel| &**kernel).collect();
        let maps = forward(&features, &first, &self.shift, &parameters, &Ways::new(seen, self.placement.device)?)?;
        finalizer::log_density(&maps, &self.finalizers, self.temperature, seen, center_bias)
    }
}

/// The SHA-256 of the files that [`GazeLite::embedded`] is made of, one after the other, in hexadecimal digits.
#[must_use]
pub fn embedded_sha256() -> String {
    let hash = Sha256::new().chain_update(BACKBONE.1).chain_update(EMBEDDED.1).finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the backbone makes of a picture at full size: arrays `(channels, h, w)` of the tapped blocks, with their numbers.
///
/// # Errors
///
/// [`LiteError::TooSmall`] and [`LiteError::TooLarge`], or what libtorch says.
pub fn backbone_features(stimulus: &Stimulus) -> Result<Vec<(usize, Array3<f32>)>, LiteError> {
    let placement = Placement { device: tch::Device::Cpu, kind: Kind::Float };
    let taps = read_backbone(placement)?.features(&backbone::normalize(check(stimulus)?)?)?;
    let pairs = backbone::TAPS.iter().zip(&taps);
    pairs.map(|(tap, feature)| Ok((tap.block, array_from_tensor(&feature.f_squeeze_dim(0)?)?))).collect()
}

/// The picture, if the network can take it.
fn check(stimulus: &Stimulus) -> Result<&Stimulus, LiteError> {
    let size = stimulus.size();
    if size.height.min(size.width) < SHORTEST_SIDE {
        return Err(LiteError::TooSmall { size, shortest: SHORTEST_SIDE });
    }
    if size.height.saturating_mul(size.width) > MOST_PIXELS {
        return Err(LiteError::TooLarge { size, most: MOST_PIXELS });
    }
    Ok(stimulus)
}

/// The network that is part of the program.
fn read_backbone(placement: Placement) -> Result<Backbone, LiteError> {
    let weights = Weights::embedded(BACKBONE.0, BACKBONE.1)?;
    let reader = weights.reader();
    let backbone = Backbone::read(&Parameters::new(reader.root(), placement))?;
    reader.finish()?;
    Ok(backbone)
}

/// What tells its file from any other: the beginning of the SHA-256.
fn backbone_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Sha256::digest(BACKBONE.1)[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}
