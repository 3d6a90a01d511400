//! Where things are: the repository, its target folder, and the cargo that started us.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The repository that `cargo xtask` was started in.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets it when it runs us; the fallback serves a binary that was started by hand.
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package).parent().context("xtask is not inside a workspace")?.to_owned();
        if !root.join("Cargo.toml").is_file() {
            bail!("{} is not the gaze workspace; start `cargo xtask` inside it", root.display());
        }
        Ok(Self { root })
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A program that will run at the root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that started us.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// What `cargo metadata` says about the workspace and all its dependencies.
    pub(crate) fn metadata(&self, arguments: &[&str]) -> Result<Value> {
        let output = self
            .cargo()
            .args(["metadata", "--format-version", "1"])
            .args(arguments)
            .output()
            .context("running cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("reading the answer of cargo metadata")
    }

    /// The folder in which cargo builds.
    pub(crate) fn target_folder(&self) -> Result<PathBuf> {
        let metadata = self.metadata(&["--no-deps"])?;
        Ok(metadata["target_directory"].as_str().context("cargo metadata names no target folder")?.into())
    }

    /// The program `name` as `cargo build` leaves it in the folder `profile` (`debug` or `release`) of the target folder.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> Result<PathBuf> {
        Ok(self.target_folder()?.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }

    /// A path as a person at the root would type it.
    pub(crate) fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
