//! OpenEXR pictures in a build without the feature `exr`: reading one fails.

use std::path::Path;

use crate::{DataError, files::plane::Numbers};

/// Fails with the name of the feature.
pub(crate) fn channel(_bytes: &[u8], shown: &Path, _wanted: Option<&str>) -> Result<Numbers, DataError> {
    Err(DataError::WithoutFeature { path: shown.to_owned(), feature: "exr" })
}
