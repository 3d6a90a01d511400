//! A picture as it was shown.

use ndarray::{Array3, ArrayView3};
use thiserror::Error;

use crate::Size;

/// An array is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StimulusError {
    /// The last axis is not red, green, blue.
    #[error("a stimulus has 3 color channels, this array has {found}")]
    Channels {
        /// Length of the last axis.
        found: usize,
    },
    /// A side is zero.
    #[error("a stimulus has at least one pixel, this array is {size} (height x width)")]
    Empty {
        /// The size that was given.
        size: Size,
    },
}

/// An 8-bit RGB picture of shape `(height, width, 3)`.
///
/// The values are those of the file: no color management, no gamma, no rotation from metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stimulus {
    pixels: Array3<u8>,
}

impl Stimulus {
    /// Takes an array of shape `(height, width, 3)`.
    ///
    /// # Errors
    ///
    /// [`StimulusError::Channels`] if the last axis is not 3 long, [`StimulusError::Empty`] if there is no pixel.
    pub fn new(pixels: Array3<u8>) -> Result<Self, StimulusError> {
        let (height, width, channels) = pixels.dim();
        if channels != 3 {
            return Err(StimulusError::Channels { found: channels });
        }
        if height == 0 || width == 0 {
            return Err(StimulusError::Empty { size: Size { height, width } });
        }
        let row_major = pixels.is_standard_layout();
        Ok(Self { pixels: if row_major { pixels } else { pixels.as_standard_layout().into_owned() } })
    }

    /// The picture's size.
    #[must_use]
    pub fn size(&self) -> Size {
        let (height, width, _) = self.pixels.dim();
        Size { height, width }
    }

    /// The values, `(height, width, 3)`, contiguous in row-major order.
    #[must_use]
    pub fn pixels(&self) -> ArrayView3<'_, u8> {
        self.pixels.view()
    }

    /// The array of values.
    #[must_use]
    pub fn into_values(self) -> Array3<u8> {
        self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_with_three_channels_and_a_pixel_are_stimuli() {
        assert_eq!(Stimulus::new(Array3::zeros((4, 5, 3))).unwrap().size(), Size { height: 4, width: 5 });
        assert_eq!(
            Stimulus::new(Array3::zeros((4, 5, 4))).unwrap_err().to_string(),
            "a stimulus has 3 color channels, this array has 4"
        );
        assert_eq!(
            Stimulus::new(Array3::zeros((0, 5, 3))).unwrap_err().to_string(),
            "a stimulus has at least one pixel, this array is 0x5 (height x width)"
        );
    }
}
