//! Maps that another program made, as a model that looks its predictions up.

use std::{collections::HashMap, fs, path::Path, sync::OnceLock};

use gaze_core::{ModelError, Prediction, SaliencyModel, Size, Viewing};
use gaze_data::{DataError, Dataset, MapKind, MapOptions, PredictionStore};

use crate::{
    error::{OpenModelError, StudyError},
    files,
};

/// A folder or a file of maps, matched to stimuli by their names.
#[derive(Debug)]
pub(super) struct Precomputed {
    store: PredictionStore,
    /// The kind that was asked for.
    asked: MapKind,
    /// The names by which maps are found, where they are not the keys of the stimuli.
    names: HashMap<String, String>,
    /// The hash of the one file that holds all maps, if one does. It is computed when it is first asked for.
    hash: OnceLock<Vec<u8>>,
}

impl Precomputed {
    /// Opens the maps, and decides for all of them at once how they are named and what their numbers mean. Returns also
    /// sentences that a user should see.
    pub(super) fn open(
        model: &str,
        folder: &Path,
        options: &MapOptions,
        dataset: &Dataset,
    ) -> Result<(Self, Vec<String>), OpenModelError> {
        let mut store = PredictionStore::open(folder, options.clone())
            .map_err(|source| OpenModelError::Maps { model: model.to_owned(), source: Box::new(source) })?;
        let stimuli = dataset.stimuli();
        let notes = store.settle(stimuli.iter().map(gaze_data::StimulusEntry::map_key));
        let notes = notes.into_iter().map(|note| format!("{model}: {note}")).collect();
        if !stimuli.iter().any(|stimulus| store.path(stimulus.map_key()).is_some()) {
            let example = stimuli.first().map_or("NAME", |stimulus| stimulus.map_key()).to_owned();
            let (model, folder) = (model.to_owned(), folder.to_owned());
            return Err(OpenModelError::NoMap { model, maps: store.len(), folder, example });
        }
        let others = stimuli.iter().filter(|stimulus| stimulus.map_key() != stimulus.key());
        let names = others.map(|stimulus| (stimulus.key().to_owned(), stimulus.map_key().to_owned())).collect();
        Ok((Self { store, asked: options.kind, names, hash: OnceLock::new() }, notes))
    }

    /// The meaning of the maps' numbers that was asked for.
    pub(super) fn asked(&self) -> MapKind {
        self.asked
    }

    /// The meaning of the maps' numbers that was decided.
    pub(super) fn kind(&self) -> MapKind {
        self.store.kind()
    }

    /// The name of the map for a stimulus.
    fn name<'a>(&'a self, key: &'a str) -> &'a str {
        self.names.get(key).map_or(key, String::as_str)
    }

    /// The size of the map for a stimulus.
    pub(super) fn size(&self, name: &str) -> Result<Size, DataError> {
        self.store.size(self.name(name))
    }

    /// The source that the prediction for a stimulus is read from: the bytes of its file or, where one file holds all maps, the hash
    /// of that file. `None` if there is no map for the stimulus.
    pub(super) fn input(&self, name: &str) -> Result<Option<Vec<u8>>, StudyError> {
        let Some(path) = self.store.path(self.name(name)) else { return Ok(None) };
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
        Ok(self.store.load(self.name(viewing.name))?)
    }
}
