//! Finds libtorch before anything is compiled against it, tells how to get it if it is absent, and puts its folder into
//! the run path of linked programs, so that they start without `LD_LIBRARY_PATH`.
//!
//! The search order is that of torch-sys: `LIBTORCH_USE_PYTORCH`, `LIBTORCH_LIB`, `LIBTORCH` (which
//! `.cargo/config.toml` sets to `third_party/libtorch` unless the user has), `/usr/lib`.
//! Crates that link a program read the folder from `DEP_GAZE_LIBTORCH_LIB_DIR` in their own build script, as
//! `gaze-cli/build.rs` does. Cargo sets it for normal dependencies, not for those of tests.

use std::{
    env::{
        self,
        consts::{DLL_PREFIX, DLL_SUFFIX},
    },
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    for name in ["LIBTORCH_USE_PYTORCH", "LIBTORCH_LIB", "LIBTORCH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_LIBTORCH").is_none() {
        return;
    }
    match find_libtorch() {
        Ok(folder) => {
            println!("cargo::rerun-if-changed={}", library(&folder).display());
            println!("cargo::metadata=lib_dir={}", folder.display());
            // This is for the tests, doctests, examples and benches of this crate; other crates do not get the
            // argument.
            println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
        }
        Err(problem) => {
            for line in [
                problem.as_str(),
                "",
                "To get libtorch, do one of these:",
                "  cargo xtask setup                  downloads libtorch 2.11.0 into third_party/libtorch",
                "  export LIBTORCH=/absolute/path     uses a libtorch 2.11.0 that you have",
                "  export LIBTORCH_USE_PYTORCH=1      uses the PyTorch 2.11.0 of the active Python",
                "or build without the feature `libtorch`, which DeepGaze IIE and training need, and gaze-lite does not",
            ] {
                println!("cargo::error={line}");
            }
        }
    }
}

/// Finds the folder of libtorch's shared libraries, or describes the problem with the place where it should be.
fn find_libtorch() -> Result<PathBuf, String> {
    let (folder, origin) = if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        (ask_python()?, "LIBTORCH_USE_PYTORCH")
    } else if let Some(root) = env::var_os("LIBTORCH_LIB") {
        (Path::new(&root).join("lib"), "LIBTORCH_LIB")
    } else if let Some(root) = env::var_os("LIBTORCH") {
        (Path::new(&root).join("lib"), "LIBTORCH")
    } else {
        (PathBuf::from("/usr/lib"), "the system's libraries")
    };
    if folder.is_relative() {
        return Err(format!("libtorch: {origin} must be an absolute path, but it leads to `{}`.", folder.display()));
    }
    let library = library(&folder);
    if library.exists() {
        Ok(folder)
    } else {
        Err(format!("libtorch is not set up: `{}` does not exist (looked at {origin}).", library.display()))
    }
}

/// The path of the largest of libtorch's libraries, which stands for all of them.
fn library(folder: &Path) -> PathBuf {
    folder.join(format!("{DLL_PREFIX}torch_cpu{DLL_SUFFIX}"))
}

/// Asks the active Python for the folder of PyTorch's libraries.
fn ask_python() -> Result<PathBuf, String> {
    println!("cargo::rerun-if-env-changed=VIRTUAL_ENV");
    let python = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let program = "import torch, os; print(os.path.join(os.path.dirname(torch.__file__), 'lib'))";
    let output = Command::new(python)
        .args(["-c", program])
        .output()
        .map_err(|error| format!("libtorch: LIBTORCH_USE_PYTORCH is set, but `{python}` cannot be run: {error}."))?;
    if output.status.success() {
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let reason = stderr.lines().last().unwrap_or("no message").to_owned();
        Err(format!("libtorch: LIBTORCH_USE_PYTORCH is set, but `{python}` cannot import torch: {reason}."))
    }
}
