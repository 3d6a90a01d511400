//! Training: gaze, images held out, pictures as the network sees them, readouts, the model's file.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use gaze_core::{LogDensity, ModelError, Size};
use gaze_data::Format;
use gaze_model::{
    Scale,
    gaze_lite::{
        LiteError,
        training::{self, Epoch, FeatureCache, Prepared, Settings},
    },
    resize,
};
use gaze_targets::CenterBias;
use rayon::prelude::*;

use super::{GazedDataset, GazedImage, Part, Portion, gazed::center_bias, parts};
use crate::{
    error::{FittingError, StudyError},
    files,
    observer::{Observer, Work},
    text::chain,
};

/// The size at which the center biases of several datasets are averaged.
const COMMON: Size = Size { height: 144, width: 192 };

/// The data that readouts are trained on, and the settings of the training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// The datasets: folders or files.
    pub data: Vec<PathBuf>,
    /// The datasets' format; `None` if it is to be recognised.
    pub format: Option<Format>,
    /// The group of observers; `None` for all of them.
    pub group: Option<String>,
    /// The images held out to choose the best epoch: once, or once for each dataset.
    pub validation: Vec<Portion>,
    /// The images that are not used at all: once, or once for each dataset.
    pub test: Vec<Portion>,
    /// The numbers of pixels along the longer side at which pictures are seen; of several each epoch takes one.
    pub long_sides: Vec<u32>,
    /// The settings of the training itself.
    pub settings: Settings,
    /// The temperature that the model gets.
    pub temperature: f64,
    /// The model's file.
    pub out: PathBuf,
    /// The folder in which the features are kept for further trainings; `None` if they are to be removed when the training
    /// is done.
    pub cache: Option<PathBuf>,
}

/// The outcome of a training.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrainReport {
    /// The gain over the center bias in bits per fixation, on the validation images.
    pub gain: f64,
    /// The same gain with the parameters as they are stored, in 16 bits.
    pub stored_gain: f64,
    /// The epoch with that gain.
    pub epoch: usize,
    /// The number of validation images.
    pub validation: usize,
    /// The problems that were met, in words for a person.
    pub problems: Vec<String>,
}

/// A dataset with the purposes of its images and the center bias of its training images.
struct Source {
    gaze: GazedDataset,
    parts: Vec<Part>,
    /// The images whose fixations the center bias describes: those of the training, or of the validation where a dataset is
    /// held out as a whole.
    described: Part,
    /// The center bias of these images, in their order.
    center_bias: CenterBias,
}

/// The name of what failed, with the model's reason.
fn told<E: Into<ModelError>>(name: impl Into<String>) -> impl FnOnce(E) -> StudyError {
    let name = name.into();
    move |error| StudyError::Prediction { name, source: error.into() }
}

