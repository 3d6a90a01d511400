//! The arguments about files that do not say themselves how they are written: maps, gaze, transparent pictures.

use anyhow::{Result, ensure};
use gaze_data::{Background, Columns, GazeOptions, LostAt, MapKind, MapOptions, Units};

/// The choices with which stored maps are read.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Stored maps")]
pub(crate) struct MapArgs {
    /// What the numbers of stored maps mean: auto, scores, log-density, unnormalised or percentile
    ///
    /// auto: floating-point arrays without positive values whose exponentials sum to 1 (within 0.02 in the logarithm) are log
    /// densities, if all maps of the model are; all else is scores. unnormalised: log densities whatever their sum.
    /// percentile: 8-bit pictures of trunc(254·(1−C)), where C is the mass of the density at and above a pixel's; the density
    /// is recovered from them.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub(crate) map_kind: MapKind,

    /// Take maps as log densities whatever their sum, and renormalise them; the same as --map-kind unnormalised
    #[arg(long)]
    pub(crate) renormalise: bool,

    /// The variable to read from files that hold several: MATLAB (a field as in result.map), npz, HDF5 or OpenEXR
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: Option<String>,
}

impl MapArgs {
    /// The meaning of the numbers.
    pub(crate) fn kind(&self) -> Result<MapKind> {
        if !self.renormalise {
            return Ok(self.map_kind);
        }
        ensure!(
            matches!(self.map_kind, MapKind::Auto | MapKind::LogDensity | MapKind::Unnormalized),
            "--renormalise is about log densities, and --map-kind is {}",
            self.map_kind
        );
        Ok(MapKind::Unnormalized)
    }

    /// All choices together.
    pub(crate) fn options(&self) -> Result<MapOptions> {
        Ok(MapOptions { kind: self.kind()?, variable: self.variable.clone(), name: None })
    }

    /// Tells whether anything was chosen.
    pub(crate) fn is_given(&self) -> bool {
        self.map_kind != MapKind::Auto || self.renormalise || self.variable.is_some()
    }
}

/// The way in which gaze is written.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Gaze")]
pub(crate) struct GazeArgs {
    /// The names of a table's columns, where they are others, such as x=FPOGX,y=FPOGY
    #[arg(long, value_name = "COLUMN=NAME,…")]
    pub(crate) columns: Option<Columns>,

    /// The units of gaze: normalised (0 to 1) or percent instead of pixels, seconds instead of milliseconds
    #[arg(long, value_name = "UNITS")]
    pub(crate) units: Option<Units>,

    /// The coordinates that stand for a lost sample, as they are written, such as 0,0
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub(crate) lost: Option<LostAt>,
}

impl GazeArgs {
    /// All choices together.
    pub(crate) fn options(&self) -> GazeOptions {
        GazeOptions {
            columns: self.columns.clone().unwrap_or_default(),
            units: self.units.unwrap_or_default(),
            lost: self.lost,
        }
    }
}

/// The color behind transparent pictures.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct BackgroundArgs {
    /// The color that transparent pictures are laid over: white, black, gray or #rrggbb
    #[arg(long, value_name = "COLOR", default_value = "white")]
    pub(crate) background: Background,
}
