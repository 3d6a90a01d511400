//! The steps from gaze to a target, in their order.

use gaze_core::{Fixation, Size};
use ndarray::{Array2, ArrayViewMut2};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution, StandardNormal};

use super::{
    blur::Blurrer,
    masses::Masses,
    normalize::normalize,
    settings::{Jitter, RasterSettings, Supersampling, Weight},
};
use crate::{Affine, Dropped, Gaze, Geometry, TargetError};

/// A report on what went into a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Points that are in the target.
    pub kept: usize,
    /// Points that are not, of all experiments given.
    pub dropped: Dropped,
    /// Points of experiments that were not chosen.
    pub not_chosen: usize,
    /// Experiments given.
    pub experiments: usize,
    /// Experiments without a point on the picture.
    pub without_points: usize,
    /// Experiments chosen of the others.
    pub chosen: usize,
    /// Samples along a side of each target pixel.
    pub supersampling: usize,
}

/// The way of the points of one picture to the supersampled target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    /// The transform from pixels of the picture to pixels of the supersampled target.
    pub transform: Affine,
    /// Samples along a side of each target pixel, at least 1.
    pub supersampling: usize,
    /// Source pixels per target pixel, for a blur in degrees.
    pub reduction: f64,
}

/// Makes targets of gaze, and keeps its memory from one to the next: after the first of a kind, it allocates nothing.
///
/// ```text
/// each experiment ─▶ range check ─▶ ⌈n · ratio⌉ of those with points ─▶ transform ─▶ jitter ─▶ range check
///                 ─▶ splat on k × k samples a pixel ─▶ sum or mean of the samples ─▶ blur ─▶ normalise
/// ```
///
/// Points are `(x, y)` in pixels of the picture, and a point at whole numbers is the center of a pixel. They are moved
/// in 32 bits, as crumpets moves them, so that targets agree with its to 1e-6 of their largest value. Whatever is beyond
/// the last pixel's far border after that (by a crop, or by rounding) is counted as dropped.
///
/// Few points are blurred by adding a kernel for each, many by a convolution; the result is the same but for rounding.
///
/// # Reference
///
/// `SaliencyWorker` of crumpets 3.0.0a5 (MIT licence), with its bugs mended: the transform goes from picture to target,
/// targets need not be square, and interpolation works.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Size};
/// use gaze_targets::{Blur, Geometry, RasterSettings, Rasterizer, Splat};
/// use rand::SeedableRng;
/// use rand_chacha::ChaCha8Rng;
///
/// let settings = RasterSettings {
///     splat: Splat::Bilinear,
///     blur: Blur::WidthFraction(0.03),
///     ..RasterSettings::new(Size { height: 240, width: 320 })
/// };
/// let picture = Size { height: 480, width: 640 };
/// let observers = [vec![Fixation { x: 310.2, y: 240.0 }], vec![Fixation { x: 333.0, y: f64::NAN }]];
/// let mut rasterizer = Rasterizer::new(settings)?;
/// let mut random = ChaCha8Rng::seed_from_u64(0);
/// let (target, report) = rasterizer.rasterize(picture, &Geometry::default(), &observers, &mut random)?;
/// assert!((target.sum() - 1.0).abs() < 1e-5);
/// assert_eq!((report.kept, report.dropped.not_a_number), (1, 1));
/// # Ok::<(), gaze_targets::TargetError>(())
/// ```
#[derive(Debug)]
pub struct Rasterizer {
    settings: RasterSettings,
    /// The experiments with points, by their places.
    experiments: Vec<usize>,
    points: Vec<(f64, f64)>,
    /// The mass of each point; empty if every point has a mass of 1.
    weights: Vec<f32>,
    masses: Masses,
    blurrer: Blurrer,
    /// The buffer for a target whose rows do not follow one another.
    scratch: Vec<f32>,
}

impl Rasterizer {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// As [`RasterSettings::check`].
    pub fn new(settings: RasterSettings) -> Result<Self, TargetError> {
        settings.check()?;
        Ok(Self {
            settings,
            experiments: Vec::new(),
            points: Vec::new(),
            weights: Vec::new(),
            masses: Masses::default(),
            blurrer: Blurrer::default(),
            scratch: Vec::new(),
        })
    }

    /// The settings of the targets.
    #[must_use]
    pub fn settings(&self) -> &RasterSettings {
        &self.settings
    }

