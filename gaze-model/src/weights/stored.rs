//! Tensors that are written to a file.

use std::borrow::Cow;
#[cfg(feature = "libtorch")]
use std::{ffi::OsString, fs, io, path::Path};

use half::f16;

use crate::weights::Dtype;

/// A tensor that the crate [`safetensors`] can write.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    /// Takes numbers in row-major order, to be stored in 32 bits.
    #[must_use]
    pub fn f32(shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { dtype: Dtype::F32, shape: shape.to_vec(), bytes }
    }

    /// Takes numbers in row-major order and rounds them to 16 bits.
    #[must_use]
    pub fn f16(shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect();
        Self { dtype: Dtype::F16, shape: shape.to_vec(), bytes }
    }

    /// Takes whole numbers of 8 bits in row-major order.
    #[must_use]
    pub fn i8(shape: &[usize], values: &[i8]) -> Self {
        Self { dtype: Dtype::I8, shape: shape.to_vec(), bytes: bytemuck::cast_slice(values).to_vec() }
    }
}

/// Writes a file under another name and renames it, so that it is complete or absent.
#[cfg(feature = "libtorch")]
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut partial = OsString::from(".");
    partial.push(name);
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(partial);
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // The file may not even exist; the first error tells what went wrong.
        let _ = fs::remove_file(&partial);
    }
    written
}

impl safetensors::View for Stored {
    fn dtype(&self) -> safetensors::Dtype {
        self.dtype.safetensors()
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
