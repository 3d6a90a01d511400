//! Helpers of the tests: damaged copies of small files, and the real data where it is available.

use std::path::PathBuf;

pub(crate) use damage::damaged;

mod damage;

/// Returns the folder of a real dataset beside the main checkout, if this machine has it: `root/shared/data/NAME` for a
/// checkout at `root/main`. Tests that find nothing say so and pass.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    shared(&format!("data/{name}"))
}

/// Returns a folder of reference values beside the main checkout, if this machine has it.
#[cfg(feature = "msgpack")]
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
