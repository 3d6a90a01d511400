//! A model's density fitted to a population, a device or a kind of picture: how sure it is, how sharp, and where people look
//! whatever the picture shows.
//!
//! ```text
//! ln p  =  t · blur(ln q) + w · ln c − ln Z        q  the model's density, best with a uniform center bias
//!                                                  c  the center bias of the data
//!                                                  t  the temperature, t ≥ 0;  w  the weight of the center bias
//! ```
//!
//! For a given blur this is the likelihood that [`calibrate`](crate::calibrate) maximises, with a nonlinearity of one
//! segment: `t · blur(ln q)` is linear in the log density scaled to 0 ..= 1. So it is concave too, and has one maximum. Here
//! every image weighs the same, and `w` may be negative.

use gaze_core::{Fixations, LogDensity, Pixel, bits};
use ndarray::{Array2, Zip, array};

use crate::{
    MetricError, Weighting,
    error::check_size,
    likelihood::{Sample, Training, weighted},
    projected_newton::maximize,
    scaling::smoother,
};

/// The penalty on squared parameters. It keeps the maximum finite where all fixations lie on the largest value or one of the
/// densities is uniform, and moves no parameter by more than about 1e-6 elsewhere.
const RIDGE: f64 = 1e-9;

/// The depth below uniform, in nats, at which log densities are cut off: the logarithm of 0 could not be averaged, and
/// anything this far below makes no difference.
const DEPTH: f64 = 50.0;

/// One image to fit a [`DensityCalibration`] to. Its maps have one size; other images may have another.
#[derive(Clone, Copy, Debug)]
pub struct DensityImage<'a> {
    /// The model's density.
    pub density: &'a LogDensity<'a>,
    /// The center bias. It must not be made of this image's own fixations.
    pub center_bias: &'a LogDensity<'a>,
    /// The fixations on the image.
    pub fixations: &'a Fixations,
}

/// A temperature, a blur and a center bias for a model's densities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DensityCalibration {
    /// The factor of the log density, at least 0: below 1 the model was too sure.
    pub temperature: f64,
    /// The power of the center bias.
    pub center_bias_weight: f64,
    /// The standard deviation of the blur as a share of the image's width; 0 is none.
    pub blur: f64,
}

impl DensityCalibration {
    /// Applies the calibration to a density.
    ///
    /// A pixel that the center bias excludes stays excluded, whatever its weight.
    ///
    /// # Errors
    ///
    /// [`MetricError::SizeMismatch`], [`MetricError::Sigma`] for a negative or huge blur, and [`MetricError::Overflow`] if
    /// the temperature or the weight is so large, or not a number, that no density results.
    ///
    /// # Example
    ///
    /// ```
    /// use gaze_core::{LogDensity, Size};
    /// use gaze_metrics::DensityCalibration;
    /// use ndarray::array;
    ///
    /// let density = LogDensity::from_weights(array![[1.0, 9.0]])?;
    /// let center_bias = LogDensity::uniform(density.size())?;
    /// let calibration = DensityCalibration { temperature: 0.5, center_bias_weight: 1.0, blur: 0.0 };
    /// // Odds of 9 become odds of 3.
    /// let calibrated = calibration.apply(&density, &center_bias)?;
    /// assert!((calibrated.values()[[0, 1]].exp() - 0.75).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(
        &self,
        density: &LogDensity<'_>,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, MetricError> {
        check_size(density.size(), "center bias is", center_bias.size())?;
        let map = blurred(density, self.blur)?;
        let weights = Zip::from(&map)
            .and(&center_bias.values())
            .map_collect(|map, &bias| self.temperature * map + weighted(self.center_bias_weight, bias));
        LogDensity::normalize(weights).map_err(|_| MetricError::Overflow)
    }
}

/// A calibration, and how good calibrations of its kind are on images that they were not fitted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossValidated {
    /// The calibration that was fitted to all images.
    pub calibration: DensityCalibration,
    /// The information gain over the uniform density in bits per fixation, averaged over images, each under the calibration
    /// that was fitted to the other parts of the images.
    pub gain_bits: f64,
}

