//! Saliency models: from a picture to the density of the places where people look.
//!
//! [`MODELS`] is the table of all models. A [`ModelName`] opens each of them as a
//! [`SaliencyModel`](gaze_core::SaliencyModel):
//!
//! - [`Uniform`] and [`GaussianCenterBias`] are baselines that do not look at the picture, as is [`TemplateCenterBias`], a
//!   map that is fitted to each image's size;
//! - [`gaze_lite`] is a small network whose weights are part of the crate, and can be trained;
//! - `deepgaze_i`, `deepgaze_iie`, `deepgaze_iii` and `deepgaze_msdb` are the networks of the DeepGaze family, whose released
//!   weights give the densities of the reference. DeepGaze III predicts the next fixation from those before it, and DeepGaze
//!   MSDB is set to the biases of a dataset;
//! - [`exported`] opens anybody's network from a file of ONNX or TorchScript.
//!
//! The DeepGaze networks and the training of gaze-lite run on libtorch and need the feature `libtorch`. All else is Rust alone.
//! [`weights`] reads the files of weights in every build. The public interface speaks `ndarray` and the types of `gaze-core`; no tensor leaves this crate.

pub use crate::baselines::{GaussianCenterBias, Uniform};
pub use crate::center_bias::{TemplateCenterBias, TemplateError};
#[cfg(feature = "libtorch")]
pub use crate::libtorch::{Libtorch, libtorch, use_one_thread_per_operation};
pub use crate::{
    device::{Device, Precision},
    engine::describe,
    registry::{
        Adaptation, MODELS, ModelEntry, ModelName, ModelOption, Naming, OpenError, Opened, Options, StandardCenterBias,
        TrainingDataset, UnknownDataset, UnknownModel,
    },
    scale::{Scale, ScaleError, resize, resize_density},
};

mod baselines;
mod center_bias;
#[cfg(feature = "libtorch")]
mod deepgaze;
#[cfg(feature = "libtorch")]
pub mod deepgaze_i;
#[cfg(feature = "libtorch")]
pub mod deepgaze_iie;
#[cfg(feature = "libtorch")]
pub mod deepgaze_iii;
#[cfg(feature = "libtorch")]
pub mod deepgaze_msdb;
mod device;
mod engine;
pub mod exported;
pub mod gaze_lite;
#[cfg(feature = "libtorch")]
mod libtorch;
mod mobile;
#[cfg(feature = "libtorch")]
mod nn;
mod registry;
mod scale;
#[cfg(feature = "libtorch")]
mod tensor;
pub mod weights;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
