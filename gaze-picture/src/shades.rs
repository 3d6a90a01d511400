//! A map in 256 shades, as a heat map of its own or laid over the picture.

use gaze_core::{SaliencyMap, Size, Stimulus, Summary};
use image::RgbImage;

use crate::{
    Palette,
    tiles::{shrink, sides},
};

/// A map in 256 shades, from its smallest value to its largest. A constant map has nothing to show and is 0 everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shades {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) shades: Vec<u8>,
}

impl Shades {
    /// Divides the range of the map's values into 256 shades.
    #[must_use]
    pub fn of(map: &SaliencyMap<'_>) -> Self {
        let Summary { lowest: low, highest: high, .. } = map.summary();
        let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ shade < 256")]
        let shades = map.as_slice().iter().map(|value| ((value - low) * scale + 0.5) as u8).collect();
        let (height, width) = map.values().dim();
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self { width: side(width), height: side(height), shades }
    }

    /// Colors the shades.
    #[must_use]
    pub fn picture(&self, palette: Palette) -> RgbImage {
        let colors = palette.colors();
        let pixels = self.shades.iter().flat_map(|&shade| colors[usize::from(shade)]).collect();
        RgbImage::from_raw(self.width, self.height, pixels).unwrap_or_default()
    }

    /// The shades, row after row.
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.shades
    }

    /// Shrinks the shades to a smaller size by averaging boxes of pixels.
    #[must_use]
    pub fn shrunk(&self, small: Size) -> Self {
        let (width, height) = sides(small);
        Self { width, height, shades: shrink::<1>(&self.shades, (self.width, self.height), (width, height)) }
    }
}

/// Lays the heat map over the picture: the picture shows unchanged where the map is lowest, and is hidden to two thirds
/// where the map is highest. Both must have one size.
#[must_use]
pub fn overlay(stimulus: &Stimulus, shades: &Shades, palette: Palette) -> RgbImage {
    mixed(bytes(stimulus), shades, palette)
}

/// The bytes of a picture, red, green and blue of one pixel after the other, row after row.
#[must_use]
pub fn bytes(stimulus: &Stimulus) -> &[u8] {
    stimulus.pixels().to_slice().expect("a stimulus is contiguous")
}

pub(crate) fn mixed(picture: &[u8], shades: &Shades, palette: Palette) -> RgbImage {
    let colors = palette.colors();
    // 16 bits behind the point.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an opacity lies in 0 ..= 0.67")]
    let opacity: [u32; 256] = std::array::from_fn(|shade| (0.67 * (shade as f64 / 255.0).sqrt() * 65536.0) as u32);
    let mut mixed = Vec::with_capacity(picture.len());
    for (under, &shade) in picture.as_chunks::<3>().0.iter().zip(&shades.shades) {
        let (over, opacity) = (colors[usize::from(shade)], opacity[usize::from(shade)]);
        #[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
        let mix = |channel: usize| {
            let (under, over) = (u32::from(under[channel]), u32::from(over[channel]));
            ((under * (65536 - opacity) + over * opacity + 32768) >> 16) as u8
        };
        mixed.extend([mix(0), mix(1), mix(2)]);
    }
    RgbImage::from_raw(shades.width, shades.height, mixed).unwrap_or_default()
}

/// Lays the heat map over the picture's bytes or, where there is no picture, draws the heat map alone.
#[must_use]
pub fn laid_over(picture: Option<&[u8]>, shades: &Shades, palette: Palette) -> RgbImage {
    let Some(picture) = picture else {
        return shades.picture(palette);
    };
    mixed(picture, shades, palette)
}
