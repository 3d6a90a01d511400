//! At which size a network sees a picture, and the way back to the picture's size.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{F32, U8x3},
};
use gaze_core::{LogDensity, MapError, PixelsPerDegree, Size, Stimulus};
use ndarray::{Array2, Array3};
use thiserror::Error;

/// The size at which a network sees a picture.
///
/// Networks are trained with pictures of a certain scale: [`DeepGaze IIE`](crate::deepgaze_iie) with 35 pixels per degree of
/// visual angle and about 1024 pixels along the longer side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// As it is.
    #[default]
    AsIs,
    /// Such that a degree of visual angle has as many pixels as in the network's training.
    Degree {
        /// Pixels per degree of the picture as it was shown.
        shown: PixelsPerDegree,
        /// Pixels per degree in training.
        trained: PixelsPerDegree,
    },
    /// Such that the longer side has this many pixels.
    LongSide(usize),
}

/// A picture cannot be resized so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a picture of {from} cannot be scaled to {to} (height x width)")]
pub struct ScaleError {
    /// The picture's size.
    pub from: Size,
    /// The size that was asked for.
    pub to: Size,
}

impl Scale {
    /// The size at which a picture of `size` is seen; no side is less than one pixel.
    #[must_use]
    pub fn size(self, size: Size) -> Size {
        let long = size.height.max(size.width) as f64;
        let factor = match self {
            Self::AsIs => return size,
            Self::Degree { shown, trained } => trained.get() / shown.get(),
            Self::LongSide(pixels) => pixels as f64 / long,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is refused later")]
        let scaled = |side: usize| ((side as f64 * factor).round() as usize).max(1);
        Size { height: scaled(size.height), width: scaled(size.width) }
    }
}

/// The most pixels that a picture is enlarged to.
const MOST_PIXELS: usize = 1 << 28;

/// `stimulus` at another size, by cubic interpolation (Catmull–Rom), whose reach grows when the picture shrinks so that
/// nothing aliases. At its own size it is returned as it is.
///
/// # Errors
///
/// [`ScaleError`] for a size without pixels or with more than 2²⁸.
pub fn resize(stimulus: &Stimulus, size: Size) -> Result<Stimulus, ScaleError> {
    let from = stimulus.size();
    if from == size {
        return Ok(stimulus.clone());
    }
    let error = ScaleError { from, to: size };
    let ([width, height], [from_width, from_height]) = (sides(size).ok_or(error)?, sides(from).ok_or(error)?);
    let pixels = stimulus.pixels();
    let bytes = pixels.as_slice().expect("a stimulus is contiguous");
    let source = TypedImageRef::<U8x3>::from_buffer(from_width, from_height, bytes).map_err(|_| error)?;
    let mut target = TypedImage::<U8x3>::new(width, height);
    let cubic = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(&source, &mut target, &cubic).map_err(|_| error)?;
    let bytes = target.pixels().iter().flat_map(|pixel| pixel.0).collect();
    let pixels = Array3::from_shape_vec((size.height, size.width, 3), bytes).expect("three bytes a pixel");
    Ok(Stimulus::new(pixels).expect("three channels and a pixel"))
}

/// A density at another size: its probabilities interpolated linearly, with a reach that grows when the map shrinks, and
/// normalised again. At its own size it is returned as it is.
///
/// # Errors
///
/// [`MapError`] for a size without pixels or with more than 2²⁸, or if no probability is left.
pub fn resize_density(density: &LogDensity<'_>, size: Size) -> Result<LogDensity<'static>, MapError> {
    let from = density.size();
    if from == size {
        return Ok(density.clone().into_owned());
    }
    let (Some([width, height]), Some([from_width, from_height])) = (sides(size), sides(from)) else {
        return Err(MapError::Empty { size });
    };
    // As multiples of the uniform density, which 32 bits hold well.
    let uniform = -(density.values().len() as f64).ln();
    #[expect(clippy::cast_possible_truncation, reason = "the interpolation is of 32 bits")]
    let pixels = density.values().iter().map(|value| F32::new((value - uniform).exp() as f32)).collect();
    let source = TypedImage::<F32>::from_pixels(from_width, from_height, pixels).expect("as many as the size has");
    let mut target = TypedImage::<F32>::new(width, height);
    let linear = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&source, &mut target, &linear).expect("both have pixels");
    let weights = target.pixels().iter().map(|pixel| f64::from(pixel.0)).collect();
    LogDensity::from_weights(Array2::from_shape_vec((size.height, size.width), weights).expect("one value a pixel"))
}

/// Width and height, if there are pixels and not absurdly many.
fn sides(size: Size) -> Option<[u32; 2]> {
    let pixels = size.height.checked_mul(size.width)?;
    let sides = [u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?];
    (pixels > 0 && pixels <= MOST_PIXELS).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(height: usize, width: usize) -> Size {
        Size { height, width }
    }

    #[test]
    fn the_longer_side_or_a_degree_decides() {
        let degree = |pixels| PixelsPerDegree::new(pixels).unwrap();
        assert_eq!(Scale::AsIs.size(size(600, 800)), size(600, 800));
        assert_eq!(Scale::LongSide(1024).size(size(600, 800)), size(768, 1024));
        assert_eq!(Scale::LongSide(1024).size(size(3, 30_000)), size(1, 1024));
        assert_eq!(Scale::Degree { shown: degree(70.0), trained: degree(35.0) }.size(size(601, 800)), size(301, 400));
    }

    #[test]
    fn a_picture_of_one_color_keeps_it_at_every_size() {
        let picture =
            Stimulus::new(Array3::from_shape_fn((50, 70, 3), |(_, _, channel)| [10, 128, 250][channel])).unwrap();
        for size in [size(25, 35), size(100, 140), size(7, 300)] {
            let resized = resize(&picture, size).unwrap();
            assert_eq!(resized.size(), size);
            assert!(resized.pixels().indexed_iter().all(|((_, _, channel), &value)| value == [10, 128, 250][channel]));
        }
    }

    #[test]
    fn left_stays_left_and_top_stays_top() {
        let picture =
            Stimulus::new(Array3::from_shape_fn((40, 60, 3), |(y, x, _)| u8::from(y < 20 && x < 30) * 200)).unwrap();
        let resized = resize(&picture, size(20, 30)).unwrap();
        assert_eq!(resized.pixels()[[4, 6, 0]], 200);
        assert_eq!(resized.pixels()[[15, 6, 0]], 0);
        assert_eq!(resized.pixels()[[4, 22, 0]], 0);
    }

    #[test]
    fn a_density_stays_one_and_keeps_its_place() {
        let peak =
            Array2::from_shape_fn((30, 40), |(y, x)| -((y as f64 - 9.5).powi(2) + (x as f64 - 29.5).powi(2)) / 50.0);
        let density = LogDensity::normalize(peak).unwrap();
        let mean = |density: &LogDensity<'_>, of: fn((usize, usize)) -> usize| -> f64 {
            // Of pixel centers, which lie half a pixel from the pixel's corner at every size.
            density.values().indexed_iter().map(|(place, value)| (of(place) as f64 + 0.5) * value.exp()).sum()
        };
        for size in [size(60, 80), size(15, 20), size(31, 37)] {
            let resized = resize_density(&density, size).unwrap();
            assert!((resized.values().mapv(f64::exp).sum() - 1.0).abs() < 1e-9);
            // A hundredth of a pixel is lost where the border cuts the kernel.
            let (row, column) = (mean(&density, |place| place.0), mean(&density, |place| place.1));
            assert!((mean(&resized, |place| place.0) / size.height as f64 - row / 30.0).abs() < 1e-3, "{size}");
            assert!((mean(&resized, |place| place.1) / size.width as f64 - column / 40.0).abs() < 1e-3, "{size}");
        }
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let picture = Stimulus::new(Array3::zeros((2, 2, 3))).unwrap();
        let error = resize(&picture, size(1 << 20, 1 << 20)).unwrap_err();
        assert_eq!(error.to_string(), "a picture of 2x2 cannot be scaled to 1048576x1048576 (height x width)");
        let density = LogDensity::uniform(size(2, 2)).unwrap();
        assert!(resize_density(&density, size(0, 5)).is_err());
    }
}
