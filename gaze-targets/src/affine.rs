//! An affine map of the plane, the one transform that image and gaze share.

use crate::TargetError;

/// The affine map `(x, y) ↦ (a·x + b·y + c, d·x + e·y + f)`, in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    rows: [[f64; 3]; 2],
}

impl Affine {
    /// Changes nothing.
    pub const IDENTITY: Self = Self { rows: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };

    /// Takes the rows `[a, b, c]` and `[d, e, f]`.
    #[must_use]
    pub const fn new(rows: [[f64; 3]; 2]) -> Self {
        Self { rows }
    }

    /// The rows `[a, b, c]` and `[d, e, f]`.
    #[must_use]
    pub fn rows(&self) -> [[f64; 3]; 2] {
        self.rows
    }

    /// Moves by `(x, y)`.
    pub(crate) fn translation(x: f64, y: f64) -> Self {
        Self { rows: [[1.0, 0.0, x], [0.0, 1.0, y]] }
    }

    /// Multiplies by a 2 × 2 matrix.
    pub(crate) fn linear(matrix: [[f64; 2]; 2]) -> Self {
        Self { rows: matrix.map(|[a, b]| [a, b, 0.0]) }
    }

    /// Moves a point.
    #[must_use]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [[a, b, c], [d, e, f]] = self.rows;
        (a * x + b * y + c, d * x + e * y + f)
    }

    /// Composes two maps: `inner` first, then this one.
    #[must_use]
    pub fn after(&self, inner: &Self) -> Self {
        let ([left, right], [x, y]) = (self.rows, inner.rows);
        let row = |[a, b, c]: [f64; 3]| [a * x[0] + b * y[0], a * x[1] + b * y[1], a * x[2] + b * y[2] + c];
        Self { rows: [row(left), row(right)] }
    }

    /// The map that leads back.
    ///
    /// # Errors
    ///
    /// [`TargetError::Singular`] if the plane is pressed onto a line, or a number is too large or too small to invert.
    pub fn inverse(&self) -> Result<Self, TargetError> {
        let [[a, b, c], [d, e, f]] = self.rows;
        let determinant = a * e - b * d;
        let (a, b, d, e) = (e / determinant, -b / determinant, -d / determinant, a / determinant);
        let inverse = [[a, b, -(a * c + b * f)], [d, e, -(d * c + e * f)]];
        if determinant == 0.0 || inverse.as_flattened().iter().any(|value| !value.is_finite()) {
            return Err(TargetError::Singular { what: "the transform", determinant });
        }
        Ok(Self { rows: inverse })
    }

    /// The same with every number rounded to 32 bits, as OpenCV takes it.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
    pub(crate) fn in_single_precision(&self) -> Self {
        Self { rows: self.rows.map(|row| row.map(|value| f64::from(value as f32))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_map_is_applied_first() {
        let shift = Affine::translation(1.0, 0.0);
        let turn = Affine::linear([[0.0, -1.0], [1.0, 0.0]]);
        assert_eq!(turn.after(&shift).apply(1.0, 0.0), (0.0, 2.0));
        assert_eq!(shift.after(&turn).apply(1.0, 0.0), (1.0, 1.0));
    }

    #[test]
    fn what_is_flat_cannot_be_inverted() {
        let flat = Affine::new([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0]]);
        assert_eq!(flat.inverse().unwrap_err().to_string(), "the transform is singular: its determinant is 0");
        assert!(Affine::linear([[1e-200, 0.0], [0.0, 1e-200]]).inverse().is_err());
        assert!(Affine::linear([[f64::NAN, 0.0], [0.0, 1.0]]).inverse().is_err());
    }
}
