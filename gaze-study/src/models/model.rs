//! A model that is opened: it shows a picture to the model at the right scale and brings the answer back to the picture's
//! size.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    slice,
    sync::atomic::{AtomicUsize, Ordering},
};

use gaze_core::{
    Fixation, LogDensity, ModelError, PixelsPerDegree, Prediction, SaliencyModel, Size, Stimulus, Training, Viewing,
};
use gaze_data::{DataError, Dataset, MapKind};
use gaze_model::{ModelName, Precision, Scale, TemplateCenterBias, TrainingDataset, resize, resize_density};
use gaze_targets::CenterBias;
use thiserror::Error;

use super::{
    Calibration, CenterBiasSpec, ModelOptions, ModelSpec, NetworkSettings,
    budget::{Budget, Share},
    calibration::bare,
    center_bias::{GivenCenterBias, NetworkCenterBias},
    look::{Answer, Frame, Looked},
    precomputed::Precomputed,
    scale::{by_itself, is_far, scale},
    sharing::{Named, Sharing, taken},
};
use crate::{
    error::{OpenModelError, StudyError},
    files,
};

/// The memory in bytes for pictures that are worked on at the same time, beside the weights: enough for six threads of
/// DeepGaze IIE at 1024 × 1536, and little beside a desktop's memory.
const MEMORY: usize = 3 << 30;

/// A question to an opened model: where do people look on this picture?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The key of the stimulus in its dataset, or an empty name.
    pub name: &'a str,
    /// The size of the picture.
    pub size: Size,
    /// The picture, unless the dataset lacks it.
    pub picture: Option<&'a Stimulus>,
    /// The center bias of the dataset, and the place of the stimulus in the dataset. The stimulus itself is left out of the
    /// center bias.
    pub dataset: Option<(&'a CenterBias, usize)>,
    /// A center bias for this picture, in place of the one that the model is given otherwise.
    pub center_bias: Option<&'a TemplateCenterBias>,
    /// The fixations made so far, the oldest first, in pixels of the picture. Spatial models ignore them.
    pub history: &'a [Fixation],
    /// Whether nothing else is computed meanwhile, so that all threads may work on this picture.
    pub alone: bool,
}

impl<'a> Question<'a> {
    /// Asks for a single picture, apart from any dataset.
    #[must_use]
    pub fn of_picture(picture: &'a Stimulus) -> Self {
        Self {
            name: "",
            size: picture.size(),
            picture: Some(picture),
            dataset: None,
            center_bias: None,
            history: &[],
            alone: true,
        }
    }
}

/// The map has another size than the picture.
#[derive(Clone, Copy, Debug, Error)]
#[error("the map is {found}, the image {expected} (height x width)")]
struct OtherSize {
    found: Size,
    expected: Size,
}

/// A center bias was given for a picture, and the model takes none.
#[derive(Clone, Copy, Debug, Error)]
#[error("this model takes no center bias")]
struct TakesNoCenterBias;

/// A model that is opened, with the scale at which it sees pictures and the center bias that it is given.
#[derive(Debug)]
pub struct Model {
    name: String,
    source: Source,
    /// Sentences about the opening that a user should see.
    notes: Vec<String>,
    view: View,
    budget: Budget,
    /// The number of pictures that were shown as they are though they are far from the scale of the training.
    far: AtomicUsize,
}

/// The maker of the predictions.
#[derive(Debug)]
enum Source {
    Model(Box<dyn SaliencyModel>),
    Maps(Box<Precomputed>),
}

/// The way in which a model sees pictures.
#[derive(Debug)]
struct View {
    scale: Scale,
    scale_name: String,
    center_bias: NetworkCenterBias,
    center_bias_name: String,
    precision: Precision,
    dataset: Option<TrainingDataset>,
    /// The calibration of the network's densities, with its file.
    calibration: Option<(Calibration, PathBuf)>,
}

