//! Saliency models: from a stimulus to a map or a log density.
//!
//! With the feature `libtorch` (on by default) networks run on libtorch. What is public speaks `ndarray` and the types
//! of `gaze-core`; no tensor leaves this crate.

#[cfg(feature = "libtorch")]
pub use crate::libtorch::{Libtorch, libtorch};

#[cfg(feature = "libtorch")]
mod libtorch;
#[cfg(feature = "libtorch")]
#[cfg_attr(not(test), expect(dead_code, reason = "the networks that cross the border come next"))]
mod tensor;
