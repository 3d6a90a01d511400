//! Pictures as the bytes of PNG and JPEG files.

use std::io::Cursor;

use image::{RgbImage, codecs::jpeg::JpegEncoder};
use ndarray::Array2;
use thiserror::Error;

/// A picture cannot be encoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A side has more pixels than the format can count.
    #[error("a side of {0} pixels is too long for PNG")]
    TooLong(usize),
    /// The PNG encoder refuses the picture, for example one without pixels.
    #[error("PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// The JPEG encoder refuses the picture, for example one with a side of more than 65,535 pixels.
    #[error("JPEG: {0}")]
    Jpeg(#[from] image::ImageError),
}

/// Encodes gray values of shape `(height, width)` as an 8-bit PNG file.
///
/// # Errors
///
/// [`EncodeError`] for an array without pixels or with too long a side.
pub fn gray_png(values: &Array2<u8>) -> Result<Vec<u8>, EncodeError> {
    let side = |length: usize| u32::try_from(length).map_err(|_| EncodeError::TooLong(length));
    let bytes: Vec<u8> = values.iter().copied().collect();
    encoded((side(values.ncols())?, side(values.nrows())?), png::ColorType::Grayscale, &bytes, |_| {})
}

/// Encodes a picture whose pixels are numbers of colors as a PNG file.
pub(crate) fn indexed_png(sides: (u32, u32), indices: &[u8], colors: &[[u8; 3]; 256]) -> Result<Vec<u8>, EncodeError> {
    encoded(sides, png::ColorType::Indexed, indices, |encoder| {
        encoder.set_palette(colors.concat());
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Sub);
    })
}

/// Encodes a picture as a PNG file of 8-bit colors.
///
/// # Errors
///
/// [`EncodeError`] for a picture without pixels.
pub fn png(picture: &RgbImage) -> Result<Vec<u8>, EncodeError> {
    encoded(picture.dimensions(), png::ColorType::Rgb, picture.as_raw(), |encoder| {
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Paeth);
    })
}

/// Encodes values of `width` columns and `height` rows as a PNG file.
fn encoded(
    (width, height): (u32, u32),
    color: png::ColorType,
    values: &[u8],
    set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    set(&mut encoder);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(values)?;
    writer.finish()?;
    Ok(bytes)
}

/// Encodes a picture as a JPEG file of quality 82.
///
/// # Errors
///
/// [`EncodeError`] for a picture without pixels or with too long a side.
pub fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 82))?;
    Ok(bytes.into_inner())
}
