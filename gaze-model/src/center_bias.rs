//! A center bias given as a template of any size, fitted to the size of each image.

use gaze_core::{LogDensity, MapError, ModelError, Prediction, SaliencyModel, Size, Viewing};
use ndarray::{Array2, ArrayView, Dimension, Ix2};
use thiserror::Error;

/// The reason why an array is no template of a center bias.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The array has more or fewer than two axes.
    #[error("a center bias has shape (height, width), this array has shape {found:?}")]
    Axes {
        /// The array's shape.
        found: Vec<usize>,
    },
    /// The array has no pixel, or values that are no log density: NaN, `+∞`, or `-∞` everywhere.
    #[error("the center bias is no log density")]
    Map(#[from] MapError),
}

/// A center bias given as a map of log densities over an image of any size, for example `centerbias_mit1003.npy` of the
/// DeepGaze repository (1024 × 1024).
///
/// # Degenerate input
///
/// The template need not sum to 1: a constant that is added to all values changes nothing. `-∞` is probability 0, which
/// also holds for the prediction of a network that adds a positive multiple of the center bias.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_model::TemplateCenterBias;
/// use ndarray::array;
///
/// let template = TemplateCenterBias::new(array![[0.0_f32, 1.0, 0.0]].view())?;
/// let density = template.density(Size { height: 2, width: 5 })?;
/// assert!(density.values()[[1, 2]] > density.values()[[1, 0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateCenterBias {
    template: Array2<f64>,
}

impl TemplateCenterBias {
    /// Takes an array of shape `(height, width)` of natural logarithms, in either precision.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Axes`] for an array that does not have two axes; [`TemplateError::Map`] if it is empty, if a
    /// value is NaN or `+∞`, or if all values are `-∞`.
    pub fn new<T: Copy + Into<f64>, D: Dimension>(template: ArrayView<'_, T, D>) -> Result<Self, TemplateError> {
        let found = template.shape().to_vec();
        let Ok(template) = template.into_dimensionality::<Ix2>() else {
            return Err(TemplateError::Axes { found });
        };
        let template = template.mapv(Into::into);
        // The template's own density has the same requirements.
        LogDensity::normalize(template.clone())?;
        Ok(Self { template })
    }

    /// The size of the template.
    #[must_use]
    pub fn size(&self) -> Size {
        self.template.dim().into()
    }

    /// Computes the center bias for an image of the given size. Template and image are stretched such that their corner
    /// pixels meet. Each pixel gets the value of the template's nearest pixel, and the result is normalised.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] for a size without pixels; [`MapError::NoMass`] if all values that are taken are `-∞`.
    ///
    /// # Reference
    ///
    /// The pixels are exactly those that `scipy.ndimage.zoom(…, order=0, mode="nearest")` takes, with which users of
    /// DeepGaze prepare its center bias.
    pub fn density(&self, size: Size) -> Result<LogDensity<'static>, MapError> {
        let Size { height, width } = self.size();
        let (rows, columns) = (nearest(height, size.height), nearest(width, size.width));
        LogDensity::normalize(Array2::from_shape_fn(size.dim(), |(row, column)| {
            self.template[[rows[row], columns[column]]]
        }))
    }
}

impl SaliencyModel for TemplateCenterBias {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(self.density(viewing.size)?))
    }
}

