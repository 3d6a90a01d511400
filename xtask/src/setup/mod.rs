//! `cargo xtask setup`: a complete libtorch from the wheels that pip downloads.
//!
//! Downloaded wheels wait in `third_party/libtorch.download` until all are there, each checked against its committed
//! SHA-256. They are unpacked into `third_party/libtorch.partial`, and the last act is to rename that folder: whatever
//! interrupts, `third_party/libtorch` is either complete or absent, and the next call goes on with the wheels it finds.

mod install;
mod pip;
mod requirements;
mod wheels;

use std::{
    env::{
        self,
        consts::{DLL_PREFIX, DLL_SUFFIX},
    },
    fmt, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{args::Args, setup::requirements::Requirement, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Download libtorch 2.11.0 and put it where the build looks for it.

Usage: cargo xtask setup [OPTIONS]

Options:
  --cuda          with the CUDA libraries: 2.5 GB to download instead of 550 MB, 3.6 GB on disk instead of 500 MB.
                  It replaces a CPU set-up, also runs where there is no GPU, and nothing need be built again:
                  programs load the CUDA part when they find a driver
  --dest DIR      not into third_party/libtorch but into DIR; point LIBTORCH there yourself
  --keep-wheels   keep the downloaded wheels, in DIR.download
  -h, --help      this text

The wheels come through pip, from wherever it is configured to look; versions and SHA-256 are in
xtask/requirements-libtorch.txt and requirements-libtorch-cuda.txt. An interrupted call is continued by the next one,
and a call that finds everything in place does nothing. While it works it needs twice as much disk as in the end.
To go back from CUDA to the CPU, delete third_party/libtorch.

If LIBTORCH or LIBTORCH_USE_PYTORCH is set, that libtorch is checked and used, and nothing is downloaded.
The pins are for Linux on x86_64; elsewhere set one of these variables.
";

/// The one version that `tch` speaks to.
pub(crate) const VERSION: &str = "2.11.0";

/// Which parts of libtorch are wanted or there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Variant {
    Cpu,
    /// All of `Cpu`, and the CUDA libraries.
    Cuda,
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CPU and CUDA",
        })
    }
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let variant = if args.flag("--cuda") { Variant::Cuda } else { Variant::Cpu };
    let keep_wheels = args.flag("--keep-wheels");
    let dest = args.path("--dest")?;
    args.finish()?;
    match dest {
        Some(dest) => {
            let dest = env::current_dir()?.join(dest);
            install_if_missing(workspace, &dest, variant, keep_wheels)?;
            println!("To use it: export LIBTORCH='{}'", dest.display());
            Ok(())
        }
        None => set_up(workspace, variant, keep_wheels),
    }
}

/// Sets up a CPU libtorch unless one is there.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    set_up(workspace, Variant::Cpu, false)
}

fn set_up(workspace: &Workspace, variant: Variant, keep_wheels: bool) -> Result<()> {
    let default = workspace.root().join("third_party").join("libtorch");
    match Choice::from_environment(&default, |name| env::var_os(name).map(PathBuf::from)) {
        Choice::PyTorch => check_pytorch(),
        Choice::Given(folder) => check_given(&folder),
        Choice::Ours => install_if_missing(workspace, &default, variant, keep_wheels),
    }
}

/// Where the build will look for libtorch.
#[derive(Debug, PartialEq)]
enum Choice {
    /// In the active Python's PyTorch.
    PyTorch,
    /// In a folder that the user named.
    Given(PathBuf),
    /// Where we put it.
    Ours,
}

impl Choice {
    /// Cargo sets `LIBTORCH` to the default for us too, so that value is nobody's choice.
    fn from_environment(default: &Path, variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        if variable("LIBTORCH_USE_PYTORCH").is_some() {
            return Self::PyTorch;
        }
        match variable("LIBTORCH") {
            Some(folder) if !same_folder(&folder, default) => Self::Given(folder),
            _ => Self::Ours,
        }
    }
}

