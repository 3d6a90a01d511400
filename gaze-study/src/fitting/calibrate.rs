//! Calibration: reads the gaze, asks the network once for each picture, fits, and cross-validates.

use std::path::PathBuf;

use gaze_core::{Fixations, LogDensity, Size, Stimulus, bits};
use gaze_data::Format;
use gaze_metrics::{CrossValidated, DensityCalibration, DensityImage, cross_validate_density};
use gaze_model::{ModelName, resize_density};
use gaze_targets::CenterBias;
use rayon::prelude::*;

use super::{GazedDataset, GazedImage, gazed::center_bias};
use crate::{
    error::{FittingError, StudyError},
    models::{
        Calibration, Model, ModelOptions, ModelSpec, Question,
        calibration::{About, SCHEMA, TEMPLATE},
    },
    observer::{Observer, Work},
    text::chain,
};

/// The longer side of the maps that are fitted, in pixels.
const FITTED: usize = 128;
/// The blurs that are tried, as shares of the width.
const BLURS: [f64; 6] = [0.0, 0.005, 0.01, 0.015, 0.02, 0.03];
/// The number of groups of images for cross-validation.
pub(super) const FOLDS: usize = 5;

/// The data that a network is calibrated to, and the network.
#[derive(Clone, Debug)]
pub struct CalibrateOptions {
    /// The dataset: a folder or a file.
    pub data: PathBuf,
    /// The dataset's format; `None` if it is to be recognised.
    pub format: Option<Format>,
    /// The group of observers; `None` for all of them.
    pub group: Option<String>,
    /// The network.
    pub model: ModelSpec,
    /// The options of the network. Its temperature and its center bias are fitted and must not be given.
    pub options: ModelOptions,
}

/// A fitted calibration, with what it gains.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Calibrated {
    /// The calibration, which serialises to the file that [`ModelSpec::Calibrated`] names.
    pub calibration: Calibration,
    /// The number of images that it was fitted to.
    pub images: usize,
    /// The gain over uniform in bits per fixation, on images that the fit had not seen.
    pub cross_validated: f64,
    /// The gain over uniform of the network as it is.
    pub without: f64,
    /// The problems that were met, in words for a person.
    pub problems: Vec<String>,
}

/// Checks what is asked for, before any work.
fn network(options: &CalibrateOptions) -> Result<&ModelName, FittingError> {
    let model = options.model.to_string();
    let network = match &options.model {
        ModelSpec::Listed(name) if name.entry().network => name,
        ModelSpec::Calibrated(_) => return Err(FittingError::CalibratedAlready { model }),
        _ => return Err(FittingError::NoNetwork { model }),
    };
    if options.options.center_bias.is_some() {
        return Err(FittingError::Fitted { option: "center bias" });
    }
    if options.options.network.temperature.is_some() {
        return Err(FittingError::Fitted { option: "temperature" });
    }
    Ok(network)
}

