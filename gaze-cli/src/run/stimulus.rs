//! The second pass, for one stimulus: decode, predict, score, write.

use std::path::Path;

use anyhow::{Context as _, Result};
use gaze_core::{LogDensity, Prediction, SaliencyMap, Size, Stimulus};
use gaze_data::Dataset;
use gaze_targets::{CenterBias, GaussianKernel, empirical_map};
use ndarray_npy::WriteNpyExt;

use super::{
    Metric, Part, Parts, Row, StimulusGaze,
    metric::{Baseline, Evidence, Value},
};
use crate::{args::Save, model::Model, output, picture};

/// What all stimuli of a run share.
pub(crate) struct Context<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) model: &'a Model,
    pub(crate) center_bias: &'a CenterBias,
    pub(crate) metrics: &'a [Metric],
    pub(crate) baseline: Baseline,
    pub(crate) sigma_px: Option<f64>,
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
        let rows = rows(gaze, context.metrics, |_, _| Value::Undefined(reason.to_owned()));
        Ok(Processed { rows, failure, resumed: false })
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
    let map = prediction.to_saliency_map();
    let rows = score(context, index, gaze, &prediction, &map);
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
    let prediction = context.model.predict(index, &gaze.key, size, context.center_bias)?;
    Ok((stimulus, prediction))
}

/// One row per group and metric.
fn rows(gaze: &StimulusGaze, metrics: &[Metric], value: impl Fn(usize, Metric) -> Value) -> Vec<Row> {
    let groups = gaze.groups.iter().enumerate();
    groups
        .flat_map(|(index, group)| metrics.iter().map(move |&metric| (index, group, metric)))
        .map(|(index, group, metric)| match &group.fixations {
            Err(reason) => Row::new(&group.group, metric, Value::Undefined(reason.clone())),
            Ok(_) => Row::new(&group.group, metric, value(index, metric)),
        })
        .collect()
}

fn score(
    context: &Context<'_>,
    index: usize,
    gaze: &StimulusGaze,
    prediction: &Prediction,
    map: &SaliencyMap,
) -> Vec<Row> {
    let size = prediction.size();
    let baseline = match context.baseline {
        _ if !context.metrics.contains(&Metric::Ig) => Err("not asked for".to_owned()),
        // The model is the baseline: it need not be estimated twice.
        Baseline::CenterBias if matches!(context.model, Model::CenterBias) => {
            prediction.density().cloned().ok_or_else(|| "the center bias is no density".to_owned())
        }
        Baseline::Uniform => LogDensity::uniform(size).map_err(|error| error.to_string()),
        Baseline::CenterBias => context.center_bias.without(index, size).map_err(|error| error.to_string()),
    };
    let kernel = match context.sigma_px {
        _ if !context.metrics.iter().any(|metric| metric.needs_empirical_map()) => Err("not asked for".to_owned()),
        Some(sigma) => GaussianKernel::new(sigma).map_err(|error| error.to_string()),
        None => Err("the blur of the empirical map is unknown".to_owned()),
    };
    let empirical: Vec<Result<SaliencyMap, String>> = gaze
        .groups
        .iter()
        .map(|group| match (&kernel, &group.fixations) {
            (Ok(kernel), Ok(fixations)) => empirical_map(fixations, kernel).map_err(|error| error.to_string()),
            (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
        })
        .collect();
    rows(gaze, context.metrics, |group, metric| match &gaze.groups[group].fixations {
        Err(reason) => Value::Undefined(reason.clone()),
        Ok(fixations) => metric.value(&Evidence {
            prediction,
            map,
            fixations,
            empirical: empirical[group].as_ref().map_err(String::as_str),
            baseline: baseline.as_ref().map_err(String::as_str),
        }),
    })
}

/// Writes the maps asked for and the report's small picture; returns the names and lengths of the maps.
fn write_maps(
    context: &Context<'_>,
    key: &str,
    stimulus: Option<&Stimulus>,
    prediction: &Prediction,
    map: &SaliencyMap,
) -> Result<Vec<(String, u64)>> {
    let heat = picture::heatmap(map);
    let overlay = stimulus.map(|stimulus| picture::overlay(stimulus, map, &heat));
    let mut files = Vec::new();
    for save in context.save {
        match (save, prediction.density(), &overlay) {
            (Save::LogDensity, Some(density), _) => {
                #[expect(clippy::cast_possible_truncation, reason = "maps are stored in 32 bits")]
                let values = density.values().mapv(|value| value as f32);
                let mut bytes = Vec::new();
                values.write_npy(&mut bytes).context("npy")?;
                files.push((context.parts.map(key, ".npy"), bytes));
            }
            (Save::Heatmap, _, _) => files.push((context.parts.map(key, "_heatmap.png"), picture::png(&heat)?)),
            (Save::Overlay, _, Some(overlay)) => {
                files.push((context.parts.map(key, "_overlay.png"), picture::png(overlay)?));
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
    let thumbnail = picture::thumbnail(overlay.as_ref().unwrap_or(&heat))?;
    output::write_bytes(&context.parts.thumbnail(key), &thumbnail)?;
    Ok(names)
}
