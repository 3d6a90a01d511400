//! The steps from gaze to a target, in their order.

use gaze_core::{Fixation, Size};
use ndarray::{Array2, ArrayViewMut2};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution, StandardNormal};

use super::{
    blur::Blurrer,
    masses::Masses,
    normalize::normalize,
    settings::{Jitter, RasterSettings, Supersampling},
};
use crate::{Affine, Dropped, Gaze, Geometry, TargetError};

/// What went into a target.
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

/// How the points of one picture reach the supersampled target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    /// From pixels of the picture to pixels of the supersampled target.
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
    masses: Masses,
    blurrer: Blurrer,
    /// For a target whose rows do not follow one another.
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
            masses: Masses::default(),
            blurrer: Blurrer::default(),
            scratch: Vec::new(),
        })
    }

    /// How targets are made.
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
        self.gather(picture, &route.transform, experiments);
        self.scatter(samples, factor, random, &mut report, experiments)?;

        let modes = (self.settings.splat, self.settings.overlap, self.settings.mass);
        report.kept = self.masses.collect(&self.points, size, factor, modes);
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

    /// Moves the points of the chosen experiments to the supersampled target.
    fn gather(&mut self, picture: Size, transform: &Affine, experiments: &[impl Gaze]) {
        for &place in &self.experiments {
            let points = experiments[place].points().iter();
            let kept = points.filter(|&&point| Dropped::default().keeps(point, picture));
            self.points.extend(kept.map(|&Fixation { x, y }| {
                let (x, y) = transform.apply(x, y);
                (in_single_precision(x), in_single_precision(y))
            }));
        }
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
        self.points.retain(|&(x, y)| Dropped::default().keeps(Fixation { x, y }, samples));
        report.dropped.outside_target += before - self.points.len();
        if self.points.is_empty() { Err(no_points(experiments, report.dropped)) } else { Ok(()) }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
fn in_single_precision(value: f64) -> f64 {
    f64::from(value as f32)
}

/// `⌈n · ratio⌉`, in floating point: 7 % of 100 experiments are 8, as in Python.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ ratio ≤ 1")]
pub(crate) fn sample_count(experiments: usize, ratio: f64) -> usize {
    ((experiments as f64 * ratio).ceil() as usize).min(experiments)
}

fn no_points(experiments: &[impl Gaze], dropped: Dropped) -> TargetError {
    let given = experiments.iter().map(|experiment| experiment.points().len()).sum();
    TargetError::NoPoints { experiments: experiments.len(), given, dropped }
}
