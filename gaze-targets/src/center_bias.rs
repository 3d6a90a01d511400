//! The center bias: where people look whatever the picture shows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use gaze_core::{Fixations, LogDensity, Size};
use ndarray::{Array2, Zip};

use crate::{Boundary, GaussianKernel, TargetError, blur_fixations, density::mix_with_uniform};

/// The center bias of a dataset: for each image, the density of the fixations on all *other* images.
///
/// Positions are compared relative to the image: a fixation in the middle of one image counts in the middle of
/// every other, whatever their sizes. Each image's density is a [`kernel_density`](crate::kernel_density) of the
/// others' fixations, moved to its size.
///
/// An image's own fixations are left out, so its density can serve as a baseline: it knows nothing about the picture.
///
/// # Cost
///
/// The fixations of *all* images are blurred once per distinct image size and kept, as long as the sizes take no more
/// than 256 MB together (others are blurred each time); leaving one image out subtracts its own few. Blurring is linear, so this equals blurring the others' fixations up to rounding (1e-16 of the
/// total), and rounding below zero is set to zero.
///
/// # Reference
///
/// Tatler (2007), Journal of Vision 7(14):4, doi:10.1167/7.14.4, for the phenomenon; Kümmerer, Wallis & Bethge
/// (2015), PNAS 112(52), doi:10.1073/pnas.1510393112, for its use as the baseline of information gain.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, Size};
/// use gaze_targets::CenterBias;
///
/// let size = Size { height: 60, width: 80 };
/// let left = Fixations::new(size, vec![Fixation { x: 5.0, y: 30.0 }])?;
/// let right = Fixations::new(size, vec![Fixation { x: 75.0, y: 30.0 }])?;
/// let center_bias = CenterBias::new([&left, &right], 0.03, 0.001)?;
///
/// // Without its own fixations, the first image's center bias is where the second one was looked at.
/// let density = center_bias.without(0, size)?;
/// assert!(density.values()[[30, 75]] > density.values()[[30, 5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CenterBias {
    /// Fixations of each image, in its own pixels.
    images: Vec<Fixations>,
    bandwidth: f64,
    uniform_share: f64,
    /// The blurred fixations of all images, by size.
    totals: Mutex<HashMap<Size, Arc<OnceLock<Total>>>>,
}

type Total = Result<Array2<f64>, TargetError>;

impl CenterBias {
    /// The bandwidth used when none is given: 3 % of the image's width, which is about one degree of visual angle
    /// for a picture that fills a screen (24 pixels on OSIE's 800).
    pub const DEFAULT_BANDWIDTH: f64 = 0.03;

    /// The number of pixels that are kept: 256 MB at 8 bytes each.
    const PIXELS_KEPT: usize = 1 << 25;

    /// The share of the uniform density used when none is given.
    pub const DEFAULT_UNIFORM_SHARE: f64 = 0.001;

