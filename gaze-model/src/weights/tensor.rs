//! One tensor in a file: the place of its numbers, and how they are read.

use std::borrow::Cow;

use crate::weights::{Dtype, FileProblem};

/// The place of a tensor's numbers. Code that makes a record has checked that they lie inside the file.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// The steps between neighbours along each axis, in numbers.
    pub(super) strides: Vec<usize>,
    /// The offset of the first byte in the file.
    pub(super) start: usize,
    /// The offset behind the last byte in the file.
    pub(super) end: usize,
}

impl Record {
    /// Makes the record of a tensor whose numbers lie in row-major order.
    pub(super) fn row_major(name: String, dtype: Dtype, shape: Vec<usize>, start: usize, end: usize) -> Self {
        let strides = row_major(&shape);
        Self { name, dtype, shape, strides, start, end }
    }
}

/// Computes the steps of a tensor in row-major order.
fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        // An axis of length 0 has no neighbours, and the product may leave the range.
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Computes how many numbers of the storage a tensor spans from its first to its last; `None` if that overflows.
pub(super) fn span(shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let steps = shape.iter().zip(strides).map(|(&length, &stride)| (length - 1).checked_mul(stride));
    steps.into_iter().try_fold(1usize, |span, step| span.checked_add(step?))
}

/// Refuses tensors that share bytes. No network of this crate needs such, and copies of them could fill the memory from
/// a small file.
pub(super) fn check_overlap(records: &[Record]) -> Result<(), FileProblem> {
    let mut order: Vec<&Record> = records.iter().filter(|record| record.start < record.end).collect();
    order.sort_by_key(|record| record.start);
    match order.windows(2).find(|pair| pair[1].start < pair[0].end) {
        None => Ok(()),
        Some(pair) => Err(FileProblem::Overlap { one: pair[0].name.clone(), other: pair[1].name.clone() }),
    }
}

/// A tensor in an open file. Its values are read when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct TensorView<'a> {
    pub(super) record: &'a Record,
    /// The bytes of the whole file.
    pub(super) file: &'a [u8],
}

impl<'a> TensorView<'a> {
    /// The tensor's name in the file.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.record.name
    }

    /// The type of the tensor's numbers.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.record.dtype
    }

    /// The lengths of the tensor's axes; none for a single number.
    #[must_use]
    pub fn shape(&self) -> &'a [usize] {
        &self.record.shape
    }

    /// Reads the numbers' bytes, little-endian and in row-major order. They are borrowed from the file if they lie in
    /// that order.
    #[must_use]
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        let Record { dtype, shape, strides, start, end, .. } = self.record;
        let stored = &self.file[*start..*end];
        let expected = row_major(shape);
        let in_order = (0..shape.len()).all(|axis| shape[axis] <= 1 || strides[axis] == expected[axis]);
        if in_order || stored.is_empty() {
            return Cow::Borrowed(stored);
        }
        let size = dtype.size();
        let mut bytes = Vec::with_capacity(shape.iter().product::<usize>() * size);
        let mut index = vec![0; shape.len()];
        loop {
            let place: usize = index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
            bytes.extend_from_slice(&stored[place * size..][..size]);
            // The index counts like an odometer, the last axis fastest.
            let Some(axis) = (0..shape.len()).rev().find(|&axis| index[axis] + 1 < shape[axis]) else {
                return Cow::Owned(bytes);
            };
            index[axis] += 1;
            index[axis + 1..].fill(0);
        }
    }

    /// Reads the numbers in row-major order, rounded to `f32`. They are borrowed from the file if they lie there as
    /// `f32`.
    ///
    /// Returns `None` if their type is not floating-point.
    ///
    /// ```no_run
    /// use gaze_model::weights::Weights;
    ///
    /// let weights = Weights::open("deepgaze2e.pth")?;
    /// let sigma = weights.get("models.0.finalizers.0.gauss.sigma").and_then(|tensor| tensor.to_f32());
    /// assert_eq!(sigma.map(|values| values.len()), Some(1));
    /// # Ok::<(), gaze_model::weights::WeightsError>(())
    /// ```
    #[must_use]
    pub fn to_f32(&self) -> Option<Cow<'a, [f32]>> {
        match self.bytes() {
            Cow::Borrowed(bytes) => self.dtype().to_f32(bytes),
            Cow::Owned(bytes) => self.dtype().to_f32(&bytes).map(|values| Cow::Owned(values.into_owned())),
        }
    }
}

/// Lets the crate `safetensors` write a tensor of an open file.
impl safetensors::View for TensorView<'_> {
    fn dtype(&self) -> safetensors::Dtype {
        self.record.dtype.safetensors()
    }

    fn shape(&self) -> &[usize] {
        &self.record.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes()
    }

    fn data_len(&self) -> usize {
        self.record.shape.iter().product::<usize>() * self.record.dtype.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_values(shape: &[usize], strides: &[usize], expected: &[f32]) {
        let file: Vec<u8> = (0..12u8).flat_map(|value| f32::from(value).to_le_bytes()).collect();
        let end = 4 * span(shape, strides).unwrap();
        let (shape, strides) = (shape.to_vec(), strides.to_vec());
        let record = Record { name: "t".into(), dtype: Dtype::F32, shape, strides, start: 0, end };
        let view = TensorView { record: &record, file: &file };
        assert_eq!(view.to_f32().unwrap().as_ref(), expected);
        assert_eq!(safetensors::View::data_len(&view), view.bytes().len());
    }

    #[test]
    fn numbers_are_read_in_row_major_order_whatever_their_strides() {
        check_values(&[2, 3], &[3, 1], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        check_values(&[2, 3], &[1, 2], &[0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        check_values(&[2, 2, 2], &[6, 1, 3], &[0.0, 3.0, 1.0, 4.0, 6.0, 9.0, 7.0, 10.0]);
        check_values(&[], &[], &[0.0]);
        check_values(&[0, 3], &[3, 1], &[]);
        // The step along an axis of one number is never taken, and PyTorch writes any number for it.
        check_values(&[1, 4], &[77, 1], &[0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_span_beyond_counting_is_none() {
        assert_eq!(span(&[3, 4], &[4, 1]), Some(12));
        assert_eq!(span(&[3, 2], &[1, 3]), Some(6));
        assert_eq!(span(&[usize::MAX, 3], &[2, 1]), None);
        assert_eq!(span(&[usize::MAX, 0], &[2, 1]), Some(0));
    }

    #[test]
    fn tensors_that_share_bytes_are_named() {
        let record = |name: &str, start, end| Record::row_major(name.into(), Dtype::U8, vec![end - start], start, end);
        assert_eq!(check_overlap(&[record("b", 4, 6), record("a", 0, 4), record("empty", 2, 2)]), Ok(()));
        let problem = check_overlap(&[record("b", 3, 6), record("a", 0, 4)]).unwrap_err();
        assert_eq!(problem.to_string(), "`a` and `b` share stored numbers");
    }
}
