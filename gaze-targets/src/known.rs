//! The maps that datasets come with, made as their authors made them.
//!
//! Each takes the fixations of all observers on one image and marks fixated pixels once, however often they were
//! fixated, because that is what the authors' files of fixated pixels hold.

use gaze_core::{FixationMap, Fixations, SaliencyMap};
use ndarray::Array2;

use crate::{Boundary, GaussianKernel, TargetError, blur, show::gray_levels};

fn fixated(fixations: &Fixations) -> Result<Array2<f64>, TargetError> {
    if fixations.is_empty() {
        return Err(TargetError::NoFixations);
    }
    Ok(FixationMap::count(fixations).binary().mapv(|fixated| f64::from(u8::from(fixated))))
}

/// Scales a map to 0 ..= 1; a constant one becomes 0.
fn min_max(mut map: Array2<f64>) -> Array2<f64> {
    let low = map.iter().copied().fold(f64::INFINITY, f64::min);
    let high = map.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    map.mapv_inplace(|value| (value - low) / range);
    map
}

/// The fixation map of Saliency4ASD, as in its `ASD_FixMaps` and `TD_FixMaps`: 0 to 255, smallest to largest.
///
/// The authors convolve with MATLAB's `fspecial('gaussian', 258, 43)`, zero beyond the border. A kernel of 258 rows has no
/// middle: its peak lies half a pixel to the right of and below the fixation, and so it does here.
///
/// # Errors
///
/// [`TargetError::NoFixations`].
///
/// # Reference
///
/// Duan et al. (2019), ACM `MMSys`, doi:10.1145/3304109.3325818; `imfilter` puts the origin of an even kernel at
/// `⌊(258 + 1) / 2⌋`.
pub fn saliency4asd_map(fixations: &Fixations) -> Result<Array2<u8>, TargetError> {
    const SIZE: i32 = 258;
    const SIGMA: f64 = 43.0;
    let fixated = fixated(fixations)?;
    // Offsets −128 ..= 129 from the fixation.
    let first = -(SIZE / 2 - 1);
    let weight = |step: i32| (-0.5 * ((f64::from(first + step) - 0.5) / SIGMA).powi(2)).exp();
    let taps: Vec<f64> = (0..SIZE).map(weight).collect();
    let sum: f64 = taps.iter().sum();
    let before = first.unsigned_abs() as usize;
    // The place on an axis where each tap of a point lands.
    let landings = |at: usize, length: usize| {
        let places =
            taps.iter().enumerate().filter_map(move |(step, tap)| Some(((at + step).checked_sub(before)?, tap)));
        places.take_while(move |&(place, _)| place < length)
    };
    let (height, width) = fixated.dim();
    let mut rows = Array2::<f64>::zeros((height, width));
    for ((row, column), _) in fixated.indexed_iter().filter(|&(_, &value)| value > 0.0) {
        for (place, tap) in landings(column, width) {
            rows[[row, place]] += tap / sum;
        }
    }
    let mut map = Array2::<f64>::zeros((height, width));
    for (row, values) in rows.outer_iter().enumerate() {
        if values.iter().any(|&value| value > 0.0) {
            for (place, tap) in landings(row, height) {
                map.row_mut(place).scaled_add(tap / sum, &values);
            }
        }
    }
    Ok(gray_levels(min_max(map).view()))
}

/// The fixation map of SALICON: fixated pixels blurred by 19 pixels, reflected at the border, scaled to 0 ..= 1.
///
/// # Errors
///
/// [`TargetError::NoFixations`].
///
/// # Reference
///
/// Jiang et al. (2015), CVPR, doi:10.1109/CVPR.2015.7298710; the dataset's own program blurs with SciPy's
/// `gaussian_filter(…, 19)`.
pub fn salicon_map(fixations: &Fixations) -> Result<SaliencyMap<'static>, TargetError> {
    let kernel = GaussianKernel::new(19.0)?;
    Ok(SaliencyMap::new(min_max(blur(fixated(fixations)?.view(), &kernel, Boundary::Reflect)))?)
}

/// The width of the blur of a fixation map of MIT1003.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mit1003Blur {
    /// A blur by one degree of visual angle, as the authors describe it: 35 pixels in their set-up.
    OneDegree(gaze_core::PixelsPerDegree),
    /// A blur by a low pass of 8 cycles, as their program does it, on the image padded to a square whose side is a power of
    /// two: 24 pixels for images of 513 to 1024.
    EightCycles,
}

