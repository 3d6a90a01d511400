//! Saliency models: from a stimulus to a log density.
//!
//! [`Uniform`] and [`GaussianCenterBias`] are the baselines that do not look at the picture. With the feature
//! `libtorch` (on by default) networks run on libtorch. [`weights`] reads their files, with libtorch and without. What is public speaks `ndarray` and the types of
//! `gaze-core`; no tensor leaves this crate.

pub use crate::baselines::{GaussianCenterBias, Uniform};
#[cfg(feature = "libtorch")]
pub use crate::libtorch::{Libtorch, libtorch};

mod baselines;
#[cfg(feature = "libtorch")]
mod libtorch;
#[cfg(feature = "libtorch")]
#[cfg_attr(not(test), expect(dead_code, reason = "the networks that cross the border come next"))]
mod tensor;
pub mod weights;
