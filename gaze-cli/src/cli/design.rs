//! The arguments that `score` and `compare` share.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_study::ModelSpec;

use super::{DEFAULT_MODEL, NetworkArgs};
use crate::design::RegionSpec;

/// The regions.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct RegionArgs {
    /// A region: its name, left and upper edge, width and height, each in pixels or in percent of the picture
    #[arg(long, value_name = "NAME:X,Y,W,H", allow_hyphen_values = true)]
    pub(crate) region: Vec<RegionSpec>,

    /// A JSON or CSV file of regions
    #[arg(long, value_name = "FILE")]
    pub(crate) regions: Option<PathBuf>,
}

/// The model that predicts.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// The model, one of those that `gaze-cli models` lists and that need no dataset
    #[arg(long, value_name = "MODEL", default_value = DEFAULT_MODEL)]
    pub(crate) model: ModelSpec,

    /// Pixels per degree of visual angle: a network sees the picture at the scale of its training; deepgaze-msdb needs it
    #[arg(long, value_name = "PX", conflicts_with = "long_side", allow_negative_numbers = true)]
    pub(crate) pixels_per_degree: Option<f64>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// The center bias that regions are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReferenceSpec {
    Model,
    Gaussian,
    Uniform,
    File(PathBuf),
}

impl FromStr for ReferenceSpec {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "model" => Ok(Self::Model),
            "gaussian" => Ok(Self::Gaussian),
            "uniform" => Ok(Self::Uniform),
            _ if Path::new(text).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) => {
                Ok(Self::File(text.into()))
            }
            _ => Err("choose model, gaussian, uniform or a FILE.npy"),
        }
    }
}
