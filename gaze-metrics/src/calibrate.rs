//! The conversion of saliency maps to log densities, fitted by maximum likelihood.
//!
//! A map that only ranks has no likelihood and no information gain until somebody says how much more likely a pixel of
//! score 0.9 is than one of 0.5. Here the fixations on training images say it:
//!
//! ```text
//! p(pixel)  ∝  exp( f(s) + w · ln c )        s  the map, blurred and rescaled to 0 ..= 1
//!                                            f  piecewise linear, f(0) = 0, never falling
//!                                            c  the center bias, w ≥ 0 its weight; or no such term
//! ```
//!
//! For a given blur the likelihood is concave in `f` and `w` together, so the optimum is global; the proof is in
//! `likelihood.rs`. The blur is chosen from a list, by the likelihood.
//!
//! # Reference
//!
//! Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112: nonlinearity, blur and center bias
//! fitted by maximum likelihood. pysaliency's `optimize_saliency_map_conversion` with
//! `nonlinearity_target="logdensity"` has the same `f`; its center bias is a radial function fitted along, ours a
//! density that is given.

use gaze_core::{Fixations, LogDensity, Pixel, SaliencyMap};
use ndarray::Array1;

use crate::{
    MetricError,
    error::check_size,
    likelihood::{Sample, Training, Weighting, nonlinearity, weighted},
    projected_newton::maximize,
    scaling::{MapRange, Scaling, smoother},
};

/// One image to learn from.
#[derive(Clone, Copy, Debug)]
pub struct TrainingImage<'a> {
    /// The scores to be turned into a density.
    pub map: &'a SaliencyMap<'a>,
    /// The fixations on the image.
    pub fixations: &'a Fixations,
    /// The center bias, for all training images or for none. It must not be made of this image's own fixations.
    pub center_bias: Option<&'a LogDensity<'a>>,
}

/// The largest number of segments: more than any data can tell apart, and their second derivatives take 8 megabytes.
const LARGEST_SEGMENTS: usize = 1000;

/// The choices of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationOptions {
    /// Number of pieces of the nonlinearity, all of one width; at least 1.
    pub segments: usize,
    /// The scores that become 0 and 1.
    pub range: MapRange,
    /// Blurs to choose from, in pixels; 0 is none. An empty list is the same as `[0.0]`.
    pub sigmas_px: Vec<f64>,
    /// The penalty on squared increments in nats per fixation, positive. At 1e-4, an `f` that rises by 10 evenly over
    /// 20 segments costs 0.0003.
    pub ridge: f64,
    /// The unit that weighs the same everywhere: the fixation or the image.
    pub weighting: Weighting,
}

impl CalibrationOptions {
    /// The usual options: 20 segments, no blur, a ridge of 1e-4, and every fixation weighs the same.
    #[must_use]
    pub fn new(range: MapRange) -> Self {
        Self { segments: 20, range, sigmas_px: vec![0.0], ridge: 1e-4, weighting: Weighting::PerFixation }
    }
}

/// A fitted conversion of saliency maps to log densities.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    sigma_px: f64,
    scaling: Scaling,
    nodes: Vec<f64>,
    center_bias_weight: Option<f64>,
    log_likelihood: f64,
    objectives: Vec<f64>,
}

