//! The model itself: its files, its assembly, and the prediction of a density for a picture.

use std::{path::Path, sync::OnceLock};

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::Array3;
use sha2::{Digest, Sha256};
use tch::{Kind, TchError, Tensor};

use crate::{
    device::Device,
    gaze_lite::{
        LiteError,
        backbone::{self, Backbone},
        features,
        finalizer::{self, Finalizer},
        head::Head,
        readout::{View, Ways, first_layer, forward},
    },
    nn::{Constant, Parameters, Placement},
    scale::resize_density,
    tensor::array_from_tensor,
    weights::{Identity, Weights, WeightsError},
};

/// The shortest side and the largest number of pixels that are taken.
const SHORTEST_SIDE: usize = 16;
const MOST_PIXELS: usize = 16_000_000;

/// The files that are part of the program, with their names in messages.
pub(super) const BACKBONE: (&str, &[u8]) =
    ("efficientnet-lite0.safetensors", include_bytes!("../../weights/efficientnet-lite0.safetensors"));
const EMBEDDED: (&str, &[u8]) = ("gaze-lite.safetensors", include_bytes!("../../weights/gaze-lite.safetensors"));

/// gaze-lite, ready to predict.
///
/// It is deterministic on a CPU, as long as libtorch uses one thread for each operation: the same picture gives the
/// same bits, whatever the number of rayon's threads.
#[derive(Debug)]
pub struct GazeLite {
    backbone: Backbone,
    /// The kernels of the first layer, `(channels, members · 32)`, and the sum that they add.
    first: Vec<Constant>,
    shift: Constant,
    parameters: Vec<Constant>,
    finalizers: Vec<Finalizer>,
    center_bias: LogDensity<'static>,
    temperature: f64,
    placement: Placement,
    /// The files from which the model was read; none for a training that was not stored.
    identity: Option<Identity>,
}

impl GazeLite {
    /// Makes the model that is part of the program.
    ///
    /// # Errors
    ///
    /// [`LiteError::Border`] if `device` is not there.
    pub fn embedded(device: Device) -> Result<Self, LiteError> {
        let model = Self::new(&Weights::embedded(EMBEDDED.0, EMBEDDED.1)?, device)?;
        Ok(Self { identity: Some(embedded_identity()), ..model })
    }

    /// Makes a model of the file that [`training`](super::training) wrote.
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
        Ok(Self { identity: Some(weights.identity()), ..Self::assemble(&head, device)? })
    }

    /// Opens a file and makes the model as [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new), and [`LiteError::Weights`] if the file cannot be read.
    pub fn open(path: impl AsRef<Path>, device: Device) -> Result<Self, LiteError> {
        Self::new(&Weights::open(path)?, device)
    }

    /// Makes the model of trained parameters.
    pub(super) fn assemble(head: &Head, device: Device) -> Result<Self, LiteError> {
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
            identity: None,
        })
    }

    /// The factor by which the readouts' maps are multiplied before they become densities.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// Computes the SHA-256 of the model's file, or [`embedded_sha256`]; `None` for a training that was not stored.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Io`] if the file cannot be read any more.
    pub fn sha256(&self) -> Result<Option<String>, WeightsError> {
        self.identity.as_ref().map(Identity::sha256).transpose()
    }

    /// Changes the temperature. Below 1 the model's densities are flatter.
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

    /// Computes the model's own center bias at any size: the density of fixations in the training data.
    ///
    /// # Errors
    ///
    /// [`LiteError::Density`] for a size without pixels or with more than 2²⁸.
    pub fn center_bias(&self, size: Size) -> Result<LogDensity<'static>, LiteError> {
        Ok(resize_density(&self.center_bias, size)?)
    }

    /// Computes the density of fixations on `stimulus`, given the density of fixations on any picture.
    ///
    /// The density has the size of `center_bias`, which need not be that of `stimulus`: the network is shown a picture
    /// at the scale of its training, and its density is made at the picture's own size.
    ///
    /// # Errors
    ///
    /// [`LiteError::TooSmall`] and [`LiteError::TooLarge`]; [`LiteError::Border`] if libtorch refuses.
    pub fn log_density(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        let full = features::of_view(&self.backbone, check(stimulus)?, View::Full, self.placement)?;
        let half = features::of_view(&self.backbone, stimulus, View::Half, self.placement)?;
        self.finish(full, half, stimulus.size(), center_bias)
    }

    /// Computes the same bits as [`log_density`](Self::log_density) on the threads of rayon's current pool.
    ///
    /// This is for one picture on several cores. Many pictures are better predicted side by side.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
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

/// Computes the SHA-256 of the files that [`GazeLite::embedded`] is made of, one after the other, in hexadecimal
/// digits.
#[must_use]
pub fn embedded_sha256() -> String {
    embedded_identity().sha256().expect("embedded bytes can be read")
}

fn embedded_identity() -> Identity {
    Identity::Embedded(vec![BACKBONE.1, EMBEDDED.1])
}

/// Computes the backbone's features of a picture at full size: arrays `(channels, h, w)` of the tapped blocks, with the
/// blocks' numbers.
///
/// # Errors
///
/// [`LiteError::TooSmall`] and [`LiteError::TooLarge`]; [`LiteError::Border`] if libtorch refuses.
pub fn backbone_features(stimulus: &Stimulus) -> Result<Vec<(usize, Array3<f32>)>, LiteError> {
    let placement = Placement { device: tch::Device::Cpu, kind: Kind::Float };
    let taps = read_backbone(placement)?.features(&backbone::normalize(check(stimulus)?)?)?;
    let pairs = backbone::TAPS.iter().zip(&taps);
    pairs.map(|(tap, feature)| Ok((tap.block, array_from_tensor(&feature.f_squeeze_dim(0)?)?))).collect()
}

/// Checks that the network can take the picture.
pub(super) fn check(stimulus: &Stimulus) -> Result<&Stimulus, LiteError> {
    let size = stimulus.size();
    if size.height.min(size.width) < SHORTEST_SIDE {
        return Err(LiteError::TooSmall { size, shortest: SHORTEST_SIDE });
    }
    if size.height.saturating_mul(size.width) > MOST_PIXELS {
        return Err(LiteError::TooLarge { size, most: MOST_PIXELS });
    }
    Ok(stimulus)
}

/// Reads the backbone that is part of the program.
pub(super) fn read_backbone(placement: Placement) -> Result<Backbone, LiteError> {
    let weights = Weights::embedded(BACKBONE.0, BACKBONE.1)?;
    let reader = weights.reader();
    let backbone = Backbone::read(&Parameters::new(reader.root(), placement))?;
    reader.finish()?;
    Ok(backbone)
}

/// Computes what identifies the backbone's file: the beginning of its SHA-256.
pub(super) fn backbone_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Sha256::digest(BACKBONE.1)[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}
