//! File formats that are not about eye movements: read under limits, with errors that name the file.
//!
//! Nothing here knows a dataset format. A module that needs a crate of its own is behind a Cargo feature; without the
//! feature, the module of the same name in `without/` takes its place, whose functions fail with the feature's name.

pub(crate) mod folder;
pub(crate) mod image;
pub(crate) mod json_scan;
pub(crate) mod mat;
pub(crate) mod names;
pub(crate) mod npy;
pub(crate) mod place;
pub(crate) mod plane;
pub(crate) mod table;

#[cfg_attr(not(feature = "archive"), path = "without/archive.rs")]
pub(crate) mod archive;
#[cfg_attr(not(feature = "exr"), path = "without/exr.rs")]
pub(crate) mod exr;
#[cfg_attr(not(feature = "hdf5"), path = "without/hdf5.rs")]
pub(crate) mod hdf5;
#[cfg(feature = "msgpack")]
pub(crate) mod msgpack;
#[cfg_attr(not(feature = "tiff"), path = "without/tiff.rs")]
pub(crate) mod tiff;
