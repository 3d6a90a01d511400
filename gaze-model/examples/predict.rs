//! Predicts where people look on a picture, with gaze-lite and its own center bias.
//!
//! ```sh
//! cargo run -p gaze-model --example predict -- PICTURE.jpg MAP.png
//! ```
//!
//! MAP gets a gray picture of the same size, in which the pixel that is most likely looked at is white.

use std::error::Error;

use gaze_core::{Stimulus, Viewing};
use gaze_model::{ModelName, Options, Scale, resize};
use image::GrayImage;
use ndarray::Array3;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else { return Err("usage: predict PICTURE.jpg MAP.png".into()) };
    let pixels = image::open(from)?.to_rgb8();
    let (width, height) = pixels.dimensions();
    let picture = Stimulus::new(Array3::from_shape_vec((height as usize, width as usize, 3), pixels.into_raw())?)?;

    let model = "gaze-lite".parse::<ModelName>()?.open(&Options::default())?.model;
    // The network sees the picture at the scale of its training, and predicts at the picture's own size.
    let scale = model.training().map_or(Scale::AsIs, |training| Scale::LongSide(training.long_side));
    let seen = resize(&picture, scale.size(picture.size()))?;
    let center_bias = model.center_bias(picture.size())?;
    let viewing = Viewing { size: picture.size(), center_bias: center_bias.as_ref(), ..Viewing::of_picture(&seen) };
    let map = model.predict(&Viewing { alone: true, ..viewing })?.to_saliency_map();

    let brightest = map.values().fold(f64::MIN, |most, &value| most.max(value));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the quotient lies between 0 and 1")]
    let gray = map.values().iter().map(|value| (value / brightest * 255.0).round() as u8).collect();
    GrayImage::from_raw(width, height, gray).ok_or("the map has another size")?.save(to)?;
    Ok(())
}
