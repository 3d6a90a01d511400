//! Scores over the pixels of an image, owned or borrowed.

use ndarray::{Array2, ArrayView2};

use crate::{
    MapError, Score, Size, Summary,
    map::{Values, check_size, offending, row_major},
};

/// A score for every pixel, where more means more salient: finite, of any scale, not a probability.
///
/// A map owns its array ([`SaliencyMap::new`], lifetime `'static`) or borrows the caller's ([`SaliencyMap::view`],
/// [`SaliencyMap::view_f32`]). Functions take either as `&SaliencyMap<'_>`.
///
/// ```
/// use gaze_core::SaliencyMap;
/// use ndarray::array;
///
/// let scores = array![[0.0, 1.0], [2.0, 5.0]];
/// let map = SaliencyMap::view(scores.view())?;
/// assert_eq!(map.as_slice().as_ptr(), scores.as_ptr());
/// assert_eq!(map.mean(), 2.0);
/// # Ok::<(), gaze_core::MapError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SaliencyMap<'a, T: Score = f64> {
    values: Values<'a, T>,
    summary: Summary,
}

impl<T: Score> PartialEq for SaliencyMap<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl SaliencyMap<'static> {
    /// Takes an array of shape `(height, width)`.
    ///
    /// # Errors
    ///
    /// [`MapError::Empty`] for an array without pixels, [`MapError::Value`] for a value that is NaN or infinite.
    pub fn new(values: Array2<f64>) -> Result<Self, MapError> {
        Self::checked(values.into())
    }

    /// Changes an array block by block and takes the result: one pass over memory where [`SaliencyMap::new`] would be a second.
    ///
    /// `change` gets up to 512 values that follow one another in row-major order, and the place of the first, `row · width + column`.
    ///
    /// # Errors
    ///
    /// As [`SaliencyMap::new`], for the values after the change.
    pub fn changed(values: Array2<f64>, mut change: impl FnMut(usize, &mut [f64])) -> Result<Self, MapError> {
        check_size(values.dim().into())?;
        let mut values = row_major(values);
        let changed = values.as_slice_mut().expect("it was made contiguous");
        let summary = Summary::of_changed(changed, 0, &mut change);
        Self { values: values.into(), summary }.finite()
    }

    /// Makes a map of finite values, of which there is at least one.
    pub(crate) fn unchecked(values: Array2<f64>) -> Self {
        Self::summarized(values.into())
    }
}

impl<'a> SaliencyMap<'a> {
    /// Borrows an array of shape `(height, width)`. A view whose values do not lie row after row in memory is copied, once.
    ///
    /// # Errors
    ///
    /// As for [`SaliencyMap::new`].
    pub fn view(values: ArrayView2<'a, f64>) -> Result<Self, MapError> {
        Self::checked(values.into())
    }
}

impl<'a> SaliencyMap<'a, f32> {
    /// Borrows an array of 32-bit scores of shape `(height, width)`, for the functions that take maps of any [`Score`]. A
    /// view whose values do not lie row after row in memory is copied, once. [`SaliencyMap::to_f64`] makes a map for all
    /// other functions.
    ///
    /// # Errors
    ///
    /// As for [`SaliencyMap::new`].
    pub fn view_f32(values: ArrayView2<'a, f32>) -> Result<Self, MapError> {
        Self::checked(values.into())
    }

    /// Copies the scores to a map of 64-bit numbers, which is exact.
    #[must_use]
    pub fn to_f64(&self) -> SaliencyMap<'static> {
        SaliencyMap { values: self.values().mapv(f64::from).into(), summary: self.summary }
    }
}

impl<'a, T: Score> SaliencyMap<'a, T> {
    fn checked(values: Values<'a, T>) -> Result<Self, MapError> {
        check_size(values.size())?;
        Self::summarized(values).finite()
    }

