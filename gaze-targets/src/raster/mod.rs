//! Gaze becomes a target: chosen, moved, scattered, splatted, blurred, normalised.

pub use self::{
    rasterizer::{Rasterizer, Report, Route},
    settings::{Blur, Jitter, Mass, Normalization, Overlap, RasterSettings, Splat, Supersampling, Weight},
};

mod blur;
pub(crate) mod convolve;
mod masses;
mod normalize;
mod rasterizer;
mod settings;
mod splat;
