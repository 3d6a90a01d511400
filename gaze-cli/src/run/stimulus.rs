//! The second pass, for one stimulus: decode, predict, score, write.

use std::iter;

use anyhow::Result;
use gaze_core::{Prediction, Size, Stimulus};
use gaze_data::{Dataset, StoredImage};
use gaze_metrics::ShuffledPool;
use gaze_targets::CenterBias;

use super::{
    Baseline, Measure, Part, Parts, Predictor, Reference, Shown, StimulusGaze,
    calibration::Calibration,
    parts,
    pictures::{self, Predicted},
    score::{self, score},
};
use crate::{
    args::Save,
    metrics::{Maps, Metric},
    model::Model,
    output,
};

/// What all stimuli of a run share.
pub(crate) struct Context<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) models: &'a [Model],
    pub(crate) references: &'a [Reference],
    pub(crate) predictors: &'a [Predictor],
    /// How many groups the dataset has.
    pub(crate) groups: usize,
    pub(crate) center_bias: &'a CenterBias,
    pub(crate) shuffled: &'a ShuffledPool,
    pub(crate) measures: &'a [Measure],
    pub(crate) baseline: Baseline,
    pub(crate) sigma_px: Option<f64>,
    pub(crate) emd_downsize: usize,
    pub(crate) ceiling: bool,
    pub(crate) save: &'a [Save],
    pub(crate) parts: &'a Parts,
    /// The hash of what all parts depend on.
    pub(crate) common: &'a [u8],
}

impl Context<'_> {
    /// Whether a metric is asked for in any profile.
    pub(super) fn uses(&self, metric: Metric) -> bool {
        self.measures.iter().any(|measure| measure.metric == metric)
    }
}

/// How a stimulus went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processed {
    Scored,
    /// An earlier run had done it.
    Resumed,
    /// Its part says why.
    Failed,
}

/// Does all that is to be done for the stimulus at `index`, and stores it. A bad input is a result; the error is that of
/// the output folder, without which there is no point in going on.
pub(crate) fn process(context: &Context<'_>, index: usize, gaze: &StimulusGaze) -> Result<Processed> {
    // What is computed of the fixations goes with the stimulus: memory must not grow with the run.
    let gaze = &gaze.clone();
    let failed = |failure: Option<String>, reason: &str| -> Result<Processed> {
        // What an earlier run wrote of it must not look like a result of this one.
        context.parts.discard(&gaze.key)?;
        let rows = score::unscored(context, gaze, reason);
        // Gaze that is at fault is told already.
        let failure = Some(failure.unwrap_or_default());
        context.parts.store(&gaze.key, &Part { rows, failure, ..Part::default() })?;
        Ok(Processed::Failed)
    };
    let size = match &gaze.size {
        Ok(size) => *size,
        Err(reason) => return failed(None, reason),
    };
    let has_image = context.dataset.stimuli()[index].has_image();
    // Read once: its bytes say whether there is anything to do.
    let image = has_image.then(|| context.dataset.stored_image(index)).transpose().map_err(anyhow::Error::from);
    let (image, inputs) = match image.and_then(|image| Ok((inputs(context, &gaze.key, image.as_ref())?, image))) {
        Ok((inputs, image)) => (image, inputs),
        Err(error) => return failed(Some(format!("{error:#}")), &format!("{error:#}")),
    };
    if context.parts.load(&gaze.key, &inputs).is_some() {
        return Ok(Processed::Resumed);
    }
    let (picture, predictions) = match load(context, index, gaze, size, image) {
        Ok(loaded) => loaded,
        Err(error) => {
            let reason = format!("{error:#}");
            return failed(Some(format!("stimulus {}: {reason}", gaze.key)), &reason);
        }
    };
    let mut problems = Vec::new();
    for (model, prediction) in context.models.iter().zip(&predictions) {
        if let Err(reason) = prediction {
            let of_model = if context.models.len() > 1 { format!(", {}", model.name) } else { String::new() };
            problems.push(format!("stimulus {}{of_model}: {reason}", gaze.key));
        }
    }
    if let Some(Err(reason)) = predictions.first()
        && predictions.iter().all(Result::is_err)
    {
        return failed(Some(problems.join("; ")), reason);
    }
    // What is made of a prediction is made once, for scores and pictures.
    let maps: Vec<Result<Maps<'_>, &String>> =
        predictions.iter().map(|prediction| prediction.as_ref().map(Maps::of)).collect();
    let rows = score(context, index, gaze, size, &maps);
    let all = gaze.pooled();
    let calibration = maps.iter().map(|maps| {
        let maps = maps.as_ref().ok()?;
        Some(Calibration::of(maps.density()?, maps.map(), &all))
    });
    let calibration = calibration.collect();
    let predicted: Vec<Predicted<'_>> = context
        .models
        .iter()
        .zip(predictions.iter().zip(&maps))
        .filter_map(|(model, (prediction, maps))| {
            let (prediction, map) = (prediction.as_ref().ok()?, maps.as_ref().ok()?.map());
            Some(Predicted { model: &model.name, prediction, map })
        })
        .collect();
    let (shown, maps) = draw(context, gaze, picture.as_ref(), &predicted)?;
    let failure = (!problems.is_empty()).then(|| problems.join("; "));
    // What failed is tried again.
    let (inputs, processed) = match failure {
        Some(_) => (String::new(), Processed::Failed),
        None => (inputs, Processed::Scored),
    };
    let part = Part { inputs, rows, failure, maps, calibration, shown };
    context.parts.store(&gaze.key, &part)?;
    Ok(processed)
}

/// The hash of what the results depend on.
fn inputs(context: &Context<'_>, key: &str, image: Option<&StoredImage>) -> Result<String> {
    let of_models = context.models.iter().map(|model| model.input(key)).collect::<Result<Vec<_>>>()?;
    let files = iter::once(image.map(StoredImage::bytes)).chain(of_models.iter().map(Option::as_deref));
    Ok(parts::inputs(context.common, key, files))
}

type Loaded = (Option<Stimulus>, Vec<Result<Prediction, String>>);

/// The picture, and every model's prediction or why there is none.
fn load(
    context: &Context<'_>,
    index: usize,
    gaze: &StimulusGaze,
    size: Size,
    image: Option<StoredImage>,
) -> Result<Loaded> {
    let picture = image.map(|image| image.decode()).transpose()?;
    let predict = |model: &Model| {
        let prediction = model.predict(index, &gaze.key, size, picture.as_ref(), context.center_bias);
        prediction.map_err(|error| format!("{error:#}"))
    };
    let predictions = context.models.iter().map(predict).collect();
    Ok((picture, predictions))
}

/// Writes the maps asked for and the report's small picture; returns what the report shows and the names and lengths of
/// the maps.
fn draw(
    context: &Context<'_>,
    gaze: &StimulusGaze,
    picture: Option<&Stimulus>,
    predicted: &[Predicted<'_>],
) -> Result<(Shown, Vec<(String, u64)>)> {
    let files = pictures::maps(context, gaze, picture, predicted)?;
    let maps: Vec<_> = files.iter().map(|file| (file.name.clone(), file.bytes.len() as u64)).collect();
    context.parts.store(&gaze.key, &Part { maps: maps.clone(), ..Part::default() })?;
    for file in &files {
        output::write_bytes(&file.path, &file.bytes)?;
    }
    let (shown, small) = pictures::shown(context, gaze, picture, predicted)?;
    output::write_bytes(&context.parts.thumbnail(&gaze.key), &small)?;
    Ok((shown, maps))
}
