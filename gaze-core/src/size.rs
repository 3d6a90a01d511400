//! The size of a picture or map.

use std::fmt;

/// Height and width in pixels, in the order of an array's axes.
///
/// Any pair is a size; the types that hold pixels refuse one of zero pixels themselves.
///
/// ```
/// use gaze_core::Size;
///
/// let size = Size { height: 600, width: 800 };
/// assert_eq!(size.pixels(), 480_000);
/// assert_eq!(size.to_string(), "600x800");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
}

impl Size {
    /// The number of pixels, saturating where the product does not fit.
    #[must_use]
    pub fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// Height and width as an array shape.
    #[must_use]
    pub fn dim(self) -> (usize, usize) {
        (self.height, self.width)
    }
}

impl From<(usize, usize)> for Size {
    /// Takes the shape of an array, `(height, width)`.
    fn from((height, width): (usize, usize)) -> Self {
        Self { height, width }
    }
}

/// Writes `HEIGHTxWIDTH`, the order used everywhere in gaze.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}
