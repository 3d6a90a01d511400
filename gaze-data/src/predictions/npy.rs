//! Densities as files of NumPy.

use gaze_core::LogDensity;
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;

/// Encodes a log density as an npy file of 32-bit numbers, natural logarithms of shape `(height, width)`.
#[must_use]
pub fn npy(density: &LogDensity<'_>) -> Vec<u8> {
    #[expect(clippy::cast_possible_truncation, reason = "maps are stored in 32 bits")]
    let values: Array2<f32> = density.values().mapv(|value| value as f32);
    let mut bytes = Vec::new();
    values.write_npy(&mut bytes).expect("writing to memory does not fail");
    bytes
}
