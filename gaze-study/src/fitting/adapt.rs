//! The views and the blur of DeepGaze MSDB, fitted to the gaze on a dataset.
//!
//! The network's other two parameters of a dataset, the factors of the map and of the center bias, are the temperature and the
//! weight of any calibration: for given views and a given blur they are a concave problem. So the search goes through the
//! logarithms of the ten views' weights and of the blur, and solves that problem at each point. It takes steps along one axis
//! at a time, as there are few axes and every point costs seconds.

use gaze_core::{Fixations, LogDensity, PixelsPerDegree, Size};
use gaze_metrics::{DensityCalibration, DensityImage, MetricError, calibrate_density, information_gain};
use gaze_model::{
    Adaptation, ModelName,
    deepgaze_msdb::{DatasetParameters, DeepGazeMsdb, Seen, VIEWS},
    resize_density,
};
use gaze_targets::CenterBias;
use rayon::prelude::*;

use super::{
    CalibrateOptions, Calibrated, GazedDataset, GazedImage,
    calibrate::{FOLDS, fitted_size, kept, rows},
    gazed::center_bias,
};
use crate::{
    error::{OpenModelError, StudyError},
    models::{
        Calibration,
        calibration::{About, SCHEMA, TEMPLATE},
        taken,
    },
    observer::{Observer, Work},
};

/// The number of axes: a weight for each view, and the blur.
const AXES: usize = VIEWS + 1;
/// The first and the last step of the search, in natural logarithms of factors.
const STEPS: [f64; 3] = [0.6, 0.3, 0.15];
/// The penalty on squared logarithms of factors, in bits per fixation. A factor of e must gain this much.
const PENALTY: f64 = 1e-3;

/// Fits the parameters of a dataset: the views, the blur and the two factors.
///
/// # Errors
///
/// [`FittingError`], and the errors of reading the dataset and opening the network.
pub(super) fn calibrate(
    options: &CalibrateOptions,
    name: &ModelName,
    observer: &dyn Observer,
) -> Result<Calibrated, StudyError> {
    let chosen = taken(name, &options.options)?.network;
    let gaze = GazedDataset::read(&options.data, options.format, options.group.as_deref())?;
    let mut problems = gaze.problems.clone();
    let (network, scale, _) = DeepGazeMsdb::open(name, &chosen).map_err(OpenModelError::from)?;
    let center_bias = center_bias(&gaze.images)?;
    observer.begin(Work::Predicting, gaze.images.len());
    // One picture after the other takes the threads and the memory of one.
    let looked = gaze.images.iter().enumerate().map(|(place, image)| {
        let seen = look(&network, scale, &gaze, image, &center_bias, place);
        observer.step(usize::from(seen.is_err()));
        seen
    });
    let looked = looked.collect();
    observer.end();
    let images = kept(looked, &mut problems)?;
    let start = network.parameters(chosen.dataset);
    let all: Vec<&SeenImage<'_>> = images.iter().collect();
    let as_it_is = Fit {
        adaptation: adapted(&start, &[0.0; AXES]),
        calibration: DensityCalibration {
            temperature: start.priority,
            center_bias_weight: start.center_bias_weight,
            blur: 0.0,
        },
    };
    let mut cross_validated = 0.0;
    for fold in 0..FOLDS {
        let part = |held_out: bool| -> Vec<&SeenImage<'_>> {
            let is_in = |index: &usize| (index % FOLDS == fold) == held_out;
            (0..all.len()).filter(is_in).map(|index| all[index]).collect()
        };
        let held_out = part(true);
        cross_validated += gain_of(&held_out, &fit(&part(false), &start)?)? * held_out.len() as f64 / all.len() as f64;
    }
    let best = fit(&all, &start)?;
    let without = gain_of(&all, &as_it_is)?;
    let calibration = Calibration {
        gaze_calibration: SCHEMA,
        model: name.clone(),
        long_side: None,
        temperature: best.calibration.temperature,
        center_bias_weight: best.calibration.center_bias_weight,
        blur: 0.0,
        adaptation: Some(best.adaptation),
        center_bias: rows(&center_bias.without(usize::MAX, TEMPLATE)?),
        about: About {
            data: gaze.dataset.name().to_owned(),
            group: options.group.clone(),
            images: images.len(),
            cross_validated,
            without,
        },
    };
    Ok(Calibrated { calibration, images: images.len(), cross_validated, without, problems })
}

/// Looks at an image.
fn look<'m>(
    network: &'m DeepGazeMsdb,
    scale: PixelsPerDegree,
    gaze: &GazedDataset,
    image: &GazedImage,
    center_bias: &CenterBias,
    place: usize,
) -> Result<SeenImage<'m>, StudyError> {
    let picture = gaze.picture(image)?;
    let (name, full) = (image.to_string(), picture.size());
    let seen = network.look_in_parallel(&picture, scale);
    let seen = seen.map_err(|error| StudyError::Prediction { name: name.clone(), source: error.into() })?;
    let size = fitted_size(full);
    Ok(SeenImage {
        name,
        seen,
        full,
        center_bias: center_bias.without(place, size)?,
        fixations: image.fixations.moved_to(size),
    })
}

/// An image that the network has looked at.
struct SeenImage<'m> {
    name: String,
    seen: Seen<'m>,
    /// The size of the picture.
    full: Size,
    /// The center bias of the other images, at the size at which maps are fitted.
    center_bias: LogDensity<'static>,
    /// The fixations, moved to that size.
    fixations: Fixations,
}