/// Trains readouts on the threads of the current [`rayon`] pool and writes the model. A training that was interrupted goes
/// on from where it was, with the same bits.
///
/// # Errors
///
/// [`FittingError`], and the errors of reading the datasets, of the training, and of writing.
pub fn train(options: &TrainOptions, observer: &dyn Observer) -> Result<TrainReport, StudyError> {
    gaze_model::use_one_thread_per_operation();
    let sources = (0..options.data.len()).map(|index| Source::open(options, index)).collect::<Result<Vec<_>, _>>()?;
    if sources.iter().all(|source| source.described != Part::Training) {
        return Err(told("training")(LiteError::NoPictures { what: "to train on" }));
    }
    let mut problems: Vec<String> = sources.iter().flat_map(|source| source.gaze.problems.clone()).collect();

    let features = options.cache.clone().unwrap_or_else(|| beside(&options.out, "features"));
    let cache = FeatureCache::new(&features).map_err(told(features.display().to_string()))?;
    let (mut pictures, mut validation) = (Vec::new(), Vec::new());
    for source in &sources {
        let prepared = source.prepare(&cache, &options.long_sides, observer);
        for (part, prepared) in prepared {
            match (part, prepared) {
                (Part::Training, Ok(views)) => pictures.push(views),
                (_, Ok(views)) => validation.extend(views),
                (_, Err(problem)) => problems.push(format!("{}; it is left out", chain(&problem))),
            }
        }
    }
    let test = sources.iter().flat_map(|source| &source.parts).filter(|&&part| part == Part::Test).count();
    observer.say(&format!(
        "{} pictures to train on, {} to validate on, {test} not looked at",
        pictures.len(),
        validation.len()
    ));
    let checkpoint = beside(&options.out, "checkpoint");
    let mut tell = |epoch: &Epoch| {
        observer.say(&format!(
            "epoch {}: {:.4} bits lost per fixation in training, {:.4} gained over the center bias in validation{}",
            epoch.number,
            epoch.loss,
            epoch.validation_gain,
            if epoch.best { "" } else { " (not the best)" }
        ));
        if observer.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let center_bias = mean_center_bias(&sources)?;
    let settings = &options.settings;
    let trained = training::train(&pictures, &validation, &center_bias, settings, Some(&checkpoint), &mut tell);
    let trained = trained.map_err(told("training"))?;
    let (gain, stored_gain, epoch) = (trained.validation_gain, trained.stored_gain, trained.epoch);
    let names: Vec<&str> = sources.iter().map(|source| source.gaze.dataset.name()).collect();
    let remarks = [
        ("data", names.join(", ")),
        ("training", format!("{} pictures, {settings:?}", pictures.len())),
        ("long side", options.long_sides.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
        (
            "validation",
            format!("{gain:.4} bits per fixation gained on {} pictures after epoch {epoch}", validation.len()),
        ),
    ];
    let trained = trained.with_temperature(options.temperature).map_err(told("the temperature"))?;
    let remarks = remarks.map(|(key, value)| (key.to_owned(), value));
    trained.write(&options.out, &remarks).map_err(told(format!("writing {}", options.out.display())))?;
    files::remove(&checkpoint)?;
    if options.cache.is_none() {
        fs::remove_dir_all(&features).map_err(StudyError::file("removing", &features))?;
    }
    Ok(TrainReport { gain, stored_gain, epoch, validation: validation.len(), problems })
}

impl Source {
    /// Reads the gaze of the `index`-th dataset and decides what its images are for.
    fn open(options: &TrainOptions, index: usize) -> Result<Self, StudyError> {
        let gaze = GazedDataset::read(&options.data[index], options.format, options.group.as_deref())?;
        let names: Vec<String> = gaze.images.iter().map(|image| image.name.clone()).collect();
        let portion = |option: &'static str, portions: &[Portion]| -> Result<usize, FittingError> {
            let datasets = options.data.len();
            match portions {
                [all] => Ok(all.of(names.len())),
                each if each.len() == datasets => Ok(each[index].of(names.len())),
                _ => Err(FittingError::Portions { option, found: portions.len(), datasets }),
            }
        };
        let parts = parts(&names, portion("the validation", &options.validation)?, portion("the test", &options.test)?);
        let trains = parts.contains(&Part::Training);
        let described = if trains { Part::Training } else { Part::Validation };
        let images = gaze.images.iter().zip(&parts).filter(|&(_, &part)| part == described);
        let center_bias = center_bias(images.map(|(image, _)| image))?;
        Ok(Self { gaze, parts, described, center_bias })
    }

    /// The images that are not for testing: those of the training at every scale, those of the validation at the first.
    fn prepare(
        &self,
        cache: &FeatureCache,
        long_sides: &[u32],
        observer: &dyn Observer,
    ) -> Vec<(Part, Result<Vec<Prepared>, StudyError>)> {
        let mut place = 0;
        let mut wanted = Vec::new();
        for (image, &part) in self.gaze.images.iter().zip(&self.parts) {
            let described = part == self.described;
            if part != Part::Test {
                // The center bias that an image is compared with does not hold its own fixations.
                wanted.push((image, part, if described { place } else { usize::MAX }));
            }
            place += usize::from(described);
        }
        observer.begin(Work::Features, wanted.len());
        let prepared = wanted.into_par_iter().map(|(image, part, left_out)| {
            let scales = if part == Part::Training { long_sides } else { &long_sides[..long_sides.len().min(1)] };
            let views = self.views(cache, image, left_out, scales);
            observer.step(usize::from(views.is_err()));
            (part, views)
        });
        let prepared = prepared.collect();
        observer.end();
        prepared
    }

    /// One image at these scales.
    fn views(
        &self,
        cache: &FeatureCache,
        image: &GazedImage,
        left_out: usize,
        long_sides: &[u32],
    ) -> Result<Vec<Prepared>, StudyError> {
        let picture = self.gaze.picture(image)?;
        let view = |&long_side: &u32| -> Result<Prepared, ModelError> {
            let size = Scale::LongSide(long_side as usize).size(picture.size());
            let seen = resize(&picture, size)?;
            let center_bias = self.center_bias.without(left_out, size)?;
            Ok(cache.prepare(&seen, &image.fixations.moved_to(size), &center_bias)?)
        };
        long_sides.iter().map(view).collect::<Result<_, _>>().map_err(told(image.to_string()))
    }
}

/// The center bias of the model, for pictures of any kind: the mean of the center biases of the datasets that train it.
fn mean_center_bias(sources: &[Source]) -> Result<LogDensity<'static>, StudyError> {
    let mut sum = ndarray::Array2::zeros(COMMON.dim());
    for source in sources.iter().filter(|source| source.described == Part::Training) {
        sum += &source.center_bias.without(usize::MAX, COMMON)?.values().mapv(f64::exp);
    }
    Ok(LogDensity::from_weights(sum)?)
}

/// The path beside a model's file: `model.safetensors` and `features` make `model.safetensors.features`.
fn beside(model: &Path, what: &str) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}