impl Calibration {
    /// Turns a map into a density.
    ///
    /// The center bias is given exactly if the training images had one. A pixel that it excludes stays excluded, also
    /// if its fitted weight is 0. A constant map gives the uniform density, or the weighted center bias.
    ///
    /// # Errors
    ///
    /// [`MetricError::UnpairedCenterBias`], [`MetricError::SizeMismatch`].
    pub fn log_density(
        &self,
        map: &SaliencyMap<'_>,
        center_bias: Option<&LogDensity<'_>>,
    ) -> Result<LogDensity<'static>, MetricError> {
        if center_bias.is_some() != self.center_bias_weight.is_some() {
            return Err(MetricError::UnpairedCenterBias);
        }
        let scores = self.scaling.apply(map, smoother(self.sigma_px)?.as_ref());
        let mut weights = scores.mapv(|score| nonlinearity(&self.nodes, score));
        if let (Some(bias), Some(weight)) = (center_bias, self.center_bias_weight) {
            check_size(map.size(), "center bias is", bias.size())?;
            weights.zip_mut_with(&bias.values(), |value, &log_bias| *value += weighted(weight, log_bias));
        }
        Ok(LogDensity::normalize(weights).expect("f is finite, and a density has a pixel with probability"))
    }

    /// The values of `f` at 0, 1/K, …, 1: from 0, never falling, in nats.
    #[must_use]
    pub fn nonlinearity(&self) -> &[f64] {
        &self.nodes
    }

    /// The chosen blur in pixels, 0 for none.
    #[must_use]
    pub fn sigma_px(&self) -> f64 {
        self.sigma_px
    }

    /// The power of the center bias, if there is one.
    #[must_use]
    pub fn center_bias_weight(&self) -> Option<f64> {
        self.center_bias_weight
    }

    /// The likelihood less the penalty after every step of the search, in nats per fixation: never falling.
    #[must_use]
    pub fn objectives(&self) -> &[f64] {
        &self.objectives
    }

    /// The likelihood of the training fixations, in nats per fixation. On other images expect less.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }
}

/// Fits a nonlinearity, and if wanted a blur and the weight of a center bias, to fixations on training images.
///
/// Images without fixations are left out. Equal pixels are counted, not repeated: with
/// 8-bit maps, no blur and no center bias it costs next to nothing; otherwise about 24 bytes per pixel and 20 passes
/// over all pixels for every blur.
///
/// Report likelihoods on images that were not among the training images.
///
/// # Errors
///
/// [`MetricError::NoFixations`] without any fixation, [`MetricError::SizeMismatch`],
/// [`MetricError::UnpairedCenterBias`] if some images have a center bias and others none,
/// [`MetricError::ExcludedFixation`] if it has probability 0 at a fixation, [`MetricError::ConstantMaps`] if the maps
/// do not differ from a constant anywhere, [`MetricError::Sigma`], [`MetricError::CalibrationOptions`] for
/// `segments` of 0 or above 1000 or a `ridge` that is not positive and finite, and [`MetricError::NotConverged`].
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, SaliencyMap};
/// use gaze_metrics::{CalibrationOptions, MapRange, TrainingImage, calibrate};
/// use ndarray::array;
///
/// // Three of four fixations on the one salient pixel of two: odds of 3.
/// let map = SaliencyMap::new(array![[0.0, 255.0]])?;
/// let points = [1.5, 1.5, 1.5, 0.5].map(|x| Fixation { x, y: 0.5 });
/// let fixations = Fixations::new(map.size(), points.to_vec())?;
/// let image = TrainingImage { map: &map, fixations: &fixations, center_bias: None };
/// let fitted = calibrate(&[image], &CalibrationOptions::new(MapRange::Dataset))?;
/// let density = fitted.log_density(&map, None)?;
/// assert!((density.values()[[0, 1]].exp() - 0.75).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn calibrate(images: &[TrainingImage<'_>], options: &CalibrationOptions) -> Result<Calibration, MetricError> {
    if options.segments == 0
        || options.segments > LARGEST_SEGMENTS
        || !(options.ridge > 0.0 && options.ridge < f64::INFINITY)
    {
        return Err(MetricError::CalibrationOptions { segments: options.segments, ridge: options.ridge });
    }
    for (index, image) in images.iter().enumerate() {
        check_size(image.map.size(), "fixations' image is", image.fixations.size())?;
        if image.center_bias.is_some() != images[0].center_bias.is_some() {
            return Err(MetricError::UnpairedCenterBias);
        }
        if let Some(bias) = image.center_bias {
            check_size(image.map.size(), "center bias is", bias.size())?;
            let excluded = |p: &Pixel| bias.values()[[p.row, p.column]] == f64::NEG_INFINITY;
            if let Some(fixation) = image.fixations.pixels().iter().position(excluded) {
                return Err(MetricError::ExcludedFixation { image: index, fixation });
            }
        }
    }
    let images: Vec<_> = images.iter().filter(|image| !image.fixations.is_empty()).collect();
    if images.is_empty() {
        return Err(MetricError::NoFixations);
    }
    let sigmas = if options.sigmas_px.is_empty() { &[0.0][..] } else { &options.sigmas_px };
    let mut best: Option<Calibration> = None;
    for &sigma_px in sigmas {
        let found = fit(&images, options, sigma_px)?;
        if best.as_ref().is_none_or(|best| found.log_likelihood > best.log_likelihood) {
            best = Some(found);
        }
    }
    best.ok_or(MetricError::NoFixations)
}

