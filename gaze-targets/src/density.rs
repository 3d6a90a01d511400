//! Fixations as a smooth map and as a density.

use gaze_core::{Fixations, LogDensity, SaliencyMap};
use ndarray::Array2;

use crate::{Boundary, GaussianKernel, TargetError, blur_fixations};

/// Blurs the fixation counts: the empirical saliency map that CC, SIM and the KL divergence compare with.
///
/// | | shape | unit |
/// |---|---|---|
/// | `fixations` | `n ≥ 1` points | pixels |
/// | `kernel` | sigma, usually one degree of visual angle | pixels |
/// | result | the size of the image | fixations per pixel; the sum is `n` |
///
/// # Errors
///
/// [`TargetError::NoFixations`] for an empty list, whose map would be zero everywhere.
///
/// # Reference
///
/// The empirical map of the Tübingen benchmark: `gaussian_filter(counts, sigma, mode="reflect", truncate=4)`.
pub fn empirical_map(fixations: &Fixations, kernel: &GaussianKernel) -> Result<SaliencyMap<'static>, TargetError> {
    if fixations.is_empty() {
        return Err(TargetError::NoFixations);
    }
    Ok(SaliencyMap::new(blur_fixations(fixations, kernel, Boundary::Reflect))?)
}

/// Estimates the density of fixations: a Gaussian on each, mixed with the uniform density.
///
/// ```text
/// p(pixel) = (1 − u) · K(pixel) / n  +  u / pixels
/// ```
///
/// where `K` is [`empirical_map`] and `u` the `uniform_share`. With `u > 0` no pixel is impossible, so the
/// likelihood of other fixations is finite.
///
/// # Errors
///
/// [`TargetError::NoFixations`], and [`TargetError::UniformShare`] unless `0 ≤ uniform_share ≤ 1`.
pub fn kernel_density(
    fixations: &Fixations,
    kernel: &GaussianKernel,
    uniform_share: f64,
) -> Result<LogDensity<'static>, TargetError> {
    if fixations.is_empty() {
        return Err(TargetError::NoFixations);
    }
    mix_with_uniform(blur_fixations(fixations, kernel, Boundary::Reflect), uniform_share)
}

/// Normalises non-negative weights with a positive sum and mixes the uniform density in.
pub(crate) fn mix_with_uniform(
    mut weights: Array2<f64>,
    uniform_share: f64,
) -> Result<LogDensity<'static>, TargetError> {
    if !(0.0..=1.0).contains(&uniform_share) {
        return Err(TargetError::UniformShare { found: uniform_share });
    }
    let scale = (1.0 - uniform_share) / weights.sum();
    let floor = uniform_share / weights.len() as f64;
    weights.mapv_inplace(|weight| weight * scale + floor);
    Ok(LogDensity::from_weights(weights)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};

    const SIZE: Size = Size { height: 8, width: 11 };

    fn fixations(points: &[(f64, f64)]) -> Fixations {
        Fixations::new(SIZE, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn the_map_of_n_fixations_has_mass_n() {
        let kernel = GaussianKernel::new(2.5).unwrap();
        let map = empirical_map(&fixations(&[(0.0, 0.0), (10.9, 7.9), (10.9, 7.9)]), &kernel).unwrap();
        assert!((map.values().sum() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_uniform_share_bounds_the_density_from_below() {
        let kernel = GaussianKernel::new(0.5).unwrap();
        let density = kernel_density(&fixations(&[(0.0, 0.0)]), &kernel, 0.1).unwrap();
        let floor = (0.1 / 88.0f64).ln();
        assert!((density.values()[[7, 10]] - floor).abs() < 1e-12);
        let density = kernel_density(&fixations(&[(0.0, 0.0)]), &kernel, 0.0).unwrap();
        assert!(density.values()[[7, 10]].is_infinite());
        let density = kernel_density(&fixations(&[(0.0, 0.0)]), &kernel, 1.0).unwrap();
        assert!((density.values()[[0, 0]] - density.values()[[7, 10]]).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_estimated_from_nothing() {
        let kernel = GaussianKernel::new(1.0).unwrap();
        assert_eq!(empirical_map(&fixations(&[]), &kernel).unwrap_err(), TargetError::NoFixations);
        let error = kernel_density(&fixations(&[]), &kernel, 0.1).unwrap_err();
        assert_eq!(error.to_string(), "no fixations to estimate a density from");
        for bad in [-0.1, 1.1, f64::NAN] {
            let error = kernel_density(&fixations(&[(1.0, 1.0)]), &kernel, bad).unwrap_err();
            assert_eq!(error.to_string(), format!("the uniform share must lie in [0, 1], not {bad}"));
        }
    }
}