impl SeenImage<'_> {
    /// The density with a uniform center bias, at the size at which maps are fitted.
    fn density(&self, parameters: &DatasetParameters) -> Result<LogDensity<'static>, StudyError> {
        let told = |source| StudyError::Prediction { name: self.name.clone(), source };
        let uniform = LogDensity::uniform(self.full).map_err(|error| told(error.into()))?;
        let density = self.seen.log_density(&uniform, parameters).map_err(|error| told(error.into()))?;
        resize_density(&density, self.center_bias.size()).map_err(|error| told(error.into()))
    }
}

/// A network adapted to some images: its views and its blur, and the other two parameters.
#[derive(Clone, Debug)]
struct Fit {
    adaptation: Adaptation,
    calibration: DensityCalibration,
}

/// Fits all parameters to the images.
fn fit(images: &[&SeenImage<'_>], start: &DatasetParameters) -> Result<Fit, StudyError> {
    let point = search(|point| {
        let (calibration, densities) = at(images, start, point)?;
        let penalty = PENALTY * point.iter().map(|log| log * log).sum::<f64>();
        Ok::<f64, StudyError>(gain(images, &densities, &calibration)? - penalty)
    })?;
    Ok(Fit { adaptation: adapted(start, &point), calibration: at(images, start, &point)?.0 })
}

/// The gain over uniform in bits per fixation, averaged over the images, that a fit to others has on these.
fn gain_of(images: &[&SeenImage<'_>], fit: &Fit) -> Result<f64, StudyError> {
    gain(images, &densities(images, &fit.adaptation)?, &fit.calibration)
}

/// Fits the two factors at a point of the search.
fn at(
    images: &[&SeenImage<'_>],
    start: &DatasetParameters,
    point: &[f64; AXES],
) -> Result<(DensityCalibration, Vec<LogDensity<'static>>), StudyError> {
    let densities = densities(images, &adapted(start, point))?;
    let examples = images.iter().zip(&densities).map(|(image, density)| DensityImage {
        density,
        center_bias: &image.center_bias,
        fixations: &image.fixations,
    });
    let calibration = calibrate_density(&examples.collect::<Vec<_>>(), 0.0)?;
    Ok((calibration, densities))
}

fn densities(images: &[&SeenImage<'_>], adaptation: &Adaptation) -> Result<Vec<LogDensity<'static>>, StudyError> {
    // Without the two factors, which are fitted outside the network.
    let parameters = DatasetParameters::from(adaptation.clone());
    images.par_iter().map(|image| image.density(&parameters)).collect()
}

fn gain(
    images: &[&SeenImage<'_>],
    densities: &[LogDensity<'_>],
    calibration: &DensityCalibration,
) -> Result<f64, StudyError> {
    let of = |(image, density): (&&SeenImage<'_>, &LogDensity<'_>)| {
        let uniform = LogDensity::uniform(density.size()).map_err(|_| MetricError::Overflow)?;
        information_gain(&calibration.apply(density, &image.center_bias)?, &uniform, &image.fixations)
    };
    let gains = images.iter().zip(densities).map(of).collect::<Result<Vec<f64>, MetricError>>()?;
    Ok(gains.iter().sum::<f64>() / gains.len() as f64)
}

/// The views and the blur at a point: those of the start times factors with these logarithms.
fn adapted(start: &DatasetParameters, point: &[f64; AXES]) -> Adaptation {
    let mut view_weights = start.view_weights;
    view_weights.iter_mut().zip(point).for_each(|(weight, log)| *weight *= log.exp());
    let total: f64 = view_weights.iter().sum();
    Adaptation {
        view_weights: view_weights.map(|weight| weight / total),
        sigma_degrees: start.sigma_degrees * point[VIEWS].exp(),
    }
}

/// Searches a point of high value from zeros on.
fn search<E>(value: impl Fn(&[f64; AXES]) -> Result<f64, E>) -> Result<[f64; AXES], E> {
    let mut point = [0.0; AXES];
    let mut best = value(&point)?;
    for step in STEPS {
        let mut moved = true;
        while moved {
            moved = false;
            for axis in 0..AXES {
                for direction in [step, -step] {
                    let mut next = point;
                    next[axis] += direction;
                    let found = value(&next)?;
                    if found > best {
                        (point, best, moved) = (next, found, true);
                        break;
                    }
                }
            }
        }
    }
    Ok(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations on numbers below 3.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn the_top_of_a_hill_is_found_within_a_step() {
        let top: [f64; AXES] = std::array::from_fn(|axis| 0.5 * axis as f64 - 2.0);
        let point =
            search(|point| Ok::<f64, ()>(-point.iter().zip(top).map(|(at, top)| (at - top).powi(2)).sum::<f64>()))
                .unwrap();
        for (found, top) in point.iter().zip(top) {
            assert!((found - top).abs() <= STEPS[2], "{point:?}");
        }
    }

    #[test]
    fn factors_of_weights_leave_their_sum_one() {
        let start = DatasetParameters {
            view_weights: [0.1; VIEWS],
            sigma_degrees: 0.5,
            priority: 1.0,
            center_bias_weight: 1.0,
        };
        let mut point = [0.0; AXES];
        (point[2], point[VIEWS]) = (3.0_f64.ln(), -(2.0_f64.ln()));
        let found = adapted(&start, &point);
        assert!((found.view_weights.iter().sum::<f64>() - 1.0).abs() < ROUNDING);
        assert!((found.view_weights[2] / found.view_weights[3] - 3.0).abs() < ROUNDING);
        assert!((found.sigma_degrees - 0.25).abs() < ROUNDING);
        for weight in adapted(&start, &[0.0; AXES]).view_weights {
            assert!((weight - 0.1).abs() < ROUNDING);
        }
    }
}
