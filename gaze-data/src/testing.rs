//! Helpers of the tests: damaged copies of small files, and the real data where it is available.

use std::path::PathBuf;

pub(crate) use damage::damaged;

/// Reproducible random numbers.
#[cfg(all(feature = "archive", feature = "exr", feature = "hdf5", feature = "mat", feature = "tiff"))]
pub(crate) struct Random(u64);

#[cfg(all(feature = "archive", feature = "exr", feature = "hdf5", feature = "mat", feature = "tiff"))]
impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number of 0 to below 1 (a linear congruential generator, which is more than enough for tests).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns a whole number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the bound")]
        let number = (self.unit() * bound as f64) as usize;
        number
    }
}

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