fn same_folder(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn check_given(folder: &Path) -> Result<()> {
    let way_out =
        format!("correct LIBTORCH, or `unset LIBTORCH` to let `cargo xtask setup` download libtorch {VERSION}");
    if folder.is_relative() {
        bail!("LIBTORCH is `{}`, but must be an absolute path; {way_out}", folder.display());
    }
    let library = |name: &str| format!("lib/{DLL_PREFIX}{name}{DLL_SUFFIX}");
    for needed in [library("torch_cpu"), library("c10"), "include/torch/csrc/api/include/torch/torch.h".into()] {
        if !folder.join(&needed).exists() {
            bail!("LIBTORCH is `{}`, but there is no {needed} in it; {way_out}", folder.display());
        }
    }
    match given_version(folder) {
        Some(version) if plain_version(&version) != VERSION => {
            bail!("LIBTORCH is `{}`, which is version {version}, but {VERSION} is needed; {way_out}", folder.display())
        }
        Some(version) => println!("libtorch {version} of LIBTORCH={} is used; nothing to do.", folder.display()),
        None => println!("The libtorch of LIBTORCH={} is used; its version is not written there.", folder.display()),
    }
    Ok(())
}

/// The version of a libtorch archive, or of the `torch` folder of a Python installation.
fn given_version(folder: &Path) -> Option<String> {
    if let Ok(version) = fs::read_to_string(folder.join("build-version")) {
        return Some(version.trim().to_owned());
    }
    let module = fs::read_to_string(folder.join("version.py")).ok()?;
    let line = module.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(line.trim_matches(['\'', '"']).to_owned())
}

/// Without the build's name: 2.11.0 of 2.11.0+cu130.
fn plain_version(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

fn check_pytorch() -> Result<()> {
    let python = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let way_out = "activate an environment that has it, or `unset LIBTORCH_USE_PYTORCH`";
    let output = Command::new(python)
        .args(["-c", "import torch; print(torch.__version__); print(torch.__file__)"])
        .output()
        .with_context(|| format!("LIBTORCH_USE_PYTORCH is set, but `{python}` cannot be run; {way_out}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (Some(version), Some(file)) = (text.lines().next(), text.lines().nth(1)) else {
        bail!("LIBTORCH_USE_PYTORCH is set, but `{python}` cannot import torch {VERSION}; {way_out}");
    };
    if plain_version(version) != VERSION {
        bail!("LIBTORCH_USE_PYTORCH is set, but PyTorch is {version} and {VERSION} is needed; {way_out}");
    }
    println!("PyTorch {version} in {file} is used; nothing to do.");
    Ok(())
}

fn install_if_missing(workspace: &Workspace, dest: &Path, variant: Variant, keep_wheels: bool) -> Result<()> {
    let requirements = requirements(workspace, variant)?;
    let shown = workspace.display(dest);
    let done = |found: Variant| println!("libtorch {VERSION} ({found}) is in {shown}; nothing to do.");
    if let Some(found) = install::installed(dest).filter(|&found| found >= variant) {
        done(found);
        return Ok(());
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "libtorch can be downloaded for Linux on x86_64 only; \
             on this machine set LIBTORCH to a libtorch {VERSION}, or LIBTORCH_USE_PYTORCH=1 to use PyTorch {VERSION}"
        );
    }
    let parent = dest.parent().context("the destination has no parent folder")?;
    fs::create_dir_all(parent).map_err(|error| explained(error, parent))?;
    let _lock = lock(&beside(dest, "lock"))?;
    // Another call may have finished while this one waited.
    if let Some(found) = install::installed(dest).filter(|&found| found >= variant) {
        done(found);
        return Ok(());
    }
    println!("Setting up libtorch {VERSION} ({variant}) in {shown}, from {} wheels:", requirements.len());
    let downloads = beside(dest, "download");
    let wheels = wheels::fetch_all(&requirements, &downloads)?;
    install::install(&wheels, dest, variant)?;
    if keep_wheels {
        println!("The wheels are kept in {}.", workspace.display(&downloads));
    } else {
        fs::remove_dir_all(&downloads).with_context(|| format!("removing {}", downloads.display()))?;
    }
    println!("libtorch {VERSION} ({variant}) is ready in {shown}.");
    Ok(())
}

fn requirements(workspace: &Workspace, variant: Variant) -> Result<Vec<Requirement>> {
    let mut all = Vec::new();
    let files: &[&str] = match variant {
        Variant::Cpu => &["requirements-libtorch.txt"],
        Variant::Cuda => &["requirements-libtorch.txt", "requirements-libtorch-cuda.txt"],
    };
    for name in files {
        let path = workspace.root().join("xtask").join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        all.extend(requirements::parse(&text).with_context(|| format!("reading {}", path.display()))?);
    }
    Ok(all)
}

/// `libtorch.partial` beside `libtorch`, and so on.
fn beside(dest: &Path, suffix: &str) -> PathBuf {
    let mut name = dest.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    dest.with_file_name(name)
}

/// Waits until no other set-up works on the same destination. The system drops the lock when the process ends.
fn lock(path: &Path) -> Result<fs::File> {
    let file = fs::File::create(path).map_err(|error| explained(error, path))?;
    if file.try_lock().is_err() {
        println!("Another `cargo xtask setup` is at work; waiting for it.");
        file.lock().with_context(|| format!("locking {}", path.display()))?;
    }
    Ok(file)
}

/// An error of writing, with what to do about it.
fn explained(error: io::Error, path: &Path) -> anyhow::Error {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull => "; the disk is full: make room and run `cargo xtask setup` again",
        io::ErrorKind::PermissionDenied => "; this folder must be writable",
        _ => "",
    };
    anyhow::Error::new(error).context(format!("writing {}{advice}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_choice(variables: &[(&str, &str)], expected: &Choice) {
        let variable =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| PathBuf::from(value));
        assert_eq!(&Choice::from_environment(Path::new("/w/third_party/libtorch"), variable), expected);
    }

    #[test]
    fn the_users_choice_wins_over_ours() {
        check_choice(&[], &Choice::Ours);
        check_choice(&[("LIBTORCH", "/w/third_party/libtorch")], &Choice::Ours);
        check_choice(&[("LIBTORCH", "/opt/libtorch")], &Choice::Given("/opt/libtorch".into()));
        check_choice(&[("LIBTORCH", "/opt/libtorch"), ("LIBTORCH_USE_PYTORCH", "1")], &Choice::PyTorch);
    }

    #[test]
    fn a_given_folder_must_hold_the_right_version() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let message = |root: &Path| check_given(root).unwrap_err().to_string();
        assert!(message(root).contains("no lib/libtorch_cpu.so"));
        for file in ["lib/libtorch_cpu.so", "lib/libc10.so", "include/torch/csrc/api/include/torch/torch.h"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        check_given(root).unwrap();
        fs::write(root.join("version.py"), "debug = False\n__version__ = '2.10.1+cpu'\n").unwrap();
        assert!(message(root).contains("version 2.10.1+cpu, but 2.11.0 is needed"));
        fs::write(root.join("build-version"), "2.11.0+cu130\n").unwrap();
        check_given(root).unwrap();
        assert!(message(Path::new("libtorch")).contains("absolute"));
    }

    #[test]
    fn a_full_disk_is_called_a_full_disk() {
        let error = explained(io::ErrorKind::StorageFull.into(), Path::new("x"));
        assert!(format!("{error:#}").contains("the disk is full"));
    }
}
