//! Maps over the pixels of an image, each kind with its own promise.

use std::sync::OnceLock;

use ndarray::{Array2, ArrayView2, Zip};
use thiserror::Error;

use crate::{
    Fixations, Pixel, Size, Summary,
    numeric::{Term, exp, exponentials, sum, sums, take_logarithms},
};

/// An array does not keep the promise of the map it was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MapError {
    /// A side is zero.
    #[error("a map has at least one pixel, this array is {size} (height x width)")]
    Empty {
        /// The size that was given.
        size: Size,
    },
    /// A value is NaN, or infinite where that has no meaning.
    #[error("the value at row {}, column {} is {found}", pixel.row, pixel.column)]
    Value {
        /// Where it is.
        pixel: Pixel,
        /// The offending value.
        found: f64,
    },
    /// A log density does not sum to 1.
    #[error("the probabilities do not sum to 1: the logarithm of their sum is {log_sum}, beyond ±{tolerance}")]
    NotNormalized {
        /// `ln Σ exp` over the pixels.
        log_sum: f64,
        /// The deviation from 0 that is accepted.
        tolerance: f64,
    },
    /// Nothing can be normalised: every weight is zero.
    #[error("no density has these values: all of them are zero")]
    NoMass,
}

fn check_size(values: &Array2<f64>) -> Result<(), MapError> {
    if values.is_empty() { Err(MapError::Empty { size: values.dim().into() }) } else { Ok(()) }
}

/// The first value that is not allowed.
fn offending(values: &Array2<f64>, allowed: impl Fn(f64) -> bool) -> Option<MapError> {
    let ((row, column), &found) = values.indexed_iter().find(|&(_, &value)| !allowed(value))?;
    Some(MapError::Value { pixel: Pixel { row, column }, found })
}

/// Rows after one another in memory, which lets everything downstream work on slices; free for arrays already so.
fn row_major<T: Clone>(values: Array2<T>) -> Array2<T> {
    if values.is_standard_layout() { values } else { values.as_standard_layout().into_owned() }
}

/// The values of an array that [`row_major`] returned.
fn contiguous(values: &Array2<f64>) -> &[f64] {
    values.as_slice().expect("it was made contiguous")
}

/// `ln Σ exp` of log probabilities or weights, without overflow; `-∞` if every value is `-∞`.
fn log_sum_exp(values: &Array2<f64>) -> Result<f64, MapError> {
    let Summary { highest, sum: total, .. } = Summary::of(contiguous(values));
    // NaN shows in the sum, as do infinities of both signs, and finite values whose sums overflow.
    if (total.is_nan() || highest == f64::INFINITY)
        && let Some(error) = offending(values, |value| value < f64::INFINITY)
    {
        return Err(error);
    }
    if highest == f64::NEG_INFINITY {
        return Ok(highest);
    }
    let values = contiguous(values);
    let [relative] = sums(values, values, Relative { highest });
    Ok(highest + relative.ln())
}

/// The probability of a pixel relative to the most probable one.
struct Relative {
    highest: f64,
}

impl Term<1> for Relative {
    #[inline(always)]
    fn of(&self, value: f64, _: f64) -> [f64; 1] {
        [exp(value - self.highest)]
    }
}

/// A score for every pixel, where more means more salient: finite, of any scale, not a probability.
#[derive(Clone, Debug)]
pub struct SaliencyMap {
    values: Array2<f64>,
    summary: Summary,
}

impl PartialEq for SaliencyMap {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl SaliencyMap {
    /// Takes an array of shape `(height, width)`.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] for an array without pixels, [`MapError::Value`] for a value that is NaN or infinite.
    pub fn new(values: Array2<f64>) -> Result<Self, MapError> {
        check_size(&values)?;
        let map = Self::unchecked(values);
        // One value that is not finite leaves no sum that is; where finite ones overflow, there is none such.
        if map.summary.sum.is_finite() {
            return Ok(map);
        }
        offending(&map.values, f64::is_finite).map_or(Ok(map), Err)
    }

    /// Of finite values, at least one.
    fn unchecked(values: Array2<f64>) -> Self {
        let values = row_major(values);
        let summary = Summary::of(contiguous(&values));
        Self { values, summary }
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.values.dim().into()
    }

    /// The scores, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// The scores, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        contiguous(&self.values)
    }

    /// The extremes, the sum and the spread of the scores, which the map knows.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The mean score; infinite if the sum is.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.summary().sum / self.values.len() as f64
    }
}

/// The natural logarithm of a probability for every pixel; the probabilities sum to 1.
///
/// A pixel may have probability 0, which is `-∞` here.
#[derive(Clone, Debug, PartialEq)]
pub struct LogDensity {
    values: Array2<f64>,
}

