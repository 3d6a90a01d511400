//! The two axes of a map in an array that may have further axes of length 1, as tensors have them.

use gaze_core::Size;
use ndarray::{Array2, ShapeBuilder};

/// An array of numbers as a file states it, whatever the type of file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    /// The lengths of the axes.
    pub(crate) shape: Vec<usize>,
    /// The numbers; the last axis runs fastest, or the first if `first_axis_fastest`.
    pub(crate) values: Vec<f64>,
    pub(crate) first_axis_fastest: bool,
    /// The type of the elements, as the file calls it.
    pub(crate) kind: String,
    /// Whether the elements were floating-point numbers.
    pub(crate) is_float: bool,
}

impl Numbers {
    /// Takes the array as a map, row after row in memory, as sums must not depend on how an array was stored. Returns what
    /// was found in words if it holds no map.
    pub(crate) fn into_map(self) -> Result<Array2<f64>, String> {
        let found = described(&self.shape, &self.kind);
        let Some(Size { height, width }) = sides(&self.shape) else { return Err(found) };
        let shape = (height, width).set_f(self.first_axis_fastest);
        let map = Array2::from_shape_vec(shape, self.values).map_err(|_| found)?;
        Ok(if map.is_standard_layout() { map } else { map.as_standard_layout().into_owned() })
    }
}

/// Describes an array for a message: `shape (3, 60, 80) of type <f4`.
pub(crate) fn described(shape: &[usize], kind: &str) -> String {
    let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("shape ({}) of type {kind}", sides.join(", "))
}

/// Returns the size of the map that an array of this shape holds; `None` if it holds no map or several.
///
/// Axes of length 1 in front are left out first, then those at the end, until two are left: (1, 1, 60, 80) and (60, 80, 1)
/// are maps of 60 × 80.
pub(crate) fn sides(shape: &[usize]) -> Option<Size> {
    let mut rest = shape;
    while let ([1, inner @ ..], 3..) = (rest, rest.len()) {
        rest = inner;
    }
    while let ([inner @ .., 1], 3..) = (rest, rest.len()) {
        rest = inner;
    }
    match *rest {
        [height, width] => Some(Size { height, width }),
        _ => None,
    }
}

/// Enlarges a map by linear interpolation between the corners, as `scipy.ndimage.zoom` with `order=1` does: the first and the
/// last row and column stay what they are. Returns the map itself if it has the size already, or has no pixel.
pub(crate) fn enlarged(map: Array2<f64>, size: Size) -> Array2<f64> {
    let (height, width) = map.dim();
    if (height, width) == size.dim() || height == 0 || width == 0 {
        return map;
    }
    let rows: Vec<_> = (0..size.height).map(|row| place(row, size.height, height)).collect();
    let columns: Vec<_> = (0..size.width).map(|column| place(column, size.width, width)).collect();
    Array2::from_shape_fn(size.dim(), |(row, column)| {
        let ((top, bottom, down), (left, right, across)) = (rows[row], columns[column]);
        let mix = |row: usize| map[[row, left]] * (1.0 - across) + map[[row, right]] * across;
        mix(top) * (1.0 - down) + mix(bottom) * down
    })
}

/// Returns the neighbours of a place on an axis of `to` samples among `from` samples, and the weight of the second.
fn place(at: usize, to: usize, from: usize) -> (usize, usize, f64) {
    let last = from - 1;
    let position = if to > 1 { at as f64 * (last as f64 / (to - 1) as f64) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last sample")]
    let low = (position.floor() as usize).min(last);
    (low, (low + 1).min(last), position - low as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn axes_of_length_one_are_left_out() {
        for shape in [&[60, 80][..], &[1, 60, 80], &[1, 1, 60, 80], &[60, 80, 1], &[1, 60, 80, 1]] {
            assert_eq!(sides(shape), Some(Size { height: 60, width: 80 }), "{shape:?}");
        }
        // A map of one row or one column keeps its two axes.
        assert_eq!(sides(&[1, 7]), Some(Size { height: 1, width: 7 }));
        assert_eq!(sides(&[1, 1, 7]), Some(Size { height: 1, width: 7 }));
        for shape in [&[][..], &[7], &[3, 60, 80], &[60, 80, 3], &[2, 1, 60, 80], &[1, 2, 60, 80, 1]] {
            assert_eq!(sides(shape), None, "{shape:?}");
        }
    }

    /// The values are those of `scipy.ndimage.zoom(a, (5 / 2, 4 / 3), order=1, mode="nearest")` of SciPy 1.17.
    #[test]
    fn a_small_map_is_enlarged_between_its_corners() {
        let map = enlarged(array![[0.0, 1.0, 4.0], [8.0, 16.0, 2.0]], Size { height: 5, width: 4 });
        let third = 1.0 / 3.0;
        let top = [0.0, 2.0 * third, 2.0, 4.0];
        let bottom = [8.0, 8.0 + 16.0 * third, 16.0 - 14.0 * third, 2.0];
        for row in 0..5 {
            for column in 0..4 {
                let down = row as f64 / 4.0;
                let expected = top[column] * (1.0 - down) + bottom[column] * down;
                assert!((map[[row, column]] - expected).abs() < 1e-12, "{row} {column}: {}", map[[row, column]]);
            }
        }
        assert_eq!(enlarged(array![[3.0]], Size { height: 2, width: 2 }), array![[3.0, 3.0], [3.0, 3.0]]);
        assert_eq!(enlarged(array![[3.0, 5.0]], Size { height: 1, width: 1 }), array![[3.0]]);
    }
}
