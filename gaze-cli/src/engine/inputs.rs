//! What a network needs beside a picture: its weights, a center bias, the scale at which it sees the picture.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::{LogDensity, PixelsPerDegree, Size};
use gaze_model::{GaussianCenterBias, Scale, TemplateCenterBias, gaze_lite, weights};
use gaze_targets::CenterBias;

use crate::{args::NetworkArgs, network::CenterBiasSpec};

/// The released files, as `cargo xtask fetch-weights` names them.
const WEIGHTS: &str = "deepgaze2e.pth";
const MIT1003: &str = "centerbias_mit1003.npy";

/// The pictures that a network was trained with, and what it needs.
pub(super) struct Trained {
    pub(super) pixels_per_degree: f64,
    /// Pixels along the longer side.
    pub(super) long_side: usize,
    /// Whether a picture of unknown scale is shown at that size; else it is shown as it is.
    pub(super) rescaled: bool,
    /// Memory that a picture takes while it is worked on, for each of its pixels.
    pub(super) bytes_per_pixel: usize,
}

pub(super) const DEEPGAZE_IIE: Trained =
    Trained { pixels_per_degree: 35.0, long_side: 1024, rescaled: false, bytes_per_pixel: 320 };
pub(super) const GAZE_LITE: Trained = Trained {
    pixels_per_degree: gaze_lite::TRAINED_PIXELS_PER_DEGREE,
    long_side: gaze_lite::DEFAULT_LONG_SIDE,
    rescaled: true,
    bytes_per_pixel: 400,
};

/// Where the weights are: the file named, or that in the folder for weights.
pub(super) fn weights_file(args: &NetworkArgs) -> Result<PathBuf> {
    if let Some(file) = &args.weights {
        return Ok(file.clone());
    }
    released(WEIGHTS, "name another file with --weights")
}

/// A released file in the folder for weights, of which there is a default.
fn released(name: &str, otherwise: &str) -> Result<PathBuf> {
    let folder =
        weights::default_folder().context("there is no home folder to look for weights in; set GAZE_WEIGHTS")?;
    let file = folder.join(name);
    ensure!(file.exists(), "{} is not there: `cargo xtask fetch-weights` downloads it; or {otherwise}", file.display());
    Ok(file)
}

/// How a center bias is made for each picture.
#[derive(Debug)]
pub(super) enum NetworkCenterBias {
    Uniform,
    Gaussian(GaussianCenterBias),
    Template(TemplateCenterBias),
    /// Estimated from the gaze on the dataset's other pictures.
    Dataset,
    /// The network's own.
    Model,
}

impl NetworkCenterBias {
    /// Opens what was asked for.
    pub(super) fn open(spec: &CenterBiasSpec) -> Result<Self> {
        Ok(match spec {
            CenterBiasSpec::Uniform => Self::Uniform,
            CenterBiasSpec::Gaussian => Self::Gaussian(GaussianCenterBias::default()),
            CenterBiasSpec::Dataset => Self::Dataset,
            CenterBiasSpec::Model => Self::Model,
            CenterBiasSpec::Mit1003 => {
                Self::template(&released(MIT1003, "choose another one with --centerbias, for example gaussian")?)?
            }
            CenterBiasSpec::File(file) => Self::template(file)?,
        })
    }

    fn template(file: &Path) -> Result<Self> {
        let array = gaze_data::read_array(file).context("--centerbias")?;
        let template = TemplateCenterBias::new(array.view());
        Ok(Self::Template(template.with_context(|| format!("--centerbias {}", file.display()))?))
    }

    /// For a picture of this size; of a dataset's pictures also which one it is.
    pub(super) fn density(&self, size: Size, other: Option<(&CenterBias, usize)>) -> Result<LogDensity> {
        Ok(match (self, other) {
            (Self::Uniform, _) => LogDensity::uniform(size)?,
            (Self::Gaussian(model), _) => model.density(size)?,
            (Self::Template(template), _) => template.density(size)?,
            (Self::Dataset, Some((center_bias, index))) => center_bias.without(index, size)?,
            (Self::Model, _) => bail!("--centerbias model: this model has no center bias of its own"),
            (Self::Dataset, None) => bail!("--centerbias dataset needs a dataset, which `gaze-cli run` has"),
        })
    }
}

/// Its name in settings; a file by its name, so that results do not depend on where it lies.
pub(super) fn center_bias_name(spec: &CenterBiasSpec) -> String {
    match spec {
        CenterBiasSpec::Uniform => "uniform".to_owned(),
        CenterBiasSpec::Gaussian => "gaussian".to_owned(),
        CenterBiasSpec::Mit1003 => "mit1003".to_owned(),
        CenterBiasSpec::Dataset => "dataset".to_owned(),
        CenterBiasSpec::Model => "model".to_owned(),
        CenterBiasSpec::File(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// The scale asked for, and its name in settings.
pub(super) fn scale(
    trained: &Trained,
    pixels_per_degree: Option<f64>,
    long_side: Option<u32>,
) -> Result<(Scale, String)> {
    let to_long_side = |pixels: usize| (Scale::LongSide(pixels), format!("long side of {pixels}"));
    Ok(match (long_side, pixels_per_degree) {
        (Some(pixels), _) => to_long_side(pixels as usize),
        (None, Some(pixels)) => {
            let shown = PixelsPerDegree::new(pixels).context("--pixels-per-degree")?;
            let name = format!("{} of {pixels} pixels per degree", trained.pixels_per_degree);
            (Scale::Degree { shown, trained: PixelsPerDegree::new(trained.pixels_per_degree)? }, name)
        }
        (None, None) if trained.rescaled => to_long_side(trained.long_side),
        (None, None) => (Scale::AsIs, "as it is".to_owned()),
    })
}
