//! The settings of a target: every choice, each with its meaning.

use gaze_core::{PixelsPerDegree, Size};

use crate::{Boundary, GaussianKernel, MultivariateNormal, TargetError};

/// The pixels that a point becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Splat {
    /// The nearest pixel takes all of the point, as [`discretize`](crate::discretize).
    Nearest,
    /// Spread over the four pixels around it, as [`interpolate`](crate::interpolate).
    Bilinear,
}

/// The rule where several points meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// They add up: every point has a mass of 1.
    Accumulate,
    /// The last one wins, as crumpets has it: a pixel hit twice is as bright as one hit once, and of a point at whole
    /// numbers only a quarter is left when it is spread over four.
    Assign,
}

/// The mass of a point in the target when several samples make one target pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mass {
    /// Samples are summed: a point of mass 1 stays one.
    Sum,
    /// Samples are averaged, as crumpets does: with k × k samples a pixel, a point of mass 1 becomes 1 / k².
    Mean,
}

/// The mass that each point has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Every point has a mass of 1.
    #[default]
    One,
    /// A point has its duration in milliseconds as its mass: the map shows how long people looked.
    Duration,
}

/// The number of samples along a side of each target pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supersampling {
    /// As many samples as the source has pixels there: the reduction, rounded up.
    Auto,
    /// A given number, at least 1.
    Fixed(u32),
}

/// Noise added to each point, independently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// No jitter.
    None,
    /// A standard deviation of this fraction of the target's width, along both axes: what crumpets documents.
    WidthFraction(f64),
    /// The blur of crumpets: a *variance* of this fraction of the supersampled target's width, in its pixels.
    CrumpetsVariance(f64),
    /// Any normal distribution, in target pixels.
    Normal(MultivariateNormal),
}

/// The width of the blur of a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Blur {
    /// No blur.
    None,
    /// A standard deviation of this fraction of the target's *width*, along both axes, as crumpets has it.
    WidthFraction(f64),
    /// A standard deviation in target pixels.
    Pixels(f64),
    /// A standard deviation in degrees of visual angle. It covers the same part of the picture whatever the
    /// augmentation: a picture enlarged is blurred more.
    Degrees {
        /// The standard deviation.
        degrees: f64,
        /// Pixels of the *source* picture per degree.
        pixels_per_degree: PixelsPerDegree,
    },
}

/// The number by which the finished target is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normalization {
    /// No division.
    None,
    /// The largest value of the target, plus 1e-9 as crumpets has it: a target without mass stays 0.
    Maximum,
    /// The sum of the target; a target without mass stays 0.
    Sum,
}

/// The settings by which targets are made of gaze.
///
/// ```
/// use gaze_core::Size;
/// use gaze_targets::{Blur, Normalization, RasterSettings};
///
/// let settings = RasterSettings {
///     blur: Blur::WidthFraction(0.03),
///     normalization: Normalization::Maximum,
///     ..RasterSettings::new(Size { height: 240, width: 320 })
/// };
/// assert!(settings.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RasterSettings {
    /// The target's size.
    pub target: Size,
    /// The share of experiments that is used: ⌈n · ratio⌉ of those with gaze on the picture are chosen at random.
    pub sample_ratio: f64,
    /// Noise on each point.
    pub jitter: Jitter,
    /// The pixels that a point becomes.
    pub splat: Splat,
    /// The rule where several points meet.
    pub overlap: Overlap,
    /// Samples per target pixel.
    pub supersampling: Supersampling,
    /// The choice between sum and average of samples.
    pub mass: Mass,
    /// The mass of each point.
    pub weight: Weight,
    /// The Gaussian blur.
    pub blur: Blur,
    /// The continuation of the target beyond its border when it is blurred.
    pub boundary: Boundary,
    /// The number by which the result is divided.
    pub normalization: Normalization,
}

impl RasterSettings {
    /// Every point of every experiment, a mass of 1 in the nearest pixel, nothing blurred, nothing divided.
    #[must_use]
    pub fn new(target: Size) -> Self {
        Self {
            target,
            sample_ratio: 1.0,
            jitter: Jitter::None,
            splat: Splat::Nearest,
            overlap: Overlap::Accumulate,
            supersampling: Supersampling::Auto,
            mass: Mass::Sum,
            weight: Weight::One,
            blur: Blur::None,
            boundary: Boundary::Mirror,
            normalization: Normalization::None,
        }
    }

    /// The same as crumpets 3.0.0a5 makes it: points overwrite each other and samples are averaged.
    #[must_use]
    pub fn crumpets(target: Size) -> Self {
        Self { overlap: Overlap::Assign, mass: Mass::Mean, ..Self::new(target) }
    }