    fn finite(self) -> Result<Self, MapError> {
        // One value that is not finite makes the sum not finite. A sum may also overflow over values that are all finite.
        if self.summary.sum.is_finite() {
            return Ok(self);
        }
        offending(self.values(), f64::is_finite).map_or(Ok(self), Err)
    }

    fn summarized(values: Values<'a, T>) -> Self {
        let summary = Summary::of(values.as_slice());
        Self { values, summary }
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.values.size()
    }

    /// The scores, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, T> {
        self.values.view()
    }

    /// The scores, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.values.as_slice()
    }

    /// The array of scores. It is copied if the map had borrowed it.
    #[must_use]
    pub fn into_values(self) -> Array2<T> {
        self.values.into_array()
    }

    /// A map of the same scores that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> SaliencyMap<'static, T> {
        SaliencyMap { values: self.values.into_array().into(), summary: self.summary }
    }

    /// The extremes, the sum and the spread of the scores. They were computed when the map was made.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The mean score; infinite if the sum is.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.summary().sum / self.as_slice().len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

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
    fn a_changed_map_is_the_map_of_the_changed_values() {
        for (height, width) in [(1, 1), (1, 512), (27, 38), (33, 401)] {
            let values = Array2::from_shape_fn((height, width), |(y, x)| (y * x % 97) as f64);
            let expected = SaliencyMap::new(Array2::from_shape_fn((height, width), |(y, x)| {
                (y * x % 97) as f64 / 3.0 + (y * width + x) as f64
            }))
            .unwrap();
            let change = |first: usize, values: &mut [f64]| {
                values.iter_mut().enumerate().for_each(|(i, value)| *value = *value / 3.0 + (first + i) as f64);
            };
            let found = SaliencyMap::changed(values.clone(), change).unwrap();
            assert_eq!((found.summary(), found), (expected.summary(), expected));
            let broken = SaliencyMap::changed(values, |_, values| values[0] = f64::NAN);
            assert_eq!(broken.unwrap_err().to_string(), "the value at row 0, column 0 is NaN");
        }
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
    fn views_are_borrowed_or_copied_as_their_layout_demands() {
        let array = array![[0.1, 0.2, 0.3], [0.0, 0.1, 0.3]];
        let map = SaliencyMap::view(array.view()).unwrap();
        assert_eq!(map.as_slice().as_ptr(), array.as_ptr());
        assert_eq!(map, SaliencyMap::new(array.clone()).unwrap());
        for view in [array.t(), array.slice(s![.., 1..]), array.slice(s![..;-1, ..])] {
            let map = SaliencyMap::view(view).unwrap();
            assert_eq!(map.as_slice(), view.iter().copied().collect::<Vec<_>>());
            assert_eq!(map.into_owned().into_values(), view);
        }
        let error = SaliencyMap::view(array![[0.0], [f64::NAN]].view()).unwrap_err();
        assert_eq!(error.to_string(), "the value at row 1, column 0 is NaN");
        assert!(SaliencyMap::view(array.slice(s![..0, ..])).is_err());
    }

    #[test]
    fn a_map_of_32_bits_has_the_figures_of_its_values_in_64_bits() {
        let narrow = Array2::from_shape_fn((40, 51), |(y, x)| f32::from(u8::try_from(y * x % 97).unwrap()) / 7.0);
        let map = SaliencyMap::view_f32(narrow.view()).unwrap();
        assert_eq!(map.as_slice().as_ptr(), narrow.as_ptr());
        let wide = SaliencyMap::new(narrow.mapv(f64::from)).unwrap();
        assert_eq!(map.summary(), wide.summary());
        assert_eq!(map.to_f64(), wide);
        let error = SaliencyMap::view_f32(array![[0.0f32, f32::INFINITY]].view()).unwrap_err();
        assert_eq!(error.to_string(), "the value at row 0, column 1 is inf");
        assert!(SaliencyMap::view_f32(array![[f32::MAX, f32::MAX]].view()).is_ok());
    }
}
