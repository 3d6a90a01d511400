//! The border between `ndarray` and `tch`, crossed by copying slices and nowhere else.
//!
//! `tch` uses another version of `ndarray`, so its own conversions do not apply to ours. Types of numbers are never
//! converted here: an array of `f32` makes a tensor of kind `Float`, and only such a tensor makes an array of `f32`.

use ndarray::{Array, ArrayBase, Data, Dimension};
use tch::{Device, Kind, TchError, Tensor, kind};
use thiserror::Error;

/// The reason why an array or a tensor could not be converted to the other.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The tensor's numbers are of another type than the array's.
    #[error("the tensor holds {found:?}, expected {expected:?}")]
    Kind {
        /// The kind that belongs to the array's type.
        expected: Kind,
        /// The kind of the tensor.
        found: Kind,
    },
    /// The tensor has more or fewer axes than the array.
    #[error("the tensor has shape {found:?}, expected {expected} axes")]
    Axes {
        /// The array's number of axes.
        expected: usize,
        /// The tensor's shape.
        found: Vec<i64>,
    },
    /// The array is larger than libtorch can count.
    #[error("an axis of {length} elements is longer than a tensor's can be")]
    TooLong {
        /// The length of the axis.
        length: usize,
    },
    /// libtorch refused, for example for lack of memory.
    #[error("libtorch refused")]
    Libtorch(#[from] TchError),
}

/// A type of numbers whose arrays can be converted.
pub(crate) trait Element: kind::Element + Copy + Default {}
impl Element for f32 {}
impl Element for f64 {}

/// Copies an array, whatever its strides, to a tensor of the same shape on the CPU.
pub(crate) fn tensor_from_array<T, S, D>(array: &ArrayBase<S, D>) -> Result<Tensor, TensorError>
where
    T: Element,
    S: Data<Elem = T>,
    D: Dimension,
{
    let shape = array
        .shape()
        .iter()
        .map(|&length| i64::try_from(length).map_err(|_| TensorError::TooLong { length }))
        .collect::<Result<Vec<_>, _>>()?;
    // This borrows if the elements already lie in row-major order.
    let array = array.as_standard_layout();
    let elements = array.as_slice().expect("the standard layout is one slice");
    Ok(Tensor::f_from_slice(elements)?.f_reshape(shape)?)
}

/// Copies a tensor, whatever its strides and device, to an array of the same shape.
pub(crate) fn array_from_tensor<T, D>(tensor: &Tensor) -> Result<Array<T, D>, TensorError>
where
    T: Element,
    D: Dimension,
{
    let found = tensor.f_kind()?;
    if found != T::KIND {
        return Err(TensorError::Kind { expected: T::KIND, found });
    }
    let lengths = tensor.size();
    let wrong_axes = || TensorError::Axes { expected: D::NDIM.unwrap_or(lengths.len()), found: lengths.clone() };
    if D::NDIM.is_some_and(|axes| axes != lengths.len()) {
        return Err(wrong_axes());
    }
    let mut shape = D::zeros(lengths.len());
    for (axis, &length) in shape.slice_mut().iter_mut().zip(&lengths) {
        *axis = usize::try_from(length).map_err(|_| wrong_axes())?;
    }
    let tensor = tensor.f_to_device(Device::Cpu)?.f_contiguous()?;
    let mut elements = vec![T::default(); shape.size()];
    tensor.f_copy_data(&mut elements, shape.size())?;
    Ok(Array::from_shape_vec(shape, elements).expect("as many elements as the shape has"))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, Array3, ArrayD, Ix1, Ix2, Ix3, IxDyn, array, s};

    use super::*;

    #[track_caller]
    fn check_round_trip<T: Element + std::fmt::Debug + PartialEq, D: Dimension>(array: &Array<T, D>) {
        let tensor = tensor_from_array(array).unwrap();
        let lengths: Vec<usize> = tensor.size().iter().map(|&length| usize::try_from(length).unwrap()).collect();
        assert_eq!(lengths, array.shape());
        assert_eq!(tensor.kind(), T::KIND);
        assert_eq!(&array_from_tensor::<T, D>(&tensor).unwrap(), array);
    }

    #[test]
    fn arrays_survive_the_border_in_both_precisions() {
        check_round_trip(&array![[1.5_f32, -2.0, 3.0], [4.0, 5.0, f32::INFINITY]]);
        check_round_trip(&array![[1.5_f64, -2.0, 3.0], [4.0, 5.0, f64::MIN_POSITIVE]]);
        check_round_trip(&Array1::from_vec(vec![0.1_f64]));
        check_round_trip(&Array3::from_shape_fn((2, 3, 5), |(i, j, k)| (100 * i + 10 * j + k) as f32));
    }

    #[test]
    fn empty_and_scalar_arrays_survive() {
        check_round_trip(&Array2::<f32>::zeros((0, 3)));
        check_round_trip(&ArrayD::<f64>::from_elem(IxDyn(&[]), 7.0));
    }

    #[test]
    fn rows_stay_rows() {
        let tensor = tensor_from_array(&array![[1.0_f64, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        assert_eq!(tensor.size(), [2, 3]);
        assert!((tensor.double_value(&[0, 2]) - 3.0).abs() < 1e-12);
        assert!((tensor.double_value(&[1, 0]) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn views_that_are_not_contiguous_are_read_by_index() {
        let array = Array2::from_shape_fn((4, 6), |(row, column)| (10 * row + column) as f32);
        for view in [array.t(), array.slice(s![..;2, 1..4]), array.slice(s![..;-1, ..;-1])] {
            let tensor = tensor_from_array(&view).unwrap();
            assert_eq!(array_from_tensor::<f32, Ix2>(&tensor).unwrap(), view);
        }
    }

    #[test]
    fn tensors_that_are_not_contiguous_are_read_by_index() {
        let array = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (100 * i + 10 * j + k) as f64);
        let tensor = tensor_from_array(&array).unwrap().permute([2, 0, 1]);
        assert!(!tensor.is_contiguous());
        let expected = array.view().permuted_axes([2, 0, 1]);
        assert_eq!(array_from_tensor::<f64, Ix3>(&tensor).unwrap(), expected);
    }

    #[test]
    fn a_tensor_does_not_share_memory_with_its_array() {
        let mut array = array![1.0_f32, 2.0];
        let tensor = tensor_from_array(&array).unwrap();
        array[0] = 9.0;
        assert_eq!(array_from_tensor::<f32, Ix1>(&tensor).unwrap(), array![1.0, 2.0]);
    }

    #[test]
    fn another_kind_is_refused_and_named() {
        let tensor = tensor_from_array(&array![1.0_f64]).unwrap();
        let error = array_from_tensor::<f32, Ix1>(&tensor).unwrap_err();
        assert_eq!(error.to_string(), "the tensor holds Double, expected Float");
    }

    #[test]
    fn another_number_of_axes_is_refused_and_shown() {
        let tensor = tensor_from_array(&array![[1.0_f32, 2.0]]).unwrap();
        let error = array_from_tensor::<f32, Ix3>(&tensor).unwrap_err();
        assert_eq!(error.to_string(), "the tensor has shape [1, 2], expected 3 axes");
    }
}