impl View {
    /// Shows pictures as they are; `center_bias` is what a model that takes one is given.
    fn plain(center_bias: NetworkCenterBias) -> Self {
        Self {
            scale: Scale::AsIs,
            scale_name: "as it is".to_owned(),
            center_bias,
            center_bias_name: String::new(),
            precision: Precision::default(),
            dataset: None,
            calibration: None,
        }
    }
}

/// A question in the form in which the model is asked, with its share of the memory.
struct Asked<'m, 'q> {
    frame: Frame,
    picture: Option<Cow<'q, Stimulus>>,
    center_bias: Option<LogDensity<'static>>,
    share: Share<'m>,
}

impl Asked<'_, '_> {
    fn viewing<'v>(&'v self, question: &Question<'v>, history: &'v [Fixation]) -> Viewing<'v> {
        Viewing {
            name: question.name,
            size: self.frame.answered,
            picture: self.picture.as_deref(),
            center_bias: self.center_bias.as_ref(),
            history,
            alone: question.alone,
        }
    }
}

/// The density of a prediction; scores are divided by their sum.
pub(super) fn density(prediction: Prediction) -> Result<LogDensity<'static>, ModelError> {
    match prediction {
        Prediction::Density(density) => Ok(density),
        Prediction::Scores(map) => Ok(LogDensity::from_weights(map.values().to_owned())?),
    }
}

impl Model {
    /// Opens a model for a dataset. Pass `None` where single pictures are predicted.
    ///
    /// # Errors
    ///
    /// [`OpenModelError`]: the weights or the maps are not there or cannot be read, an option is not the model's, the model
    /// needs a dataset and there is none.
    pub fn open(spec: &ModelSpec, options: &ModelOptions, dataset: Option<&Dataset>) -> Result<Self, OpenModelError> {
        let mut opened = Self::open_all(slice::from_ref(spec), options, dataset)?;
        Ok(opened.pop().expect("a name makes a model"))
    }

    /// Opens several models with one set of options, in the order of their names. An option goes to the models that take it.
    /// With a dataset, the pixels per degree are also the dataset's, and no model need take them.
    ///
    /// # Errors
    ///
    /// [`OpenModelError`], also if an option is no model's, or is a file that several would take for their own.
    pub fn open_all(
        specs: &[ModelSpec],
        options: &ModelOptions,
        dataset: Option<&Dataset>,
    ) -> Result<Vec<Self>, OpenModelError> {
        let sharing = Sharing::new(specs, options, dataset.is_some())?;
        let open = |named| Self::named(named, &sharing.taken_by(named), dataset);
        let mut models = sharing.named.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        sharing.tell_unused(&mut models)?;
        Ok(models)
    }

    /// Opens a model with options that it takes.
    fn named(named: &Named<'_>, options: &ModelOptions, dataset: Option<&Dataset>) -> Result<Self, OpenModelError> {
        let spec = named.spec;
        let needs_dataset = || OpenModelError::NeedsDataset { model: spec.label() };
        match spec {
            ModelSpec::Listed(name) => Self::listed(name, options),
            ModelSpec::Precomputed(folder) => {
                let (name, dataset) = (spec.label(), dataset.ok_or_else(needs_dataset)?);
                let (maps, notes) = Precomputed::open(&name, folder, &options.maps, dataset)?;
                let view = View::plain(NetworkCenterBias::Uniform);
                Ok(Self { notes, ..Self::new(name, Source::Maps(Box::new(maps)), view) })
            }
            ModelSpec::Calibrated(file) => {
                let calibration = named.calibration.as_ref().expect("it was read when the file was named");
                Self::calibrated(calibration.clone(), file, options)
            }
            ModelSpec::CenterBias => {
                dataset.ok_or_else(needs_dataset)?;
                let view = View::plain(NetworkCenterBias::Dataset);
                Ok(Self::new(spec.label(), Source::Model(Box::new(GivenCenterBias)), view))
            }
        }
    }