/// Fits all but the blur.
fn fit(images: &[&TrainingImage<'_>], options: &CalibrationOptions, sigma_px: f64) -> Result<Calibration, MetricError> {
    let training = prepare(images, options, sigma_px)?;
    let start = Array1::from_elem(training.0.parameters(), 1.0 / options.segments as f64);
    let lowest = Array1::zeros(start.len());
    let maximum = maximize(start, &lowest, |point| training.0.penalized(point, options.ridge))
        .ok_or(MetricError::NotConverged)?;
    let log_likelihood = training.0.log_likelihood(&maximum.point);
    let mut nodes = vec![0.0];
    let mut sum = 0.0;
    for increment in maximum.point.iter().take(options.segments) {
        sum += increment;
        nodes.push(sum);
    }
    let center_bias_weight = maximum.point.get(options.segments).copied();
    let (scaling, objectives) = (training.1, maximum.values);
    Ok(Calibration { sigma_px, scaling, nodes, center_bias_weight, log_likelihood, objectives })
}

/// Rescaled scores of all images, and how they were rescaled.
fn prepare(
    images: &[&TrainingImage<'_>],
    options: &CalibrationOptions,
    sigma_px: f64,
) -> Result<(Training, Scaling), MetricError> {
    let smoother = smoother(sigma_px)?;
    let scaling = Scaling::fit(images.iter().map(|image| image.map), options.range, smoother.as_ref())?;
    let biased = images.iter().any(|image| image.center_bias.is_some());
    let mut training = Training::new(options.segments, biased, options.weighting);
    for image in images {
        let scores = scaling.apply(image.map, smoother.as_ref());
        let log_bias = |at: (usize, usize)| image.center_bias.map_or(0.0, |bias| bias.values()[at]);
        let sample = |at: (usize, usize)| Sample { score: scores[at], log_bias: log_bias(at) };
        let fixated: Vec<Sample> = image.fixations.pixels().iter().map(|p| sample((p.row, p.column))).collect();
        training.add(scores.indexed_iter().map(|(at, _)| sample(at)).collect(), &fixated);
    }
    Ok((training, scaling))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_likelihood;
    use gaze_core::{Fixation, Size};
    use ndarray::{Array2, array};
    use ndarray_stats::QuantileExt;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn map(height: usize, width: usize, value: impl Fn(f64, f64) -> f64) -> SaliencyMap<'static> {
        let at = |(row, column)| value(row as f64 / height as f64, column as f64 / width as f64);
        SaliencyMap::new(Array2::from_shape_fn((height, width), at)).unwrap()
    }

    /// Smooth hills whose values fill 0 ..= 255.
    fn hills() -> SaliencyMap<'static> {
        map(40, 60, |y, x| 127.5 * (1.0 + (9.0 * x + 4.0 * y).sin() * (7.0 * y).cos()))
    }

    fn draw(density: &LogDensity<'_>, count: usize, seed: u64) -> Fixations {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let Size { height, width } = density.size();
        let mut points = Vec::new();
        // Points are drawn by rejection, so that this shares nothing with the code under test.
        let largest = *density.values().max().unwrap();
        while points.len() < count {
            let (row, column) = (random.random_range(0..height), random.random_range(0..width));
            if random.random::<f64>().ln() < density.values()[[row, column]] - largest {
                points.push(Fixation { x: column as f64, y: row as f64 });
            }
        }
        Fixations::new(density.size(), points).unwrap()
    }

    fn density(map: &SaliencyMap<'_>, log_weight: impl Fn(f64) -> f64) -> LogDensity<'static> {
        LogDensity::normalize(map.values().mapv(log_weight)).unwrap()
    }

    fn image<'a>(map: &'a SaliencyMap<'a>, fixations: &'a Fixations) -> TrainingImage<'a> {
        TrainingImage { map, fixations, center_bias: None }
    }

    #[test]
    fn a_known_nonlinearity_is_recovered() {
        let (map, truth) = (hills(), |value: f64| 6.0 * (value / 255.0).powi(2));
        let fixations = draw(&density(&map, truth), 20_000, 1);
        let found = calibrate(&[image(&map, &fixations)], &CalibrationOptions::new(MapRange::Dataset)).unwrap();
        // 20 000 fixations over 20 segments: 1000 each, about 0.03 per node; low scores are fixated less.
        let nodes = found.nonlinearity();
        assert_eq!(nodes.len(), 21);
        assert!(nodes.is_sorted());
        for (k, node) in nodes.iter().enumerate().skip(4) {
            let expected = truth(255.0 * k as f64 / 20.0) - truth(255.0);
            assert!((node - nodes[20] - expected).abs() < 0.25, "{k} {} {expected} {nodes:?}", node - nodes[20]);
        }
        assert!(found.objectives().is_sorted() && found.objectives().len() > 3);
        // On fixations that were not fitted to, the true density is better, but hardly.
        let others = draw(&density(&map, truth), 20_000, 2);
        let best = log_likelihood(&density(&map, truth), &others).unwrap();
        let fitted = log_likelihood(&found.log_density(&map, None).unwrap(), &others).unwrap();
        let naive = LogDensity::from_weights(map.values().to_owned()).unwrap();
        let naive = log_likelihood(&naive, &others).unwrap();
        assert!(best - fitted < 0.003 && fitted - naive > 0.3, "{best} {fitted} {naive}");
        let training = log_likelihood(&found.log_density(&map, None).unwrap(), &fixations).unwrap();
        assert!((training - found.log_likelihood()).abs() < 1e-12);
    }

    #[test]
    fn the_power_of_the_center_bias_is_recovered() {
        let hills = hills();
        let bias = density(&map(40, 60, |y, x| -8.0 * ((y - 0.5).powi(2) + (x - 0.5).powi(2))), |value| value);
        let truth = hills.values().mapv(|value| value / 85.0) + bias.values().mapv(|value| 0.6 * value);
        let fixations = draw(&LogDensity::normalize(truth).unwrap(), 20_000, 3);
        let image = TrainingImage { center_bias: Some(&bias), ..image(&hills, &fixations) };
        let found = calibrate(&[image], &CalibrationOptions::new(MapRange::PerImage)).unwrap();
        assert!((found.center_bias_weight().unwrap() - 0.6).abs() < 0.05, "{found:?}");
        assert!((found.nonlinearity()[20] - found.nonlinearity()[2] - 2.7).abs() < 0.25, "{found:?}");
        assert_eq!(found.log_density(&hills, None), Err(MetricError::UnpairedCenterBias));
        let density = found.log_density(&hills, Some(&bias)).unwrap();
        assert!((log_likelihood(&density, &fixations).unwrap() - found.log_likelihood()).abs() < 1e-12);
        // A pixel without center bias stays without, and the others share its mass.
        let mut excluded = bias.values().to_owned();
        excluded[[0, 1]] = f64::NEG_INFINITY;
        let density = found.log_density(&hills, Some(&LogDensity::normalize(excluded).unwrap())).unwrap();
        assert!(density.values()[[0, 1]] == f64::NEG_INFINITY && density.values()[[0, 2]].is_finite());
    }

    #[test]
    fn the_blur_that_made_the_fixations_is_chosen() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let noise = SaliencyMap::new(Array2::from_shape_fn((60, 60), |_| random.random::<f64>())).unwrap();
        let smooth = SaliencyMap::new(smoother(3.0).unwrap().unwrap().blur(&noise.values().to_owned())).unwrap();
        let fixations = draw(&density(&smooth, |value| 60.0 * value), 3000, 5);
        let mut options = CalibrationOptions::new(MapRange::PerImage);
        options.sigmas_px = vec![0.0, 1.0, 3.0, 9.0];
        let found = calibrate(&[image(&noise, &fixations)], &options).unwrap();
        assert!((found.sigma_px() - 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_map_that_says_nothing_or_the_opposite_gives_a_flat_density() {
        let hills = hills();
        let fixations = draw(&density(&hills, |value| -value / 30.0), 500, 6);
        let found = calibrate(&[image(&hills, &fixations)], &CalibrationOptions::new(MapRange::Dataset)).unwrap();
        assert!(found.nonlinearity()[20] < 1e-3, "{found:?}");
    }

    #[test]
    fn the_range_is_that_of_the_dataset_or_of_each_map() {
        let low = SaliencyMap::new(array![[0.0, 1.0]]).unwrap();
        let high = SaliencyMap::new(array![[0.0, 4.0]]).unwrap();
        let at = |x| Fixations::new(low.size(), vec![Fixation { x, y: 0.0 }]).unwrap();
        let (left, right) = (at(0.0), at(1.0));
        let images = [image(&low, &left), image(&low, &right), image(&high, &right)];
        let fitted = |range| calibrate(&images, &CalibrationOptions { segments: 4, ..CalibrationOptions::new(range) });
        let log_odds = |range, map| {
            let density = fitted(range).unwrap().log_density(map, None).unwrap();
            density.values()[[0, 1]] - density.values()[[0, 0]]
        };
        // Low scores say nothing on the dataset's scale, high ones everything.
        // On each map's own they are the same: 2 of 3.
        assert!(log_odds(MapRange::Dataset, &low).abs() < 1e-2 && log_odds(MapRange::Dataset, &high) > 4.0);
        assert!((log_odds(MapRange::PerImage, &low) - 2f64.ln()).abs() < 1e-2);
        assert!((log_odds(MapRange::PerImage, &high) - log_odds(MapRange::PerImage, &low)).abs() < 1e-12);
        // Beyond the range there is nothing more.
        let beyond = SaliencyMap::new(array![[-1.0, f64::MAX]]).unwrap();
        assert!((log_odds(MapRange::Dataset, &beyond) - log_odds(MapRange::Dataset, &high)).abs() < 1e-12);
    }

    #[test]
    fn one_fixation_on_the_largest_score_is_finite() {
        let hills = hills();
        let peak = hills.values().argmax().unwrap();
        let point = Fixation { x: peak.1 as f64, y: peak.0 as f64 };
        let fixations = Fixations::new(hills.size(), vec![point]).unwrap();
        let found = calibrate(&[image(&hills, &fixations)], &CalibrationOptions::new(MapRange::Dataset)).unwrap();
        assert!(found.nonlinearity()[20].is_finite() && found.log_likelihood() > -4.0, "{found:?}");
        let flat = found.log_density(&map(3, 4, |_, _| 7.0), None).unwrap();
        assert!((flat.values()[[2, 3]] + 12f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let (hills, constant) = (hills(), map(40, 60, |_, _| 0.3));
        let some = draw(&LogDensity::uniform(hills.size()).unwrap(), 5, 7);
        let none = Fixations::new(hills.size(), vec![]).unwrap();
        let options = CalibrationOptions::new(MapRange::Dataset);
        let refused =
            |images: &[TrainingImage<'_>], options: &CalibrationOptions| calibrate(images, options).unwrap_err();
        assert_eq!(refused(&[], &options), MetricError::NoFixations);
        assert_eq!(refused(&[image(&hills, &none)], &options), MetricError::NoFixations);
        for range in [MapRange::Dataset, MapRange::PerImage] {
            let options = CalibrationOptions { sigmas_px: vec![2.0], ..CalibrationOptions::new(range) };
            assert_eq!(refused(&[image(&constant, &some)], &options), MetricError::ConstantMaps);
        }
        for (segments, ridge) in [(0, 1e-4), (20, 0.0), (20, f64::NAN), (usize::MAX, 1e-4)] {
            let options = CalibrationOptions { segments, ridge, ..options.clone() };
            assert!(matches!(refused(&[image(&hills, &some)], &options), MetricError::CalibrationOptions { .. }));
        }
        let negative = CalibrationOptions { sigmas_px: vec![-1.0], ..options.clone() };
        assert!(matches!(refused(&[image(&hills, &some)], &negative), MetricError::Sigma { .. }));
        let mut corner = Array2::zeros((40, 60));
        corner[[0, 0]] = 1.0;
        let corner = LogDensity::from_weights(corner).unwrap();
        let biased = TrainingImage { center_bias: Some(&corner), ..image(&hills, &some) };
        let error = refused(&[biased], &options).to_string();
        assert_eq!(error, "the center bias of image 0 has probability 0 at its fixation 0");
        assert_eq!(refused(&[image(&hills, &some), biased], &options), MetricError::UnpairedCenterBias);
    }
}
