//! Gaze that a reader collects when it opens a dataset, because all of it is in one file.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use gaze_core::PixelsPerDegree;

use crate::{
    DataError, GroupGaze, Provenance, RawScanpath, StimulusEntry,
    dataset::{GazeReader, Index, some_of, without_image},
    folder,
};

/// The group of a dataset whose observers form one.
pub(crate) const GROUP: &str = "all";

/// Every observer's fixations on one image, or what is wrong with this part of the file.
pub(crate) type Observers = Result<Vec<RawScanpath>, Problem>;

/// A part of a file that is not what it should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    place: String,
    expected: String,
    found: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, expected: &str, found: &impl ToString) -> Self {
        Self { place: place.into(), expected: expected.to_owned(), found: found.to_string() }
    }

    /// The problem as one of a file.
    pub(crate) fn at(self, path: &Path) -> DataError {
        let Self { place, expected, found } = self;
        DataError::Content { path: path.to_owned(), place, expected, found }
    }
}

/// All gaze of a dataset with one group, by stimulus.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) name: String,
    pub(crate) pixels_per_degree: Option<PixelsPerDegree>,
    /// The file that it stands in, relative to the root.
    pub(crate) source: PathBuf,
    /// Files of the stimuli whose gaze stands in another.
    pub(crate) sources: BTreeMap<String, PathBuf>,
    /// The folder of the images, relative to the root.
    pub(crate) images: PathBuf,
    /// The images' files by key.
    pub(crate) pictures: BTreeMap<String, PathBuf>,
    pub(crate) gaze: BTreeMap<String, Observers>,
    pub(crate) notes: Vec<String>,
}

impl Collected {
    /// The index of everything that has an image or gaze.
    pub(crate) fn index(self) -> Index {
        let Self { name, pixels_per_degree, source, mut sources, images, pictures, mut gaze, mut notes } = self;
        let stimuli = stimuli(&pictures, gaze.keys());
        let sources = stimuli.iter().map(|stimulus| sources.remove(&stimulus.key).unwrap_or_else(|| source.clone()));
        let sources = sources.collect();
        let gaze: Vec<_> = stimuli.iter().map(|stimulus| gaze.remove(&stimulus.key)).collect();
        notes.extend(without_image(&stimuli));
        let unseen: Vec<_> =
            stimuli.iter().zip(&gaze).filter(|(_, gaze)| gaze.is_none()).map(|(stimulus, _)| stimulus.key()).collect();
        notes.extend(without_gaze(&unseen, stimuli.len()));
        Index {
            name,
            provenance: Provenance::Recorded,
            pixels_per_degree,
            groups: vec![GROUP.to_owned()],
            stimuli,
            images,
            notes,
            reader: Box::new(Reader { sources, gaze }),
        }
    }
}

/// A note about the stimuli without gaze, if there are any.
pub(crate) fn without_gaze(keys: &[&str], all: usize) -> Option<String> {
    (!keys.is_empty()).then(|| format!("{} of {all} stimuli have no gaze: {}", keys.len(), some_of(keys)))
}

/// Every stimulus that has an image or gaze, in natural order.
pub(crate) fn stimuli<'a>(
    pictures: &'a BTreeMap<String, PathBuf>,
    gaze: impl Iterator<Item = &'a String>,
) -> Vec<StimulusEntry> {
    let keys: BTreeSet<_> = pictures.keys().chain(gaze).cloned().collect();
    let entry = |key: String| StimulusEntry::new(key.clone(), pictures.get(&key).cloned());
    let mut stimuli: Vec<_> = keys.into_iter().map(entry).collect();
    stimuli.sort_by(|a, b| folder::natural_order(&a.key, &b.key));
    stimuli
}

struct Reader {
    /// In the order of the stimuli, as is the gaze.
    sources: Vec<PathBuf>,
    /// `None` for an image that the file does not mention.
    gaze: Vec<Option<Observers>>,
}

impl GazeReader for Reader {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let observers = self.gaze.get(index).and_then(Option::as_ref).cloned();
        let source = &self.sources[index];
        let gaze = |observers: Observers| GroupGaze {
            group: GROUP.to_owned(),
            source: source.clone(),
            scanpaths: observers.map_err(|problem| problem.at(source)),
        };
        observers.map(gaze).into_iter().collect()
    }
}
