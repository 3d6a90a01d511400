//! Maps as pictures.

use std::io::Cursor;

use anyhow::{Context, Result};
use gaze_core::{SaliencyMap, Size, Stimulus};
use image::{RgbImage, codecs::jpeg::JpegEncoder};
use ndarray::{Array2, ArrayView2, s};

pub(crate) use self::{
    color_bar::{Scale, with_color_bar},
    difference::{difference, largest},
    outline::outline,
    palette::Palette,
};

mod color_bar;
mod difference;
mod outline;
mod palette;

/// The longer side of a tile in the report.
const TILE: usize = 360;

/// A map in 256 shades, from its smallest value to its largest. A constant map has nothing to show and is 0 everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shades {
    width: u32,
    height: u32,
    shades: Vec<u8>,
}

impl Shades {
    pub(crate) fn of(map: &SaliencyMap) -> Self {
        let values = map.values();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ shade < 256")]
        let shades = values.iter().map(|value| ((value - low) * scale + 0.5) as u8).collect();
        let (height, width) = map.values().dim();
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self { width: side(width), height: side(height), shades }
    }

    /// The heat map as a picture.
    pub(crate) fn picture(&self, palette: Palette) -> RgbImage {
        let colors = palette.colors();
        let pixels = self.shades.iter().flat_map(|&shade| colors[usize::from(shade)]).collect();
        RgbImage::from_raw(self.width, self.height, pixels).unwrap_or_default()
    }

    /// The same on fewer pixels.
    pub(crate) fn shrunk(&self, small: Size) -> Self {
        let (width, height) = sides(small);
        Self { width, height, shades: shrink::<1>(&self.shades, (self.width, self.height), (width, height)) }
    }
}

/// The heat map laid over the picture: the picture is gray where the map is low, hidden at most two thirds where it
/// is high.
pub(crate) fn overlay(stimulus: &Stimulus, shades: &Shades, palette: Palette) -> RgbImage {
    mixed(bytes(stimulus), shades, palette)
}

/// The bytes of a picture, pixel by pixel.
pub(crate) fn bytes(stimulus: &Stimulus) -> &[u8] {
    stimulus.pixels().to_slice().expect("a stimulus is contiguous")
}

/// The means over boxes of nearly equal size, of pixels of so many channels.
fn shrink<const CHANNELS: usize>(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let ((width, height), (columns, rows)) = ((from.0 as usize, from.1 as usize), (to.0 as usize, to.1 as usize));
    let span = |index: usize, from: usize, to: usize| {
        let start = index * from / to;
        start..((index + 1) * from / to).max(start + 1)
    };
    let mut small = Vec::with_capacity(columns * rows * CHANNELS);
    for row in 0..rows {
        for column in 0..columns {
            let (across, down) = (span(column, width, columns), span(row, height, rows));
            let mut sums = [0u64; CHANNELS];
            for line in down.clone() {
                let line = &pixels[(line * width + across.start) * CHANNELS..(line * width + across.end) * CHANNELS];
                for pixel in line.as_chunks::<CHANNELS>().0 {
                    sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
                }
            }
            let count = (across.len() * down.len()) as u64;
            #[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
            small.extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    small
}

fn mixed(picture: &[u8], shades: &Shades, palette: Palette) -> RgbImage {
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

/// Encodes 8-bit gray values as PNG.
pub(crate) fn gray_png(values: &Array2<u8>) -> Result<Vec<u8>> {
    let side = |length: usize| u32::try_from(length).context("a side is too long for PNG");
    let bytes: Vec<u8> = values.iter().copied().collect();
    encoded((side(values.ncols())?, side(values.nrows())?), png::ColorType::Grayscale, &bytes, |_| {})
}

/// Encodes colors by their numbers as PNG.
fn indexed_png(sides: (u32, u32), indices: &[u8], colors: &[[u8; 3]; 256]) -> Result<Vec<u8>> {
    encoded(sides, png::ColorType::Indexed, indices, |encoder| {
        encoder.set_palette(colors.concat());
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Sub);
    })
}

/// Encodes as PNG.
pub(crate) fn png(picture: &RgbImage) -> Result<Vec<u8>> {
    encoded(picture.dimensions(), png::ColorType::Rgb, picture.as_raw(), |encoder| {
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Paeth);
    })
}

/// A PNG of so many columns and rows.
fn encoded(
    (width, height): (u32, u32),
    color: png::ColorType,
    values: &[u8],
    set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    set(&mut encoder);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(values)?;
    writer.finish()?;
    Ok(bytes)
}

/// The size of a tile of the report for an image of this size: as it is, or smaller.
pub(crate) fn small(size: Size) -> Size {
    let longer = size.height.max(size.width).max(TILE);
    let side = |length: usize| ((length * TILE + longer / 2) / longer).max(1);
    Size { height: side(size.height), width: side(size.width) }
}

/// A picture on fewer pixels.
pub(crate) fn shrunk(stimulus: &Stimulus, small: Size) -> RgbImage {
    let size = stimulus.size();
    let pixels = shrink::<3>(bytes(stimulus), sides(size), sides(small));
    let (width, height) = sides(small);
    RgbImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// The means of a map over boxes of nearly equal size.
pub(crate) fn means(map: ArrayView2<'_, f64>, small: Size) -> Array2<f64> {
    let span = |index: usize, from: usize, to: usize| {
        let start = index * from / to;
        start..((index + 1) * from / to).max(start + 1)
    };
    let (height, width) = map.dim();
    Array2::from_shape_fn(small.dim(), |(row, column)| {
        let (down, across) = (span(row, height, small.height), span(column, width, small.width));
        map.slice(s![down, across]).mean().unwrap_or(0.0)
    })
}

/// The heat map over the picture or, without one, by itself.
pub(crate) fn laid_over(picture: Option<&[u8]>, shades: &Shades, palette: Palette) -> RgbImage {
    let Some(picture) = picture else {
        return shades.picture(palette);
    };
    mixed(picture, shades, palette)
}

/// Tiles of one size in a row.
pub(crate) fn side_by_side(tiles: &[RgbImage], tile: Size) -> RgbImage {
    let (width, height) = sides(tile);
    let count = u32::try_from(tiles.len()).unwrap_or(1);
    RgbImage::from_fn(width * count, height, |x, y| *tiles[(x / width) as usize].get_pixel(x % width, y))
}

/// Encodes as JPEG.
pub(crate) fn jpeg(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 82))?;
    Ok(bytes.into_inner())
}

