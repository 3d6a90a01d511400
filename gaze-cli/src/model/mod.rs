//! From the name after `--model` to a prediction for each stimulus.

use std::{fs, path::Path, sync::OnceLock};

use anyhow::{Context, Result, ensure};
use gaze_core::{Prediction, Size, Stimulus};
use gaze_data::{DataError, Dataset, MapKind, PredictionStore};
use gaze_targets::CenterBias;

pub(crate) use self::{
    picture_model::{PictureModel, Surroundings},
    spec::ModelSpec,
};
use crate::{args::RunArgs, network::NetworkSettings, output};

mod picture_model;
mod spec;

/// A model opened for a dataset.
#[derive(Debug)]
pub(crate) struct Model {
    /// In tables and files.
    pub(crate) name: String,
    pub(crate) source: Source,
}

/// Where its predictions come from.
#[derive(Debug)]
pub(crate) enum Source {
    CenterBias,
    Picture(PictureModel),
    Precomputed(Box<Maps>),
}

/// Maps made by another program.
#[derive(Debug)]
pub(crate) struct Maps {
    store: PredictionStore,
    /// Of the one file that holds all of them, if one does; found when it is first asked for.
    hash: OnceLock<Vec<u8>>,
}

impl Model {
    /// Opens what the models need, and checks that they have to do with the dataset.
    pub(crate) fn open_all(args: &RunArgs, dataset: &Dataset) -> Result<Vec<Self>> {
        let models = args.model.iter().map(|spec| Self::open(spec, args, dataset)).collect::<Result<Vec<_>>>()?;
        for (index, model) in models.iter().enumerate() {
            ensure!(
                models[..index].iter().all(|other| other.name != model.name),
                "--model: two models are called {}; their scores could not be told apart",
                model.name
            );
        }
        ensure!(
            args.map_kind == MapKind::Auto || models.iter().any(|model| matches!(model.source, Source::Precomputed(_))),
            "--map-kind is about precomputed maps, and --model names none"
        );
        Ok(models)
    }

    fn open(spec: &ModelSpec, args: &RunArgs, dataset: &Dataset) -> Result<Self> {
        let source = match PictureModel::open(spec, &args.network, args.pixels_per_degree)? {
            Some(model) => Source::Picture(model),
            None => match spec {
                ModelSpec::Precomputed(folder) => {
                    let store = open_maps(spec, folder, args.map_kind, dataset)?;
                    Source::Precomputed(Box::new(Maps { store, hash: OnceLock::new() }))
                }
                _ => Source::CenterBias,
            },
        };
        Ok(Self { name: spec.name(), source })
    }

    /// What the prediction for a stimulus is read from, if it is: the bytes of its file or, where a file holds all maps,
    /// the hash of that.
    pub(crate) fn input(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let Source::Precomputed(maps) = &self.source else { return Ok(None) };
        let Maps { store, hash } = maps.as_ref();
        let Some(path) = store.path(key) else { return Ok(None) };
        let reading = || format!("reading {}", path.display());
        if path != store.folder() {
            return fs::read(path).with_context(reading).map(Some);
        }
        if let Some(hash) = hash.get() {
            return Ok(Some(hash.clone()));
        }
        let found = output::hash(path).with_context(reading)?;
        Ok(Some(hash.get_or_init(|| found.into_bytes()).clone()))
    }

    /// The size of the prediction for a stimulus whose image is missing, if the model knows one.
    pub(crate) fn size(&self, key: &str) -> Option<Result<Size, DataError>> {
        match &self.source {
            Source::Precomputed(maps) => Some(maps.store.size(key)),
            Source::CenterBias | Source::Picture(_) => None,
        }
    }

    /// What a network's predictions depend on.
    pub(crate) fn network_settings(&self) -> Result<Option<NetworkSettings>> {
        match &self.source {
            Source::Picture(model) => model.network_settings(),
            Source::CenterBias | Source::Precomputed(_) => Ok(None),
        }
    }

    /// What is to be said after all predictions.
    pub(crate) fn note(&self) -> Option<String> {
        match &self.source {
            Source::Picture(model) => model.note(),
            Source::CenterBias | Source::Precomputed(_) => None,
        }
    }

    /// The prediction for the stimulus at `index` of the dataset, which has this key and size, and a picture unless that
    /// is missing.
    pub(crate) fn predict(
        &self,
        index: usize,
        key: &str,
        size: Size,
        picture: Option<&Stimulus>,
        center_bias: &CenterBias,
    ) -> Result<Prediction> {
        let prediction = match &self.source {
            Source::CenterBias => Prediction::Density(center_bias.without(index, size)?),
            Source::Picture(model) => {
                let around = Surroundings { center_bias: Some((center_bias, index)), alone: false };
                Prediction::Density(model.log_density(size, picture, around)?)
            }
            Source::Precomputed(maps) => maps.store.load(key)?,
        };
        let found = prediction.size();
        ensure!(found == size, "the map is {found}, the image {size} (height x width)");
        Ok(prediction)
    }
}

fn open_maps(spec: &ModelSpec, folder: &Path, kind: MapKind, dataset: &Dataset) -> Result<PredictionStore> {
    let store = PredictionStore::open(folder, kind).with_context(|| format!("--model {}", spec.name()))?;
    let known = dataset.stimuli().iter().filter(|stimulus| store.path(stimulus.key()).is_some()).count();
    let example = dataset.stimuli().first().map_or("NAME", |stimulus| stimulus.key());
    ensure!(
        known > 0,
        "--model {}: none of the {} maps in {} is named like an image of the dataset, as {example}.png would be",
        spec.name(),
        store.len(),
        folder.display()
    );
    Ok(store)
}
