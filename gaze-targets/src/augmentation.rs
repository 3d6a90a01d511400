//! Random changes to pictures and their gaze, and the law they are drawn from.

use std::ops::RangeInclusive;

use rand::{Rng, RngExt as _};
use rand_distr::{Distribution, StandardNormal};

use crate::{Geometry, Interpolation, TargetError, picture::exponent};

/// The transform of one picture and its gaze. The default changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augmentation {
    /// The transform of picture and gaze.
    pub geometry: Geometry,
    /// The way in which the picture is sampled.
    pub interpolation: Interpolation,
    /// An exponent for all channels; below 1 is brighter.
    pub gamma_gray: Option<f64>,
    /// An exponent for each channel.
    pub gamma_color: Option<[f64; 3]>,
    /// Contrast in `[−1, 1]`; positive is more.
    pub contrast: Option<f64>,
    /// Strength of noise in `[0, 1]`.
    pub noise: Option<f64>,
    /// Blur of the picture (not of the target), as a fraction of its width.
    pub blur: Option<f64>,
}

impl Augmentation {
    /// The geometry alone: for pictures whose colors are changed elsewhere, on a GPU for one.
    #[must_use]
    pub fn geometry_only(self) -> Self {
        Self { geometry: self.geometry, interpolation: self.interpolation, ..Self::default() }
    }

    /// Checks what the geometry does not.
    ///
    /// # Errors
    ///
    /// [`TargetError::NotPositive`] for an exponent, [`TargetError::OutOfRange`] for a contrast or noise,
    /// [`TargetError::Negative`] for a blur.
    pub fn check(&self) -> Result<(), TargetError> {
        for found in self.gamma_gray.into_iter().chain(self.gamma_color.into_iter().flatten()) {
            if !(found > 0.0 && found.is_finite()) {
                return Err(gaze_core::NotPositive { quantity: "the gamma", found }.into());
            }
        }
        for (quantity, value, lowest) in [("the contrast", self.contrast, -1.0), ("the noise", self.noise, 0.0)] {
            if let Some(found) = value.filter(|value| !(lowest..=1.0).contains(value)) {
                return Err(TargetError::OutOfRange { quantity, found, lowest, largest: 1.0 });
            }
        }
        match self.blur {
            Some(found) if !(0.0..f64::INFINITY).contains(&found) => {
                Err(TargetError::Negative { quantity: "the picture's blur", found })
            }
            _ => Ok(()),
        }
    }
}

/// The law of random augmentations: geometry always, each change of color with a probability of its own roll.
///
/// | parameter | law |
/// |---|---|
/// | mirrors | yes with their probability |
/// | angle, aspect | normal around 0 and 1 |
/// | scale | uniform |
/// | shift, shear | uniform, twice, for the two axes |
/// | brightness, color (three times), contrast, noise, blur | with `probability` each: uniform |
/// | interpolation | one of those given, nearest if none is |
///
/// With a probability of 0 nothing is changed, geometry included. A brightness becomes an exponent: 1 − v above 0,
/// 1 / (1 + v) below.
///
/// # Reference
///
/// `MixtureRNG` of crumpets 3.0.0a5 and its presets (MIT licence): the same distributions, not the same draws.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureRng {
    /// The probability of each change of color, noise and blur, in `[0, 1]`.
    pub probability: f64,
    /// The range of `scale`.
    pub scale: Option<RangeInclusive<f64>>,
    /// The range of each shift.
    pub shift: Option<RangeInclusive<f64>>,
    /// The range of each shear.
    pub shear: Option<RangeInclusive<f64>>,
    /// Standard deviation of the angle, in degrees.
    pub rotation_sigma: f64,
    /// Standard deviation of the aspect.
    pub aspect_sigma: f64,
    /// Probability of a horizontal mirror.
    pub mirror_horizontal: f64,
    /// Probability of a vertical mirror.
    pub mirror_vertical: f64,
    /// The range of the brightness of all channels.
    pub brightness: Option<RangeInclusive<f64>>,
    /// The range of the brightness of each channel.
    pub color: Option<RangeInclusive<f64>>,
    /// The range of the contrast.
    pub contrast: Option<RangeInclusive<f64>>,
    /// The range of the noise.
    pub noise: Option<RangeInclusive<f64>>,
    /// The range of the picture's blur.
    pub blur: Option<RangeInclusive<f64>>,
    /// The interpolations, one of which is chosen.
    pub interpolations: Vec<Interpolation>,
}