/// Width and height as pictures have them.
fn sides(size: Size) -> (u32, u32) {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    (side(size.width), side(size.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, array};

    fn shades(values: Array2<f64>) -> Shades {
        Shades::of(&SaliencyMap::new(values).unwrap())
    }

    fn decoded(bytes: &[u8]) -> RgbImage {
        image::load_from_memory(bytes).unwrap().to_rgb8()
    }

    #[test]
    fn rows_are_y_and_the_largest_value_is_brightest() {
        let heat = shades(array![[0.0, 1.0, 2.0], [0.0, 0.0, 9.0]]).picture(Palette::default());
        assert_eq!(heat.dimensions(), (3, 2));
        let brightness = |x, y| heat.get_pixel(x, y).0.iter().map(|&v| u32::from(v)).sum::<u32>();
        assert!(brightness(2, 1) > brightness(2, 0) && brightness(2, 0) > brightness(1, 0));
        assert!(brightness(0, 0) < 10);
    }

    #[test]
    fn where_the_map_is_low_the_picture_is_unchanged() {
        let stimulus = Stimulus::new(Array3::from_elem((1, 2, 3), 200)).unwrap();
        let overlay = overlay(&stimulus, &shades(array![[0.0, 1.0]]), Palette::default());
        assert_eq!(overlay.get_pixel(0, 0).0, [200, 200, 200]);
        // A third of 200 and two thirds of the last color of the palette.
        let [r, g, b] = Palette::default().colors()[255].map(|over| 0.33 * 200.0 + 0.67 * f64::from(over));
        let found = overlay.get_pixel(1, 0).0.map(f64::from);
        assert!([r, g, b].iter().zip(found).all(|(a, b)| (a - b).abs() < 1.0), "{found:?}");
        assert_eq!(decoded(&png(&overlay).unwrap()), overlay);
    }

    #[test]
    fn a_constant_map_makes_a_picture() {
        let heat = shades(Array2::from_elem((2, 2), 0.25)).picture(Palette::default());
        assert_eq!(heat.get_pixel(0, 0), heat.get_pixel(1, 1));
    }

    #[test]
    fn boxes_are_averaged_and_none_is_left_out() {
        assert_eq!(shrink::<1>(&[0, 10, 20, 30, 40, 50], (3, 2), (1, 2)), [10, 40]);
        assert_eq!(shrink::<3>(&[1, 2, 3, 4, 5, 6], (2, 1), (2, 1)), [1, 2, 3, 4, 5, 6]);
        assert_eq!(shrink::<1>(&[1, 2, 3, 4, 5], (5, 1), (2, 1)), [2, 4]);
    }

    #[test]
    fn tiles_keep_the_shape_and_never_vanish() {
        for (size, expected) in [((1000, 2000), (180u32, 360u32)), ((1, 3000), (1, 360)), ((10, 20), (10, 20))] {
            let size = Size { height: size.0, width: size.1 };
            let small = small(size);
            assert_eq!(sides(small), (expected.1, expected.0));
            let stimulus = Stimulus::new(Array3::zeros((size.height, size.width, 3))).unwrap();
            let tiles = [shrunk(&stimulus, small), shrunk(&stimulus, small)];
            let strip = decoded(&jpeg(&side_by_side(&tiles, small)).unwrap());
            assert_eq!(strip.dimensions(), (2 * expected.1, expected.0));
        }
    }

    #[test]
    fn means_keep_the_mean() {
        let map = Array2::from_shape_fn((6, 4), |(row, column)| (row * 4 + column) as f64);
        let small = means(map.view(), Size { height: 3, width: 2 });
        assert_eq!(small, array![[2.5, 4.5], [10.5, 12.5], [18.5, 20.5]]);
    }
}
