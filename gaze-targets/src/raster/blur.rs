//! Blurred points in 32 bits, by the cheaper of two ways.

use super::{
    convolve::{Convolver, scatter},
    masses::PointMass,
    splat::Splatter,
};
use crate::{Boundary, TargetError, kernel::Taps};

/// The two ways of blurring a target. Both give the same but for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A kernel per point.
    Splat,
    /// A convolution of the whole target.
    Convolve,
}

/// Blurs masses, keeping its memory and the last kernel.
#[derive(Debug, Default)]
pub(super) struct Blurrer {
    taps: Taps,
    splatter: Splatter,
    convolver: Convolver,
}

impl Blurrer {
    /// Writes the masses, blurred by `sigma_px` if given, to a map of shape `dim`.
    pub(super) fn blur(
        &mut self,
        masses: &[PointMass],
        sigma_px: Option<f64>,
        boundary: Boundary,
        dim: (usize, usize),
        map: &mut [f32],
    ) -> Result<(), TargetError> {
        let Some(sigma_px) = sigma_px else {
            map.fill(0.0);
            scatter(masses, dim.1, map);
            return Ok(());
        };
        let way = cheaper(masses, self.taps.opencv(sigma_px, REACH)?.len(), dim);
        self.blur_by(way, sigma_px, masses, boundary, dim, map)
    }

    fn blur_by(
        &mut self,
        way: Way,
        sigma_px: f64,
        masses: &[PointMass],
        boundary: Boundary,
        dim: (usize, usize),
        map: &mut [f32],
    ) -> Result<(), TargetError> {
        let taps = self.taps.opencv(sigma_px, REACH)?;
        match way {
            Way::Splat => {
                map.fill(0.0);
                self.splatter.add(masses, taps, boundary, dim, map);
            }
            Way::Convolve => self.convolver.blur_masses(masses, taps, boundary, dim, map),
        }
        Ok(())
    }
}

/// The reach at which OpenCV cuts kernels for 32-bit maps, in standard deviations.
const REACH: f64 = 4.0;

/// The cost of a multiplication in the convolution, where one in a kernel that is added costs 1; measured.
const CONVOLUTION: f64 = 1.3;

/// Estimates both ways in multiplications.
fn cheaper(masses: &[PointMass], taps: usize, (height, width): (usize, usize)) -> Way {
    let (down, across) = (taps.min(height) as f64, taps.min(width) as f64);
    let pixels = height as f64 * width as f64;
    let splat = masses.len() as f64 * down * across;
    // Along the rows only what has mass is convolved: a point may have two rows of two pixels.
    let convolve = (4.0 * masses.len() as f64).min(pixels) * across + pixels * down;
    if splat <= CONVOLUTION * convolve { Way::Splat } else { Way::Convolve }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        GaussianKernel, blur,
        raster::{
            masses::Masses,
            settings::{Mass, Overlap, Splat},
        },
    };
    use gaze_core::Size;
    use ndarray::Array2;
    use proptest::prelude::*;

    const BOUNDARIES: [Boundary; 4] = [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate, Boundary::Zero];

    /// The rounding of some dozens of additions in 32 bits, relative to the largest value.
    const ROUNDING: f64 = 2e-6;

    fn case() -> impl Strategy<Value = (Size, Vec<(f64, f64)>, f64, bool)> {
        (1usize..23, 1usize..45).prop_flat_map(|(height, width)| {
            let point = (0.0..width as f64, 0.0..height as f64);
            (Just(Size { height, width }), prop::collection::vec(point, 0..30), 0.1f64..9.0, any::<bool>())
        })
    }

    proptest! {
        #[test]
        fn kernels_added_equal_the_convolution((size, points, sigma, bilinear) in case()) {
            let splat = if bilinear { Splat::Bilinear } else { Splat::Nearest };
            let mut masses = Masses::default();
            masses.collect(&points, &[], size, 1, (splat, Overlap::Accumulate, Mass::Sum));
            let (mut counts, mut splatted) = (vec![0.0; size.pixels()], vec![9.0; size.pixels()]);
            let mut convolved = splatted.clone();
            scatter(masses.as_slice(), size.width, &mut counts);
            let counts = Array2::from_shape_vec(size.dim(), counts).unwrap().mapv(f64::from);
            let mut blurrer = Blurrer::default();
            for boundary in BOUNDARIES {
                blurrer.blur_by(Way::Splat, sigma, masses.as_slice(), boundary, size.dim(), &mut splatted).unwrap();
                blurrer.blur_by(Way::Convolve, sigma, masses.as_slice(), boundary, size.dim(), &mut convolved).unwrap();
                let expected = blur(counts.view(), &GaussianKernel::opencv(sigma).unwrap(), boundary);
                let largest = expected.iter().copied().fold(0.0, f64::max);
                for ((&a, &b), &c) in splatted.iter().zip(&convolved).zip(&expected) {
                    prop_assert!((f64::from(a) - c).abs() <= ROUNDING * largest, "{boundary:?} splat: {a} is not {c}");
                    prop_assert!((f64::from(b) - c).abs() <= ROUNDING * largest, "{boundary:?} convolved: {b} is not {c}");
                }
            }
        }
    }

    #[test]
    fn few_points_are_splatted_and_many_are_convolved() {
        let mut masses = Masses::default();
        let points = |count: u32| -> Vec<_> { (0..count).map(|i| (f64::from(i % 640), f64::from(i % 480))).collect() };
        let size = Size { height: 480, width: 640 };
        for (count, expected) in [(200, Way::Splat), (100_000, Way::Convolve)] {
            masses.collect(&points(count), &[], size, 1, (Splat::Bilinear, Overlap::Accumulate, Mass::Sum));
            assert_eq!(cheaper(masses.as_slice(), 155, size.dim()), expected);
        }
    }
}
