//! A picture as the network takes it, and its half.

use std::borrow::Cow;

use fast_image_resize::{
    FilterType, PixelTrait,
    pixels::{F32x3, U8x3},
};
use gaze_core::{Size, Stimulus};
use ndarray::ArrayView3;

use crate::{
    gaze_lite::{
        LiteError,
        architecture::{MIDDLE, RANGE},
        grid::half,
    },
    scale::resample,
};

/// The shortest side and the largest number of pixels that are taken.
const SHORTEST_SIDE: usize = 16;
const MOST_PIXELS: usize = 16_000_000;

/// A picture that gaze-lite looks at: the bytes of a [`Stimulus`], or numbers that were never rounded to bytes.
#[derive(Clone, Debug)]
pub struct Picture<'a> {
    size: Size,
    colors: Colors<'a>,
}

/// Red, green and blue of each pixel, row by row.
#[derive(Clone, Debug)]
enum Colors<'a> {
    Bytes(Cow<'a, [u8]>),
    Numbers(Cow<'a, [f32]>),
}

impl<'a> Picture<'a> {
    /// Takes an array `(height, width, 3)` of red, green and blue from 0 to 255, in the color space in which files store
    /// them. An array that is not contiguous is copied.
    ///
    /// # Errors
    ///
    /// [`LiteError::Colors`] if the last axis has another length or a number is not finite.
    pub fn from_f32(colors: ArrayView3<'a, f32>) -> Result<Self, LiteError> {
        let (height, width, channels) = colors.dim();
        if channels != 3 || colors.iter().any(|color| !color.is_finite()) {
            return Err(LiteError::Colors { channels });
        }
        let colors = match colors.to_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(colors.iter().copied().collect()),
        };
        Ok(Self { size: Size { height, width }, colors: Colors::Numbers(colors) })
    }

    /// The picture's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Checks that the network can take the picture.
    pub(super) fn check(&self) -> Result<(), LiteError> {
        let size = self.size;
        if size.height.min(size.width) < SHORTEST_SIDE {
            return Err(LiteError::TooSmall { size, shortest: SHORTEST_SIDE });
        }
        if size.height.saturating_mul(size.width) > MOST_PIXELS {
            return Err(LiteError::TooLarge { size, most: MOST_PIXELS });
        }
        Ok(())
    }

    /// Writes the colors of a row as the network sees them, three numbers a pixel.
    pub(super) fn row(&self, row: usize, into: &mut [f32]) {
        let width = self.size.width * 3;
        let place = row * width..(row + 1) * width;
        match &self.colors {
            Colors::Bytes(bytes) => normalize(bytes[place].iter().map(|&byte| f32::from(byte)), into),
            Colors::Numbers(numbers) => normalize(numbers[place].iter().copied(), into),
        }
    }

    /// Resizes the picture to half its size by linear interpolation. The kernel reaches as far as a half-size pixel, so
    /// that nothing aliases.
    pub(super) fn halve(&self) -> Picture<'static> {
        let size = half(self.size);
        let colors = match &self.colors {
            Colors::Bytes(bytes) => Colors::Bytes(self.resized::<U8x3, u8>(bytes, size).into()),
            Colors::Numbers(numbers) => Colors::Numbers(self.resized::<F32x3, f32>(numbers, size).into()),
        };
        Picture { size, colors }
    }

    fn resized<P: PixelTrait, C: bytemuck::Pod>(&self, colors: &[C], size: Size) -> Vec<C> {
        resample::<P, C>(colors, self.size, size, FilterType::Bilinear).expect("the picture's size was checked")
    }
}

impl<'a> From<&'a Stimulus> for Picture<'a> {
    fn from(stimulus: &'a Stimulus) -> Self {
        let bytes = stimulus.pixels().to_slice().expect("a stimulus is contiguous");
        Self { size: stimulus.size(), colors: Colors::Bytes(bytes.into()) }
    }
}

fn normalize(colors: impl Iterator<Item = f32>, into: &mut [f32]) {
    for (into, color) in into.iter_mut().zip(colors) {
        *into = (color - MIDDLE) / RANGE;
    }
}
