//! `gaze-cli calibrate`: reads the gaze, asks the network once for each picture, fits, cross-validates, writes.

use std::{
    io::{Write, stdout},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Size, Stimulus};
use gaze_targets::CenterBias;
use indicatif::ParallelProgressIterator as _;
use ndarray::Array2;
use rayon::prelude::*;

use super::{
    About, Calibration, SCHEMA, TEMPLATE, blurred,
    fit::{Example, Weights, fit, likelihood},
};
use crate::{
    Outcome,
    calibrate_args::CalibrateArgs,
    messages,
    model::{ModelSpec, PictureModel, Surroundings},
    network::{CenterBiasSpec, NetworkSpec},
    output, progress,
    train::gaze::{Gaze, Subject},
};

/// The longer side of the maps that are fitted.
const FITTED: usize = 128;
/// Blurs that are tried, as shares of the width.
const BLURS: [f64; 6] = [0.0, 0.005, 0.01, 0.015, 0.02, 0.03];
/// Groups of images for cross-validation.
const FOLDS: usize = 5;

/// Calibrates.
pub(crate) fn run(args: &CalibrateArgs) -> Result<Outcome> {
    let ModelSpec::Network(spec) = &args.model else {
        anyhow::bail!("--model {}: only networks can be calibrated", args.model.name())
    };
    let name = match spec {
        NetworkSpec::GazeLite | NetworkSpec::DeepGazeIie => args.model.name(),
        NetworkSpec::File(file) => {
            ensure!(
                file.extension().is_some_and(|extension| extension == "safetensors"),
                "--model {}: this model is calibrated already",
                file.display()
            );
            file.display().to_string()
        }
    };
    ensure!(args.out.extension().is_some_and(|extension| extension == "json"), "--out must end in .json");
    let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    output::probe(folder).with_context(|| format!("--out {}", args.out.display()))?;
    let gaze = Gaze::read(&args.data, args.format, args.group.as_deref())
        .with_context(|| format!("--data {}", args.data.display()))?;
    let mut problems = gaze.problems.clone();
    let mut network = args.network.clone();
    ensure!(network.centerbias.is_none(), "--centerbias: calibration estimates it from the data");
    ensure!(network.temperature.is_none(), "--temperature: calibration finds it");
    let as_it_is = PictureModel::open(&args.model, &network, None)?.context("a network needs no dataset")?;
    network.centerbias = Some(CenterBiasSpec::Uniform);
    network.temperature = (!matches!(spec, NetworkSpec::DeepGazeIie)).then_some(1.0);
    let bare = PictureModel::open(&args.model, &network, None)?.context("a network needs no dataset")?;

    let center_bias = CenterBias::new(
        gaze.subjects.iter().map(|subject| &subject.fixations),
        CenterBias::DEFAULT_BANDWIDTH,
        CenterBias::DEFAULT_UNIFORM_SHARE,
    )?;
    let bar = progress::bar("predicting", gaze.subjects.len(), args.quiet);
    let asked = gaze.subjects.par_iter().enumerate().progress_with(bar.clone());
    let asked = asked.map(|(place, subject)| seen(&gaze, subject, [&bare, &as_it_is], &center_bias, place));
    let asked: Vec<Result<Seen>> = asked.collect();
    bar.finish_and_clear();
    let mut images = Vec::new();
    for seen in asked {
        match seen {
            Ok(seen) => images.push(seen),
            Err(problem) => problems.push(format!("{problem:#}; it is left out")),
        }
    }
    messages::problems(&problems);
    ensure!(images.len() >= FOLDS, "{} images with fixations are too few: {FOLDS} are needed", images.len());

    let tried = BLURS.map(|blur| cross_validate(&images, blur));
    let tried = tried.into_iter().collect::<Result<Vec<_>>>()?;
    let best = tried.iter().enumerate().max_by(|a, b| a.1.gain.total_cmp(&b.1.gain)).map_or(0, |(index, _)| index);
    let Fitted { weights: [temperature, center_bias_weight], gain } = tried[best];
    let without = images.iter().map(|image| image.as_it_is).sum::<f64>() / images.len() as f64;
    let template = center_bias.without(usize::MAX, TEMPLATE)?;
    let calibration = Calibration {
        gaze_calibration: SCHEMA,
        model: name,
        long_side: args.network.long_side,
        temperature,
        center_bias_weight,
        blur: BLURS[best],
        center_bias: template.values().outer_iter().map(|row| row.to_vec()).collect(),
        about: About {
            data: gaze.dataset.name().to_owned(),
            group: args.group.clone(),
            images: images.len(),
            cross_validated: gain,
            without,
        },
    };
    output::write_bytes(&args.out, serde_json::to_string(&calibration)?.as_bytes())?;
    writeln!(
        stdout(),
        "{}: temperature {temperature:.3}, center-bias weight {center_bias_weight:.3}, blur {:.1} % of the width; \
         {gain:.4} bits per fixation over uniform on images not fitted to, {without:.4} without (of {} images)",
        args.out.display(),
        100.0 * BLURS[best],
        images.len()
    )?;
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}

