//! The settings of a loader.

use crate::{Augmentation, Fit, Interpolation, MixtureRng, PictureSettings, RasterSettings};

/// The order of samples in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The order of the source.
    Sequential,
    /// A permutation drawn from seed and epoch.
    Shuffled,
}

/// The treatment of samples that do not fill a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastBatch {
    /// They make a smaller batch.
    Keep,
    /// They are left out.
    Drop,
}

/// The treatment of a sample that cannot be made: its picture cannot be read, or no gaze is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadSamples {
    /// The row of such a sample holds the fill values (background, and `target_fill`), and the batch says so.
    Fill,
    /// The iteration ends with an error.
    Stop,
}

/// Parameters that are not drawn: each that is given replaces what was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The angle of the [`Geometry`](crate::Geometry), in degrees.
    pub angle_degrees: Option<f64>,
    /// The scale of the geometry.
    pub scale: Option<f64>,
    /// The aspect of the geometry.
    pub aspect: Option<f64>,
    /// The shift of the geometry, `(x, y)`.
    pub shift: Option<(f64, f64)>,
    /// The shear of the geometry, `(x, y)`.
    pub shear: Option<(f64, f64)>,
    /// `true` if the geometry exchanges left and right.
    pub mirror_horizontal: Option<bool>,
    /// `true` if the geometry exchanges up and down.
    pub mirror_vertical: Option<bool>,
    /// The side that fills the target.
    pub fit: Option<Fit>,
    /// The interpolation of the [`Augmentation`].
    pub interpolation: Option<Interpolation>,
    /// The gamma of all channels.
    pub gamma_gray: Option<f64>,
    /// The gamma of each channel.
    pub gamma_color: Option<[f64; 3]>,
    /// The contrast of the picture.
    pub contrast: Option<f64>,
    /// The noise of the picture.
    pub noise: Option<f64>,
    /// The blur of the picture, never of the target.
    pub blur: Option<f64>,
}

impl Overrides {
    /// The augmentation with what is given here.
    #[must_use]
    pub fn apply(&self, mut augmentation: Augmentation) -> Augmentation {
        fn set<T: Copy>(value: &mut T, given: Option<T>) {
            *value = given.unwrap_or(*value);
        }
        let geometry = &mut augmentation.geometry;
        set(&mut geometry.angle_degrees, self.angle_degrees);
        set(&mut geometry.scale, self.scale);
        set(&mut geometry.aspect, self.aspect);
        set(&mut geometry.shift_x, self.shift.map(|shift| shift.0));
        set(&mut geometry.shift_y, self.shift.map(|shift| shift.1));
        set(&mut geometry.shear_x, self.shear.map(|shear| shear.0));
        set(&mut geometry.shear_y, self.shear.map(|shear| shear.1));
        set(&mut geometry.mirror_horizontal, self.mirror_horizontal);
        set(&mut geometry.mirror_vertical, self.mirror_vertical);
        set(&mut geometry.fit, self.fit);
        set(&mut augmentation.interpolation, self.interpolation);
        augmentation.gamma_gray = self.gamma_gray.or(augmentation.gamma_gray);
        augmentation.gamma_color = self.gamma_color.or(augmentation.gamma_color);
        augmentation.contrast = self.contrast.or(augmentation.contrast);
        augmentation.noise = self.noise.or(augmentation.noise);
        augmentation.blur = self.blur.or(augmentation.blur);
        augmentation
    }
}

/// Everything that decides what batches hold, and how many threads make them.
#[derive(Clone, Debug, PartialEq)]
pub struct LoaderSettings {
    /// The settings of the pictures.
    pub picture: PictureSettings,
    /// The settings of the targets.
    pub target: RasterSettings,
    /// The law from which the augmentation of each sample is drawn.
    pub augmentation: MixtureRng,
    /// The values that are the same for each sample, picture and target.
    pub overrides: Overrides,
    /// The values that are the same for each target alone: picture and gaze then part. Only the geometry matters.
    pub target_overrides: Overrides,
    /// The value of a target that could not be made.
    pub target_fill: f32,
    /// Samples per batch, at least 1.
    pub batch_size: usize,
    /// The order of samples.
    pub order: Order,
    /// The treatment of a last, smaller batch.
    pub last_batch: LastBatch,
    /// The treatment of bad samples.
    pub bad_samples: BadSamples,
    /// Decides the order and every draw.
    pub seed: u64,
    /// Another epoch has another order and other draws.
    pub epoch: u32,
    /// Threads; 0 for one per core. It does not change what is made.
    pub threads: usize,
    /// Finished samples that each thread may hold ahead.
    pub samples_ahead: usize,
}

impl LoaderSettings {
    /// Batches of 16 in the order of the source, nothing drawn, bad samples filled.
    #[must_use]
    pub fn new(picture: PictureSettings, target: RasterSettings) -> Self {
        Self {
            picture,
            target,
            augmentation: MixtureRng::none(),
            overrides: Overrides::default(),
            target_overrides: Overrides::default(),
            target_fill: 0.0,
            batch_size: 16,
            order: Order::Sequential,
            last_batch: LastBatch::Keep,
            bad_samples: BadSamples::Fill,
            seed: 0,
            epoch: 0,
            threads: 0,
            samples_ahead: 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_replaces_what_was_drawn() {
        let drawn = Augmentation { contrast: Some(0.5), ..Augmentation::default() };
        assert_eq!(Overrides::default().apply(drawn), drawn);
        let overrides =
            Overrides { scale: Some(2.0), shift: Some((0.1, 0.2)), noise: Some(0.3), ..Overrides::default() };
        let found = overrides.apply(drawn);
        assert_eq!((found.contrast, found.noise), (Some(0.5), Some(0.3)));
        let expected = crate::Geometry { scale: 2.0, shift_x: 0.1, shift_y: 0.2, ..drawn.geometry };
        assert_eq!(found.geometry, expected);
    }
}
