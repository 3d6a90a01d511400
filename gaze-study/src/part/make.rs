//! The making of a part: decode, predict, score, draw. Nothing is written here.

use std::iter;

use gaze_core::{Size, Stimulus};
use gaze_data::{Dataset, StoredImage};
use gaze_metrics::Reliability;

use super::{
    Part, Shown,
    pictures::{self, Predicted},
    store,
};
use crate::{
    error::StudyError,
    first_pass::StimulusGaze,
    models::{Answer, Model, Question},
    scanpaths::StimulusScanpaths,
    score::{Scored, Setting, Subject, score, unscored},
    text::chain,
};

/// The outcome of making a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All models were scored.
    Scored,
    /// The part was there already.
    Resumed,
    /// The stimulus, or a model on it, could not be scored; the part says why.
    Failed,
}

/// A file of `maps/` that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFile {
    /// The name below `maps/`.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The drawings of a stimulus.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) maps: Vec<MapFile>,
    /// The small picture of the report, as JPEG.
    pub(crate) thumbnail: Vec<u8>,
}

/// A part that was made and is not written yet: what travels from the machine that made it to the output folder.
#[derive(Clone, Debug)]
pub struct NewPart {
    /// The study that the part belongs to: [`FirstPass::id`](crate::FirstPass::id).
    pub(crate) study: String,
    /// The key of the stimulus.
    pub(crate) key: String,
    pub(crate) part: Part,
    /// The content of the part's file. Its bytes are made once, where the part is made: numbers that are read from text and
    /// written again could differ in the last digit.
    pub(crate) json: Vec<u8>,
    /// `None` if nothing could be predicted.
    pub(crate) drawn: Option<Drawn>,
    pub(crate) outcome: Outcome,
}

impl NewPart {
    /// The key of the stimulus.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The scores, and what a report shows.
    #[must_use]
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// The files of `maps/`.
    #[must_use]
    pub fn maps(&self) -> &[MapFile] {
        self.drawn.as_ref().map_or(&[], |drawn| &drawn.maps)
    }

    /// The outcome of making the part.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn new(setting: Setting<'_>, gaze: &StimulusGaze, part: Part, drawn: Option<Drawn>, outcome: Outcome) -> Self {
        let json = serde_json::to_vec(&part).expect("a part has no keys but text");
        Self { study: setting.first.id(), key: gaze.key.clone(), part, json, drawn, outcome }
    }

    /// A stimulus that no model could predict. A reason that is empty was told with the gaze.
    fn failed(setting: Setting<'_>, gaze: &StimulusGaze, told: String, reason: &str) -> Self {
        let rows = unscored(setting, gaze, reason);
        let scanpaths = scanpaths(setting, gaze);
        let part = Part { rows, failure: Some(told), scanpaths, ..Part::default() };
        Self::new(setting, gaze, part, None, Outcome::Failed)
    }
}

