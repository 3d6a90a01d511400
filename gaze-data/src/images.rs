//! Images: as they are stored, between reading and decoding, and without a dataset around them.

use std::path::{Path, PathBuf};

use gaze_core::{Size, Stimulus};
use ndarray::Array3;

use crate::{DataError, files::image};

/// The bytes of an image, which can be compared with others, handed on, or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    bytes: Vec<u8>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// The bytes of a picture file, whose name in errors this is.
    Encoded(PathBuf),
    /// Height and width as little-endian numbers of 64 bits, then the pixels.
    Pixels(Size),
}

/// The number of bytes that height and width take in front of pixels.
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

    /// Returns the bytes: those of the image's file, or of its part of a larger file. Pixels that were stored as such
    /// are preceded by height and width as little-endian numbers of 64 bits.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes as [`bytes`](Self::bytes) does, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Decodes the image to 8-bit RGB, as [`Dataset::image`](crate::Dataset::image) does.
    ///
    /// # Errors
    ///
    /// [`DataError::Image`] and others if the image is damaged: the rest of a truncated file is never filled in.
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

/// Reads a picture and decodes it to 8-bit RGB, as [`Dataset::image`](crate::Dataset::image) does.
///
/// # Errors
///
/// [`DataError`] for a file that cannot be read or decoded: the rest of a truncated file is never filled in.
pub fn read_image(path: &Path) -> Result<Stimulus, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    image::stimulus(path, path)
}

/// Decodes the bytes of a picture to 8-bit RGB, as [`read_image`] does; `name` is their name in errors.
///
/// # Errors
///
/// [`DataError`] for bytes that cannot be decoded, as for [`read_image`].
pub fn decode_image(bytes: &[u8], name: &Path) -> Result<Stimulus, DataError> {
    image::encoded_stimulus(bytes, name)
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
