//! What the benchmarks of this crate share: their arguments, their pictures, and the memory that they took.

use std::{env, error::Error, fs};

use gaze_core::Stimulus;
use ndarray::Array3;
use ndarray_npy::read_npy;

/// The words behind the program's name, without the one that `cargo bench` adds.
pub(crate) fn arguments() -> Vec<String> {
    env::args().skip(1).filter(|argument| argument != "--bench").collect()
}

/// Reads a picture from an array of bytes `(height, width, 3)`.
pub(crate) fn picture(path: &str) -> Result<Stimulus, Box<dyn Error>> {
    Ok(Stimulus::new(read_npy::<_, Array3<u8>>(path)?)?)
}

/// The process's peak memory in MiB, where the system tells it.
pub(crate) fn peak_mib() -> Result<Option<f64>, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = |line: &str| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok();
    Ok(status.lines().find_map(line).map(|peak| peak / 1024.0))
}
