//! datadings: the images and gaze of a dataset in one `MessagePack` file, with side files that locate its samples.
//!
//! ```text
//! <set>.msgpack               the samples one after another; each is a map with the keys
//!   key          name of the image
//!   image        the image's file
//!   experiments  [{locations: array (n, 2) of x, y; map}]; with raw gaze also fixations: array (n, 2)
//! <set>.msgpack.offsets       the first byte of each sample, 64-bit big-endian, and the end of the file
//! <set>.msgpack.keys          the names
//! <set>.msgpack.index         instead of both, beside files from before 2021: a map of names to places
//! <set>.msgpack.md5           MD5 of the file and of its side files
//! ```
//!
//! Side files are compared with their MD5 when they are read, the file itself when [`Dataset::verify`] is called. Without
//! side files the samples are found by walking through the file.
//!
//! [`Dataset::verify`]: crate::Dataset::verify
//!
//! Coordinates are pixels as in the dataset that was converted, and taken as they stand, as the original's reader takes
//! them. Where both exist, `locations` are raw gaze, and `fixations` are used. An experiment is an observer without a name.
//!
//! Source: the documentation of datadings 3.4 (datadings.readthedocs.io), section "File format".

#[cfg(feature = "msgpack")]
pub(crate) use index::open;

#[cfg(feature = "msgpack")]
mod index;
#[cfg(feature = "msgpack")]
mod reader;
#[cfg(feature = "msgpack")]
mod sums;
#[cfg(feature = "msgpack")]
#[cfg(test)]
mod tests;

pub(crate) const LAYOUT: &str = "a file .msgpack";

/// Refuses a file of datadings, which only the feature `msgpack` can read.
#[cfg(not(feature = "msgpack"))]
pub(crate) fn open(place: &crate::files::place::Place) -> Result<Option<crate::contract::Index>, crate::DataError> {
    match place.files(&["msgpack"])?.into_iter().next() {
        Some(path) => Err(crate::DataError::WithoutFeature { path, feature: "msgpack" }),
        None => Ok(None),
    }
}
