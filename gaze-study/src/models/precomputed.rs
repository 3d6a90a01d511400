//! Maps that another program made, as a model that looks its predictions up.

use std::{fs, path::Path, sync::OnceLock};

use gaze_core::{ModelError, Prediction, SaliencyModel, Size, Viewing};
use gaze_data::{DataError, Dataset, MapKind, PredictionStore};

use crate::{
    error::{OpenModelError, StudyError},
    files,
};

/// A folder or a file of maps, matched to stimuli by their names.
#[derive(Debug)]
pub(super) struct Precomputed {
    store: PredictionStore,
    kind: MapKind,
    /// The hash of the one file that holds all maps, if one does. It is computed when it is first asked for.
    hash: OnceLock<Vec<u8>>,
}

impl Precomputed {
    /// Opens the maps, and checks that they have to do with the dataset.
    pub(super) fn open(model: &str, folder: &Path, kind: MapKind, dataset: &Dataset) -> Result<Self, OpenModelError> {
        let store = PredictionStore::open(folder, kind)
            .map_err(|source| OpenModelError::Maps { model: model.to_owned(), source: Box::new(source) })?;
        if !dataset.stimuli().iter().any(|stimulus| store.path(stimulus.key()).is_some()) {
            let example = dataset.stimuli().first().map_or("NAME", |stimulus| stimulus.key()).to_owned();
            let (model, folder) = (model.to_owned(), folder.to_owned());
            return Err(OpenModelError::NoMap { model, maps: store.len(), folder, example });
        }
        Ok(Self { store, kind, hash: OnceLock::new() })
    }

    /// The meaning of the maps' numbers.
    pub(super) fn kind(&self) -> MapKind {
        self.kind
    }

    /// The size of the map for a stimulus.
    pub(super) fn size(&self, name: &str) -> Result<Size, DataError> {
        self.store.size(name)
    }

    /// The source that the prediction for a stimulus is read from: the bytes of its file or, where one file holds all maps, the hash
    /// of that file. `None` if there is no map for the stimulus.
    pub(super) fn input(&self, name: &str) -> Result<Option<Vec<u8>>, StudyError> {
        let Some(path) = self.store.path(name) else { return Ok(None) };
        if path != self.store.folder() {
            return fs::read(path).map(Some).map_err(StudyError::file("reading", path));
        }
        if let Some(hash) = self.hash.get() {
            return Ok(Some(hash.clone()));
        }
        let found = files::hash(path).map_err(StudyError::file("reading", path))?;
        Ok(Some(self.hash.get_or_init(|| found.into_bytes()).clone()))
    }
}

impl SaliencyModel for Precomputed {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(self.store.load(viewing.name)?)
    }
}
