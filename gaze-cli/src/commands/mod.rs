//! The commands: each opens its inputs, calls the crates and prints.

pub(crate) mod calibrate;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod convert;
mod data;
mod errors;
pub(crate) mod evaluate;
pub(crate) mod info;
pub(crate) mod man;
pub(crate) mod merge;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod predict;
pub(crate) mod rasterize;
pub(crate) mod run;
mod scanpaths;
mod scene;
pub(crate) mod score;
pub(crate) mod train;