/// Computes which of `before` places along an axis each of `after` places takes.
///
/// The step is rounded to `f64` once and then multiplied, as in SciPy. The exact quotient gives other indices where a
/// place falls halfway between two, such as place 27 of 55 from 1024.
fn nearest(before: usize, after: usize) -> Vec<usize> {
    let last = before - 1;
    let step = if after > 1 { last as f64 / (after - 1) as f64 } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number below the axis's length"
    )]
    (0..after).map(|place| ((place as f64 * step + 0.5).floor() as usize).min(last)).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array3, array};

    use super::*;

    #[test]
    fn indices_are_those_of_scipy() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/golden/deepgaze/zoom.csv");
        let text = std::fs::read_to_string(path).unwrap();
        let mut rows = 0;
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let [before, after] = [0, 1].map(|field| fields[field].parse().unwrap());
            let hash = nearest(before, after)
                .into_iter()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, index| (hash ^ index as u64).wrapping_mul(0x100_0000_01b3));
            assert_eq!(format!("{hash:016x}"), fields[2], "{before} to {after}");
            rows += 1;
        }
        assert_eq!(rows, 1860);
        // The exact quotient would miss this index: 27 · 1023 / 54 is 511.5.
        assert_eq!(nearest(1024, 55)[27], 511);
    }

    #[track_caller]
    fn check_density(template: &Array2<f64>, size: (usize, usize), expected: &Array2<f64>) {
        // The tolerance allows one logarithm of a sum of a few terms, and its exponential.
        const ROUNDING: f64 = 1e-15;
        let template = TemplateCenterBias::new(template.mapv(f64::ln).view()).unwrap();
        let density = template.density(size.into()).unwrap();
        let p = density.values().mapv(f64::exp);
        assert!((&p - expected).iter().all(|difference| difference.abs() < ROUNDING), "{p}");
    }

    #[test]
    fn the_corners_stay_and_the_sum_is_one() {
        let template = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        check_density(&template, (2, 3), &(&template / 21.0));
        check_density(&template, (2, 2), &(array![[1.0, 3.0], [4.0, 6.0]] / 14.0));
        check_density(&template, (1, 1), &array![[1.0]]);
        check_density(&template, (3, 1), &(array![[1.0], [4.0], [4.0]] / 9.0));
        // A probability of 0 stays 0.
        check_density(&array![[0.0, 1.0]], (1, 4), &array![[0.0, 0.0, 0.5, 0.5]]);
    }

    #[test]
    fn a_constant_that_is_added_changes_nothing() {
        let template = array![[0.0_f64, -3.0], [-1.0, 700.0]];
        let size = Size { height: 5, width: 7 };
        let density = |template: &Array2<f64>| TemplateCenterBias::new(template.view()).unwrap().density(size).unwrap();
        // Beside 1e5, 11 digits behind the point remain.
        let difference = density(&template).values().to_owned() - density(&(&template + 1e5)).values();
        assert!(difference.iter().all(|difference| difference.abs() < 1e-10), "{difference}");
    }

    #[test]
    fn what_is_no_center_bias_is_refused() {
        let message = |template: Array2<f32>| {
            let error = TemplateCenterBias::new(template.view()).unwrap_err();
            format!("{error}: {}", std::error::Error::source(&error).expect("a map's error"))
        };
        let nan = message(array![[0.0, 0.0], [0.0, f32::NAN]]);
        assert_eq!(nan, "the center bias is no log density: the value at row 1, column 1 is NaN");
        assert!(message(array![[f32::INFINITY]]).contains("row 0, column 0 is inf"));
        assert!(message(array![[f32::NEG_INFINITY]]).contains("all of them are zero"));
        assert!(message(Array2::zeros((0, 3))).contains("at least one pixel"));
        let error = TemplateCenterBias::new(Array1::<f64>::zeros(4).view()).unwrap_err();
        assert_eq!(error.to_string(), "a center bias has shape (height, width), this array has shape [4]");
        assert!(TemplateCenterBias::new(Array3::<f64>::zeros((1, 4, 4)).view()).is_err());
    }

    #[test]
    fn sizes_without_pixels_or_mass_have_no_density() {
        let template = TemplateCenterBias::new(array![[f64::NEG_INFINITY, 0.0]].view()).unwrap();
        let empty = Size { height: 0, width: 3 };
        assert_eq!(template.density(empty), Err(MapError::Empty { size: empty }));
        assert_eq!(template.density(Size { height: 1, width: 1 }), Err(MapError::NoMass));
    }

    #[test]
    fn it_predicts_at_the_size_of_the_stimulus() {
        let size = Size { height: 4, width: 6 };
        let template = TemplateCenterBias::new(array![[0.0_f32]].view()).unwrap();
        assert_eq!(template.predict(&Viewing::of_size(size)).unwrap().size(), size);
    }
}