/// Fits the temperature, the blur and the weight of the center bias of a network to the gaze on a dataset.
///
/// # Errors
///
/// [`FittingError`], and the errors of reading the dataset and opening the network.
pub fn calibrate(options: &CalibrateOptions, observer: &dyn Observer) -> Result<Calibrated, StudyError> {
    let network = network(options)?;
    #[cfg(feature = "libtorch")]
    if network.entry().takes(gaze_model::ModelOption::Adaptation) {
        return super::adapt::calibrate(options, network, observer);
    }
    let gaze = GazedDataset::read(&options.data, options.format, options.group.as_deref())?;
    let mut problems = gaze.problems.clone();
    let bare = Model::bare(network, &options.options)?.spatial()?;
    let as_it_is = Model::open(&options.model, &options.options, None)?;
    let center_bias = center_bias(&gaze.images)?;
    observer.begin(Work::Predicting, gaze.images.len());
    let asked = gaze.images.par_iter().enumerate().map(|(place, image)| {
        let seen = seen(&gaze, image, [&bare, &as_it_is], &center_bias, place);
        observer.step(usize::from(seen.is_err()));
        seen
    });
    let asked: Vec<Result<Seen, StudyError>> = asked.collect();
    observer.end();
    let images = kept(asked, &mut problems)?;
    let examples: Vec<DensityImage<'_>> = images.iter().map(Seen::example).collect();
    let tried = BLURS.par_iter().map(|&blur| cross_validate_density(&examples, blur, FOLDS));
    let tried = tried.collect::<Result<Vec<CrossValidated>, _>>()?;
    let best = tried.iter().max_by(|a, b| a.gain_bits.total_cmp(&b.gain_bits)).expect("there are blurs");
    let (DensityCalibration { temperature, center_bias_weight, blur, .. }, gain) = (best.calibration, best.gain_bits);
    let without = images.iter().map(|image| image.as_it_is).sum::<f64>() / images.len() as f64;
    let template = center_bias.without(usize::MAX, TEMPLATE)?;
    let calibration = Calibration {
        gaze_calibration: SCHEMA,
        model: network.clone(),
        long_side: options.options.long_side,
        temperature,
        center_bias_weight,
        blur,
        adaptation: None,
        center_bias: rows(&template),
        about: About {
            data: gaze.dataset.name().to_owned(),
            group: options.group.clone(),
            images: images.len(),
            cross_validated: gain,
            without,
        },
    };
    Ok(Calibrated { calibration, images: images.len(), cross_validated: gain, without, problems })
}

/// The images that could be looked at, if they are enough; the others are told with the problems.
pub(super) fn kept<T>(looked: Vec<Result<T, StudyError>>, problems: &mut Vec<String>) -> Result<Vec<T>, FittingError> {
    let (mut images, mut first) = (Vec::new(), None);
    for image in looked {
        match image {
            Ok(image) => images.push(image),
            Err(problem) => {
                let problem = chain(&problem);
                problems.push(format!("{problem}; it is left out"));
                first.get_or_insert(problem);
            }
        }
    }
    if images.len() < FOLDS {
        return Err(FittingError::TooFewImages { found: images.len(), needed: FOLDS, problem: first });
    }
    Ok(images)
}

/// The rows of a center bias, to be stored.
pub(super) fn rows(template: &LogDensity<'_>) -> Vec<Vec<f64>> {
    template.values().outer_iter().map(|row| row.to_vec()).collect()
}

/// The size at which maps of a picture are fitted.
pub(super) fn fitted_size(picture: Size) -> Size {
    let scale = FITTED as f64 / picture.height.max(picture.width) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 128")]
    let side = |length: usize| ((length as f64 * scale).round() as usize).max(1);
    Size { height: side(picture.height), width: side(picture.width) }
}

/// An image as the fit sees it, without a blur.
struct Seen {
    density: LogDensity<'static>,
    center_bias: LogDensity<'static>,
    fixations: Fixations,
    /// The gain over uniform of the network as it is, in bits per fixation.
    as_it_is: f64,
}

fn seen(
    gaze: &GazedDataset,
    image: &GazedImage,
    [bare, as_it_is]: [&Model; 2],
    center_bias: &CenterBias,
    place: usize,
) -> Result<Seen, StudyError> {
    let picture = gaze.picture(image)?;
    let predict = |model: &Model, picture: &Stimulus| {
        let density = model.log_density(&Question { alone: false, ..Question::of_picture(picture) });
        density.map_err(|source| StudyError::Prediction { name: image.to_string(), source })
    };
    let as_it_is = predict(as_it_is, &picture)?;
    let uniform = -(as_it_is.values().len() as f64).ln();
    let values = image.fixations.pixels().iter().map(|pixel| as_it_is.values()[[pixel.row, pixel.column]] - uniform);
    let as_it_is = bits(values.sum::<f64>() / image.fixations.len() as f64);
    let density = predict(bare, &picture)?;
    let size = fitted_size(picture.size());
    Ok(Seen {
        density: resize_density(&density, size)?,
        center_bias: center_bias.without(place, size)?,
        fixations: image.fixations.moved_to(size),
        as_it_is,
    })
}

impl Seen {
    fn example(&self) -> DensityImage<'_> {
        DensityImage { density: &self.density, center_bias: &self.center_bias, fixations: &self.fixations }
    }
}