impl LogDensity {
    /// How far `ln Σ exp` may be from 0: a density stored in 32 bits over a few million pixels stays well inside,
    /// one normalised over the wrong axis or in the wrong base does not.
    pub const TOLERANCE: f64 = 1e-4;

    /// Takes an array of log probabilities of shape `(height, width)`.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] for an array without pixels, [`MapError::Value`] for NaN or `+∞`, and
    /// [`MapError::NotNormalized`] if `|ln Σ exp|` exceeds [`LogDensity::TOLERANCE`].
    pub fn new(values: Array2<f64>) -> Result<Self, MapError> {
        check_size(&values)?;
        let values = row_major(values);
        let log_sum = log_sum_exp(&values)?;
        if log_sum.abs() > Self::TOLERANCE {
            return Err(MapError::NotNormalized { log_sum, tolerance: Self::TOLERANCE });
        }
        Ok(Self { values })
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
        check_size(&log_weights)?;
        let mut values = row_major(log_weights);
        let log_sum = log_sum_exp(&values)?;
        if log_sum == f64::NEG_INFINITY {
            return Err(MapError::NoMass);
        }
        values -= log_sum;
        Ok(Self { values })
    }

    /// Divides non-negative weights by their sum.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`], [`MapError::Value`] for a negative, infinite or NaN weight, [`MapError::NoMass`] if all
    /// are zero.
    pub fn from_weights(weights: Array2<f64>) -> Result<Self, MapError> {
        check_size(&weights)?;
        let mut values = row_major(weights);
        let Summary { lowest, highest, sum: total, .. } = Summary::of(contiguous(&values));
        if (total.is_nan() || lowest < 0.0 || highest == f64::INFINITY)
            && let Some(error) = offending(&values, |value| (0.0..f64::INFINITY).contains(&value))
        {
            return Err(error);
        }
        if highest <= 0.0 {
            return Err(MapError::NoMass);
        }
        let log_sum = match total {
            f64::MIN_POSITIVE..f64::INFINITY => total.ln(),
            // Dividing by the largest keeps the sum finite.
            _ => highest.ln() + sum(contiguous(&values), |value| value / highest).ln(),
        };
        take_logarithms(values.as_slice_mut().expect("it was made contiguous"));
        values -= log_sum;
        Ok(Self { values })
    }

    /// The same probability for every pixel.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] if the size has no pixel.
    pub fn uniform(size: Size) -> Result<Self, MapError> {
        if size.height == 0 || size.width == 0 {
            return Err(MapError::Empty { size });
        }
        Ok(Self { values: Array2::from_elem(size.dim(), -(size.pixels() as f64).ln()) })
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.values.dim().into()
    }

    /// The log probabilities in nats, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// The probabilities as a saliency map.
    #[must_use]
    pub fn to_saliency_map(&self) -> SaliencyMap {
        let probabilities = exponentials(contiguous(&self.values));
        SaliencyMap::unchecked(
            Array2::from_shape_vec(self.values.dim(), probabilities).expect("as many as the map has"),
        )
    }
}

/// What a model says about an image: a density, or scores that only rank.
///
/// Likelihood and information gain need the first; a metric says in its type which of the two it takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A probability for every pixel.
    Density(LogDensity),
    /// A score for every pixel.
    Scores(SaliencyMap),
}

impl Prediction {
    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        match self {
            Self::Density(density) => density.size(),
            Self::Scores(map) => map.size(),
        }
    }

    /// The density, if there is one.
    #[must_use]
    pub fn density(&self) -> Option<&LogDensity> {
        match self {
            Self::Density(density) => Some(density),
            Self::Scores(_) => None,
        }
    }

    /// The scores; for a density its probabilities.
    #[must_use]
    pub fn to_saliency_map(&self) -> SaliencyMap {
        match self {
            Self::Density(density) => density.to_saliency_map(),
            Self::Scores(map) => map.clone(),
        }
    }
}

/// How many fixations fell on each pixel.
#[derive(Clone, Debug)]
pub struct FixationMap {
    counts: Array2<u32>,
    /// Found when they are first asked for.
    fixated: OnceLock<Vec<usize>>,
}

impl PartialEq for FixationMap {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Eq for FixationMap {}

impl FixationMap {
    /// Takes counts of shape `(height, width)`.
    #[must_use]
    pub fn new(counts: Array2<u32>) -> Self {
        Self { counts: row_major(counts), fixated: OnceLock::new() }
    }

    /// Counts the fixations, repeats included: the sum of the map is their number.
    #[must_use]
    pub fn count(fixations: &Fixations) -> Self {
        let mut counts = Array2::zeros(fixations.size().dim());
        for pixel in fixations.pixels() {
            counts[[pixel.row, pixel.column]] += 1;
        }
        Self::new(counts)
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.counts.dim().into()
    }

