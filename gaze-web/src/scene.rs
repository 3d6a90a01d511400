//! A picture with its prediction: what `gaze-cli predict` does, without files.

use std::path::Path;

use gaze_core::{LogDensity, SaliencyMap, Size, Stimulus};
use gaze_data::{Background, ReadImage, Turning, decode_image, picture_size};
use gaze_model::{
    Scale as Shown,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use gaze_picture::{Palette, Scale, Shades, shrunk};
use ndarray::Array3;

use crate::error::WebError;

/// The most pixels of a picture: its two densities then take half a gigabyte, which phones have.
const MOST_PIXELS: usize = 32_000_000;
/// The longer side of what is drawn on the screen, in pixels.
const SCREEN: usize = 1600;

/// A picture, its density, and the density of the center bias alone.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) picture: Stimulus,
    pub(crate) density: LogDensity<'static>,
    pub(crate) center_bias: LogDensity<'static>,
    pub(crate) shades: Shades,
    pub(crate) scale: Scale,
    /// Sentences about what was done to the picture.
    pub(crate) notes: Vec<String>,
}

/// Pixels for the screen, four bytes each.
pub(crate) struct Screen {
    pub(crate) size: Size,
    pub(crate) pixels: Vec<u8>,
}

impl Scene {
    /// Decodes a picture file and predicts.
    pub(crate) fn of_file(model: &GazeLite, name: String, bytes: &[u8]) -> Result<Self, WebError> {
        let path = Path::new(&name);
        check_pixels(picture_size(bytes, path)?)?;
        let ReadImage { stimulus, is_transparent, is_turned } =
            decode_image(bytes, path, Turning::AsShown, Background::default())?;
        let mut notes = Vec::new();
        if is_turned {
            notes.push("turned as the camera noted".to_owned());
        }
        if is_transparent {
            notes.push(format!("transparent, laid over {}", Background::default()));
        }
        Self::new(model, name, stimulus, notes)
    }

    /// Takes pixels that the browser decoded, and predicts.
    pub(crate) fn of_pixels(model: &GazeLite, name: String, size: Size, pixels: &[u8]) -> Result<Self, WebError> {
        let wrong = || WebError::Pixels { found: pixels.len(), size };
        let count = size.height.checked_mul(size.width).ok_or_else(wrong)?;
        if pixels.len() / 4 != count || !pixels.len().is_multiple_of(4) {
            return Err(wrong());
        }
        check_pixels(size)?;
        let colors = pixels.as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect();
        let colors = Array3::from_shape_vec((size.height, size.width, 3), colors).map_err(|_| wrong())?;
        let note = "decoded by the browser, as gaze-cli does not read this format";
        Self::new(model, name, Stimulus::new(colors)?, vec![note.to_owned()])
    }

    fn new(model: &GazeLite, name: String, picture: Stimulus, notes: Vec<String>) -> Result<Self, WebError> {
        let size = picture.size();
        let center_bias = model.center_bias(size)?;
        let seen = resize(&picture, Shown::LongSide(DEFAULT_LONG_SIDE).size(size))?;
        let density = model.log_density(&seen, &center_bias)?;
        let map = density.to_saliency_map();
        let (shades, scale) = (Shades::of(&map), Scale::of(Some(&density), &map));
        Ok(Self { name, picture, density, center_bias, shades, scale, notes })
    }

    pub(crate) fn size(&self) -> Size {
        self.picture.size()
    }

    /// The probabilities.
    pub(crate) fn map(&self) -> SaliencyMap<'static> {
        self.density.to_saliency_map()
    }

    /// Draws the picture for the screen.
    pub(crate) fn picture(&self) -> Screen {
        let size = on_screen(self.size());
        let colors = shrunk(&self.picture, size).into_raw();
        let pixels = colors.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
        Screen { size, pixels }
    }

    /// Draws the heat map for the screen. Its opacity is the root of the shade, as in the overlays of `gaze-cli`, where two thirds
    /// are the most.
    pub(crate) fn heat(&self, palette: Palette) -> Screen {
        let size = on_screen(self.size());
        let colors = palette.colors();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a root of 0 ..= 1 times 255")]
        let opacity: [u8; 256] = std::array::from_fn(|shade| ((shade as f64 / 255.0).sqrt() * 255.0).round() as u8);
        let shades = self.shades.shrunk(size);
        let color = |&shade: &u8| {
            let [red, green, blue] = colors[usize::from(shade)];
            [red, green, blue, opacity[usize::from(shade)]]
        };
        Screen { size, pixels: shades.values().iter().flat_map(color).collect() }
    }
}

/// The size on the screen: the picture's own, or smaller.
pub(crate) fn on_screen(size: Size) -> Size {
    let longer = size.height.max(size.width).max(SCREEN);
    let side = |length: usize| ((length * SCREEN + longer / 2) / longer).max(1);
    Size { height: side(size.height), width: side(size.width) }
}

fn check_pixels(found: Size) -> Result<(), WebError> {
    let is_small = found.height.checked_mul(found.width).is_some_and(|pixels| pixels <= MOST_PIXELS);
    if is_small { Ok(()) } else { Err(WebError::TooLarge { found, limit: MOST_PIXELS }) }
}