impl Default for MixtureRng {
    /// Probability 1 and nothing to draw: only nearest interpolation.
    fn default() -> Self {
        Self {
            probability: 1.0,
            scale: None,
            shift: None,
            shear: None,
            rotation_sigma: 0.0,
            aspect_sigma: 0.0,
            mirror_horizontal: 0.0,
            mirror_vertical: 0.0,
            brightness: None,
            color: None,
            contrast: None,
            noise: None,
            blur: None,
            interpolations: Vec::new(),
        }
    }
}

/// The factor by which crumpets' presets enlarge: pictures of 256 pixels for targets of 224.
pub const PRESET_SCALE: f64 = 256.0 / 224.0;

impl MixtureRng {
    /// The law that changes nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { probability: 0.0, ..Self::default() }
    }

    /// The preset for training.
    #[must_use]
    pub fn train() -> Self {
        Self {
            probability: 0.5,
            scale: Some(0.5 * PRESET_SCALE..=2.0 * PRESET_SCALE),
            shift: Some(-1.0..=1.0),
            shear: Some(-0.1..=0.1),
            rotation_sigma: 15.0,
            aspect_sigma: 0.1,
            mirror_horizontal: 0.5,
            mirror_vertical: 0.0,
            brightness: Some(-0.5..=0.5),
            color: Some(-0.5..=0.5),
            contrast: Some(-1.0..=1.0),
            noise: None,
            blur: None,
            interpolations: vec![Interpolation::Linear],
        }
    }

    /// The preset with everything, always.
    #[must_use]
    pub fn all() -> Self {
        Self {
            probability: 1.0,
            noise: Some(0.03..=0.1),
            // As crumpets has it: from the larger to the smaller.
            blur: Some(0.75 / 224.0..=0.01),
            ..Self::train()
        }
    }

    /// Checks every probability, deviation and range.
    ///
    /// # Errors
    ///
    /// [`TargetError::OutOfRange`] for a probability, [`TargetError::Negative`] for a standard deviation or a blur,
    /// [`TargetError::NotFinite`] for the end of a range, [`TargetError::NotPositive`] for a scale,
    /// [`TargetError::OutOfRange`] for a range of contrast or noise, and for a range whose end is before its start.
    pub fn check(&self) -> Result<(), TargetError> {
        let probabilities = [
            ("the probability", self.probability),
            ("the probability of a horizontal mirror", self.mirror_horizontal),
            ("the probability of a vertical mirror", self.mirror_vertical),
        ];
        for (quantity, found) in probabilities {
            if !(0.0..=1.0).contains(&found) {
                return Err(TargetError::OutOfRange { quantity, found, lowest: 0.0, largest: 1.0 });
            }
        }
        for (quantity, found) in
            [("the deviation of the angle", self.rotation_sigma), ("the deviation of the aspect", self.aspect_sigma)]
        {
            if !(0.0..f64::INFINITY).contains(&found) {
                return Err(TargetError::Negative { quantity, found });
            }
        }
        let tiny = f64::MIN_POSITIVE;
        let ranges = [
            ("the scale", &self.scale, tiny, f64::MAX),
            ("the shift", &self.shift, f64::MIN, f64::MAX),
            ("the shear", &self.shear, f64::MIN, f64::MAX),
            ("the brightness", &self.brightness, -1.0, 1.0),
            ("the color", &self.color, -1.0, 1.0),
            ("the contrast", &self.contrast, -1.0, 1.0),
            ("the noise", &self.noise, 0.0, 1.0),
            ("the picture's blur", &self.blur, 0.0, f64::MAX),
        ];
        for (quantity, range, lowest, largest) in ranges {
            let Some(range) = range else { continue };
            let (start, end) = (*range.start(), *range.end());
            for found in [start, end] {
                if !(lowest..=largest).contains(&found) {
                    return Err(TargetError::OutOfRange { quantity, found, lowest, largest });
                }
            }
            if end < start {
                return Err(TargetError::OutOfRange { quantity, found: end, lowest: start, largest });
            }
        }
        Ok(())
    }

    /// Draws what is done to one picture.
    ///
    /// Ranges should have passed [`MixtureRng::check`]; one that would not is drawn as its start.
    pub fn draw(&self, random: &mut (impl Rng + ?Sized)) -> Augmentation {
        if self.probability <= 0.0 {
            return Augmentation::default();
        }
        let mut geometry = Geometry {
            mirror_horizontal: chance(self.mirror_horizontal, random),
            mirror_vertical: chance(self.mirror_vertical, random),
            ..Geometry::default()
        };
        geometry.angle_degrees = self.rotation_sigma * normal(random);
        if let Some(scale) = &self.scale {
            geometry.scale = uniform(scale, random);
        }
        if let Some(shear) = &self.shear {
            (geometry.shear_y, geometry.shear_x) = (uniform(shear, random), uniform(shear, random));
        }
        if let Some(shift) = &self.shift {
            (geometry.shift_y, geometry.shift_x) = (uniform(shift, random), uniform(shift, random));
        }
        // A normal law reaches zero and below, if rarely; there is no such picture, so it is drawn again.
        geometry.aspect = loop {
            let aspect = 1.0 + self.aspect_sigma * normal(random);
            if aspect > 0.0 || !self.aspect_sigma.is_finite() {
                break aspect;
            }
        };
        let mut roll = |range: &Option<RangeInclusive<f64>>, count: usize| -> Option<[f64; 3]> {
            let range = range.as_ref().filter(|_| chance(self.probability, random))?;
            let mut values = [0.0; 3];
            values.iter_mut().take(count).for_each(|value| *value = uniform(range, random));
            Some(values)
        };
        let first = |values: [f64; 3]| values[0];
        let gamma_gray = roll(&self.brightness, 1).map(|values| exponent(values[0]));
        let gamma_color = roll(&self.color, 3).map(|values| values.map(exponent));
        let contrast = roll(&self.contrast, 1).map(first);
        let noise = roll(&self.noise, 1).map(first);
        let blur = roll(&self.blur, 1).map(first);
        let interpolation = match self.interpolations.len() {
            0 => Interpolation::Nearest,
            count => self.interpolations[random.random_range(0..count)],
        };
        Augmentation { geometry, interpolation, gamma_gray, gamma_color, contrast, noise, blur }
    }
}

