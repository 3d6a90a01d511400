//! `cargo xtask wheel`: the Python package, built by maturin in a virtual environment of its own and tested in a fresh one.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{args::Args, steps::step, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Build the wheel of the Python package gaze-saliency into target/wheels. maturin is installed by pip into target/python/build.

Usage: cargo xtask wheel [--manylinux] [--dev] [--libtorch]

Options:
  --manylinux  for all Linux systems since 2014 (manylinux2014): ziglang from pip is the linker
  --dev        for tests: little optimised, and of the dependencies as `cargo xtask test` builds them
  --libtorch   with the models that run on libtorch, for this machine alone: set LIBTORCH_USE_PYTORCH=1
  -h, --help   this text
";

/// The oldest Python that the package is for.
const OLDEST: (u32, u32) = (3, 10);

/// What builds the wheel.
const BUILD: [&str; 2] = ["maturin>=1.16,<2", "ziglang"];

/// What the tests of the package use beside the wheel. PyTorch and pysaliency are tested where they are installed.
const TEST: [&str; 11] = [
    "pytest",
    "pillow",
    "pyarrow",
    "pandas>=2.2",
    "polars",
    "mypy",
    "pyright",
    "numpy",
    "dask[distributed]",
    "matplotlib",
    "tqdm",
];

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let (manylinux, dev, libtorch) = (args.flag("--manylinux"), args.flag("--dev"), args.flag("--libtorch"));
    args.finish()?;
    let Some(python) = find() else {
        bail!("there is no Python {}.{} or later here, which builds the wheel; install it", OLDEST.0, OLDEST.1)
    };
    let wheel = build(workspace, &python, manylinux, dev, libtorch)?;
    let size = fs::metadata(&wheel).with_context(|| format!("reading {}", wheel.display()))?.len();
    println!("\n{} ({:.1} MB)", workspace.display(&wheel), size as f64 / 1e6);
    Ok(())
}

/// Builds the package, installs it into a fresh environment and runs its tests there, after those in Rust. Where there is no
/// Python, that is said, and it is an error in CI.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let Some(python) = find() else {
        let lacking = format!(
            "THE PYTHON PACKAGE WAS NOT TESTED: there is no Python {}.{} or later here, with venv",
            OLDEST.0, OLDEST.1
        );
        if env::var_os("CI").is_some() {
            bail!("{lacking}");
        }
        println!("\n!!! {lacking}");
        return Ok(());
    };
    let wheel = build(workspace, &python, false, true, false)?;
    let folder = workspace.root().join("target/python/test");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    let environment = environment(&python, &folder, &TEST)?;
    step("the wheel, in a fresh environment", pip(&environment).arg("--no-deps").arg(&wheel))?;
    let mut tests = workspace.command(&environment);
    // The wheel is tested, not the files beside the tests.
    tests.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "gaze-python/tests"]);
    // The program that the tests in Rust were built with, to compare with.
    tests.env("GAZE_CLI", workspace.binary("debug", "gaze-cli-under-test")?);
    step("tests of the Python package", &mut tests)
}

/// A Python that is new enough and makes virtual environments. `PYTHON` names one.
fn find() -> Option<PathBuf> {
    let named = env::var_os("PYTHON").map(PathBuf::from);
    let usual = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
    named.into_iter().chain(usual.map(PathBuf::from)).find(|python| is_suitable(python))
}

fn is_suitable(python: &Path) -> bool {
    let code = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({}, {}))", OLDEST.0, OLDEST.1);
    Command::new(python).args(["-c", &code]).output().is_ok_and(|output| output.status.success())
}

/// Makes a virtual environment with these packages, unless it is complete; returns its Python.
fn environment(python: &Path, folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let program = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let complete = folder.join("complete");
    let wanted = packages.join("\n");
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    step("virtual environment", Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    step("packages", pip(&program).args(packages))?;
    fs::write(&complete, wanted).with_context(|| format!("writing {}", complete.display()))?;
    Ok(program)
}

fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

/// Builds the wheel and returns its path.
fn build(workspace: &Workspace, python: &Path, manylinux: bool, dev: bool, libtorch: bool) -> Result<PathBuf> {
    let environment = environment(python, &workspace.root().join("target/python/build"), &BUILD)?;
    let out = workspace.root().join(if dev { "target/wheels/dev" } else { "target/wheels" });
    fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
    for old in wheels(&out)? {
        fs::remove_file(&old).with_context(|| format!("removing {}", old.display()))?;
    }
    let mut command = workspace.command(&environment);
    command.args(["-m", "maturin", "build", "--manifest-path", "gaze-python/Cargo.toml", "--out"]).arg(&out);
    command.args(["--profile", if dev { "dev" } else { "release" }]);
    // Half a megabyte less for everybody who installs it; the tests need not wait for that.
    command.args(["--compression-level", if dev { "1" } else { "9" }]);
    if manylinux {
        command.args(["--zig", "--compatibility", "manylinux2014"]);
        // maturin asks the Python that it is told here for ziglang, not the one that runs it.
        command.env("CARGO_ZIGBUILD_PYTHON_PATH", &environment);
    } else {
        command.args(["--compatibility", "linux"]);
    }
    if libtorch {
        command.args(["--features", "libtorch"]);
    } else if dev {
        command.args(["--features", "as-in-workspace"]);
    }
    step("wheel", &mut command)?;
    wheels(&out)?.pop().with_context(|| format!("maturin left no wheel in {}", out.display()))
}

fn wheels(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_no_python_is_not_taken() {
        assert!(!is_suitable(Path::new("false")));
        assert!(!is_suitable(Path::new("there-is-no-such-program")));
    }

    #[test]
    fn only_wheels_are_found() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.whl", "b.txt", "dev"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(wheels(folder.path()).unwrap(), [folder.path().join("a.whl")]);
    }
}
