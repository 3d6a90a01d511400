//! What the tests of this crate share: damaged copies of small files, and the real data where it lies.

use std::path::PathBuf;

pub(crate) use damage::damaged;

mod damage;

/// The folder of a real dataset beside the main checkout, if this machine has it: `root/shared/data/NAME` for a
/// checkout at `root/main`. Tests that find nothing say so and pass.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    shared(&format!("data/{name}"))
}

/// A folder of reference values beside the main checkout, likewise.
pub(crate) fn reference(name: &str) -> Option<PathBuf> {
    shared(&format!("reference/{name}"))
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: nothing at {}", path.display());
    None
}