/// The fixation map of MIT1003: fixated pixels blurred, zero beyond the border, divided by the largest value.
///
/// # Errors
///
/// [`TargetError::NoFixations`], and [`TargetError::Sigma`] for a degree of more pixels than a blur may have.
///
/// # Reference
///
/// Judd, Ehinger, Durand & Torralba (2009), ICCV, doi:10.1109/ICCV.2009.5459462. Their program blurs in the Fourier domain
/// and so goes round the border of the padded square, which this does not.
pub fn mit1003_map(fixations: &Fixations, width: Mit1003Blur) -> Result<SaliencyMap<'static>, TargetError> {
    let sigma = match width {
        Mit1003Blur::OneDegree(pixels_per_degree) => pixels_per_degree.get(),
        Mit1003Blur::EightCycles => {
            let side = fixations.size().height.max(fixations.size().width).next_power_of_two() as f64;
            // The amplitude is a half at 8 cycles.
            side / 8.0 * (std::f64::consts::LN_2 / 2.0).sqrt() / std::f64::consts::PI
        }
    };
    let mut map = blur(fixated(fixations)?.view(), &GaussianKernel::new(sigma)?, Boundary::Zero);
    let largest = map.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    map.mapv_inplace(|value| value / largest);
    Ok(SaliencyMap::new(map)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, PixelsPerDegree, Size};

    const SIZE: Size = Size { height: 300, width: 400 };

    fn at(points: &[(f64, f64)]) -> Fixations {
        Fixations::new(SIZE, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn the_even_kernel_lies_half_a_pixel_off() {
        let map = saliency4asd_map(&at(&[(200.0, 150.0)])).unwrap();
        assert_eq!(map[[150, 200]], 255);
        // Symmetric around (200.5, 150.5).
        for step in 0..140 {
            assert_eq!(map[[150, 200 - step]], map[[150, 201 + step]]);
            assert_eq!(map[[150 - step, 200]], map[[151 + step, 200]]);
        }
        // One sigma from the peak, relative to where it is cut: 0 beyond 3 sigma.
        assert_eq!(map[[150, 200 - 128]], map[[150, 201 + 128]]);
        assert_eq!(map[[150, 200 - 129]], 0);
        assert!((i32::from(map[[150, 200 + 43]]) - 156).abs() <= 1, "{}", map[[150, 243]]);
    }

    #[test]
    fn repeated_fixations_count_once() {
        let (once, twice) = (at(&[(20.2, 30.0), (99.0, 99.0)]), at(&[(20.2, 30.0), (20.9, 30.0), (99.0, 99.0)]));
        assert_eq!(saliency4asd_map(&once).unwrap(), saliency4asd_map(&twice).unwrap());
        assert_eq!(salicon_map(&once).unwrap(), salicon_map(&twice).unwrap());
        assert_eq!(
            mit1003_map(&once, Mit1003Blur::EightCycles).unwrap(),
            mit1003_map(&twice, Mit1003Blur::EightCycles).unwrap()
        );
    }

    // scipy 1.17.1: m = zeros((300, 400)); m[150, 200] = m[10, 390] = 1; m = gaussian_filter(m, 19); min-max scaled.
    #[test]
    fn a_salicon_map_has_the_values_of_scipy() {
        let map = salicon_map(&at(&[(200.0, 150.0), (390.5, 10.5)])).unwrap();
        for ((row, column), expected) in SALICON {
            // Sums of products in 64 bits.
            assert!(
                (map.values()[[row, column]] - expected).abs() < 1e-12,
                "{row} {column}: {}",
                map.values()[[row, column]]
            );
        }
    }

    const SALICON: [((usize, usize), f64); 3] =
        [((150, 200), 0.3301879250732497), ((150, 219), 0.2002691000238237), ((10, 390), 0.8184498661504344)];

    #[test]
    fn mit1003_maps_have_the_width_of_their_program() {
        let size = Size { height: 600, width: 800 };
        let fixations = Fixations::new(size, vec![Fixation { x: 400.0, y: 300.0 }]).unwrap();
        let map = mit1003_map(&fixations, Mit1003Blur::EightCycles).unwrap();
        // The program's own standard deviation, as measured on images of 513 to 1024 pixels: 23.99.
        let expected = (-0.5f64 * (24.0f64 / 23.99).powi(2)).exp();
        assert!((map.values()[[300, 424]] - expected).abs() < 1e-3);
        let degree = Mit1003Blur::OneDegree(PixelsPerDegree::new(35.0).unwrap());
        let map = mit1003_map(&fixations, degree).unwrap();
        assert!((map.values()[[335, 400]] - (-0.5f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn without_fixations_there_is_no_map() {
        assert_eq!(saliency4asd_map(&at(&[])).unwrap_err(), TargetError::NoFixations);
        assert!(salicon_map(&at(&[])).is_err() && mit1003_map(&at(&[]), Mit1003Blur::EightCycles).is_err());
    }
}
