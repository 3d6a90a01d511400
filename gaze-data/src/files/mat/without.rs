//! The functions of `read.rs` in a build without the feature `mat`: each names the feature.

use std::path::Path;

use super::Value;
use crate::DataError;

type Variables = Vec<(String, Value)>;

fn missing(source: &Path) -> DataError {
    DataError::WithoutFeature { path: source.to_owned(), feature: "mat" }
}

/// Fails, as this build cannot read the MATLAB file `source`.
pub(crate) fn check_enabled(source: &Path) -> Result<(), DataError> {
    Err(missing(source))
}

pub(crate) fn read(_root: &Path, source: &Path, _limit: u64) -> Result<Variables, DataError> {
    Err(missing(source))
}

pub(crate) fn read_inflating(_root: &Path, source: &Path, _limit: u64, _inflated: u64) -> Result<Variables, DataError> {
    Err(missing(source))
}

pub(crate) fn read_bytes(_bytes: Vec<u8>, source: &Path) -> Result<Variables, DataError> {
    Err(missing(source))
}