    /// The counts, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn counts(&self) -> ArrayView2<'_, u32> {
        self.counts.view()
    }

    /// The places of the pixels that were fixated, `row · width + column`, in ascending order. They are searched for once.
    #[must_use]
    pub fn fixated(&self) -> &[usize] {
        /// Most pixels are zero, and are passed over so many at a time.
        const STRIDE: usize = 16;
        self.fixated.get_or_init(|| {
            let counts = self.counts.as_slice().expect("a fixation map is contiguous");
            let mut places = Vec::new();
            for (index, stride) in counts.chunks(STRIDE).enumerate() {
                if stride.iter().fold(0, |any, &count| any | count) != 0 {
                    let nonzero = stride.iter().enumerate().filter(|(_, count)| **count > 0);
                    places.extend(nonzero.map(|(offset, _)| index * STRIDE + offset));
                }
            }
            places
        })
    }

    /// Whether each pixel was fixated at least once.
    #[must_use]
    pub fn binary(&self) -> Array2<bool> {
        let mut fixated = Array2::from_elem(self.counts.dim(), false);
        Zip::from(&mut fixated).and(&self.counts).for_each(|fixated, &count| *fixated = count > 0);
        fixated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixation;
    use ndarray::array;
    use proptest::prelude::*;

    /// Rounding of a sum of 64-bit numbers over a few hundred pixels.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn fixated_places_are_found_in_order() {
        let mut counts = Array2::zeros((5, 7));
        for (row, column) in [(0, 0), (2, 1), (2, 2), (4, 6)] {
            counts[[row, column]] = 2;
        }
        assert_eq!(FixationMap::new(counts).fixated(), [0, 15, 16, 34]);
        assert!(FixationMap::new(Array2::zeros((2, 3))).fixated().is_empty());
    }

    #[test]
    fn a_saliency_map_is_finite() {
        assert!(SaliencyMap::new(array![[-1.0, 2.0]]).is_ok());
        let error = SaliencyMap::new(array![[0.0, 1.0], [f64::NAN, 1.0]]).unwrap_err();
        assert_eq!(error.to_string(), "the value at row 1, column 0 is NaN");
        assert!(SaliencyMap::new(array![[f64::INFINITY]]).is_err());
        assert!(SaliencyMap::new(array![[f64::INFINITY, f64::NEG_INFINITY]]).is_err());
        assert!(SaliencyMap::new(array![[f64::MAX, f64::MAX]]).is_ok());
        let error = SaliencyMap::new(Array2::zeros((0, 3))).unwrap_err();
        assert_eq!(error.to_string(), "a map has at least one pixel, this array is 0x3 (height x width)");
    }

    #[test]
    fn weights_whose_sums_overflow_are_weights() {
        let extreme = Array2::from_shape_fn((2, 16), |(_, x)| if x % 8 == 0 { -1.7e308 } else { 1.7e308 });
        let error = LogDensity::new(extreme.clone()).unwrap_err();
        assert!(matches!(error, MapError::NotNormalized { .. }), "{error}");
        let density = LogDensity::normalize(extreme).unwrap();
        assert!(density.values().iter().all(|&value| value < f64::INFINITY));
    }

    #[test]
    fn a_map_knows_its_extremes_sum_and_spread() {
        let map = || SaliencyMap::new(array![[1.0, 2.0], [3.0, 6.0]]).unwrap();
        assert_eq!(map().summary(), Summary { lowest: 1.0, highest: 6.0, sum: 12.0, squared_deviations: 14.0 });
        assert!((3.0..=3.0).contains(&map().mean()));
        assert_eq!(map(), map());
        assert_ne!(map(), SaliencyMap::new(array![[1.0, 2.0], [6.0, 3.0]]).unwrap());
    }

    #[test]
    fn a_wrong_value_is_named_wherever_it_is() {
        for at in [0, 1023, 1024, 2999] {
            let mut values = Array2::zeros((3, 1000));
            values[[at / 1000, at % 1000]] = f64::NEG_INFINITY;
            let expected = format!("the value at row {}, column {} is -inf", at / 1000, at % 1000);
            assert_eq!(SaliencyMap::new(values).unwrap_err().to_string(), expected);
        }
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
    fn repeated_fixations_are_counted_and_merged_in_the_binary_map() {
        let size = Size { height: 2, width: 2 };
        let points = vec![Fixation { x: 1.2, y: 0.0 }; 3];
        let map = FixationMap::count(&Fixations::new(size, points).unwrap());
        assert_eq!(map.counts(), array![[0, 3], [0, 0]]);
        assert_eq!(map.binary(), array![[false, true], [false, false]]);
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
