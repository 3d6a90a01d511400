//! Parquet in a build without the feature `parquet`: reading fails.

use std::{fs::File, path::Path};

use crate::{DataError, files::table::TakeRows};

/// Fails with the name of the feature.
pub(crate) fn read(_file: File, source: &Path, _rows: &mut impl TakeRows) -> Result<(), DataError> {
    Err(DataError::WithoutFeature { path: source.to_owned(), feature: "parquet" })
}
