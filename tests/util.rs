//! Where files are, and how the program is run.

use std::path::{Path, PathBuf};

/// A file below `tests/data`.
pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(path)
}
