//! gaze-cli as it is built for release.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    setup,
    steps::{step, timed},
    workspace::Workspace,
};

/// Builds gaze-cli in release mode and returns the program's path. With libtorch, that is set up first.
pub(crate) fn build(workspace: &Workspace, libtorch: bool) -> Result<PathBuf> {
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--package", "gaze-cli"]);
    if libtorch {
        timed("libtorch", || setup::ensure(workspace))?;
        step("build in release mode, with libtorch", command.args(["--features", "libtorch"]))?;
    } else {
        step("build in release mode", &mut command)?;
    }
    workspace.binary("release", "gaze-cli")
}