    /// The way of points from a picture of the given size to the target, through `geometry`.
    ///
    /// # Errors
    ///
    /// Those of [`Geometry::source_to_target`], and [`TargetError::TooLarge`] if the supersampled target has more than
    /// [`RasterSettings::LARGEST_SIDE`] rows or columns.
    pub fn route(&self, picture: Size, geometry: &Geometry) -> Result<Route, TargetError> {
        let target = self.settings.target;
        let reduction = geometry.reduction(picture, target)?;
        let factor = match self.settings.supersampling {
            Supersampling::Auto => reduction.ceil().max(1.0),
            Supersampling::Fixed(factor) => f64::from(factor),
        };
        let longest = target.height.max(target.width) as f64 * factor;
        if longest > f64::from(RasterSettings::LARGEST_SIDE) {
            return Err(TargetError::TooLarge { size: target, factor });
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 ≤ factor ≤ 2^24")]
        let supersampling = factor as usize;
        let samples = Size { height: target.height * supersampling, width: target.width * supersampling };
        let transform = geometry.source_to_target(picture, samples)?.in_single_precision();
        Ok(Route { transform, supersampling, reduction })
    }

    /// Makes a target of the gaze on a picture of the given size, shape `(height, width)` of the settings.
    ///
    /// # Errors
    ///
    /// As [`Rasterizer::rasterize_into`].
    pub fn rasterize(
        &mut self,
        picture: Size,
        geometry: &Geometry,
        experiments: &[impl Gaze],
        random: &mut (impl Rng + ?Sized),
    ) -> Result<(Array2<f32>, Report), TargetError> {
        let mut target = Array2::zeros(self.settings.target.dim());
        let report = self.rasterize_into(picture, geometry, experiments, random, target.view_mut())?;
        Ok((target, report))
    }

    /// Writes a target to an array of the shape `(height, width)` of the settings.
    ///
    /// Where all points are cropped away by the geometry, the target is zero, as in crumpets.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoPoints`] if no point lies on the picture or jitter left none in the target,
    /// [`TargetError::NoDurations`] if points are to be weighted by durations that are not there,
    /// [`TargetError::NothingChosen`] for a sample ratio of 0, [`TargetError::Shape`] for an array of another shape, and
    /// those of [`Rasterizer::route`]. The array is then as it was.
    pub fn rasterize_into(
        &mut self,
        picture: Size,
        geometry: &Geometry,
        experiments: &[impl Gaze],
        random: &mut (impl Rng + ?Sized),
        target: ArrayViewMut2<'_, f32>,
    ) -> Result<Report, TargetError> {
        let route = self.route(picture, geometry)?;
        self.rasterize_along(picture, &route, experiments, random, target)
    }

    /// The same along a given route, for a transform that no [`Geometry`] describes.
    ///
    /// # Errors
    ///
    /// As [`Rasterizer::rasterize_into`].
    pub fn rasterize_along(
        &mut self,
        picture: Size,
        route: &Route,
        experiments: &[impl Gaze],
        random: &mut (impl Rng + ?Sized),
        mut target: ArrayViewMut2<'_, f32>,
    ) -> Result<Report, TargetError> {
        let (size, found) = (self.settings.target, Size::from(target.dim()));
        if found != size {
            return Err(TargetError::Shape { what: "target", expected: size, found });
        }
        let sigma_px = self.settings.sigma_px(route.reduction)?;
        let factor = route.supersampling.max(1);
        let samples = Size { height: size.height * factor, width: size.width * factor };
        let mut report = Report { experiments: experiments.len(), supersampling: factor, ..Report::default() };
        self.choose(picture, experiments, random, &mut report)?;
        self.gather(picture, &route.transform, experiments)?;
        self.scatter(samples, factor, random, &mut report, experiments)?;

        let modes = (self.settings.splat, self.settings.overlap, self.settings.mass);
        report.kept = self.masses.collect(&self.points, &self.weights, size, factor, modes);
        report.dropped.outside_target += self.points.len() - report.kept;
        let boundary = self.settings.boundary;
        let normalization = self.settings.normalization;
        if let Some(map) = target.as_slice_mut() {
            self.blurrer.blur(self.masses.as_slice(), sigma_px, boundary, size.dim(), map)?;
            normalize(map, normalization);
        } else {
            self.scratch.resize(size.pixels(), 0.0);
            self.blurrer.blur(self.masses.as_slice(), sigma_px, boundary, size.dim(), &mut self.scratch)?;
            normalize(&mut self.scratch, normalization);
            target.iter_mut().zip(&self.scratch).for_each(|(to, &from)| *to = from);
        }
        Ok(report)
    }

    /// Chooses experiments among those with a point on the picture; they keep their order.
    fn choose(
        &mut self,
        picture: Size,
        experiments: &[impl Gaze],
        random: &mut (impl Rng + ?Sized),
        report: &mut Report,
    ) -> Result<(), TargetError> {
        self.experiments.clear();
        let mut on_picture = 0;
        for (place, experiment) in experiments.iter().enumerate() {
            let points = experiment.points();
            let kept = points.iter().filter(|&&point| report.dropped.keeps(point, picture)).count();
            on_picture += kept;
            if kept > 0 {
                self.experiments.push(place);
            }
        }
        let with_points = self.experiments.len();
        report.without_points = experiments.len() - with_points;
        if with_points == 0 {
            return Err(no_points(experiments, report.dropped));
        }
        report.chosen = sample_count(with_points, self.settings.sample_ratio);
        if report.chosen == 0 {
            return Err(TargetError::NothingChosen { experiments: with_points });
        }
        if report.chosen < with_points {
            for place in 0..report.chosen {
                let other = random.random_range(place..with_points);
                self.experiments.swap(place, other);
            }
            let left_out = self.experiments.drain(report.chosen..).map(|place| experiments[place].points());
            report.not_chosen = left_out.flatten().filter(|&&point| Dropped::default().keeps(point, picture)).count();
            self.experiments.sort_unstable();
        }
        self.points.clear();
        self.points.reserve(on_picture - report.not_chosen);
        Ok(())
    }

    /// Moves the points of the chosen experiments to the supersampled target, and takes their weights.
    fn gather(&mut self, picture: Size, transform: &Affine, experiments: &[impl Gaze]) -> Result<(), TargetError> {
        self.weights.clear();
        for &place in &self.experiments {
            let points = experiments[place].points();
            if self.settings.weight == Weight::Duration {
                let durations = experiments[place].durations_ms().filter(|durations| durations.len() == points.len());
                let pairs = points.iter().zip(durations.ok_or(TargetError::NoDurations)?);
                let kept = pairs.filter(|&(&point, _)| Dropped::default().keeps(point, picture));
                self.weights.extend(kept.map(|(_, &duration)| single(duration)));
            }
            let kept = points.iter().filter(|&&point| Dropped::default().keeps(point, picture));
            self.points.extend(kept.map(|&Fixation { x, y }| {
                let (x, y) = transform.apply(in_single_precision(x), in_single_precision(y));
                (in_single_precision(x), in_single_precision(y))
            }));
        }
        Ok(())
    }

    /// Adds the jitter and drops what it moved out.
    fn scatter(
        &mut self,
        samples: Size,
        factor: usize,
        random: &mut (impl Rng + ?Sized),
        report: &mut Report,
        experiments: &[impl Gaze],
    ) -> Result<(), TargetError> {
        let (width, factor) = (samples.width as f64, factor as f64);
        let sigma = match self.settings.jitter {
            Jitter::None => return Ok(()),
            Jitter::WidthFraction(fraction) => fraction * width,
            Jitter::CrumpetsVariance(fraction) => (fraction * width).sqrt(),
            Jitter::Normal(_) => factor,
        };
        if sigma == 0.0 {
            return Ok(());
        }
        for (x, y) in &mut self.points {
            let [dx, dy] = match self.settings.jitter {
                Jitter::Normal(normal) => normal.sample(random),
                _ => [StandardNormal.sample(random), StandardNormal.sample(random)],
            };
            *x = in_single_precision(*x + sigma * dx);
            *y = in_single_precision(*y + sigma * dy);
        }
        let before = self.points.len();
        let is_kept = |&(x, y): &(f64, f64)| Dropped::default().keeps(Fixation { x, y }, samples);
        let mut kept = self.points.iter().map(is_kept);
        self.weights.retain(|_| kept.next().unwrap_or(false));
        self.points.retain(is_kept);
        report.dropped.outside_target += before - self.points.len();
        if self.points.is_empty() { Err(no_points(experiments, report.dropped)) } else { Ok(()) }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "targets are 32-bit")]
fn single(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
fn in_single_precision(value: f64) -> f64 {
    f64::from(value as f32)
}

/// Computes `⌈n · ratio⌉` in floating point: 7 % of 100 experiments are 8, as in Python.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ ratio ≤ 1")]
pub(crate) fn sample_count(experiments: usize, ratio: f64) -> usize {
    ((experiments as f64 * ratio).ceil() as usize).min(experiments)
}

fn no_points(experiments: &[impl Gaze], dropped: Dropped) -> TargetError {
    let given = experiments.iter().map(|experiment| experiment.points().len()).sum();
    TargetError::NoPoints { experiments: experiments.len(), given, dropped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Blur, Boundary, Normalization, Overlap, Splat};
    use gaze_core::Fixations;
    use ndarray::s;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const PICTURE: Size = Size { height: 60, width: 80 };
    const TARGET: Size = Size { height: 30, width: 50 };

    /// Makes a scanpath with durations.
    fn timed(points: &[(f64, f64, f64)]) -> gaze_core::Scanpath {
        let fixations = points.iter().map(|&(x, y, _)| Fixation { x, y }).collect();
        let durations = points.iter().map(|&(_, _, duration)| duration).collect();
        gaze_core::Scanpath::new(None, Fixations::new(PICTURE, fixations).unwrap(), Some(durations)).unwrap()
    }

    #[test]
    fn a_point_weighs_as_long_as_it_lasted_if_asked() {
        let gaze = [timed(&[(20.0, 30.0, 100.0), (60.0, 30.0, 900.0)]), timed(&[(20.0, 30.0, 50.0)])];
        for splat in [Splat::Nearest, Splat::Bilinear] {
            let settings = RasterSettings { splat, weight: Weight::Duration, ..RasterSettings::new(PICTURE) };
            let (map, _) = Rasterizer::new(settings)
                .unwrap()
                .rasterize(PICTURE, &Geometry::default(), &gaze, &mut random())
                .unwrap();
            assert_eq!((map[[30, 20]], map[[30, 60]], map.sum()), (150.0, 900.0, 1050.0));
            let settings = RasterSettings { weight: Weight::One, ..settings };
            let (map, _) = Rasterizer::new(settings)
                .unwrap()
                .rasterize(PICTURE, &Geometry::default(), &gaze, &mut random())
                .unwrap();
            assert_eq!((map[[30, 20]], map[[30, 60]]), (2.0, 1.0));
        }
        // Points that overwrite each other: the later one stays.
        let settings =
            RasterSettings { overlap: Overlap::Assign, weight: Weight::Duration, ..RasterSettings::new(PICTURE) };
        let (map, _) =
            Rasterizer::new(settings).unwrap().rasterize(PICTURE, &Geometry::default(), &gaze, &mut random()).unwrap();
        assert_eq!((map[[30, 20]], map[[30, 60]]), (50.0, 900.0));
        // Points that jitter moves out take their weights with them.
        let settings = RasterSettings {
            jitter: Jitter::WidthFraction(0.2),
            weight: Weight::Duration,
            ..RasterSettings::new(PICTURE)
        };
        let many = [timed(&[(40.0, 30.0, 7.0); 64])];
        let (map, report) =
            Rasterizer::new(settings).unwrap().rasterize(PICTURE, &Geometry::default(), &many, &mut random()).unwrap();
        assert!(report.dropped.outside_target > 0);
        assert_eq!(map.sum(), 7.0 * report.kept as f32);
        let without = [vec![Fixation { x: 1.0, y: 1.0 }]];
        let settings = RasterSettings { weight: Weight::Duration, ..RasterSettings::new(PICTURE) };
        let error =
            Rasterizer::new(settings).unwrap().rasterize(PICTURE, &Geometry::default(), &without, &mut random());
        assert_eq!(error.unwrap_err(), TargetError::NoDurations);
    }

    fn random() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(3)
    }

    fn at(x: f64, y: f64) -> Fixation {
        Fixation { x, y }
    }

    fn rasterize(settings: RasterSettings, gaze: &[Vec<Fixation>]) -> Result<(Array2<f32>, Report), TargetError> {
        Rasterizer::new(settings)?.rasterize(PICTURE, &Geometry::default(), gaze, &mut random())
    }

    #[track_caller]
    fn check(settings: RasterSettings, gaze: &[Vec<Fixation>], expected: &str) {
        assert_eq!(rasterize(settings, gaze).unwrap_err().to_string(), expected);
    }

    #[test]
    fn gaze_that_gives_no_target_says_why() {
        let base = RasterSettings::new(TARGET);
        check(base, &[], "no gaze point is left of 0 in 0 experiments (dropped: none)");
        let lost = [vec![at(f64::NAN, 1.0), at(-1.0, 1.0)], vec![], vec![at(1.0, f64::INFINITY), at(1e9, 0.0)]];
        let expected =
            "no gaze point is left of 4 in 3 experiments (dropped: 1 not a number, 1 infinite, 2 outside the image)";
        check(base, &lost, expected);
        let good = [vec![at(40.0, 30.0)], vec![]];
        check(
            RasterSettings { sample_ratio: 0.0, ..base },
            &good,
            "a sample ratio of 0 chooses none of the 1 experiments with gaze",
        );
        check(
            RasterSettings { jitter: Jitter::WidthFraction(1e9), ..base },
            &good,
            "no gaze point is left of 1 in 2 experiments (dropped: 1 outside the target)",
        );
        let mut rasterizer = Rasterizer::new(base).unwrap();
        let empty = Size { height: 0, width: 4 };
        let error = rasterizer.rasterize(empty, &Geometry::default(), &good, &mut random()).unwrap_err();
        assert_eq!(error.to_string(), "the image is 0x4 (height x width): it has no pixel");
        let tiny = Geometry { scale: 1e-9, ..Geometry::default() };
        let error = rasterizer.rasterize(PICTURE, &tiny, &good, &mut random()).unwrap_err();
        assert!(matches!(error, TargetError::TooLarge { .. }), "{error}");
        let mut wrong = Array2::zeros((50, 30));
        let result = rasterizer.rasterize_into(PICTURE, &Geometry::default(), &good, &mut random(), wrong.view_mut());
        assert_eq!(result.unwrap_err().to_string(), "the array is 50x30 (height x width), the target 30x50");
    }

    #[test]
    fn what_went_into_a_target_is_reported() {
        let gaze =
            [vec![at(40.0, 30.0), at(f64::NAN, 0.0)], vec![], vec![at(0.0, 0.0), at(79.0, 59.9)], vec![at(-1.0, 0.0)]];
        let (target, report) = rasterize(RasterSettings::new(TARGET), &gaze).unwrap();
        // 60 x 80 on 30 x 50: the width is fitted, so rows above 6 and below 54 are cropped.
        let dropped = Dropped { not_a_number: 1, outside_image: 1, outside_target: 2, infinite: 0 };
        let expected =
            Report { kept: 1, dropped, not_chosen: 0, experiments: 4, without_points: 2, chosen: 2, supersampling: 2 };
        assert_eq!(report, expected);
        assert!((target.sum() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn targets_cropped_empty_are_zero() {
        let geometry = Geometry { scale: 4.0, ..Geometry::default() };
        let settings = RasterSettings {
            blur: Blur::Pixels(2.0),
            normalization: Normalization::Maximum,
            ..RasterSettings::new(TARGET)
        };
        let gaze = [vec![at(1.0, 1.0)]];
        let (target, report) =
            Rasterizer::new(settings).unwrap().rasterize(PICTURE, &geometry, &gaze, &mut random()).unwrap();
        assert_eq!((target.sum().to_bits(), report.kept), (0, 0));
    }

    #[test]
    fn rows_of_an_array_may_lie_apart() {
        let settings = RasterSettings { blur: Blur::Pixels(2.0), ..RasterSettings::new(TARGET) };
        let gaze = [vec![at(30.0, 20.0), at(31.0, 40.0)]];
        let mut rasterizer = Rasterizer::new(settings).unwrap();
        let (expected, _) = rasterizer.rasterize(PICTURE, &Geometry::default(), &gaze, &mut random()).unwrap();
        let mut wide = Array2::from_elem((30, 60), 7.0f32);
        let view = wide.slice_mut(s![.., 4..54]);
        rasterizer.rasterize_into(PICTURE, &Geometry::default(), &gaze, &mut random(), view).unwrap();
        assert_eq!(wide.slice(s![.., 4..54]), expected);
        assert!((wide[[3, 3]] - 7.0).abs() + (wide[[3, 54]] - 7.0).abs() < 1e-6);
    }

    #[test]
    fn jitter_has_the_law_it_says() {
        const COUNT: u32 = 40_000;
        let size = Size { height: 300, width: 400 };
        let covariance = [[60.0, 25.0], [25.0, 40.0]];
        let normal = crate::MultivariateNormal::new([2.0, -3.0], covariance).unwrap();
        let isotropic = |variance: f64| [[variance, 0.0], [0.0, variance]];
        for (jitter, covariance, mean) in [
            (Jitter::WidthFraction(0.02), isotropic(64.0), [200.0, 150.0]),
            (Jitter::CrumpetsVariance(0.2), isotropic(80.0), [200.0, 150.0]),
            (Jitter::Normal(normal), covariance, [202.0, 147.0]),
        ] {
            let settings = RasterSettings { jitter, ..RasterSettings::new(size) };
            let gaze = [vec![at(200.0, 150.0); COUNT as usize]];
            let mut rasterizer = Rasterizer::new(settings).unwrap();
            let (target, report) = rasterizer.rasterize(size, &Geometry::default(), &gaze, &mut random()).unwrap();
            assert_eq!(report.kept, COUNT as usize);
            let count = f64::from(COUNT);
            let average = |term: &dyn Fn([f64; 2]) -> f64| {
                let mass = target.indexed_iter();
                mass.map(|((y, x), &mass)| f64::from(mass) * term([x as f64, y as f64])).sum::<f64>() / count
            };
            for i in 0..2 {
                // Five standard errors; rounding to pixels adds 1/12 to a variance.
                let error = (covariance[i][i] / count).sqrt();
                assert!((average(&|p| p[i]) - mean[i]).abs() < 5.0 * error, "{jitter:?}");
                for j in 0..2 {
                    let expected = covariance[i][j] + if i == j { 1.0 / 12.0 } else { 0.0 };
                    let error = ((covariance[i][i] * covariance[j][j] + covariance[i][j].powi(2)) / count).sqrt();
                    let found = average(&|p| (p[i] - mean[i]) * (p[j] - mean[j]));
                    assert!((found - expected).abs() < 5.0 * error, "{jitter:?}: {found} is not {expected}");
                }
            }
        }
    }

    fn modes() -> impl Strategy<Value = (Splat, Overlap)> {
        let splat = prop_oneof![Just(Splat::Nearest), Just(Splat::Bilinear)];
        (splat, prop_oneof![Just(Overlap::Accumulate), Just(Overlap::Assign)])
    }

    fn points(count: usize) -> impl Strategy<Value = Vec<Fixation>> {
        prop::collection::vec((0.0..80.0, 0.0..60.0).prop_map(|(x, y)| at(x, y)), 1..count)
    }

    proptest! {
        #[test]
        fn mass_is_the_number_of_points_kept(
            points in points(40), geometry in crate::geometry::tests::geometries(), bilinear in any::<bool>(),
        ) {
            let splat = if bilinear { Splat::Bilinear } else { Splat::Nearest };
            let mut rasterizer = Rasterizer::new(RasterSettings { splat, ..RasterSettings::new(TARGET) }).unwrap();
            let (target, report) = rasterizer.rasterize(PICTURE, &geometry, &[&points], &mut random()).unwrap();
            prop_assert_eq!(report.kept + report.dropped.total(), points.len());
            // A few roundings to 32 bits for each point.
            prop_assert!((target.sum() - report.kept as f32).abs() <= 1e-6 * points.len() as f32);
        }

        #[test]
        fn blur_keeps_mass_away_from_the_border((splat, overlap) in modes(), x in 30.0..50.0, y in 25.0..35.0) {
            let settings = RasterSettings { splat, overlap, ..RasterSettings::new(PICTURE) };
            let gaze = [vec![at(x, y)]];
            let sharp = rasterize(settings, &gaze).unwrap().0.sum();
            for boundary in [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate, Boundary::Zero] {
                let blurred = rasterize(RasterSettings { blur: Blur::Pixels(4.0), boundary, ..settings }, &gaze).unwrap().0;
                prop_assert!((blurred.sum() - sharp).abs() < 1e-5);
            }
        }

        #[test]
        fn reflection_keeps_all_mass(points in points(40)) {
            let settings = RasterSettings {
                blur: Blur::WidthFraction(0.1),
                boundary: Boundary::Reflect,
                ..RasterSettings::new(PICTURE)
            };
            let (target, report) = rasterize(settings, &[points]).unwrap();
            prop_assert!((target.sum() - report.kept as f32).abs() <= 1e-5 * report.kept as f32);
        }

        #[test]
        fn checked_fixations_are_gaze(points in points(9)) {
            let fixations = Fixations::new(PICTURE, points.clone()).unwrap();
            let settings = RasterSettings { splat: Splat::Bilinear, ..RasterSettings::new(TARGET) };
            let mut rasterizer = Rasterizer::new(settings).unwrap();
            let mut target = |gaze: &dyn Gaze| {
                rasterizer.rasterize(PICTURE, &Geometry::default(), &[gaze], &mut random()).unwrap()
            };
            prop_assert_eq!(target(&fixations), target(&points));
        }
    }
}