    /// Opens a network as a calibration starts from it.
    pub(crate) fn bare(network: &ModelName, options: &ModelOptions) -> Result<Self, OpenModelError> {
        Self::listed(network, &taken(network, &bare(network, options))?)
    }

    /// Takes a model of one's own under a name for tables and files. It sees pictures as they are; a model that takes a
    /// center bias is given that of the dataset.
    #[must_use]
    pub fn custom(name: impl Into<String>, model: Box<dyn SaliencyModel>) -> Self {
        let center_bias = NetworkCenterBias::Dataset;
        let view = View { center_bias_name: CenterBiasSpec::Dataset.to_string(), ..View::plain(center_bias) };
        Self::new(name.into(), Source::Model(model), view)
    }

    fn new(name: String, source: Source, view: View) -> Self {
        Self { name, source, notes: Vec::new(), view, budget: Budget::new(MEMORY), far: AtomicUsize::new(0) }
    }

    fn listed(name: &ModelName, options: &ModelOptions) -> Result<Self, OpenModelError> {
        let (entry, network) = (name.entry(), &options.network);
        network.pixels_per_degree.map(PixelsPerDegree::new).transpose().map_err(OpenModelError::PixelsPerDegree)?;
        let opened = name.open(network)?;
        if !entry.network {
            let view = View::plain(NetworkCenterBias::Uniform);
            return Ok(Self { notes: opened.notes, ..Self::new(name.label(), Source::Model(opened.model), view) });
        }
        let usual = entry.center_bias.map_or(CenterBiasSpec::Dataset, CenterBiasSpec::Standard);
        let center_bias = options.center_bias.as_ref().unwrap_or(&usual);
        let center_bias_name = center_bias.to_string();
        let center_bias = NetworkCenterBias::open(center_bias)?;
        let smallest = Size { height: 1, width: 1 };
        if matches!(center_bias, NetworkCenterBias::Model)
            && opened
                .model
                .center_bias(smallest)
                .map_err(|source| OpenModelError::Weights { model: name.label(), source })?
                .is_none()
        {
            return Err(OpenModelError::NoCenterBias { model: name.label() });
        }
        let label = opened.name.unwrap_or_else(|| name.label());
        let notes = opened.notes;
        let (scale, scale_name) = match opened.model.training() {
            Some(training) => scale(&training, options)?,
            None => (Scale::AsIs, by_itself(network.pixels_per_degree)),
        };
        let gaze_model::Options { precision, dataset, .. } = *network;
        let center_bias_name = if opened.model.takes_center_bias() { center_bias_name } else { "none".to_owned() };
        let view = View { scale, scale_name, center_bias, center_bias_name, precision, dataset, calibration: None };
        Ok(Self { notes, ..Self::new(label, Source::Model(opened.model), view) })
    }

    /// Opens the network that a calibration is for, without its own center bias and temperature.
    fn calibrated(calibration: Calibration, file: &Path, options: &ModelOptions) -> Result<Self, OpenModelError> {
        let mut options = options.clone();
        options.network.adaptation.clone_from(&calibration.adaptation);
        if options.pixels_per_degree.is_none() {
            options.long_side = options.long_side.or(calibration.long_side);
        }
        let mut model =
            Self::bare(&calibration.model, &options).map_err(|error| OpenModelError::CalibratedNetwork {
                path: file.to_owned(),
                network: calibration.model.to_string(),
                source: Box::new(error),
            })?;
        model.name = ModelSpec::Calibrated(file.to_owned()).label();
        model.view.center_bias_name = "calibrated".to_owned();
        model.view.calibration = Some((calibration, file.to_owned()));
        Ok(model)
    }

    /// Adds a sentence that a user should see.
    pub(super) fn note_for_user(&mut self, sentence: &str) {
        self.notes.push(format!("{}: {sentence}", self.name));
    }

