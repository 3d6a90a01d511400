//! Datasets with all gaze in one file, which is read as a whole when the dataset is opened.

use std::{collections::BTreeMap, path::PathBuf};

use gaze_core::PixelsPerDegree;

use crate::{
    GroupGaze, Provenance, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    error::Problem,
    formats::shared::stimuli::{GROUP, stimuli, without_gaze, without_image},
};

/// The scanpaths of all observers on one image, or the problem of this part of the file.
pub(crate) type Observers = Result<Vec<RawScanpath>, Problem>;

/// All gaze of a dataset whose observers form one group, by stimulus.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) name: String,
    pub(crate) pixels_per_degree: Option<PixelsPerDegree>,
    /// The file of the gaze, relative to the root.
    pub(crate) source: PathBuf,
    /// The files of the gaze of stimuli, where they differ from `source`.
    pub(crate) sources: BTreeMap<String, PathBuf>,
    /// The folder of the images, relative to the root.
    pub(crate) images: PathBuf,
    /// The files of the images by key.
    pub(crate) pictures: BTreeMap<String, PathBuf>,
    pub(crate) gaze: BTreeMap<String, Observers>,
    pub(crate) notes: Vec<String>,
}

impl Collected {
    /// Makes the index of all stimuli that have an image or gaze.
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

struct Reader {
    /// The file of the gaze of each stimulus.
    sources: Vec<PathBuf>,
    /// The gaze on each stimulus; `None` for an image that the file does not mention.
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
