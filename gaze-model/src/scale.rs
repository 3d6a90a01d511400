//! The size at which a network sees a picture, and the way back from there to the picture's own size.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{F32, U8x3},
};
use gaze_core::{LogDensity, MapError, PixelsPerDegree, Size, Stimulus};
use ndarray::{Array2, Array3};
use thiserror::Error;

/// The size at which a network sees a picture.
///
/// Networks are trained with pictures of a certain scale, which
/// [`SaliencyModel::training`](gaze_core::SaliencyModel::training) tells: DeepGaze IIE with 35 pixels per degree of
/// visual angle and about 1024 pixels along the longer side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// The picture's own size.
    #[default]
    AsIs,
    /// The size at which a degree of visual angle has as many pixels as in the network's training.
    Degree {
        /// Pixels per degree of the picture as it was shown to the observers.
        shown: PixelsPerDegree,
        /// Pixels per degree of the pictures of the training.
        trained: PixelsPerDegree,
    },
    /// The size at which the longer side has this many pixels.
    LongSide(usize),
}

/// A picture that cannot be resized to the size asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a picture of {from} cannot be scaled to {to} (height x width)")]
pub struct ScaleError {
    /// The picture's size.
    pub from: Size,
    /// The size that was asked for.
    pub to: Size,
}

impl Scale {
    /// Computes the size at which a picture of `size` is seen. Each side has at least one pixel.
    #[must_use]
    pub fn size(self, size: Size) -> Size {
        let long = size.height.max(size.width) as f64;
        let factor = match self {
            Self::AsIs => return size,
            Self::Degree { shown, trained } => trained.get() / shown.get(),
            Self::LongSide(pixels) => pixels as f64 / long,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and `resize` refuses such a size"
        )]
        let scaled = |side: usize| ((side as f64 * factor).round() as usize).max(1);
        Size { height: scaled(size.height), width: scaled(size.width) }
    }
}

/// The largest number of pixels that a picture or density is resized to.
const MOST_PIXELS: usize = 1 << 28;

/// Resizes a picture by cubic interpolation (Catmull–Rom). The kernel grows when the picture shrinks, so that nothing
/// aliases. At its own size the picture is returned unchanged.
///
/// # Errors
///
/// [`ScaleError`] for a size without pixels or with more than 2²⁸.
pub fn resize(stimulus: &Stimulus, size: Size) -> Result<Stimulus, ScaleError> {
    let from = stimulus.size();
    if from == size {
        return Ok(stimulus.clone());
    }
    let pixels = stimulus.pixels();
    let bytes = pixels.as_slice().expect("a stimulus is contiguous");
    let bytes = resample::<U8x3, u8>(bytes, from, size, FilterType::CatmullRom);
    let bytes = bytes.ok_or(ScaleError { from, to: size })?;
    let pixels = Array3::from_shape_vec((size.height, size.width, 3), bytes).expect("three bytes a pixel");
    Ok(Stimulus::new(pixels).expect("three channels and a pixel"))
}

/// Resizes a density: interpolates its probabilities linearly, with a kernel that grows when the map shrinks, and
/// normalises them again. At its own size the density is returned unchanged.
///
/// # Errors
///
/// [`MapError::Empty`] for a size without pixels or with more than 2²⁸; [`MapError`] if all probabilities vanish.
pub fn resize_density(density: &LogDensity<'_>, size: Size) -> Result<LogDensity<'static>, MapError> {
    let from = density.size();
    if from == size {
        return Ok(density.clone().into_owned());
    }
    // Probabilities as multiples of the uniform density's, which 32 bits hold well.
    let uniform = -(density.values().len() as f64).ln();
    #[expect(clippy::cast_possible_truncation, reason = "the interpolation computes in 32 bits")]
    let multiples: Vec<f32> = density.values().iter().map(|value| (value - uniform).exp() as f32).collect();
    let resized = resample::<F32, f32>(&multiples, from, size, FilterType::Bilinear).ok_or(MapError::Empty { size })?;
    let weights = resized.into_iter().map(f64::from).collect();
    LogDensity::from_weights(Array2::from_shape_vec((size.height, size.width), weights).expect("one value a pixel"))
}

/// Resizes pixels of type `P`, which are made of numbers `C`, row by row. The filter's kernel grows when the picture shrinks,
/// so that nothing aliases. Returns `None` if a size has no pixels or more than [`MOST_PIXELS`].
pub(crate) fn resample<P: PixelTrait, C: Pod>(
    values: &[C],
    from: Size,
    to: Size,
    filter: FilterType,
) -> Option<Vec<C>> {
    resample_part::<P, C>(values, from, [0.0, 0.0, from.width as f64, from.height as f64], to, filter)
}

/// Resizes the part of a picture that begins at the first two numbers of `part` (x, y) and has the width and height of the
/// others, in pixels that need not be whole.
pub(crate) fn resample_part<P: PixelTrait, C: Pod>(
    values: &[C],
    from: Size,
    part: [f64; 4],
    to: Size,
    filter: FilterType,
) -> Option<Vec<C>> {
    let ([width, height], [from_width, from_height]) = (sides(to)?, sides(from)?);
    let source = TypedImageRef::<P>::from_buffer(from_width, from_height, cast_slice(values)).ok()?;
    let mut resized = vec![C::zeroed(); to.pixels() * size_of::<P>() / size_of::<C>()];
    let mut target = TypedImage::<P>::from_buffer(width, height, cast_slice_mut(&mut resized)).ok()?;
    let [x, y, part_width, part_height] = part;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(x, y, part_width, part_height);
    Resizer::new().resize_typed(&source, &mut target, &options).ok()?;
    Some(resized)
}

/// Returns width and height, or `None` if there are no pixels or more than [`MOST_PIXELS`].
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
            // Pixel centers lie half a pixel from the pixel's corner at every size.
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
