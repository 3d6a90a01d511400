//! Predictions: saliency maps and densities, in stores of many or one at a time.

pub(crate) use decode::is_map;
pub use decode::{decode_map, read_array, read_map};
pub use kind::{MapKind, UnknownMapKind};
pub use meaning::{MapMeaning, NEARLY_NORMALIZED};
pub use npy::npy;
pub use options::{MapName, MapOptions, NoMapName};
pub use percentile::percentile_map;
pub use store::PredictionStore;
pub use stored::{LogSum, StoredMap};

#[cfg(all(feature = "archive", feature = "exr", feature = "hdf5", feature = "mat", feature = "tiff"))]
#[cfg(test)]
mod containers;
mod decode;
mod kind;
mod meaning;
mod npy;
mod options;
mod pattern;
mod percentile;
mod store;
mod stored;
#[cfg(test)]
mod tests;
