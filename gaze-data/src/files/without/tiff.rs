//! TIFF pictures of numbers in a build without the feature `tiff`: none are found, and pictures in TIFF are refused.

use std::path::Path;

use crate::{DataError, files::plane::Numbers};

/// Finds no numbers, so that the picture is refused where it is decoded.
#[expect(clippy::unnecessary_wraps, reason = "it fails in a build with the feature")]
pub(crate) fn numbers(_bytes: &[u8], _shown: &Path) -> Result<Option<Numbers>, DataError> {
    Ok(None)
}
