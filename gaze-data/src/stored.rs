//! An image as it is stored, between reading and decoding.

use std::path::PathBuf;

use gaze_core::{Size, Stimulus};
use ndarray::Array3;

use crate::{DataError, image};

/// The bytes that an image is made of, read once: to be compared with others, handed on, or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    bytes: Vec<u8>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// A picture file, and what errors call it.
    Encoded(PathBuf),
    /// Height and width in 64 bits each, then the pixels.
    Pixels(Size),
}

/// How long both sides are in front of pixels.
const SIDES: usize = 16;

impl StoredImage {
    pub(crate) fn encoded(bytes: Vec<u8>, shown: PathBuf) -> Self {
        Self { bytes, form: Form::Encoded(shown) }
    }

    pub(crate) fn pixels(stimulus: &Stimulus) -> Self {
        let size = stimulus.size();
        let sides = [size.height as u64, size.width as u64].map(u64::to_le_bytes);
        let bytes = sides.concat().into_iter().chain(stimulus.pixels().iter().copied()).collect();
        Self { bytes, form: Form::Pixels(size) }
    }

    /// The bytes: of a file or of a part of a larger one; or, of pixels that are stored as such, height and width in 64
    /// bits each and the pixels.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Decodes to 8-bit RGB, as [`Dataset::image`](crate::Dataset::image) does.
    ///
    /// # Errors
    ///
    /// [`DataError::Image`] and others if it is damaged: the rest of a truncated file is never filled in.
    pub fn decode(&self) -> Result<Stimulus, DataError> {
        match &self.form {
            Form::Encoded(shown) => image::encoded_stimulus(&self.bytes, shown),
            Form::Pixels(size) => {
                let pixels = Array3::from_shape_vec((size.height, size.width, 3), self.bytes[SIDES..].to_vec());
                let stimulus = Stimulus::new(pixels.expect("pixels of a stimulus of this size"));
                Ok(stimulus.expect("it was one before"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_come_back_as_they_were() {
        let pixels = Array3::from_shape_fn((2, 3, 3), |(y, x, c)| u8::try_from(y * 90 + x * 30 + c).unwrap());
        let stimulus = Stimulus::new(pixels).unwrap();
        let stored = StoredImage::pixels(&stimulus);
        assert_eq!(stored.decode().unwrap(), stimulus);
        assert_eq!((stored.bytes().len(), stored.bytes()[0], stored.bytes()[8]), (SIDES + 18, 2, 3));
    }
}
