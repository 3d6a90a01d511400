//! `gaze-cli merge`: the shards of a run become the run.

use anyhow::{Result, ensure};
use gaze_study::merge;

use super::{errors::with_option, run::complete};
use crate::{cli::MergeArgs, outcome::Outcome, progress::Progress};

/// Joins the shards and writes everything that is about all stimuli.
pub(crate) fn run(args: &MergeArgs) -> Result<Outcome> {
    ensure!(!args.shards.is_empty(), "name the folders of the shards");
    let progress = Progress::new(args.progress, args.quiet);
    let folder = merge(&args.shards, &args.out, args.overwrite, &progress).map_err(with_option)?;
    complete(&folder, args.quiet)
}
