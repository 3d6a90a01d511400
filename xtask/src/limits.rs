//! `cargo xtask limits`: how far the main loops are from what the machine can do.

use anyhow::Result;

use crate::{
    args::Args,
    setup,
    steps::{step, timed},
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Measure what this machine can do, and how near to it the main loops come, on one thread. docs/LIMITS.md explains the table. Nothing else
should run meanwhile.

Usage: cargo xtask limits [--libtorch]

Options:
  --libtorch   also the convolutions of libtorch at the sizes that DeepGaze has; it is set up if it is missing
  -h, --help   this text
";

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let libtorch = args.flag("--libtorch");
    args.finish()?;
    step("limits", workspace.cargo().args(["bench", "--package", "gaze-study", "--bench", "limits"]))?;
    if libtorch {
        timed("libtorch", || setup::ensure(workspace))?;
        let words = ["bench", "--package", "gaze-model", "--features", "libtorch", "--bench", "convolutions"];
        step("convolutions of libtorch", workspace.cargo().args(words))?;
    }
    Ok(())
}
