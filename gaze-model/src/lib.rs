//! Saliency models: from a stimulus to a log density.
//!
//! [`Uniform`] and [`GaussianCenterBias`] are the baselines that do not look at the picture. With the feature
//! `libtorch` (on by default) networks run on libtorch: [`deepgaze_iie`]. [`weights`] reads their files, with libtorch
//! and without. What is public speaks `ndarray` and the types of `gaze-core`; no tensor leaves this crate.

pub use crate::baselines::{GaussianCenterBias, Uniform};
#[cfg(feature = "libtorch")]
pub use crate::{
    device::{Device, Precision},
    libtorch::{Libtorch, libtorch},
};

mod baselines;
#[cfg(feature = "libtorch")]
pub mod deepgaze_iie;
#[cfg(feature = "libtorch")]
mod device;
#[cfg(feature = "libtorch")]
mod libtorch;
#[cfg(feature = "libtorch")]
mod nn;
#[cfg(feature = "libtorch")]
mod tensor;
pub mod weights;
