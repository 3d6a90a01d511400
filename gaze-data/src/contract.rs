//! The contract between a dataset format and the rest of the crate.
//!
//! Every file in `formats/` offers two items, which `formats/mod.rs` lists:
//!
//! - `LAYOUT: &str`, the files that identify the format, in words for an error message;
//! - `open: fn(&Place) -> Result<Option<Index>, DataError>`, which returns `None` if the place has another layout.
//!
//! `open` lists files and decodes no image. The [`Index`] that it returns owns a [`GazeReader`], which reads the gaze of
//! one stimulus when it is asked for. A format imports from `files/` and `formats/shared/`, never from another format.

use std::path::{Path, PathBuf};

use gaze_core::{PixelsPerDegree, Size, Stimulus};

use crate::{
    DataError, GroupGaze, Provenance,
    files::{image, place::Place},
};

/// Indexes a place, or returns `None` if it has another layout.
pub(crate) type Open = fn(&Place) -> Result<Option<Index>, DataError>;

/// The index of one dataset, made when its folder is opened.
pub(crate) struct Index {
    /// The dataset's name for people.
    pub(crate) name: String,
    pub(crate) provenance: Provenance,
    pub(crate) pixels_per_degree: Option<PixelsPerDegree>,
    /// The names of the groups of observers; at least one.
    pub(crate) groups: Vec<String>,
    /// The stimuli in natural order of their keys.
    pub(crate) stimuli: Vec<StimulusEntry>,
    /// The folder of the images, relative to the root.
    pub(crate) images: PathBuf,
    /// Sentences that a person should read before using the data.
    pub(crate) notes: Vec<String>,
    pub(crate) reader: Box<dyn GazeReader>,
}

/// Reads the gaze of a dataset stimulus by stimulus, and the images that have no file of their own.
///
/// `index` is the position of `stimulus` in [`Index::stimuli`].
pub(crate) trait GazeReader: Send + Sync {
    /// Reads the gaze on a stimulus: one entry per group that has any, in the order of the groups.
    fn gaze(&self, index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze>;

    /// Compares the files with the checksums that lie beside them, where a format has checksums.
    fn verify(&self) -> Result<(), DataError> {
        Ok(())
    }

    /// Reads an image that is stored inside a larger file.
    fn picture(&self, _index: usize, stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        Err(DataError::NoImage { key: stimulus.key.clone(), folder: PathBuf::new() })
    }

    /// Reads the size of an image that is stored inside a larger file.
    fn picture_size(&self, index: usize, stimulus: &StimulusEntry) -> Result<Size, DataError> {
        match self.picture(index, stimulus)? {
            Picture::Encoded { bytes, shown } => image::encoded_size(&bytes, &shown),
            Picture::Pixels(stimulus) => Ok(stimulus.size()),
        }
    }
}

/// An image taken out of a larger file.
pub(crate) enum Picture {
    /// The bytes of a picture file; `shown` is its name in errors.
    #[cfg_attr(not(feature = "msgpack"), expect(dead_code, reason = "only datadings has such images"))]
    Encoded { bytes: Vec<u8>, shown: PathBuf },
    /// Pixels that were stored without compression.
    #[cfg_attr(not(feature = "hdf5"), expect(dead_code, reason = "only pysaliency has such images"))]
    Pixels(Stimulus),
}

/// The name of one stimulus of a dataset, with the place of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StimulusEntry {
    pub(crate) key: String,
    /// The key by which maps are found, where it is another.
    map_key: Option<String>,
    pub(crate) image: Option<Image>,
}

/// The place of an image. Paths include the dataset's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// A file of its own.
    File(PathBuf),
    /// A larger file, from which the format's reader takes the image.
    #[cfg_attr(
        not(any(feature = "hdf5", feature = "msgpack")),
        expect(dead_code, reason = "only datadings and pysaliency have such images")
    )]
    Inside(PathBuf),
}

impl StimulusEntry {
    pub(crate) fn new(key: impl Into<String>, file: Option<PathBuf>) -> Self {
        Self { key: key.into(), map_key: None, image: file.map(Image::File) }
    }

    /// Makes a stimulus whose image is inside a larger file.
    #[cfg(any(feature = "hdf5", feature = "msgpack"))]
    pub(crate) fn inside(key: impl Into<String>, file: PathBuf) -> Self {
        Self { key: key.into(), map_key: None, image: Some(Image::Inside(file)) }
    }

    /// Returns the stimulus with another key by which maps are found: that of a picture which several stimuli share.
    pub(crate) fn with_map_key(self, key: String) -> Self {
        Self { map_key: Some(key), ..self }
    }

    /// Returns the key of the picture, by which maps are found. It is [`key`](Self::key), except where a table has several
    /// names for one picture.
    #[must_use]
    pub fn map_key(&self) -> &str {
        self.map_key.as_deref().unwrap_or(&self.key)
    }

    /// Returns the name, which is unique in its dataset: the stem of the image's file name where stems differ.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the path of the image's file, or of the larger file that holds the image; the dataset's root is part of
    /// the path. `None` if there is gaze but no image.
    #[must_use]
    pub fn image(&self) -> Option<&Path> {
        match &self.image {
            Some(Image::File(path) | Image::Inside(path)) => Some(path),
            None => None,
        }
    }

    /// Tells whether the stimulus has an image, in a file of its own or within a larger one.
    #[must_use]
    pub fn has_image(&self) -> bool {
        self.image.is_some()
    }
}
