//! Saliency models: from a stimulus to a log density.
//!
//! [`Uniform`] and [`GaussianCenterBias`] are baselines that do not look at the picture, as is [`TemplateCenterBias`], a
//! map that is fitted to each image's size. With the feature `libtorch` (on by default) networks run on libtorch:
//! [`gaze_lite`], which is part of the program, and [`deepgaze_iie`]. [`weights`] reads their files, with libtorch and without. What is public speaks `ndarray` and the types
//! of `gaze-core`; no tensor leaves this crate.

pub use crate::baselines::{GaussianCenterBias, Uniform};
pub use crate::center_bias::{TemplateCenterBias, TemplateError};
#[cfg(feature = "libtorch")]
pub use crate::{
    device::{Device, Precision},
    libtorch::{Libtorch, libtorch, use_one_thread_per_operation},
    scale::{Scale, ScaleError, resize, resize_density},
};

mod baselines;
mod center_bias;
#[cfg(feature = "libtorch")]
pub mod deepgaze_iie;
#[cfg(feature = "libtorch")]
mod device;
#[cfg(feature = "libtorch")]
pub mod gaze_lite;
#[cfg(feature = "libtorch")]
mod libtorch;
#[cfg(feature = "libtorch")]
mod nn;
#[cfg(feature = "libtorch")]
mod scale;
#[cfg(feature = "libtorch")]
mod tensor;
pub mod weights;
