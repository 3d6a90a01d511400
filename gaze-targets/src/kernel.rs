//! The Gaussian kernel, sampled and cut.

use crate::TargetError;

/// A Gaussian of standard deviation `sigma_px`, sampled at whole pixels, cut at 4 sigma and scaled to sum 1.
///
/// ```text
/// tap(k) ∝ exp(−k² / 2σ²),   |k| ≤ r = ⌊4σ + ½⌋
/// ```
///
/// # Reference
///
/// The taps of `scipy.ndimage.gaussian_filter(sigma, truncate=4.0)`, which the Tübingen benchmark uses.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianKernel {
    sigma_px: f64,
    /// Weights at −r..=r.
    taps: Vec<f64>,
}

impl GaussianKernel {
    /// The number of standard deviations after which the kernel is cut.
    pub const TRUNCATE: f64 = 4.0;

    /// The widest blur accepted, in pixels: beyond any image, and its taps still take less than a megabyte.
    pub const LARGEST_SIGMA_PX: f64 = 10_000.0;

    /// Samples the kernel.
    ///
    /// # Errors
    ///
    /// [`TargetError::Sigma`] unless `0 < sigma_px ≤` [`GaussianKernel::LARGEST_SIGMA_PX`].
    pub fn new(sigma_px: f64) -> Result<Self, TargetError> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 40 000 where sigma is accepted")]
        let radius = (Self::TRUNCATE * sigma_px + 0.5) as i32;
        Self::with_radius(sigma_px, radius)
    }

    /// Samples the kernel as far as OpenCV does: of `8σ + 1` taps, rounded (halves to even) and made odd.
    ///
    /// The radius is that of [`GaussianKernel::new`] or one more.
    ///
    /// # Errors
    ///
    /// As [`GaussianKernel::new`].
    ///
    /// # Reference
    ///
    /// `cv2.GaussianBlur` of 32-bit images with `ksize=(0, 0)`.
    pub fn opencv(sigma_px: f64) -> Result<Self, TargetError> {
        Self::with_radius(sigma_px, opencv_radius(sigma_px, 4.0))
    }

    fn with_radius(sigma_px: f64, radius: i32) -> Result<Self, TargetError> {
        if !(sigma_px > 0.0 && sigma_px <= Self::LARGEST_SIGMA_PX) {
            return Err(TargetError::Sigma { found: sigma_px, largest: Self::LARGEST_SIGMA_PX });
        }
        let mut taps: Vec<f64> = (-radius..=radius).map(|k| (-0.5 * (f64::from(k) / sigma_px).powi(2)).exp()).collect();
        let sum: f64 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Ok(Self { sigma_px, taps })
    }

    /// The standard deviation in pixels.
    #[must_use]
    pub fn sigma_px(&self) -> f64 {
        self.sigma_px
    }

    /// The weights at `−radius ..= radius`.
    #[must_use]
    pub fn taps(&self) -> &[f64] {
        &self.taps
    }

    /// The number of pixels that the kernel reaches to each side.
    #[must_use]
    pub fn radius(&self) -> usize {
        self.taps.len() / 2
    }
}

/// The reach of OpenCV for `reach` standard deviations: 4 for 32-bit maps, 3 for 8-bit pictures.
#[expect(clippy::cast_possible_truncation, reason = "at most 80 001 where sigma is accepted")]
pub(crate) fn opencv_radius(sigma_px: f64, reach: f64) -> i32 {
    let taps = (2.0 * reach * sigma_px + 1.0).round_ties_even() as i32;
    taps / 2
}

/// OpenCV's taps in 32 bits, made in memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    sigma_px: f64,
    taps: Vec<f32>,
}

impl Taps {
    /// The taps for a standard deviation; nothing is done if they are those of the last call.
    pub(crate) fn opencv(&mut self, sigma_px: f64, reach: f64) -> Result<&[f32], TargetError> {
        if !(sigma_px > 0.0 && sigma_px <= GaussianKernel::LARGEST_SIGMA_PX) {
            return Err(TargetError::Sigma { found: sigma_px, largest: GaussianKernel::LARGEST_SIGMA_PX });
        }
        if self.taps.is_empty() || self.sigma_px.to_bits() != sigma_px.to_bits() {
            let radius = opencv_radius(sigma_px, reach);
            let weight = |k: i32| (-0.5 * (f64::from(k) / sigma_px).powi(2)).exp();
            let sum: f64 = (-radius..=radius).map(weight).sum();
            self.taps.clear();
            #[expect(clippy::cast_possible_truncation, reason = "32 bits are asked for")]
            self.taps.extend((-radius..=radius).map(|k| (weight(k) / sum) as f32));
            self.sigma_px = sigma_px;
        }
        Ok(&self.taps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taps_are_symmetric_and_sum_to_one() {
        for sigma in [0.1, 0.5, 1.0, 23.99, 40.0] {
            let kernel = GaussianKernel::new(sigma).unwrap();
            assert!((kernel.taps().iter().sum::<f64>() - 1.0).abs() < 1e-14);
            let reversed: Vec<f64> = kernel.taps().iter().rev().copied().collect();
            assert_eq!(kernel.taps(), reversed);
        }
    }

    #[test]
    fn the_kernel_is_cut_at_four_sigma() {
        assert_eq!(GaussianKernel::new(1.0).unwrap().radius(), 4);
        assert_eq!(GaussianKernel::new(23.99).unwrap().radius(), 96);
        assert_eq!(GaussianKernel::new(0.1).unwrap().taps(), [1.0]);
    }

    // cv2 4.10: int(round(8·σ + 1)) | 1 is 11, 11, 155 and 9.
    #[test]
    fn opencv_cuts_where_it_cuts() {
        for (sigma, radius) in [(1.28, 5), (1.075, 5), (19.2, 77), (0.96, 4), (0.05, 0)] {
            assert_eq!(GaussianKernel::opencv(sigma).unwrap().radius(), radius, "{sigma}");
        }
        assert!(GaussianKernel::opencv(f64::NAN).is_err());
    }

    #[test]
    fn taps_in_32_bits_are_those_of_the_kernel() {
        let mut taps = Taps::default();
        for sigma in [0.05, 1.28, 19.2, 1.28] {
            let kernel = GaussianKernel::opencv(sigma).unwrap();
            let found = taps.opencv(sigma, 4.0).unwrap();
            assert_eq!(found.len(), kernel.taps().len());
            assert!(found.iter().zip(kernel.taps()).all(|(&a, &b)| (f64::from(a) - b).abs() < 1e-7));
        }
        assert!(taps.opencv(0.0, 4.0).is_err());
    }

    #[test]
    fn a_sigma_that_is_no_width_is_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let message = GaussianKernel::new(bad).unwrap_err().to_string();
            assert_eq!(message, format!("sigma must be positive and at most 10000 pixels, not {bad}"));
        }
    }
}
