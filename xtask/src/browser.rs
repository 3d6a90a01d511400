//! The browser in which the page is tested.

use std::{env, path::PathBuf};

/// The names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Finds Chromium: what the variable CHROMIUM names, or the first of the usual names in the path.
#[must_use]
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths).flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file())
}

/// Tells whether the page must be tested: the variable `GAZE_NEEDS_PAGE` is set, as `.ci/run` does. Elsewhere it is tested where there are a
/// browser and the target for WebAssembly.
#[must_use]
pub fn is_needed() -> bool {
    env::var_os("GAZE_NEEDS_PAGE").is_some()
}
