//! The opened dataset: gaze in memory, and the pixels of its images where they are in a file.

use std::path::PathBuf;

use gaze_core::{Size, Stimulus};
use ndarray::Array3;

use crate::{
    DataError, GroupGaze, RawScanpath, StimulusEntry,
    contract::{GazeReader, Picture},
    files::hdf5::Hdf5,
    formats::shared::stimuli::GROUP,
};

pub(super) struct Pysaliency {
    pub(super) source: PathBuf,
    /// The gaze on each stimulus.
    pub(super) gaze: Vec<Option<Vec<RawScanpath>>>,
    /// The file of the pixels, if the images are not in files of their own.
    pub(super) pixels: Option<Hdf5>,
    /// The number of each stimulus in the file.
    pub(super) numbers: Vec<usize>,
}

impl Pysaliency {
    fn file(&self, stimulus: &StimulusEntry) -> Result<&Hdf5, DataError> {
        let none = || DataError::NoImage { key: stimulus.key.clone(), folder: self.source.clone() };
        self.pixels.as_ref().ok_or_else(none)
    }
}

impl GazeReader for Pysaliency {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let scanpaths = self.gaze.get(index).and_then(Option::as_ref).cloned();
        let gaze =
            |scanpaths| GroupGaze { group: GROUP.to_owned(), source: self.source.clone(), scanpaths: Ok(scanpaths) };
        scanpaths.map(gaze).into_iter().collect()
    }

    fn picture(&self, index: usize, stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        let file = self.file(stimulus)?;
        let path = self.numbers[index].to_string();
        let (shape, bytes) = file.bytes(&path)?;
        let wrong = |found: &[usize]| {
            file.problem(&path, "pixels (height, width) or (height, width, 3)", &format!("{found:?}"))
        };
        let pixels = match *shape.as_slice() {
            [height, width] => {
                Array3::from_shape_vec((height, width, 3), bytes.iter().flat_map(|&gray| [gray; 3]).collect())
            }
            [height, width, 3] => Array3::from_shape_vec((height, width, 3), bytes),
            _ => return Err(wrong(&shape)),
        };
        let stimulus = pixels.ok().and_then(|pixels| Stimulus::new(pixels).ok());
        stimulus.map(Picture::Pixels).ok_or_else(|| wrong(&shape))
    }

    fn picture_size(&self, index: usize, stimulus: &StimulusEntry) -> Result<Size, DataError> {
        let file = self.file(stimulus)?;
        let path = self.numbers[index].to_string();
        match *file.shape(&path)?.as_slice() {
            [height, width] | [height, width, _] => Ok(Size { height, width }),
            ref shape => {
                Err(file.problem(&path, "pixels (height, width) or (height, width, 3)", &format!("{shape:?}")))
            }
        }
    }
}
