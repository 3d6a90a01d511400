//! Archives in a build without the feature `archive`: a file with an archive's name is refused.

use std::{convert::Infallible, path::Path};

use crate::DataError;

/// An open archive, which this build never has.
pub(crate) struct Archive(Infallible);

impl Archive {
    /// Refuses a file with the name of an archive; returns `None` for any other.
    pub(crate) fn open(path: &Path, shown: &Path) -> Result<Option<Self>, DataError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        if [".zip", ".npz", ".tar", ".tar.gz", ".tgz"].into_iter().any(|ending| name.ends_with(ending)) {
            return Err(DataError::WithoutFeature { path: shown.to_owned(), feature: "archive" });
        }
        Ok(None)
    }

    pub(crate) fn names(&self) -> std::iter::Empty<&str> {
        match self.0 {}
    }

    pub(crate) fn read(&self, _name: &str, _limit: u64) -> Result<Vec<u8>, DataError> {
        match self.0 {}
    }
}

/// A zip archive in memory, which this build never has.
pub(crate) struct Bytes(Infallible);

impl Bytes {
    /// Fails with the name of the feature.
    pub(crate) fn open(_bytes: Vec<u8>, shown: &Path) -> Result<Self, DataError> {
        Err(DataError::WithoutFeature { path: shown.to_owned(), feature: "archive" })
    }

    pub(crate) fn names(&self) -> std::iter::Empty<&str> {
        match self.0 {}
    }

    pub(crate) fn read(&mut self, _name: &str, _limit: u64) -> Result<Vec<u8>, DataError> {
        match self.0 {}
    }
}
