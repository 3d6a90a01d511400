//! Baselines: models that do not look at the picture, which every other model should beat.

use gaze_core::{LogDensity, ModelError, NotPositive, Prediction, SaliencyModel, Size, Viewing};
use ndarray::Array2;

/// The model that gives every pixel the same probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uniform;

impl SaliencyModel for Uniform {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(LogDensity::uniform(viewing.size)?))
    }
}

/// A center bias with two parameters: a Gaussian around the middle of the image, wider than high.
///
/// Both standard deviations are fractions of the image's *width*. A portrait picture therefore gets the same spot as a
/// landscape one, cut by its borders. The density sums to 1 in both cases.
///
/// # Reference
///
/// The default is the Gaussian that Clarke & Tatler (2014), Vision Research 102, doi:10.1016/j.visres.2014.06.016,
/// propose for images of any dataset: variance 0.22 horizontally and 0.45 · 0.22 vertically in units of half the
/// image's width.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_model::GaussianCenterBias;
///
/// let density = GaussianCenterBias::default().density(Size { height: 60, width: 81 })?;
/// assert!(density.values()[[30, 40]] > density.values()[[30, 0]]);
/// # Ok::<(), gaze_core::MapError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianCenterBias {
    horizontal: f64,
    vertical: f64,
}

impl Default for GaussianCenterBias {
    fn default() -> Self {
        Self { horizontal: 0.22f64.sqrt() / 2.0, vertical: (0.45 * 0.22f64).sqrt() / 2.0 }
    }
}

impl GaussianCenterBias {
    /// Makes a center bias with these standard deviations, as fractions of the image's width.
    ///
    /// # Errors
    ///
    /// [`NotPositive`] unless both are positive and finite.
    pub fn new(horizontal: f64, vertical: f64) -> Result<Self, NotPositive> {
        for (quantity, found) in [("horizontal deviation", horizontal), ("vertical deviation", vertical)] {
            if !(found > 0.0 && found.is_finite()) {
                return Err(NotPositive { quantity, found });
            }
        }
        Ok(Self { horizontal, vertical })
    }

    /// Computes the density for an image of the given size.
    ///
    /// # Errors
    ///
    /// [`gaze_core::MapError::Empty`] for a size without pixels.
    pub fn density(&self, size: Size) -> Result<LogDensity<'static>, gaze_core::MapError> {
        let Size { height, width } = size;
        let along = |length: usize, sigma: f64| -> Vec<f64> {
            let middle = length as f64 / 2.0;
            (0..length).map(|i| -0.5 * ((i as f64 + 0.5 - middle) / (sigma * width as f64)).powi(2)).collect()
        };
        let (columns, rows) = (along(width, self.horizontal), along(height, self.vertical));
        LogDensity::normalize(Array2::from_shape_fn(size.dim(), |(row, column)| rows[row] + columns[column]))
    }
}

impl SaliencyModel for GaussianCenterBias {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(self.density(viewing.size)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const SIZE: Size = Size { height: 301, width: 400 };

    #[test]
    fn the_gaussian_has_its_deviations() {
        let p = GaussianCenterBias::new(0.1, 0.05).unwrap().density(SIZE).unwrap().values().mapv(f64::exp);
        let (mut x, mut y) = (0.0, 0.0);
        for ((row, column), p) in p.indexed_iter() {
            x += p * (column as f64 + 0.5 - 200.0).powi(2);
            y += p * (row as f64 + 0.5 - 150.5).powi(2);
        }
        // The Gaussian is cut at five deviations to each side, which takes 1e-5 of the variance.
        assert!((x.sqrt() - 40.0).abs() < 0.01, "{x}");
        assert!((y.sqrt() - 20.0).abs() < 0.01, "{y}");
    }

    #[test]
    fn it_is_symmetric() {
        let density = GaussianCenterBias::default().density(Size { height: 6, width: 9 }).unwrap();
        let values = density.values();
        for ((row, column), value) in values.indexed_iter() {
            assert!((value - values[[5 - row, 8 - column]]).abs() < 1e-12);
        }
    }

    #[test]
    fn tiny_and_extreme_images_have_a_density() {
        let narrow = GaussianCenterBias::new(1e-9, 1e-9).unwrap();
        for (height, width) in [(1, 1), (1, 3000), (3000, 1), (2, 2)] {
            assert!(GaussianCenterBias::default().density(Size { height, width }).is_ok());
            assert!(narrow.density(Size { height, width }).is_ok());
        }
        assert!(GaussianCenterBias::default().density(Size { height: 0, width: 3 }).is_err());
    }

    #[test]
    fn a_deviation_is_positive() {
        let error = GaussianCenterBias::new(0.1, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "vertical deviation must be a positive number, not 0");
        assert!(GaussianCenterBias::new(f64::NAN, 0.1).is_err());
    }

    #[test]
    fn models_predict_at_the_size_of_the_stimulus() {
        let size = Size { height: 4, width: 6 };
        assert_eq!(Uniform.predict(&Viewing::of_size(size)).unwrap().size(), size);
        assert_eq!(GaussianCenterBias::default().predict(&Viewing::of_size(size)).unwrap().size(), size);
    }
}