    /// Tells whether the scale of the pictures of the training is known, so that pictures can be brought there.
    pub(super) fn knows_its_scale(&self) -> bool {
        self.model().training().is_some()
    }

    /// Tells whether the model looks at a center bias that it is given.
    pub(super) fn takes_center_bias(&self) -> bool {
        self.model().takes_center_bias()
    }

    /// Returns whether the model's predictions depend on the fixations made so far.
    #[must_use]
    pub fn takes_history(&self) -> bool {
        self.model().takes_history()
    }

    /// Refuses a model whose predictions depend on the fixations made so far, for tasks that take one map for a picture.
    ///
    /// # Errors
    ///
    /// [`OpenModelError::NeedsHistory`].
    pub fn spatial(self) -> Result<Self, OpenModelError> {
        if self.takes_history() { Err(OpenModelError::NeedsHistory { model: self.name }) } else { Ok(self) }
    }

    /// The name in tables and files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &dyn SaliencyModel {
        match &self.source {
            Source::Model(model) => model.as_ref(),
            Source::Maps(maps) => maps.as_ref(),
        }
    }

    /// The meaning of the maps' numbers that was asked for, if the model is a folder of maps.
    #[must_use]
    pub fn map_kind(&self) -> Option<MapKind> {
        match &self.source {
            Source::Maps(maps) => Some(maps.asked()),
            Source::Model(_) => None,
        }
    }

    /// The meaning that was decided for the numbers of all maps, if the model is a folder of maps.
    pub(crate) fn decided_map_kind(&self) -> Option<MapKind> {
        match &self.source {
            Source::Maps(maps) => Some(maps.kind()),
            Source::Model(_) => None,
        }
    }

    /// The settings that a network's predictions depend on; `None` for a model without parameters.
    ///
    /// # Errors
    ///
    /// [`OpenModelError::Weights`] if the file of the weights cannot be read.
    pub fn network_settings(&self) -> Result<Option<NetworkSettings>, OpenModelError> {
        let told = |source| OpenModelError::Weights { model: self.name.clone(), source };
        let Some(weights) = self.model().weights().map_err(told)? else { return Ok(None) };
        let weights = match &self.view.calibration {
            None => weights,
            Some((_, file)) => {
                let own = files::hash(file).map_err(|error| told(error.into()))?;
                format!("{weights}, calibrated by {own}")
            }
        };
        Ok(Some(NetworkSettings {
            weights,
            center_bias: self.view.center_bias_name.clone(),
            scale: self.view.scale_name.clone(),
            precision: match self.view.precision {
                Precision::F32 => "f32",
                Precision::Bf16 => "bf16",
            }
            .to_owned(),
            temperature: self.model().temperature(),
            dataset: self.view.dataset,
        }))
    }

    /// Predicts where people look on a picture, at the picture's size.
    ///
    /// # Errors
    ///
    /// The reason that keeps the model from predicting this picture.
    pub fn predict(&self, question: &Question<'_>) -> Result<Prediction, ModelError> {
        let asked = self.ask(question)?;
        let history = asked.frame.seen_history(question.history);
        let prediction = asked.frame.told(self.model().predict(&asked.viewing(question, &history)))?;
        self.count_if_far(question.size);
        self.finish(prediction, asked.frame)
    }

    /// Looks at a picture, to be asked for one history after the other. The history of the question is ignored.
    ///
    /// # Errors
    ///
    /// The reason that keeps the model from predicting this picture.
    pub fn look(&self, question: &Question<'_>) -> Result<Looked<'_>, ModelError> {
        let asked = self.ask(question)?;
        let look = asked.frame.told(self.model().look(&asked.viewing(question, &[])))?;
        self.count_if_far(question.size);
        Ok(Looked { model: self, look, frame: asked.frame, _share: asked.share })
    }

    /// Predicts where people look on a picture or, if that depends on the fixations made so far, looks at it.
    ///
    /// # Errors
    ///
    /// The errors of [`Model::predict`].
    pub(crate) fn answer(&self, question: &Question<'_>) -> Result<Answer<'_>, ModelError> {
        if self.takes_history() {
            self.look(question).map(Answer::Scanpath)
        } else {
            self.predict(question).map(Answer::Spatial)
        }
    }

    /// Predicts where people look on a picture, as a density.
    ///
    /// # Errors
    ///
    /// The errors of [`Model::predict`], and an error if the model gives scores that are no density.
    pub fn log_density(&self, question: &Question<'_>) -> Result<LogDensity<'static>, ModelError> {
        density(self.predict(question)?)
    }

    /// Prepares what the model is shown.
    fn ask<'q>(&self, question: &Question<'q>) -> Result<Asked<'_, 'q>, ModelError> {
        let (size, model) = (question.size, self.model());
        let seen = self.view.scale.size(size);
        let share = self.budget.take(model.memory(seen));
        let picture = match question.picture {
            Some(picture) if seen != size => Some(Cow::Owned(resize(picture, seen)?)),
            picture => picture.map(Cow::Borrowed),
        };
        let answered = model.output_size(size, seen);
        let center_bias = match question.center_bias {
            // A calibration has its own, which is added later.
            Some(_) if !model.takes_center_bias() || self.view.calibration.is_some() => {
                return Err(TakesNoCenterBias.into());
            }
            Some(template) => Some(template.density(answered)?),
            None if model.takes_center_bias() => Some(self.given_center_bias(answered, question.dataset)?),
            None => None,
        };
        Ok(Asked { frame: Frame { size, seen, answered }, picture, center_bias, share })
    }

    fn count_if_far(&self, size: Size) {
        if let Some(training) = self.model().training()
            && self.view.scale == Scale::AsIs
            && is_far(&training, size.height.max(size.width))
        {
            self.far.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Brings the model's answer to the picture's size and calibrates it.
    pub(super) fn finish(&self, prediction: Prediction, frame: Frame) -> Result<Prediction, ModelError> {
        let Frame { size, answered, .. } = frame;
        let prediction = match prediction {
            // A calibration is fitted to densities.
            scores @ Prediction::Scores(_) if self.view.calibration.is_some() => Prediction::Density(density(scores)?),
            prediction => prediction,
        };
        let prediction = match prediction {
            Prediction::Density(density) => {
                let density = if density.size() == answered && answered != size {
                    resize_density(&density, size)?
                } else {
                    density
                };
                Prediction::Density(match &self.view.calibration {
                    None => density,
                    Some((calibration, _)) => calibration.apply(&density)?,
                })
            }
            scores => scores,
        };
        let (found, expected) = (prediction.size(), size);
        if found == expected { Ok(prediction) } else { Err(OtherSize { found, expected }.into()) }
    }

    fn given_center_bias(
        &self,
        size: Size,
        others: Option<(&CenterBias, usize)>,
    ) -> Result<LogDensity<'static>, ModelError> {
        self.view.center_bias.density(size, others, self.model())
    }

    /// The name of the center bias that the model is given, and its density: the prediction for a picture without content.
    /// `None` if the model takes no center bias, or is given that of a dataset.
    ///
    /// # Errors
    ///
    /// An error of the model if the center bias cannot be made at this size.
    pub fn center_bias(&self, size: Size) -> Result<Option<(String, LogDensity<'static>)>, ModelError> {
        if !self.model().takes_center_bias() || matches!(self.view.center_bias, NetworkCenterBias::Dataset) {
            return Ok(None);
        }
        Ok(Some((self.view.center_bias_name.clone(), self.given_center_bias(size, None)?)))
    }

    /// The source that the prediction for a stimulus is read from, if it is read: the bytes of its file, or the hash of the file that
    /// holds all maps.
    pub(crate) fn input(&self, name: &str) -> Result<Option<Vec<u8>>, StudyError> {
        match &self.source {
            Source::Maps(maps) => maps.input(name),
            Source::Model(_) => Ok(None),
        }
    }

    /// The size of the prediction for a stimulus whose image is missing, if the model knows it.
    pub(crate) fn size(&self, name: &str) -> Option<Result<Size, DataError>> {
        match &self.source {
            Source::Maps(maps) => Some(maps.size(name)),
            Source::Model(_) => None,
        }
    }

    /// Sentences that a user should see: what the opening found, and how many pictures were far from the scale of the
    /// training.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let far = self.far.load(Ordering::Relaxed);
        if let (Some(Training { pixels_per_degree, long_side, .. }), 1..) = (self.model().training(), far) {
            notes.push(format!(
                "used as it is, though far from the scale of {}'s training ({pixels_per_degree} pixels per degree, about \
                 {long_side} along the longer side): {far} {}; the pixels per degree or a long side of {long_side} rescales",
                self.name,
                if far == 1 { "picture" } else { "pictures" }
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3};

    /// Counts the pixels that it sees, which are all alike.
    #[derive(Debug)]
    struct Sees;

    impl SaliencyModel for Sees {
        fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
            assert_eq!(viewing.needs_picture()?.size(), viewing.size);
            assert_eq!(viewing.needs_center_bias()?.size(), viewing.size);
            Ok(Prediction::Density(LogDensity::uniform(viewing.size)?))
        }

        fn takes_center_bias(&self) -> bool {
            true
        }

        fn training(&self) -> Option<Training> {
            Some(Training { pixels_per_degree: 35.0, long_side: 8, rescales: true })
        }
    }

    fn model(scale: Scale) -> Model {
        let view = View { scale, ..View::plain(NetworkCenterBias::Uniform) };
        Model::new("sees".to_owned(), Source::Model(Box::new(Sees)), view)
    }

    #[test]
    fn a_network_sees_its_scale_and_the_answer_has_the_pictures_size() {
        let picture = Stimulus::new(Array3::zeros((12, 16, 3))).unwrap();
        for scale in [Scale::AsIs, Scale::LongSide(8), Scale::LongSide(32)] {
            let density = model(scale).log_density(&Question::of_picture(&picture)).unwrap();
            assert_eq!(density.size(), picture.size());
        }
    }

    #[test]
    fn pictures_far_from_the_training_are_counted_and_told() {
        let model = model(Scale::AsIs);
        for side in [16, 17, 3] {
            let picture = Stimulus::new(Array3::zeros((2, side, 3))).unwrap();
            model.predict(&Question::of_picture(&picture)).unwrap();
        }
        let [note] = model.notes().try_into().unwrap();
        assert!(note.contains("far from the scale of sees's training") && note.contains("2 pictures"), "{note}");
    }

    #[test]
    fn the_dataset_is_needed_where_its_center_bias_is() {
        let picture = Stimulus::new(Array3::zeros((2, 3, 3))).unwrap();
        let custom = Model::custom("mine", Box::new(Sees));
        let error = custom.predict(&Question::of_picture(&picture)).unwrap_err().to_string();
        assert!(error.contains("needs a dataset"), "{error}");
        let error = Model::open(&ModelSpec::CenterBias, &ModelOptions::default(), None).unwrap_err().to_string();
        assert_eq!(error, "center-bias needs a dataset");
    }

    #[test]
    fn a_map_of_another_size_is_refused() {
        #[derive(Debug)]
        struct Small;
        impl SaliencyModel for Small {
            fn predict(&self, _: &Viewing<'_>) -> Result<Prediction, ModelError> {
                Ok(Prediction::Density(LogDensity::from_weights(Array2::ones((1, 1)))?))
            }
        }
        let picture = Stimulus::new(Array3::zeros((2, 3, 3))).unwrap();
        let error = Model::custom("small", Box::new(Small)).predict(&Question::of_picture(&picture)).unwrap_err();
        assert_eq!(error.to_string(), "the map is 1x1, the image 2x3 (height x width)");
    }
}
