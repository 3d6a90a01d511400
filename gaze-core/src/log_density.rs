//! A probability for every pixel, as its natural logarithm, owned or borrowed.

use ndarray::{Array2, ArrayView2};

use crate::{
    MapError, SaliencyMap, Size, Summary,
    map::{Values, check_size, offending, row_major},
    numeric::{Term, exp, exponentials, sum, sums, take_logarithms},
};

/// Computes `ln Σ exp` of log probabilities or weights without overflow; `-∞` if every value is `-∞`.
fn log_sum_exp(map: &Values<'_, f64>) -> Result<f64, MapError> {
    let values = map.as_slice();
    let Summary { highest, sum: total, .. } = Summary::of(values);
    // NaN shows in the sum, as do infinities of both signs, and finite values whose sums overflow.
    if (total.is_nan() || highest == f64::INFINITY)
        && let Some(error) = offending(map.view(), |value| value < f64::INFINITY)
    {
        return Err(error);
    }
    if highest == f64::NEG_INFINITY {
        return Ok(highest);
    }
    let [relative] = sums(values, values, Relative { highest });
    Ok(highest + relative.ln())
}

/// Computes the probability of a pixel relative to the most probable one.
struct Relative {
    highest: f64,
}

impl Term<1> for Relative {
    #[inline(always)]
    fn of(&self, value: f64, _: f64) -> [f64; 1] {
        [exp(value - self.highest)]
    }
}

/// The natural logarithm of a probability for every pixel; the probabilities sum to 1.
///
/// A pixel may have probability 0, which is `-∞` here. A density owns its array (lifetime `'static`) or borrows the caller's
/// ([`LogDensity::view`]). Functions take either as `&LogDensity<'_>`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogDensity<'a> {
    values: Values<'a, f64>,
}

impl LogDensity<'static> {
    /// The largest accepted distance of `ln Σ exp` from 0: a density stored in 32 bits over a few million pixels stays well inside,
    /// one normalised over the wrong axis or in the wrong base does not.
    pub const TOLERANCE: f64 = 1e-4;

    /// Takes an array of log probabilities of shape `(height, width)`.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] for an array without pixels, [`MapError::Value`] for NaN or `+∞`, and
    /// [`MapError::NotNormalized`] if `|ln Σ exp|` exceeds [`LogDensity::TOLERANCE`].
    pub fn new(values: Array2<f64>) -> Result<Self, MapError> {
        Self::checked(values.into())
    }

    /// Adds the constant that makes `exp(log_weights)` sum to 1.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`], [`MapError::Value`] for NaN or `+∞`, [`MapError::NoMass`] if every weight is `-∞`.
    ///
    /// ```
    /// use gaze_core::LogDensity;
    /// use ndarray::array;
    ///
    /// let density = LogDensity::normalize(array![[0.0, 3f64.ln()]])?;
    /// assert!((density.values()[[0, 1]].exp() - 0.75).abs() < 1e-15);
    /// # Ok::<(), gaze_core::MapError>(())
    /// ```
    pub fn normalize(log_weights: Array2<f64>) -> Result<Self, MapError> {
        check_size(log_weights.dim().into())?;
        let weights = Values::from(log_weights);
        let log_sum = log_sum_exp(&weights)?;
        if log_sum == f64::NEG_INFINITY {
            return Err(MapError::NoMass);
        }
        Ok(Self { values: (weights.into_array() - log_sum).into() })
    }

    /// Divides non-negative weights by their sum.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`], [`MapError::Value`] for a negative, infinite or NaN weight, [`MapError::NoMass`] if all
    /// are zero.
    pub fn from_weights(weights: Array2<f64>) -> Result<Self, MapError> {
        check_size(weights.dim().into())?;
        let mut values = row_major(weights);
        let weights = values.as_slice_mut().expect("it was made contiguous");
        let Summary { lowest, highest, sum: total, .. } = Summary::of(weights);
        if (total.is_nan() || lowest < 0.0 || highest == f64::INFINITY)
            && let Some(error) = offending(values.view(), |value| (0.0..f64::INFINITY).contains(&value))
        {
            return Err(error);
        }
        if highest <= 0.0 {
            return Err(MapError::NoMass);
        }
        let weights = values.as_slice_mut().expect("it was made contiguous");
        let log_sum = match total {
            f64::MIN_POSITIVE..f64::INFINITY => total.ln(),
            // Dividing by the largest keeps the sum finite.
            _ => highest.ln() + sum(weights, |value| value / highest).ln(),
        };
        take_logarithms(weights);
        values -= log_sum;
        Ok(Self { values: values.into() })
    }

    /// Gives every pixel the same probability.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] if the size has no pixel.
    pub fn uniform(size: Size) -> Result<Self, MapError> {
        check_size(size)?;
        Ok(Self { values: Array2::from_elem(size.dim(), -(size.pixels() as f64).ln()).into() })
    }
}

impl<'a> LogDensity<'a> {
    /// Borrows an array of log probabilities of shape `(height, width)`. A view whose values do not lie row after row in
    /// memory is copied, once.
    ///
    /// # Errors
    ///
    /// As for [`LogDensity::new`].
    pub fn view(values: ArrayView2<'a, f64>) -> Result<Self, MapError> {
        Self::checked(values.into())
    }

