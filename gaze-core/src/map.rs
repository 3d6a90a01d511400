//! Parts that all maps over the pixels of an image share: how they hold their values, and the checks of their constructors.

use ndarray::{Array2, ArrayView2};
use thiserror::Error;

use crate::{Pixel, Score, Size};

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
        /// The place of the value.
        pixel: Pixel,
        /// The value.
        found: f64,
    },
    /// A log density does not sum to 1.
    #[error("the probabilities do not sum to 1: the logarithm of their sum is {log_sum}, beyond ±{tolerance}")]
    NotNormalized {
        /// The logarithm of the sum, `ln Σ exp` over the pixels.
        log_sum: f64,
        /// The deviation from 0 that is accepted.
        tolerance: f64,
    },
    /// Nothing can be normalised: every weight is zero.
    #[error("no density has these values: all of them are zero")]
    NoMass,
}

/// Refuses an array without pixels.
pub(crate) fn check_size(size: Size) -> Result<(), MapError> {
    if size.height == 0 || size.width == 0 { Err(MapError::Empty { size }) } else { Ok(()) }
}

/// Finds the first value that is not allowed.
pub(crate) fn offending<T: Score>(values: ArrayView2<'_, T>, allowed: impl Fn(f64) -> bool) -> Option<MapError> {
    let ((row, column), &found) = values.indexed_iter().find(|&(_, &value)| !allowed(value.into()))?;
    Some(MapError::Value { pixel: Pixel { row, column }, found: found.into() })
}

/// Puts rows after one another in memory, so that everything downstream works on slices. Arrays that lie so already are not
/// copied.
pub(crate) fn row_major<T: Clone>(values: Array2<T>) -> Array2<T> {
    if values.is_standard_layout() { values } else { values.as_standard_layout().into_owned() }
}

/// The values of a map, row after row in memory.
///
/// A view is kept as a slice rather than as ndarray's, so that a map that owns its values passes for one that borrows: the
/// lifetime of a slice may be shortened, that of an `ArrayView` or `CowArray` may not.
#[derive(Clone, Debug)]
pub(crate) enum Values<'a, T> {
    /// An array in standard layout.
    Owned(Array2<T>),
    /// A slice with as many values as the size has pixels.
    Borrowed(&'a [T], Size),
}

impl<T: Clone> From<Array2<T>> for Values<'_, T> {
    fn from(values: Array2<T>) -> Self {
        Self::Owned(row_major(values))
    }
}

impl<'a, T: Clone> From<ArrayView2<'a, T>> for Values<'a, T> {
    /// Borrows the values if they lie row after row, and copies them otherwise.
    fn from(values: ArrayView2<'a, T>) -> Self {
        match values.to_slice() {
            Some(slice) => Self::Borrowed(slice, values.dim().into()),
            None => values.to_owned().into(),
        }
    }
}

impl<T: Clone> Values<'_, T> {
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Owned(values) => values.dim().into(),
            &Self::Borrowed(_, size) => size,
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Owned(values) => values.as_slice().expect("it was made contiguous"),
            Self::Borrowed(values, _) => values,
        }
    }

    pub(crate) fn view(&self) -> ArrayView2<'_, T> {
        match self {
            Self::Owned(values) => values.view(),
            Self::Borrowed(values, size) => {
                ArrayView2::from_shape(size.dim(), values).expect("as many values as the size has pixels")
            }
        }
    }

    pub(crate) fn into_array(self) -> Array2<T> {
        match self {
            Self::Owned(values) => values,
            Self::Borrowed(..) => self.view().to_owned(),
        }
    }
}

impl<T: Clone + PartialEq> PartialEq for Values<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.as_slice() == other.as_slice()
    }
}
