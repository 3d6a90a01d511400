//! The second pass, for one stimulus: decode, predict, score, write.

use std::path::Path;

use anyhow::Result;
use gaze_core::{Prediction, SaliencyMap, Size, Stimulus};
use gaze_data::Dataset;
use gaze_metrics::ShuffledPool;
use gaze_targets::CenterBias;

use super::{
    Baseline, Measure, Part, Parts, Row, StimulusGaze,
    score::{self, score},
};
use crate::{
    args::Save,
    model::Model,
    output,
    picture::{self, Palette, Shades},
};

/// What all stimuli of a run share.
pub(crate) struct Context<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) model: &'a Model,
    pub(crate) model_name: &'a str,
    pub(crate) center_bias: &'a CenterBias,
    pub(crate) shuffled: &'a ShuffledPool,
    pub(crate) measures: &'a [Measure],
    pub(crate) baseline: Baseline,
    pub(crate) sigma_px: Option<f64>,
    pub(crate) emd_downsize: usize,
    pub(crate) ceiling: bool,
    pub(crate) save: &'a [Save],
    pub(crate) parts: &'a Parts,
}

/// The result for one stimulus.
pub(crate) struct Processed {
    pub(crate) rows: Vec<Row>,
    /// Why the stimulus could not be scored, unless its gaze was at fault and that is said already.
    pub(crate) failure: Option<String>,
    /// Whether an earlier run had done it.
    pub(crate) resumed: bool,
}

/// Does all that is to be done for the stimulus at `index`. A bad input is a result; the error is that of the output
/// folder, without which there is no point in going on.
pub(crate) fn process(context: &Context<'_>, index: usize, gaze: &StimulusGaze) -> Result<Processed> {
    let unscored = |failure: Option<String>, reason: &str| -> Result<Processed> {
        // What an earlier run wrote of it must not look like a result of this one.
        context.parts.discard(&gaze.key)?;
        Ok(Processed { rows: score::unscored(context, gaze, reason), failure, resumed: false })
    };
    let size = match &gaze.size {
        Ok(size) => *size,
        Err(reason) => return unscored(None, reason),
    };
    let image = context.dataset.stimuli()[index].image();
    let files = [image, context.model.file(&gaze.key)].map(|path| path.map(Path::to_owned));
    let inputs = match context.parts.inputs(&gaze.key, &files) {
        Ok(inputs) => inputs,
        Err(error) => return unscored(Some(format!("{error:#}")), &format!("{error:#}")),
    };
    if let Some(part) = context.parts.load(&gaze.key, &inputs) {
        return Ok(Processed { rows: part.rows, failure: None, resumed: true });
    }
    let loaded = load(context, index, gaze, size);
    let (stimulus, prediction) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            let reason = format!("{error:#}");
            return unscored(Some(format!("stimulus {}: {reason}", gaze.key)), &reason);
        }
    };
    let rows = score(context, index, gaze, &prediction);
    let map = prediction.to_saliency_map();
    let maps = write_maps(context, &gaze.key, stimulus.as_ref(), &prediction, &map)?;
    let part = Part { inputs, rows, maps };
    context.parts.store(&gaze.key, &part)?;
    Ok(Processed { rows: part.rows, failure: None, resumed: false })
}

fn load(
    context: &Context<'_>,
    index: usize,
    gaze: &StimulusGaze,
    size: Size,
) -> Result<(Option<Stimulus>, Prediction)> {
    let has_image = context.dataset.stimuli()[index].image().is_some();
    let stimulus = has_image.then(|| context.dataset.image(index)).transpose()?;
    let prediction = context.model.predict(index, &gaze.key, size, stimulus.as_ref(), context.center_bias)?;
    Ok((stimulus, prediction))
}

/// Writes the maps asked for and the report's small picture; returns the names and lengths of the maps.
fn write_maps(
    context: &Context<'_>,
    key: &str,
    stimulus: Option<&Stimulus>,
    prediction: &Prediction,
    map: &SaliencyMap,
) -> Result<Vec<(String, u64)>> {
    let shades = Shades::of(map);
    let mut files = Vec::new();
    for save in context.save {
        match (save, prediction.density(), stimulus) {
            (Save::LogDensity, Some(density), _) => {
                files.push((context.parts.map(key, ".npy"), output::npy(density)?));
            }
            (Save::Heatmap, _, _) => {
                files.push((context.parts.map(key, "_heatmap.png"), shades.png(Palette::default())?));
            }
            (Save::Overlay, _, Some(stimulus)) => {
                let overlay = picture::overlay(stimulus, &shades, Palette::default());
                files.push((context.parts.map(key, "_overlay.png"), picture::png(&overlay)?));
            }
            // Scores have no log density, and a stimulus without image no overlay.
            (Save::LogDensity | Save::Overlay | Save::None, _, _) => {}
        }
    }
    let names: Vec<_> = files.iter().map(|((name, _), bytes)| (name.clone(), bytes.len() as u64)).collect();
    context.parts.store(key, &Part { maps: names.clone(), ..Part::default() })?;
    for ((_, path), bytes) in &files {
        output::write_bytes(path, bytes)?;
    }
    let thumbnail = picture::thumbnail(stimulus, &shades)?;
    output::write_bytes(&context.parts.thumbnail(key), &thumbnail)?;
    Ok(names)
}