    fn checked(values: Values<'a, f64>) -> Result<Self, MapError> {
        check_size(values.size())?;
        let log_sum = log_sum_exp(&values)?;
        if log_sum.abs() > LogDensity::TOLERANCE {
            return Err(MapError::NotNormalized { log_sum, tolerance: LogDensity::TOLERANCE });
        }
        Ok(Self { values })
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.values.size()
    }

    /// The log probabilities in nats, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// The log probabilities in nats, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        self.values.as_slice()
    }

    /// The array of log probabilities. It is copied if the density had borrowed it.
    #[must_use]
    pub fn into_values(self) -> Array2<f64> {
        self.values.into_array()
    }

    /// The same density, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> LogDensity<'static> {
        LogDensity { values: self.values.into_array().into() }
    }

    /// The probabilities as a saliency map.
    #[must_use]
    pub fn to_saliency_map(&self) -> SaliencyMap<'static> {
        let probabilities = exponentials(self.as_slice());
        SaliencyMap::unchecked(
            Array2::from_shape_vec(self.size().dim(), probabilities).expect("as many as the map has"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// Rounding of a sum of 64-bit numbers over a few hundred pixels.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn weights_whose_sums_overflow_are_weights() {
        let extreme = Array2::from_shape_fn((2, 16), |(_, x)| if x % 8 == 0 { -1.7e308 } else { 1.7e308 });
        let error = LogDensity::new(extreme.clone()).unwrap_err();
        assert!(matches!(error, MapError::NotNormalized { .. }), "{error}");
        let density = LogDensity::normalize(extreme).unwrap();
        assert!(density.values().iter().all(|&value| value < f64::INFINITY));
    }

    #[test]
    fn a_log_density_sums_to_one() {
        assert!(LogDensity::new(array![[0.5f64.ln(), 0.5f64.ln()]]).is_ok());
        assert!(LogDensity::new(array![[0.0, f64::NEG_INFINITY]]).is_ok());
        // In bits instead of nats.
        let error = LogDensity::new(array![[-1.0, -1.0]]).unwrap_err();
        assert!(matches!(error, MapError::NotNormalized { log_sum, .. } if (log_sum + 0.306_852_819).abs() < 1e-9));
        assert!(LogDensity::new(array![[f64::NAN, 0.0]]).is_err());
        assert!(LogDensity::new(array![[f64::INFINITY, 0.0]]).is_err());
        assert!(LogDensity::new(array![[f64::NEG_INFINITY]]).is_err());
    }

    #[test]
    fn no_density_is_made_of_nothing() {
        assert_eq!(LogDensity::from_weights(array![[0.0, 0.0]]).unwrap_err(), MapError::NoMass);
        assert_eq!(LogDensity::normalize(array![[f64::NEG_INFINITY]]).unwrap_err(), MapError::NoMass);
        assert!(LogDensity::uniform(Size { height: 0, width: 1 }).is_err());
        assert!(LogDensity::from_weights(array![[1.0, -1.0]]).is_err());
    }

    #[test]
    fn weights_of_any_scale_make_the_same_density() {
        let expected = LogDensity::from_weights(array![[1.0, 3.0, 0.0]]).unwrap();
        for scale in [1e-300, 1e300] {
            let found = LogDensity::from_weights(array![[scale, 3.0 * scale, 0.0]]).unwrap();
            assert!((found.values()[[0, 0]] - expected.values()[[0, 0]]).abs() < ROUNDING);
            assert!(found.values()[[0, 2]].is_infinite());
        }
    }

    #[test]
    fn views_are_densities_if_they_sum_to_one() {
        let array = array![[0.25f64, 0.25], [0.5, 0.0]].ln();
        let density = LogDensity::view(array.view()).unwrap();
        assert_eq!(density.as_slice().as_ptr(), array.as_ptr());
        assert_eq!(density, LogDensity::new(array.clone()).unwrap());
        assert_eq!(LogDensity::view(array.t()).unwrap().into_owned().into_values(), array.t());
        assert!(LogDensity::view(array![[0.0, 0.0]].view()).is_err());
    }

    #[test]
    fn maps_are_row_major_whatever_they_were_made_of() {
        let transposed = array![[0.1, 0.2, 0.3], [0.0, 0.1, 0.3]].reversed_axes();
        assert!(SaliencyMap::new(transposed.clone()).unwrap().values().is_standard_layout());
        assert!(LogDensity::from_weights(transposed.clone()).unwrap().values().is_standard_layout());
        assert!(LogDensity::normalize(transposed.clone()).unwrap().values().is_standard_layout());
        assert!(LogDensity::new(transposed.ln()).unwrap().values().is_standard_layout());
    }

    proptest! {
        #[test]
        fn what_was_normalised_is_a_density(weights in prop::collection::vec(0.0f64..10.0, 12), shift in -700.0..700.0) {
            prop_assume!(weights.iter().sum::<f64>() > 0.0);
            let weights = Array2::from_shape_vec((3, 4), weights).unwrap();
            let density = LogDensity::from_weights(weights.clone()).unwrap();
            prop_assert!(log_sum_exp(&density.values).unwrap().abs() < ROUNDING);
            let other = LogDensity::normalize(weights.mapv(|w| w.ln() + shift)).unwrap();
            prop_assert!(log_sum_exp(&other.values).unwrap().abs() < ROUNDING);
        }

        #[test]
        fn a_uniform_density_sums_to_one(height in 1usize..40, width in 1usize..40) {
            let density = LogDensity::uniform(Size { height, width }).unwrap();
            prop_assert!(log_sum_exp(&density.values).unwrap().abs() < ROUNDING);
        }
    }
}
