//! HDF5 files in a build without the feature `hdf5`: opening one fails.

use std::{convert::Infallible, path::Path};

use gaze_core::Size;

use crate::{DataError, files::plane::Numbers};

/// The first bytes of an HDF5 file.
#[cfg(feature = "mat")]
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Tells whether these are the bytes of an HDF5 file, which may begin with a block of another format: of 512 bytes, or
/// of a power of two times as many.
#[cfg(feature = "mat")]
pub(crate) fn is_hdf5(bytes: &[u8]) -> bool {
    let doubled = std::iter::successors(Some(512usize), |place| place.checked_mul(2));
    let mut places = std::iter::once(0).chain(doubled.take_while(|&place| place < bytes.len()));
    places.any(|place| bytes.get(place..).is_some_and(|bytes| bytes.starts_with(SIGNATURE)))
}

/// An open file, which this build never has.
pub(crate) struct Hdf5(Infallible);

impl Hdf5 {
    /// Fails with the name of the feature.
    pub(crate) fn open(_path: &Path, shown: &Path) -> Result<Self, DataError> {
        Err(DataError::WithoutFeature { path: shown.to_owned(), feature: "hdf5" })
    }

    /// Fails with the name of the feature.
    pub(crate) fn from_bytes(_bytes: Vec<u8>, shown: &Path) -> Result<Self, DataError> {
        Err(DataError::WithoutFeature { path: shown.to_owned(), feature: "hdf5" })
    }

    pub(crate) fn shown(&self) -> &Path {
        match self.0 {}
    }

    pub(crate) fn datasets(&self) -> Result<Vec<String>, DataError> {
        match self.0 {}
    }

    pub(crate) fn numbers(&self, _path: &str) -> Result<Numbers, DataError> {
        match self.0 {}
    }

    pub(crate) fn original_size(&self, _path: &str) -> Result<Option<Size>, DataError> {
        match self.0 {}
    }
}
