//! Maps as pictures: heat maps, overlays, color bars, differences, frames around regions, scanpaths.
//!
//! Everything here draws, and nothing reads or writes files. A heat map is made of [`Shades`], which any [`Palette`]
//! colors; [`overlay`] lays it over the picture, [`with_color_bar`] explains its colors, [`difference`] draws where one
//! density exceeds another, [`outline`] frames a region, [`draw_scanpaths`] joins numbered fixations. [`png()`] and
//! [`jpeg`] give the bytes of files.
//!
//! ```
//! use gaze_core::SaliencyMap;
//! use gaze_picture::{Palette, Shades, png};
//! use ndarray::array;
//!
//! let map = SaliencyMap::new(array![[0.0, 1.0], [2.0, 3.0]])?;
//! let heat_map = Shades::of(&map).picture(Palette::default());
//! assert_eq!(heat_map.dimensions(), (2, 2));
//! let file = png(&heat_map)?;
//! assert_eq!(&file[1..4], b"PNG");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::{
    color_bar::{Scale, with_color_bar},
    difference::{difference, largest},
    encode::{EncodeError, gray_png, jpeg, png},
    outline::outline,
    palette::Palette,
    scanpaths::draw_scanpaths,
    shades::{Shades, bytes, laid_over, overlay},
    tiles::{means, shrunk, side_by_side, small},
};

mod color_bar;
mod difference;
mod encode;
mod ink;
mod outline;
mod palette;
mod scanpaths;
mod shades;
#[cfg(test)]
mod tests;
mod tiles;

/// The example of the README, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
