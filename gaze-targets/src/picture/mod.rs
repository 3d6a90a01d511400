//! The picture's side of a training sample: the same geometry as its gaze, then changes of color, noise and blur.

pub(crate) use self::curve::exponent;
pub use self::{
    color::ColorSpace,
    renderer::{PictureSettings, PictureSupersampling, PictureValue, Renderer},
    warp::Interpolation,
};

mod bilinear;
mod color;
mod curve;
mod noise;
mod renderer;
mod warp;