/// Fits temperature and center-bias weight for a given blur, which is a share of the image's width.
///
/// Images without fixations are left out, and all others weigh the same.
///
/// # Errors
///
/// [`MetricError::NoFixations`] without any fixation, [`MetricError::SizeMismatch`], [`MetricError::Sigma`],
/// [`MetricError::ExcludedFixation`] if the center bias has probability 0 at a fixation, [`MetricError::NotConverged`].
pub fn calibrate_density(images: &[DensityImage<'_>], blur: f64) -> Result<DensityCalibration, MetricError> {
    Problem::new(images, blur)?.fit_all()
}

/// Fits as [`calibrate_density`] does, and cross-validates in so many parts: image `i` of those with fixations is in part `i`
/// modulo `parts`. Call it for several blurs and take the one of the highest [`CrossValidated::gain_bits`].
///
/// # Errors
///
/// Those of [`calibrate_density`], and [`MetricError::Parts`] unless there are at least two parts and an image for each.
pub fn cross_validate_density(
    images: &[DensityImage<'_>],
    blur: f64,
    parts: usize,
) -> Result<CrossValidated, MetricError> {
    let problem = Problem::new(images, blur)?;
    let count = problem.training.images();
    if parts < 2 || parts > count {
        return Err(MetricError::Parts { parts, images: count });
    }
    let mut sum = problem.log_pixels;
    for part in 0..parts {
        let point = problem.fit(&problem.training.part(|index| index % parts != part))?;
        let validation = problem.training.part(|index| index % parts == part);
        sum += validation.log_likelihood(&array![point[0], point[1]]) * validation.images() as f64;
    }
    Ok(CrossValidated { calibration: problem.fit_all()?, gain_bits: bits(sum / count as f64) })
}

/// The images of a fit, with their blurred log densities scaled to 0 ..= 1.
struct Problem {
    training: Training,
    /// The difference of the largest and the smallest log density.
    range: f64,
    blur: f64,
    /// The sum over images of the logarithm of their number of pixels: minus the log probability under uniform.
    log_pixels: f64,
}

impl Problem {
    fn new(images: &[DensityImage<'_>], blur: f64) -> Result<Self, MetricError> {
        for (index, image) in images.iter().enumerate() {
            let size = image.density.size();
            check_size(size, "fixations' image is", image.fixations.size())?;
            check_size(size, "center bias is", image.center_bias.size())?;
            let excluded = |p: &Pixel| image.center_bias.values()[[p.row, p.column]] == f64::NEG_INFINITY;
            if let Some(fixation) = image.fixations.pixels().iter().position(excluded) {
                return Err(MetricError::ExcludedFixation { image: index, fixation });
            }
        }
        let images: Vec<_> = images.iter().filter(|image| !image.fixations.is_empty()).collect();
        if images.is_empty() {
            return Err(MetricError::NoFixations);
        }
        let maps: Vec<Array2<f64>> =
            images.iter().map(|image| blurred(image.density, blur)).collect::<Result<_, _>>()?;
        let all = || maps.iter().flatten().copied();
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let range = if high > low { high - low } else { 1.0 };
        let mut training = Training::new(1, true, Weighting::PerImage);
        for (image, map) in images.iter().zip(&maps) {
            let bias = image.center_bias.values();
            let sample = |at: (usize, usize)| Sample { score: (map[at] - low) / range, log_bias: bias[at] };
            let fixated: Vec<Sample> = image.fixations.pixels().iter().map(|p| sample((p.row, p.column))).collect();
            training.add(map.indexed_iter().map(|(at, _)| sample(at)).collect(), &fixated);
        }
        let log_pixels = maps.iter().map(|map| (map.len() as f64).ln()).sum();
        Ok(Self { training, range, blur, log_pixels })
    }

    /// The increment over the range of log densities, and the weight of the center bias.
    fn fit(&self, training: &Training) -> Result<[f64; 2], MetricError> {
        let lowest = array![0.0, f64::NEG_INFINITY];
        let maximum = maximize(array![self.range, 1.0], &lowest, |point| training.penalized(point, RIDGE));
        let point = maximum.ok_or(MetricError::NotConverged)?.point;
        Ok([point[0], point[1]])
    }

    fn fit_all(&self) -> Result<DensityCalibration, MetricError> {
        let [increment, center_bias_weight] = self.fit(&self.training)?;
        Ok(DensityCalibration { temperature: increment / self.range, center_bias_weight, blur: self.blur })
    }
}

/// The log density, blurred with a Gaussian whose standard deviation is this share of the width.
fn blurred(density: &LogDensity<'_>, share: f64) -> Result<Array2<f64>, MetricError> {
    let lowest = -(density.size().pixels() as f64).ln() - DEPTH;
    let map = density.values().mapv(|value| value.max(lowest));
    Ok(match smoother(share * map.ncols() as f64)? {
        Some(smoother) => smoother.blur(&map),
        None => map,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::information_gain;
    use gaze_core::{Fixation, Size};
    use ndarray_stats::QuantileExt as _;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    const SIZE: Size = Size { height: 20, width: 30 };

    struct Example {
        density: LogDensity<'static>,
        center_bias: LogDensity<'static>,
        fixations: Fixations,
    }

    impl Example {
        fn image(&self) -> DensityImage<'_> {
            DensityImage { density: &self.density, center_bias: &self.center_bias, fixations: &self.fixations }
        }
    }

    fn images(examples: &[Example]) -> Vec<DensityImage<'_>> {
        examples.iter().map(Example::image).collect()
    }

    fn fitted(examples: &[Example]) -> DensityCalibration {
        calibrate_density(&images(examples), 0.0).unwrap()
    }

    /// Draws fixations from a density with known temperature and weight.
    fn examples(count: usize, [t, w]: [f64; 2]) -> Vec<Example> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut example = || {
            let map = Array2::from_shape_fn(SIZE.dim(), |_| random.random_range(-2.0..2.0));
            let bias = Array2::from_shape_fn(SIZE.dim(), |(y, x)| {
                -((y as f64 - 9.5).powi(2) + (x as f64 - 14.5).powi(2)) / 60.0
            });
            let (density, center_bias) = (LogDensity::normalize(map).unwrap(), LogDensity::normalize(bias).unwrap());
            let truth = LogDensity::normalize(&density.values() * t + &center_bias.values() * w).unwrap();
            let points = (0..400).map(|_| {
                let mut left: f64 = random.random_range(0.0..1.0);
                let values = truth.values();
                let place = values.indexed_iter().find(|(_, value)| {
                    left -= value.exp();
                    left <= 0.0
                });
                let (y, x) = place.map_or((0, 0), |(place, _)| place);
                Fixation { x: x as f64 + 0.5, y: y as f64 + 0.5 }
            });
            let fixations = Fixations::new(SIZE, points.collect()).unwrap();
            Example { density, center_bias, fixations }
        };
        (0..count).map(|_| example()).collect()
    }

    /// The mean log-likelihood over images in nats, by way of the calibrated densities.
    fn likelihood(examples: &[Example], calibration: &DensityCalibration) -> f64 {
        let of = |example: &Example| {
            let density = calibration.apply(&example.density, &example.center_bias).unwrap();
            crate::log_likelihood(&density, &example.fixations).unwrap()
        };
        examples.iter().map(of).sum::<f64>() / examples.len() as f64
    }

    #[test]
    fn the_weights_that_made_the_fixations_are_found() {
        for truth in [[0.6, 1.4], [1.5, 0.3], [1.0, -0.5]] {
            let found = fitted(&examples(10, truth));
            // 4000 fixations: standard errors of about 0.015 and 0.03.
            assert!((found.temperature - truth[0]).abs() < 0.06, "{found:?} for {truth:?}");
            assert!((found.center_bias_weight - truth[1]).abs() < 0.12, "{found:?} for {truth:?}");
        }
    }

    #[test]
    fn nothing_nearby_is_likelier() {
        let made = examples(4, [0.8, 0.9]);
        let found = fitted(&made);
        let best = likelihood(&made, &found);
        for [dt, dw] in [[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]] {
            let (temperature, center_bias_weight) = (found.temperature + dt, found.center_bias_weight + dw);
            assert!(likelihood(&made, &DensityCalibration { temperature, center_bias_weight, ..found }) < best);
        }
    }

    #[test]
    fn a_map_that_misleads_is_ignored() {
        let mut made = examples(4, [1.0, 0.5]);
        for example in &mut made {
            example.density = LogDensity::normalize(-&example.density.values()).unwrap();
        }
        assert!(fitted(&made).temperature.abs() < 1e-12);
    }

    #[test]
    fn a_uniform_density_or_center_bias_leaves_the_other() {
        let uniform = LogDensity::uniform(SIZE).unwrap();
        let mut made = examples(6, [0.7, 0.0]);
        made.iter_mut().for_each(|example| example.center_bias = uniform.clone());
        assert!((fitted(&made).temperature - 0.7).abs() < 0.06);
        let mut made = examples(6, [0.0, 1.2]);
        made.iter_mut().for_each(|example| example.density = uniform.clone());
        assert!((fitted(&made).center_bias_weight - 1.2).abs() < 0.15);
    }

    #[test]
    fn the_gain_is_that_of_images_that_were_not_fitted() {
        let made = examples(5, [0.6, 1.4]);
        let found = cross_validate_density(&images(&made), 0.0, 5).unwrap();
        assert_eq!(found.calibration, fitted(&made));
        let uniform = LogDensity::uniform(SIZE).unwrap();
        let gain = |left_out: usize| {
            let mut others = images(&made);
            let image = others.remove(left_out);
            let density = calibrate_density(&others, 0.0).unwrap().apply(image.density, image.center_bias).unwrap();
            information_gain(&density, &uniform, image.fixations).unwrap()
        };
        let expected = (0..5).map(gain).sum::<f64>() / 5.0;
        assert!((found.gain_bits - expected).abs() < 1e-9, "{found:?} {expected}");
    }

    #[test]
    fn the_blur_that_made_the_fixations_gains_most() {
        let mut made = examples(10, [0.0, 0.0]);
        let mut random = ChaCha8Rng::seed_from_u64(6);
        for example in &mut made {
            let smooth = LogDensity::normalize(blurred(&example.density, 0.05).unwrap() * 8.0).unwrap();
            let largest = *smooth.values().max().unwrap();
            let mut points = Vec::new();
            while points.len() < 400 {
                let (row, column) = (random.random_range(0..SIZE.height), random.random_range(0..SIZE.width));
                if random.random::<f64>().ln() < smooth.values()[[row, column]] - largest {
                    points.push(Fixation { x: column as f64, y: row as f64 });
                }
            }
            example.fixations = Fixations::new(SIZE, points).unwrap();
        }
        let gain = |blur: f64| cross_validate_density(&images(&made), blur, 5).unwrap().gain_bits;
        let [none, right, much] = [0.0, 0.05, 0.2].map(gain);
        assert!(right > none + 0.1 && right > much + 0.1, "{none} {right} {much}");
    }

    #[test]
    fn images_that_cannot_be_fitted_are_refused() {
        let made = examples(2, [1.0, 1.0]);
        let refused = |images: &[DensityImage<'_>], parts| cross_validate_density(images, 0.0, parts).unwrap_err();
        assert_eq!(refused(&[], 2), MetricError::NoFixations);
        assert_eq!(refused(&images(&made), 1), MetricError::Parts { parts: 1, images: 2 });
        assert_eq!(
            refused(&images(&made), 3).to_string(),
            "cross-validation takes 2 parts or more and an image for each, not 3 parts of 2 images"
        );
        let other = LogDensity::uniform(Size { height: 2, width: 3 }).unwrap();
        let mut wrong = images(&made);
        wrong[1].center_bias = &other;
        assert!(matches!(refused(&wrong, 2), MetricError::SizeMismatch { .. }));
        assert!(matches!(calibrate_density(&images(&made), -0.1), Err(MetricError::Sigma { .. })));
        let mut corner = Array2::zeros(SIZE.dim());
        corner[[0, 0]] = 1.0;
        let corner = LogDensity::from_weights(corner).unwrap();
        wrong[1].center_bias = &corner;
        assert!(matches!(refused(&wrong, 2), MetricError::ExcludedFixation { image: 1, .. }));
        let absurd = DensityCalibration { temperature: f64::NAN, center_bias_weight: 1.0, blur: 0.0 };
        let applied = absurd.apply(&made[0].density, &made[0].center_bias);
        assert_eq!(applied, Err(MetricError::Overflow));
    }
}