    /// Checks every number.
    ///
    /// # Errors
    ///
    /// [`TargetError::EmptySize`] and [`TargetError::TooLarge`] for the target, [`TargetError::OutOfRange`] for a sample
    /// ratio outside `[0, 1]` or a supersampling of 0, [`TargetError::Negative`] for a jitter or a fraction that is no
    /// width, [`TargetError::Sigma`] for a blur too wide.
    pub fn check(&self) -> Result<(), TargetError> {
        let size = self.target;
        if size.pixels() == 0 {
            return Err(TargetError::EmptySize { what: "target", size });
        }
        if size.pixels() > Self::LARGEST_PIXELS {
            return Err(TargetError::TooLarge { size, factor: 1.0 });
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            let (quantity, found) = ("the sample ratio", self.sample_ratio);
            return Err(TargetError::OutOfRange { quantity, found, lowest: 0.0, largest: 1.0 });
        }
        if let Jitter::WidthFraction(found) | Jitter::CrumpetsVariance(found) = self.jitter
            && !(0.0..f64::INFINITY).contains(&found)
        {
            return Err(TargetError::Negative { quantity: "the jitter", found });
        }
        if self.supersampling == Supersampling::Fixed(0) {
            let (quantity, largest) = ("the supersampling", f64::from(Self::LARGEST_SIDE));
            return Err(TargetError::OutOfRange { quantity, found: 0.0, lowest: 1.0, largest });
        }
        self.sigma_px(1.0).map(drop)
    }

    /// The largest target that is made, in pixels: one gigabyte.
    pub const LARGEST_PIXELS: usize = 1 << 28;

    /// The largest side of a supersampled target: beyond it, 32-bit coordinates skip pixels.
    pub const LARGEST_SIDE: u32 = 1 << 24;

    /// The blur in target pixels where one target pixel spans `reduction` source pixels; `None` for no blur.
    pub(crate) fn sigma_px(&self, reduction: f64) -> Result<Option<f64>, TargetError> {
        let (quantity, found, sigma) = match self.blur {
            Blur::None => return Ok(None),
            Blur::WidthFraction(fraction) => ("the blur", fraction, fraction * self.target.width as f64),
            Blur::Pixels(sigma) => ("the blur", sigma, sigma),
            Blur::Degrees { degrees, pixels_per_degree } => {
                ("the blur", degrees, pixels_per_degree.pixels(degrees) / reduction)
            }
        };
        if !(0.0..f64::INFINITY).contains(&found) {
            return Err(TargetError::Negative { quantity, found });
        }
        if sigma > GaussianKernel::LARGEST_SIGMA_PX {
            return Err(TargetError::Sigma { found: sigma, largest: GaussianKernel::LARGEST_SIGMA_PX });
        }
        // A blur of 0 is none, as in crumpets.
        Ok((sigma > 0.0).then_some(sigma))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { height: 48, width: 64 };

    #[track_caller]
    fn check(settings: RasterSettings, expected: &str) {
        assert_eq!(settings.check().unwrap_err().to_string(), expected);
    }

    #[test]
    fn every_setting_is_checked() {
        let base = RasterSettings::new(SIZE);
        assert_eq!(base.check(), Ok(()));
        let ratio = |sample_ratio| RasterSettings { sample_ratio, ..base };
        check(ratio(1.5), "the sample ratio must lie in [0, 1], not 1.5");
        check(ratio(-0.1), "the sample ratio must lie in [0, 1], not -0.1");
        check(ratio(f64::NAN), "the sample ratio must lie in [0, 1], not NaN");
        let jitter = |jitter| RasterSettings { jitter, ..base };
        check(jitter(Jitter::WidthFraction(-1.0)), "the jitter must be zero or a positive number, not -1");
        check(jitter(Jitter::CrumpetsVariance(f64::NAN)), "the jitter must be zero or a positive number, not NaN");
        let blur = |blur| RasterSettings { blur, ..base };
        check(blur(Blur::WidthFraction(-0.03)), "the blur must be zero or a positive number, not -0.03");
        check(blur(Blur::Pixels(f64::INFINITY)), "the blur must be zero or a positive number, not inf");
        check(blur(Blur::Pixels(2e4)), "sigma must be positive and at most 10000 pixels, not 20000");
        check(
            RasterSettings { target: Size { height: 0, width: 9 }, ..base },
            "the target is 0x9 (height x width): it has no pixel",
        );
        let huge = RasterSettings { target: Size { height: usize::MAX, width: 2 }, ..base };
        assert!(matches!(huge.check(), Err(TargetError::TooLarge { .. })));
        let none = RasterSettings { supersampling: Supersampling::Fixed(0), ..base };
        assert!(matches!(none.check(), Err(TargetError::OutOfRange { .. })));
    }

    #[test]
    fn a_blur_in_degrees_follows_the_picture() {
        let pixels_per_degree = PixelsPerDegree::new(35.0).unwrap();
        let blur = Blur::Degrees { degrees: 2.0, pixels_per_degree };
        let settings = RasterSettings { blur, ..RasterSettings::new(SIZE) };
        assert_eq!(settings.sigma_px(2.5).unwrap(), Some(28.0));
        assert_eq!(RasterSettings { blur: Blur::Pixels(0.0), ..settings }.sigma_px(1.0).unwrap(), None);
    }
}