/// An image as the fit sees it, without a blur.
struct Seen {
    density: LogDensity,
    center_bias: LogDensity,
    fixations: gaze_core::Fixations,
    /// What the network gains over uniform as it is, in bits per fixation.
    as_it_is: f64,
}

fn seen(
    gaze: &Gaze,
    subject: &Subject,
    [bare, as_it_is]: [&PictureModel; 2],
    center_bias: &CenterBias,
    place: usize,
) -> Result<Seen> {
    let picture = gaze.picture(subject)?;
    let predict = |model: &PictureModel, picture: &Stimulus| -> Result<LogDensity> {
        model.log_density(picture.size(), Some(picture), Surroundings { center_bias: None, alone: false })
    };
    let as_it_is = predict(as_it_is, &picture).with_context(|| subject.to_string())?;
    let uniform = -(as_it_is.values().len() as f64).ln();
    let values = subject.fixations.pixels().iter().map(|pixel| as_it_is.values()[[pixel.row, pixel.column]] - uniform);
    let as_it_is = values.sum::<f64>() / subject.fixations.len() as f64 / std::f64::consts::LN_2;
    let density = predict(bare, &picture).with_context(|| subject.to_string())?;
    let Size { height, width } = picture.size();
    let scale = FITTED as f64 / height.max(width) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 128")]
    let side = |length: usize| ((length as f64 * scale).round() as usize).max(1);
    let size = Size { height: side(height), width: side(width) };
    Ok(Seen {
        density: gaze_model::resize_density(&density, size)?,
        center_bias: center_bias.without(place, size)?,
        fixations: subject.fixations.moved_to(size),
        as_it_is,
    })
}

/// Weights fitted to all images, and what weights fitted to four fifths gain on the other fifth over uniform, in bits.
#[derive(Clone, Copy)]
struct Fitted {
    weights: Weights,
    gain: f64,
}

fn cross_validate(images: &[Seen], blur: f64) -> Result<Fitted> {
    let examples = images.iter().map(|image| {
        let map: Array2<f64> = blurred(&image.density, blur)?;
        Ok(Example::new(map, &image.center_bias, image.fixations.clone()))
    });
    let examples = examples.collect::<Result<Vec<_>>>()?;
    let folds = (0..FOLDS).into_par_iter().map(|fold| {
        let part = |inside: bool| -> Vec<&Example> {
            let numbered = examples.iter().enumerate();
            numbered.filter(|(index, _)| (index % FOLDS == fold) == inside).map(|(_, example)| example).collect()
        };
        let (training, validation) = (part(false), part(true));
        let weights = fit(&training);
        let uniform = |example: &&Example| (example.map.len() as f64).ln();
        likelihood(&validation, weights) * validation.len() as f64 + validation.iter().map(uniform).sum::<f64>()
    });
    let gain = folds.collect::<Vec<f64>>().iter().sum::<f64>() / examples.len() as f64 / std::f64::consts::LN_2;
    Ok(Fitted { weights: fit(&examples.iter().collect::<Vec<_>>()), gain })
}