/// Makes the part of the stimulus at `index`; `None` if `is_done` says of its key and the hash of its inputs that it was made
/// already. A bad input is a result, too; an error means that a map could not be drawn.
pub(crate) fn make(
    setting: Setting<'_>,
    dataset: &Dataset,
    index: usize,
    is_done: impl FnOnce(&str, &str) -> bool,
) -> Result<Option<NewPart>, StudyError> {
    // The clone takes what is computed from the fixations with it when it goes, so that memory does not grow with the study.
    let gaze = &setting.first.gaze.stimuli[index].clone();
    let failed = |told: String, reason: &str| Ok(Some(NewPart::failed(setting, gaze, told, reason)));
    let size = match &gaze.size {
        Ok(size) => *size,
        Err(reason) => return failed(String::new(), reason),
    };
    let has_image = dataset.stimuli()[index].has_image();
    // The image is read once: its bytes tell whether there is anything to do.
    let image = has_image.then(|| dataset.stored_image(index)).transpose().map_err(StudyError::from);
    let (image, inputs) = match image.and_then(|image| Ok((inputs(setting, &gaze.key, image.as_ref())?, image))) {
        Ok((inputs, image)) => (image, inputs),
        Err(error) => {
            let reason = chain(&error);
            return failed(reason.clone(), &reason);
        }
    };
    if is_done(&gaze.key, &inputs) {
        return Ok(None);
    }
    let (picture, answers) = match load(setting, index, gaze, size, image) {
        Ok(loaded) => loaded,
        Err(error) => {
            let reason = chain(&error);
            return failed(format!("stimulus {}: {reason}", gaze.key), &reason);
        }
    };
    let mut problems = Vec::new();
    for (model, answer) in setting.models.iter().zip(&answers) {
        if let Err(reason) = answer {
            let of_model = if setting.models.len() > 1 { format!(", {}", model.name()) } else { String::new() };
            problems.push(format!("stimulus {}{of_model}: {reason}", gaze.key));
        }
    }
    if let Some(Err(reason)) = answers.first()
        && answers.iter().all(Result::is_err)
    {
        return failed(problems.join("; "), reason);
    }
    // Whatever is made of a prediction is made once, for scores and pictures.
    let subjects: Vec<Result<Subject<'_>, &String>> =
        answers.iter().map(|answer| answer.as_ref().map(Subject::of)).collect();
    let Scored { rows, fixations } = score(setting, index, gaze, size, &subjects);
    let all = gaze.pooled();
    let calibration = subjects.iter().map(|subject| {
        let (_, maps) = subject.as_ref().ok()?.maps()?;
        Reliability::of(maps.density()?, maps.map(), &all).ok()
    });
    let calibration = calibration.collect();
    let predicted: Vec<Predicted<'_>> = setting
        .models
        .iter()
        .zip(&subjects)
        .filter_map(|(model, subject)| {
            let (prediction, maps) = subject.as_ref().ok()?.maps()?;
            Some(Predicted { model: model.name(), prediction, map: maps.map() })
        })
        .collect();
    let (drawn, shown) = draw(setting, gaze, picture.as_ref(), &predicted)?;
    let failure = (!problems.is_empty()).then(|| problems.join("; "));
    // A stimulus that failed is tried again by the next study.
    let (inputs, outcome) = match failure {
        Some(_) => (String::new(), Outcome::Failed),
        None => (inputs, Outcome::Scored),
    };
    let map = |file: &MapFile| (file.name.clone(), file.bytes.len() as u64, store::content_hash(&file.bytes));
    let maps = drawn.maps.iter().map(map).collect();
    let scanpaths = scanpaths(setting, gaze);
    let part = Part { inputs, rows, failure, maps, calibration, shown, scanpaths, fixations };
    Ok(Some(NewPart::new(setting, gaze, part, Some(drawn), outcome)))
}

/// The scanpaths, if the study needs them.
fn scanpaths(setting: Setting<'_>, gaze: &StimulusGaze) -> Option<StimulusScanpaths> {
    setting.plan.keeps_scanpaths().then(|| StimulusScanpaths::of(gaze)).flatten()
}

/// The hash of everything that the results depend on.
fn inputs(setting: Setting<'_>, key: &str, image: Option<&StoredImage>) -> Result<String, StudyError> {
    let of_models = setting.models.iter().map(|model| model.input(key)).collect::<Result<Vec<_>, _>>()?;
    let files = iter::once(image.map(StoredImage::bytes)).chain(of_models.iter().map(Option::as_deref));
    Ok(store::inputs(&setting.first.common, key, files))
}

type Loaded<'m> = (Option<Stimulus>, Vec<Result<Answer<'m>, String>>);

/// The picture, and every model's answer or the reason why there is none.
fn load<'m>(
    setting: Setting<'m>,
    index: usize,
    gaze: &StimulusGaze,
    size: Size,
    image: Option<StoredImage>,
) -> Result<Loaded<'m>, StudyError> {
    let picture = image.map(|image| image.decode()).transpose()?;
    let question = Question {
        name: &gaze.key,
        size,
        picture: picture.as_ref(),
        dataset: Some((&setting.first.center_bias, index)),
        center_bias: None,
        history: &[],
        alone: false,
    };
    let answer = |model: &'m Model| model.answer(&question).map_err(|error| chain(error.as_ref()));
    let answers = setting.models.iter().map(answer).collect();
    Ok((picture, answers))
}

/// Draws the maps asked for and the small picture of the report.
fn draw(
    setting: Setting<'_>,
    gaze: &StimulusGaze,
    picture: Option<&Stimulus>,
    predicted: &[Predicted<'_>],
) -> Result<(Drawn, Shown), StudyError> {
    let maps = pictures::maps(setting.plan, gaze, picture, predicted)?;
    let (shown, thumbnail) = pictures::shown(setting.plan, gaze, picture, predicted)?;
    Ok((Drawn { maps, thumbnail }, shown))
}