    /// Collects the fixations of every image of a dataset, in the dataset's order.
    ///
    /// `bandwidth` is the standard deviation of the kernel as a fraction of the image's *width*, `uniform_share` the
    /// weight of the uniform density.
    ///
    /// # Errors
    ///
    /// [`TargetError::Bandwidth`] unless `0 < bandwidth ≤ 1`, and
    /// [`TargetError::UniformShare`] unless `0 ≤ uniform_share ≤ 1`.
    pub fn new<'a>(
        images: impl IntoIterator<Item = &'a Fixations>,
        bandwidth: f64,
        uniform_share: f64,
    ) -> Result<Self, TargetError> {
        if !(bandwidth > 0.0 && bandwidth <= 1.0) {
            return Err(TargetError::Bandwidth { found: bandwidth });
        }
        if !(0.0..=1.0).contains(&uniform_share) {
            return Err(TargetError::UniformShare { found: uniform_share });
        }
        let images = images.into_iter().cloned().collect();
        Ok(Self { images, bandwidth, uniform_share, totals: Mutex::default() })
    }

    /// The density of the fixations on all images but the one at `left_out` in the order given to
    /// [`CenterBias::new`], for an image of the given size. An index beyond the last image leaves none out.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoOtherFixations`] if no other image has a fixation, [`TargetError::Map`] for a size without
    /// pixels.
    pub fn without(&self, left_out: usize, size: Size) -> Result<LogDensity<'static>, TargetError> {
        if size.pixels() == 0 {
            return Err(gaze_core::MapError::Empty { size }.into());
        }
        let own = self.images.get(left_out);
        if self.images.iter().map(Fixations::len).sum::<usize>() == own.map_or(0, Fixations::len) {
            return Err(TargetError::NoOtherFixations);
        }
        let mut others = match self.kept(size) {
            Some(cell) => cell.get_or_init(|| self.blurred(&self.images, size)).clone()?,
            None => self.blurred(&self.images, size)?,
        };
        let own = self.blurred(own, size)?;
        Zip::from(&mut others).and(&own).for_each(|others, own| *others = (*others - own).max(0.0));
        mix_with_uniform(others, self.uniform_share)
    }

    /// The place for the blurred fixations of all images at this size, if there is room to keep them.
    fn kept(&self, size: Size) -> Option<Arc<OnceLock<Total>>> {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = totals.get(&size) {
            return Some(Arc::clone(cell));
        }
        let pixels = totals.keys().map(|size| size.pixels()).sum::<usize>() + size.pixels();
        (pixels <= Self::PIXELS_KEPT).then(|| Arc::clone(totals.entry(size).or_default()))
    }

    fn blurred<'a>(&self, images: impl IntoIterator<Item = &'a Fixations>, size: Size) -> Total {
        let kernel = GaussianKernel::new(self.bandwidth * size.width as f64)?;
        let moved = images.into_iter().flat_map(|fixations| fixations.moved_to(size).points().to_vec());
        let fixations = Fixations::new(size, moved.collect()).expect("they were moved to this size");
        Ok(blur_fixations(&fixations, &kernel, Boundary::Reflect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_density;
    use gaze_core::Fixation;
    use ndarray_stats::QuantileExt;

    const SIZE: Size = Size { height: 30, width: 40 };

    fn fixations(size: Size, points: &[(f64, f64)]) -> Fixations {
        Fixations::new(size, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn leaving_an_image_out_equals_never_having_had_it() {
        let images = [
            fixations(SIZE, &[(3.2, 4.0), (39.9, 29.9)]),
            fixations(SIZE, &[(20.0, 15.0), (21.0, 15.0), (20.0, 15.0)]),
            fixations(SIZE, &[(10.0, 25.0)]),
        ];
        let center_bias = CenterBias::new(&images, 0.05, 0.01).unwrap();
        let kernel = GaussianKernel::new(0.05 * 40.0).unwrap();
        for (left_out, others) in [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])] {
            let others = Fixations::concatenate(SIZE, others.map(|i| &images[i])).unwrap();
            let expected = kernel_density(&others, &kernel, 0.01).unwrap();
            let found = center_bias.without(left_out, SIZE).unwrap();
            let difference = &found.values() - &expected.values();
            assert!(difference.iter().all(|d| d.abs() < 1e-10), "image {left_out}");
        }
    }

    #[test]
    fn positions_are_relative_to_the_image() {
        let large = Size { height: 300, width: 800 };
        let images = [fixations(SIZE, &[]), fixations(large, &[(400.0, 150.0)])];
        let density = CenterBias::new(&images, 0.03, 0.0).unwrap().without(0, SIZE).unwrap();
        let peak = density.values().argmax().unwrap();
        assert_eq!(peak, (15, 20));
    }

    #[test]
    fn the_last_fraction_of_a_side_stays_inside() {
        let images = [fixations(Size { height: 1, width: 3 }, &[(3f64.next_down(), 1f64.next_down())])];
        let center_bias = CenterBias::new(&images, 0.5, 0.0).unwrap();
        assert!(center_bias.without(1, Size { height: 7, width: 17 }).is_ok());
    }

    #[test]
    fn without_other_images_there_is_no_center_bias() {
        let center_bias = CenterBias::new([&fixations(SIZE, &[(1.0, 1.0)])], 0.03, 0.001).unwrap();
        let error = center_bias.without(0, SIZE).unwrap_err();
        assert_eq!(error.to_string(), "no fixations on other images to estimate the center bias from");
        assert!(center_bias.without(1, SIZE).is_ok());
        assert!(center_bias.without(1, Size { height: 0, width: 4 }).is_err());
    }

    #[test]
    fn a_bandwidth_is_a_fraction() {
        assert!(CenterBias::new([], 0.0, 0.0).is_err());
        let error = CenterBias::new([], 24.0, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "the bandwidth is a fraction of the image's width in (0, 1], not 24");
        assert!(CenterBias::new([], 0.03, -1.0).is_err());
    }
}
