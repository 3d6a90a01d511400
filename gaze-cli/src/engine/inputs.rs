//! What DeepGaze IIE needs beside a picture: its weights, a center bias, the scale at which it sees the picture.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::{LogDensity, PixelsPerDegree, Size};
use gaze_model::{GaussianCenterBias, Scale, TemplateCenterBias, weights};
use gaze_targets::CenterBias;

use crate::{args::NetworkArgs, network::CenterBiasSpec};

/// The released files, as `cargo xtask fetch-weights` names them.
const WEIGHTS: &str = "deepgaze2e.pth";
const MIT1003: &str = "centerbias_mit1003.npy";
/// Pixels per degree of visual angle, and pixels along the longer side, of the pictures DeepGaze IIE was trained with.
pub(super) const TRAINED_PIXELS_PER_DEGREE: f64 = 35.0;
pub(super) const TRAINED_LONG_SIDE: usize = 1024;

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
}

impl NetworkCenterBias {
    /// Opens what was asked for.
    pub(super) fn open(spec: &CenterBiasSpec) -> Result<Self> {
        Ok(match spec {
            CenterBiasSpec::Uniform => Self::Uniform,
            CenterBiasSpec::Gaussian => Self::Gaussian(GaussianCenterBias::default()),
            CenterBiasSpec::Dataset => Self::Dataset,
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
        CenterBiasSpec::File(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// The scale asked for, and its name in settings.
pub(super) fn scale(pixels_per_degree: Option<f64>, long_side: Option<u32>) -> Result<(Scale, String)> {
    Ok(match (long_side, pixels_per_degree) {
        (Some(pixels), _) => (Scale::LongSide(pixels as usize), format!("long side of {pixels}")),
        (None, Some(pixels)) => {
            let shown = PixelsPerDegree::new(pixels).context("--pixels-per-degree")?;
            let trained = PixelsPerDegree::new(TRAINED_PIXELS_PER_DEGREE)?;
            (Scale::Degree { shown, trained }, format!("{TRAINED_PIXELS_PER_DEGREE} of {pixels} pixels per degree"))
        }
        (None, None) => (Scale::AsIs, "as it is".to_owned()),
    })
}