fn chance(probability: f64, random: &mut (impl Rng + ?Sized)) -> bool {
    random.random::<f64>() < probability
}

fn normal(random: &mut (impl Rng + ?Sized)) -> f64 {
    StandardNormal.sample(random)
}

fn uniform(range: &RangeInclusive<f64>, random: &mut (impl Rng + ?Sized)) -> f64 {
    range.start() + (range.end() - range.start()).max(0.0) * random.random::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_presets_are_valid_and_never_draw_what_is_not() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for law in [MixtureRng::none(), MixtureRng::train(), MixtureRng::all()] {
            law.check().unwrap();
            for _ in 0..2000 {
                let drawn = law.draw(&mut random);
                drawn.check().unwrap();
                assert!(drawn.geometry.reduction((9, 9).into(), (5, 7).into()).is_ok());
            }
        }
        assert_eq!(MixtureRng::none().draw(&mut random), Augmentation::default());
        assert_eq!(MixtureRng::default().draw(&mut random).interpolation, Interpolation::Nearest);
        let drawn = MixtureRng::all().draw(&mut random);
        assert!(drawn.noise.is_some() && drawn.geometry_only().noise.is_none());
        assert_eq!(drawn.geometry_only().geometry, drawn.geometry);
    }

    #[test]
    fn an_aspect_is_positive_however_wide_its_law() {
        let law = MixtureRng { aspect_sigma: 3.0, ..MixtureRng::default() };
        let mut random = ChaCha8Rng::seed_from_u64(2);
        assert!((0..500).all(|_| law.draw(&mut random).geometry.aspect > 0.0));
    }

    #[test]
    fn a_law_that_is_none_is_refused() {
        let message = |law: MixtureRng| law.check().unwrap_err().to_string();
        let base = MixtureRng::default();
        assert_eq!(
            message(MixtureRng { probability: 1.5, ..base.clone() }),
            "the probability must lie in [0, 1], not 1.5"
        );
        assert_eq!(
            message(MixtureRng { rotation_sigma: -1.0, ..base.clone() }),
            "the deviation of the angle must be zero or a positive number, not -1"
        );
        assert_eq!(
            message(MixtureRng { contrast: Some(-2.0..=1.0), ..base.clone() }),
            "the contrast must lie in [-1, 1], not -2"
        );
        let empty = RangeInclusive::new(0.2, 0.1);
        assert_eq!(
            message(MixtureRng { noise: Some(empty), ..base.clone() }),
            "the noise must lie in [0.2, 1], not 0.1"
        );
        assert!(MixtureRng { scale: Some(0.0..=1.0), ..base.clone() }.check().is_err());
        assert!(MixtureRng { shift: Some(f64::NAN..=1.0), ..base }.check().is_err());
        let message = |augmentation: Augmentation| augmentation.check().unwrap_err().to_string();
        let base = Augmentation::default();
        assert_eq!(
            message(Augmentation { gamma_gray: Some(0.0), ..base }),
            "the gamma must be a positive number, not 0"
        );
        assert_eq!(
            message(Augmentation { blur: Some(-0.1), ..base }),
            "the picture's blur must be zero or a positive number, not -0.1"
        );
        assert!(Augmentation { contrast: Some(f64::NAN), ..base }.check().is_err());
    }
}
