//! Training of readouts on one's own pictures and fixations.
//!
//! 1. `FeatureCache::prepare` puts each picture through the frozen backbone and keeps the features on disk.
//! 2. `train` fits the readouts. They are trained side by side, each from its own first parameters and with its own
//!    omitted channels. After each epoch the likelihood of the validation pictures decides whether this is the best so far.
//! 3. `Trained::write` makes the file that `GazeLite::open` reads.
//!
//! These run on libtorch and exist with the feature `libtorch` alone; [`Settings`] exists in every build.
//!
//! All of it is deterministic: the same pictures, settings and seed give the same bits for any number of threads of
//! rayon's current pool, and for a training that was interrupted and went on. That needs
//! `use_one_thread_per_operation`.

#[cfg(feature = "libtorch")]
mod checkpoint;
#[cfg(feature = "libtorch")]
#[cfg(test)]
mod equality;
#[cfg(feature = "libtorch")]
mod fit;
#[cfg(feature = "libtorch")]
mod loss;
#[cfg(feature = "libtorch")]
mod network;
#[cfg(feature = "libtorch")]
mod optimizer;
#[cfg(feature = "libtorch")]
mod pictures;
#[cfg(feature = "libtorch")]
mod random;
mod settings;
#[cfg(feature = "libtorch")]
#[cfg(test)]
mod tests;
#[cfg(feature = "libtorch")]
mod write;

pub use settings::Settings;
#[cfg(feature = "libtorch")]
pub use {
    fit::{Epoch, Trained, train},
    pictures::{FeatureCache, Prepared},
};
