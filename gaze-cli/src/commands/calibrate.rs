//! `gaze-cli calibrate`: a network fitted to a population, a device or a kind of picture.

use anyhow::Result;

use crate::{Outcome, calibrate_args::CalibrateArgs};

/// Calibrates.
#[cfg(not(feature = "libtorch"))]
pub(crate) fn run(_: &CalibrateArgs) -> Result<Outcome> {
    anyhow::bail!("networks run on libtorch, and this gaze-cli was built without it (--no-default-features)")
}

/// Calibrates.
#[cfg(feature = "libtorch")]
pub(crate) fn run(args: &CalibrateArgs) -> Result<Outcome> {
    crate::calibration::run(args)
}
