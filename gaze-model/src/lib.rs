//! Saliency models: from a stimulus to a log density.
//!
//! [`Uniform`] and [`GaussianCenterBias`] are baselines that do not look at the picture, as is [`TemplateCenterBias`], a
//! map that is fitted to each image's size. With the feature `libtorch` (on by default) networks run on libtorch;
//! [`weights`] reads their files, with and without it. What is public speaks `ndarray` and the types of `gaze-core`; no
//! tensor leaves this crate.

pub use crate::baselines::{GaussianCenterBias, Uniform};
pub use crate::center_bias::{TemplateCenterBias, TemplateError};
#[cfg(feature = "libtorch")]
pub use crate::libtorch::{Libtorch, libtorch};

mod baselines;
mod center_bias;
#[cfg(feature = "libtorch")]
mod libtorch;
#[cfg(feature = "libtorch")]
#[cfg_attr(not(test), expect(dead_code, reason = "the networks that cross the border come next"))]
mod tensor;
pub mod weights;
