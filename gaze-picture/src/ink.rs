//! Rectangles and letters on a picture.

use font8x8::{BASIC_FONTS, LATIN_FONTS, UnicodeFonts};
use image::{Rgb, RgbImage};

pub(crate) const LIGHT: Rgb<u8> = Rgb([255, 255, 255]);
pub(crate) const DARK: Rgb<u8> = Rgb([24, 24, 24]);
/// The side of a letter's cell.
pub(crate) const CELL: u32 = 8;

/// Fills a rectangle, as far as it lies on the picture.
pub(crate) fn fill(picture: &mut RgbImage, left: u32, top: u32, width: u32, height: u32, color: Rgb<u8>) {
    for y in top..top.saturating_add(height).min(picture.height()) {
        for x in left..left.saturating_add(width).min(picture.width()) {
            picture.put_pixel(x, y, color);
        }
    }
}

/// Writes text in letters of `CELL` cells of `unit` pixels, as far as it lies on the picture.
pub(crate) fn write(picture: &mut RgbImage, left: u32, top: u32, unit: u32, text: &str, color: Rgb<u8>) {
    for (position, character) in (0..).zip(text.chars()) {
        let left = left.saturating_add(position * CELL * unit);
        if left >= picture.width() {
            break;
        }
        let glyph = BASIC_FONTS.get(character).or_else(|| LATIN_FONTS.get(character)).or_else(|| BASIC_FONTS.get('?'));
        for (row, bits) in (0..).zip(glyph.unwrap_or_default()) {
            for column in (0..CELL).filter(|column| bits >> column & 1 == 1) {
                fill(picture, left + column * unit, top + row * unit, unit, unit, color);
            }
        }
    }
}
