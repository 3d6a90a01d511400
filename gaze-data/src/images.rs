//! Images: as they are stored, between reading and decoding, and without a dataset around them.

use std::path::{Path, PathBuf};

use gaze_core::{Size, Stimulus};
use ndarray::Array3;

use crate::{
    Background, DataError,
    files::{folder, image},
};

/// The way in which the orientation in a picture's EXIF data is heeded, which phones write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turning {
    /// The picture is turned as every viewer turns it.
    #[default]
    AsShown,
    /// The pixels stay in the order of the file.
    AsStored,
}

/// A picture that was read, with what was done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadImage {
    /// The picture.
    pub stimulus: Stimulus,
    /// Whether some of it is transparent, and was laid over the background.
    pub is_transparent: bool,
    /// Whether it was turned.
    pub is_turned: bool,
}

/// The bytes of an image, which can be compared with others, handed on, or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    bytes: Vec<u8>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// The bytes of a picture file, the file's name in errors, and the way to decode it.
    Encoded(PathBuf, Turning, Background),
    /// Height and width as little-endian numbers of 64 bits, then the pixels.
    Pixels(Size),
}

/// The number of bytes that height and width take in front of pixels.
const SIDES: usize = 16;

impl StoredImage {
    pub(crate) fn encoded(bytes: Vec<u8>, shown: PathBuf, turning: Turning, background: Background) -> Self {
        Self { bytes, form: Form::Encoded(shown, turning, background) }
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
            Form::Encoded(shown, turning, background) => {
                decode_image(&self.bytes, shown, *turning, *background).map(|image| image.stimulus)
            }
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
pub fn read_image(path: &Path, turning: Turning, background: Background) -> Result<ReadImage, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    decode_image(&folder::read(path, path, image::MEMORY)?, path, turning, background)
}

/// Decodes the bytes of a picture to 8-bit RGB, as [`read_image`] does; `name` is their name in errors.
///
/// # Errors
///
/// [`DataError`] for bytes that cannot be decoded, as for [`read_image`].
pub fn decode_image(
    bytes: &[u8],
    name: &Path,
    turning: Turning,
    background: Background,
) -> Result<ReadImage, DataError> {
    let (mut picture, orientation) = image::decode(bytes, name)?;
    let is_turned = turning == Turning::AsShown && orientation != ::image::metadata::Orientation::NoTransforms;
    if is_turned {
        picture.apply_orientation(orientation);
    }
    let (stimulus, is_transparent) = image::rgb(picture, background);
    Ok(ReadImage { stimulus, is_transparent, is_turned })
}

/// Reads the size that the header of a picture in memory states, before it is turned; `name` is its name in errors.
///
/// # Errors
///
/// [`DataError`] for bytes that are no picture.
pub fn picture_size(bytes: &[u8], name: &Path) -> Result<Size, DataError> {
    image::encoded_size(bytes, name)
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
