//! Predictions: saliency maps and densities, in stores of many or one at a time.

pub use decode::{array_prediction, decode_prediction, read_array, read_prediction};
pub use kind::{MapKind, UnknownMapKind};
pub use percentile::percentile_map;
pub use store::PredictionStore;

mod decode;
mod kind;
mod percentile;
mod store;
#[cfg(test)]
mod tests;
