//! The model itself: its files, its assembly, and the prediction of a density for a picture.

use std::{path::Path, sync::OnceLock};

use gaze_core::{LogDensity, Size};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::{
    gaze_lite::{
        LiteError, Picture,
        architecture::OCTAVES,
        backbone::Backbone,
        finalizer::{self, MemberMap},
        head::Head,
        kernel::Vectors,
        readout::{Features, Readout},
        threads::Threads,
    },
    scale::resize_density,
    weights::{Identity, Weights, WeightsError},
};

/// The files that are part of the program, with their names in messages. They are statics, because each use of a constant may be
/// a copy of its own.
pub(super) static BACKBONE: (&str, &[u8]) =
    ("efficientnet-lite2.safetensors", include_bytes!("../../weights/efficientnet-lite2.safetensors"));
static EMBEDDED: (&str, &[u8]) = ("gaze-lite.safetensors", include_bytes!("../../weights/gaze-lite.safetensors"));

/// gaze-lite, ready to predict on the processor.
///
/// It is deterministic: the same picture gives the same bits for any number of threads, and on all processors that have a
/// fused multiply-add (x86-64 with AVX2 or AVX-512, `AArch64`). On others the last digits differ.
#[derive(Debug)]
pub struct GazeLite {
    vectors: Vectors,
    backbone: Backbone,
    readouts: Vec<Readout>,
    center_bias: LogDensity<'static>,
    temperature: f64,
    /// The files from which the model was read; none for a training that was not stored.
    identity: Option<Identity>,
}

impl GazeLite {
    /// Makes the model that is part of the program.
    ///
    /// # Errors
    ///
    /// None in practice: the tests open the files that are part of the program.
    pub fn embedded() -> Result<Self, LiteError> {
        let model = Self::new(&Weights::embedded(EMBEDDED.0, EMBEDDED.1)?)?;
        Ok(Self { identity: Some(embedded_identity()), ..model })
    }

    /// Makes a model of the file that `gaze-cli train` wrote.
    ///
    /// # Errors
    ///
    /// [`LiteError::Kind`] and [`LiteError::Weights`] if the file is no model of this kind, or damaged,
    /// [`LiteError::Backbone`] if it was trained on another backbone.
    pub fn new(weights: &Weights) -> Result<Self, LiteError> {
        let head = Head::read(weights)?;
        if head.backbone != backbone_hash() {
            let path = weights.path().to_owned();
            return Err(LiteError::Backbone { path, expected: backbone_hash().to_owned(), found: head.backbone });
        }
        Ok(Self { identity: Some(weights.identity()), ..Self::assemble(&head, Vectors::widest())? })
    }

    /// Opens a file and makes the model as [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new), and [`LiteError::Weights`] if the file cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LiteError> {
        Self::new(&Weights::open(path)?)
    }

    /// Makes the model of trained parameters.
    pub(super) fn assemble(head: &Head, vectors: Vectors) -> Result<Self, LiteError> {
        Ok(Self {
            vectors,
            backbone: read_backbone(vectors)?,
            readouts: Readout::all(head, vectors),
            center_bias: head.template()?,
            temperature: head.temperature,
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

    /// Computes the density of fixations on `picture`, given the density of fixations on any picture.
    ///
    /// The density has the size of `center_bias`, which need not be that of `picture`: the network is shown a picture at
    /// the scale of its training, and its density is made at the picture's own size.
    ///
    /// # Errors
    ///
    /// [`LiteError::TooSmall`] and [`LiteError::TooLarge`]; [`LiteError::Density`] if the center bias is infinitely low
    /// where a readout weighs it negatively.
    pub fn log_density<'a>(
        &self,
        picture: impl Into<Picture<'a>>,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        self.density(&picture.into(), center_bias, Threads::One)
    }

    /// Computes the same bits as [`log_density`](Self::log_density) on the threads of rayon's current pool.
    ///
    /// This is for one picture on several cores. Many pictures are better predicted side by side.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
    pub fn log_density_in_parallel<'a>(
        &self,
        picture: impl Into<Picture<'a>>,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, LiteError> {
        self.density(&picture.into(), center_bias, Threads::All)
    }

    /// Computes the densities of many pictures, each with its center bias, side by side on the threads of rayon's current
    /// pool. They have the bits of [`log_density`](Self::log_density).
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density), of the first picture that has one.
    pub fn log_densities(
        &self,
        pictures: &[(Picture<'_>, &LogDensity<'_>)],
    ) -> Result<Vec<LogDensity<'static>>, LiteError> {
        let pictures = pictures.par_iter().with_max_len(1);
        pictures.map(|(picture, center_bias)| self.density(picture, center_bias, Threads::One)).collect()
    }

    fn density(
        &self,
        picture: &Picture<'_>,
        center_bias: &LogDensity<'_>,
        threads: Threads,
    ) -> Result<LogDensity<'static>, LiteError> {
        picture.check()?;
        let looks = self.backbone.looks(picture, OCTAVES + 1, threads);
        let octaves: Vec<Features<'_>> = looks.windows(2).map(|pair| Features::new([&pair[0], &pair[1]])).collect();
        let members = octaves.iter().flat_map(|features| self.readouts.iter().map(move |readout| (features, readout)));
        let maps = threads.map(&members.collect::<Vec<_>>(), |(features, readout)| MemberMap {
            seen: features.picture,
            values: readout.map(features),
            finalizer: readout.finalizer,
        });
        finalizer::log_density(&maps, self.temperature, center_bias, self.vectors, threads)
    }
}

/// Computes the SHA-256 of the files that [`GazeLite::embedded`] is made of, one after the other, in hexadecimal
/// digits.
#[must_use]
pub fn embedded_sha256() -> String {
    embedded_identity().sha256().expect("embedded bytes can be read")
}

/// Reads the readouts that are part of the program.
#[cfg(test)]
pub(super) fn embedded_head() -> Result<Head, LiteError> {
    Head::read(&Weights::embedded(EMBEDDED.0, EMBEDDED.1)?)
}

fn embedded_identity() -> Identity {
    Identity::Embedded(vec![BACKBONE.1, EMBEDDED.1])
}

/// Reads the backbone that is part of the program.
pub(super) fn read_backbone(vectors: Vectors) -> Result<Backbone, LiteError> {
    let weights = Weights::embedded(BACKBONE.0, BACKBONE.1)?;
    let reader = weights.reader();
    let backbone = Backbone::read(&reader.root(), vectors);
    reader.finish()?;
    Ok(backbone)
}

/// Computes what identifies the backbone's file: the beginning of its SHA-256.
pub(super) fn backbone_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Sha256::digest(BACKBONE.1)[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}
