//! Maps as pictures.

use std::io::Cursor;

use anyhow::Result;
use gaze_core::{SaliencyMap, Stimulus};
use image::{
    ExtendedColorType, ImageEncoder, Rgb, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops,
};

/// The longer side of a picture in the report.
const THUMBNAIL: u32 = 480;

/// Scales a map to 0 ..= 1. A constant map has nothing to show and is 0 everywhere.
fn scaled(map: &SaliencyMap) -> impl Fn(f64) -> f64 + use<> {
    let values = map.values();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    move |value| if range > 0.0 { (value - low) / range } else { 0.0 }
}

fn pixels(map: &SaliencyMap, color: impl Fn(u32, u32, f64) -> Rgb<u8>) -> RgbImage {
    let (height, width) = map.values().dim();
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let scaled = scaled(map);
    let values = map.values();
    RgbImage::from_fn(side(width), side(height), |x, y| color(x, y, scaled(values[[y as usize, x as usize]])))
}

/// The map in the perceptually uniform colors of matplotlib's `inferno`, from its smallest value to its largest.
pub(crate) fn heatmap(map: &SaliencyMap) -> RgbImage {
    pixels(map, |_, _, value| {
        let colorous::Color { r, g, b } = colorous::INFERNO.eval_continuous(value);
        Rgb([r, g, b])
    })
}

/// The heat map laid over the picture: the picture is gray where the map is low, hidden at most two thirds where it
/// is high.
pub(crate) fn overlay(stimulus: &Stimulus, map: &SaliencyMap, heat: &RgbImage) -> RgbImage {
    let picture = stimulus.pixels();
    pixels(map, |x, y, value| {
        let opacity = 0.67 * value.sqrt();
        let heat = heat.get_pixel(x, y);
        Rgb(std::array::from_fn(|channel| {
            let under = f64::from(picture[[y as usize, x as usize, channel]]);
            let over = f64::from(heat.0[channel]);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes is a byte")]
            let mixed = (under + (over - under) * opacity).round() as u8;
            mixed
        }))
    })
}

/// Encodes as PNG.
pub(crate) fn png(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// A small JPEG for the report.
pub(crate) fn thumbnail(picture: &RgbImage) -> Result<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let scale = f64::from(THUMBNAIL) / f64::from(width.max(height));
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 82);
    if scale < 1.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the longer side")]
        let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        imageops::thumbnail(picture, side(width), side(height)).write_with_encoder(encoder)?;
    } else {
        picture.write_with_encoder(encoder)?;
    }
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, array};

    fn map(values: Array2<f64>) -> SaliencyMap {
        SaliencyMap::new(values).unwrap()
    }

    #[test]
    fn rows_are_y_and_the_largest_value_is_brightest() {
        let heat = heatmap(&map(array![[0.0, 1.0, 2.0], [0.0, 0.0, 9.0]]));
        assert_eq!(heat.dimensions(), (3, 2));
        let brightness = |x, y| heat.get_pixel(x, y).0.iter().map(|&v| u32::from(v)).sum::<u32>();
        assert!(brightness(2, 1) > brightness(2, 0) && brightness(2, 0) > brightness(1, 0));
        assert!(brightness(0, 0) < 10);
    }

    #[test]
    fn where_the_map_is_low_the_picture_is_unchanged() {
        let stimulus = Stimulus::new(Array3::from_elem((1, 2, 3), 200)).unwrap();
        let map = map(array![[0.0, 1.0]]);
        let overlay = overlay(&stimulus, &map, &heatmap(&map));
        assert_eq!(overlay.get_pixel(0, 0).0, [200, 200, 200]);
        assert_ne!(overlay.get_pixel(1, 0).0, [200, 200, 200]);
    }

    #[test]
    fn a_constant_map_makes_a_picture() {
        let heat = heatmap(&map(Array2::from_elem((2, 2), 0.25)));
        assert_eq!(heat.get_pixel(0, 0), heat.get_pixel(1, 1));
        assert!(png(&heat).is_ok());
    }

    #[test]
    fn thumbnails_keep_the_shape_and_never_vanish() {
        for (height, width, expected) in [(1000, 2000, (480, 240)), (1, 3000, (480, 1)), (10, 20, (20, 10))] {
            let jpeg = thumbnail(&heatmap(&map(Array2::zeros((height, width))))).unwrap();
            assert_eq!(image::load_from_memory(&jpeg).unwrap().to_rgb8().dimensions(), expected);
        }
    }
}
