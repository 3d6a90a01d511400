//! Reads MATLAB files of any version.

use std::path::Path;

#[cfg(feature = "hdf5")]
use super::version73;
use super::{INFLATED, Value, parse};
use crate::{
    DataError,
    files::{folder, hdf5},
};

/// Fails if this build cannot read the MATLAB file `source`.
#[expect(clippy::unnecessary_wraps, reason = "it fails in a build without the feature")]
pub(crate) fn check_enabled(_source: &Path) -> Result<(), DataError> {
    Ok(())
}

/// Reads all variables of a file of at most `limit` bytes, of any version; `source` is relative to `root`.
pub(crate) fn read(root: &Path, source: &Path, limit: u64) -> Result<Vec<(String, Value)>, DataError> {
    read_inflating(root, source, limit, INFLATED)
}

/// Reads a file as [`read`] does, with another limit for the bytes to which compressed variables inflate.
pub(crate) fn read_inflating(
    root: &Path,
    source: &Path,
    limit: u64,
    inflated: u64,
) -> Result<Vec<(String, Value)>, DataError> {
    read_any(folder::read_in(root, source, limit)?, source, inflated)
}

/// Reads all variables of a file of any version that is in memory.
pub(crate) fn read_bytes(bytes: Vec<u8>, source: &Path) -> Result<Vec<(String, Value)>, DataError> {
    read_any(bytes, source, INFLATED)
}

fn read_any(bytes: Vec<u8>, source: &Path, inflated: u64) -> Result<Vec<(String, Value)>, DataError> {
    if hdf5::is_hdf5(&bytes) {
        #[cfg(feature = "hdf5")]
        return version73::read(bytes, source);
        #[cfg(not(feature = "hdf5"))]
        return Err(DataError::WithoutFeature { path: source.to_owned(), feature: "hdf5" });
    }
    parse::parse_inflating(&bytes, inflated).map_err(|cause| DataError::Mat { path: source.to_owned(), cause })
}
