//! `gaze-cli train`: a model like gaze-lite from one's own pictures and gaze.

use anyhow::Result;

use crate::{Outcome, train_args::TrainArgs};

/// Trains.
#[cfg(not(feature = "libtorch"))]
pub(crate) fn run(_: &TrainArgs) -> Result<Outcome> {
    anyhow::bail!("training runs on libtorch, and this gaze-cli was built without it (--no-default-features)")
}

/// Trains.
#[cfg(feature = "libtorch")]
pub(crate) fn run(args: &TrainArgs) -> Result<Outcome> {
    crate::train::run(args)
}
