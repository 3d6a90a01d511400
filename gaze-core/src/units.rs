//! Units that must not be mixed up.

use std::f64::consts::LN_2;

use thiserror::Error;

/// Converts natural logarithms (nats) to bits.
///
/// ```
/// assert!((gaze_core::bits(2f64.ln()) - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn bits(nats: f64) -> f64 {
    nats / LN_2
}

/// A quantity that must be positive and finite is not.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{quantity} must be a positive number, not {found}")]
pub struct NotPositive {
    /// The name of the quantity.
    pub quantity: &'static str,
    /// The value that was given.
    pub found: f64,
}

/// The number of pixels of the image in one degree of visual angle.
///
/// It belongs to the experiment (screen, distance), not to the file, and is never guessed.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct PixelsPerDegree(f64);

impl PixelsPerDegree {
    /// Checks the value.
    ///
    /// # Errors
    ///
    /// [`NotPositive`] unless it is positive and finite.
    pub fn new(value: f64) -> Result<Self, NotPositive> {
        if value > 0.0 && value.is_finite() {
            Ok(Self(value))
        } else {
            Err(NotPositive { quantity: "pixels per degree", found: value })
        }
    }

    /// The number of pixels in one degree.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The number of pixels in the given number of degrees.
    #[must_use]
    pub fn pixels(self, degrees: f64) -> f64 {
        degrees * self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_per_degree_are_positive() {
        assert!(PixelsPerDegree::new(35.0).is_ok());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let message = PixelsPerDegree::new(bad).unwrap_err().to_string();
            assert_eq!(message, format!("pixels per degree must be a positive number, not {bad}"));
        }
    }
}
