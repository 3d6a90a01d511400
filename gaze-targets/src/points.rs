//! Gaze points against a size: which are kept, which pixel they fall on, how they spread over four.
//!
//! Here a point at whole numbers is the *center* of a pixel, as in crumpets and OpenCV: point `(3, 0)` is column 3.

use std::fmt;

use gaze_core::{Fixation, Pixel, Size};

/// The number of points that were left out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dropped {
    /// A coordinate is NaN: the tracker had lost the eye.
    pub not_a_number: usize,
    /// A coordinate is infinite.
    pub infinite: usize,
    /// The point lies outside the image.
    pub outside_image: usize,
    /// The point lies on the image but outside the target: cropped away, jittered away, or rounded beyond the border.
    pub outside_target: usize,
}

impl Dropped {
    /// The number of all points that were left out.
    #[must_use]
    pub fn total(&self) -> usize {
        self.not_a_number + self.infinite + self.outside_image + self.outside_target
    }

    /// Returns whether a point lies in `0 ≤ x < width`, `0 ≤ y < height`; if not, the reason is counted.
    pub(crate) fn keeps(&mut self, Fixation { x, y }: Fixation, size: Size) -> bool {
        let reason = if x.is_nan() || y.is_nan() {
            &mut self.not_a_number
        } else if x.is_infinite() || y.is_infinite() {
            &mut self.infinite
        } else if is_inside(x, y, size) {
            return true;
        } else {
            &mut self.outside_image
        };
        *reason += 1;
        false
    }
}

/// Names the reasons that occurred: `2 not a number, 1 outside the image`.
impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = [
            (self.not_a_number, "not a number"),
            (self.infinite, "infinite"),
            (self.outside_image, "outside the image"),
            (self.outside_target, "outside the target"),
        ];
        let mut separator = "";
        for (count, reason) in reasons.into_iter().filter(|&(count, _)| count > 0) {
            write!(f, "{separator}{count} {reason}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}

fn is_inside(x: f64, y: f64, size: Size) -> bool {
    x >= 0.0 && y >= 0.0 && x < size.width as f64 && y < size.height as f64
}

/// The points inside `0 ≤ x < width`, `0 ≤ y < height` in their order, and how many others there were.
///
/// ```
/// use gaze_core::{Fixation, Size};
/// use gaze_targets::check_range;
///
/// let points = [Fixation { x: 3.9, y: 0.0 }, Fixation { x: 4.0, y: 0.0 }, Fixation { x: f64::NAN, y: 0.0 }];
/// let (kept, dropped) = check_range(&points, Size { height: 2, width: 4 });
/// assert_eq!(kept, [points[0]]);
/// assert_eq!(dropped.to_string(), "1 not a number, 1 outside the image");
/// ```
#[must_use]
pub fn check_range(points: &[Fixation], size: Size) -> (Vec<Fixation>, Dropped) {
    let mut dropped = Dropped::default();
    let kept = points.iter().copied().filter(|&point| dropped.keeps(point, size)).collect();
    (kept, dropped)
}

/// The pixel that each point is nearest to; a point whose pixel lies beyond the border has none and is left out.
///
/// Halves go to the even neighbour, as in NumPy: of the points within half a pixel of the right border, `width − ½`
/// itself is kept if the width is odd.
#[must_use]
pub fn discretize(points: &[Fixation], size: Size) -> Vec<Pixel> {
    points.iter().filter_map(|point| nearest_pixel(point.x, point.y, size)).collect()
}

pub(crate) fn nearest_pixel(x: f64, y: f64, size: Size) -> Option<Pixel> {
    let (x, y) = (x.round_ties_even(), y.round_ties_even());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "used only if 0 ≤ value < size")]
    is_inside(x, y, size).then_some(Pixel { row: y as usize, column: x as usize })
}

/// The share of each of the two pixels around a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Neighbours {
    pub(crate) low: usize,
    pub(crate) high: usize,
    pub(crate) low_weight: f64,
    pub(crate) high_weight: f64,
}

impl Neighbours {
    /// Spreads a coordinate in `0 ≤ at < length`. At a whole number both are the same pixel with weight 1 each, and in the
    /// last pixel both are that one with weights that sum to 2.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ at < length, so is its floor")]
    pub(crate) fn of(at: f64, length: usize) -> Self {
        let low = at.floor() as usize;
        let high = (at.ceil() as usize).min(length - 1);
        Self { low, high, low_weight: 1.0 - (at - low as f64), high_weight: 1.0 - (high as f64 - at) }
    }

    fn sum(&self) -> f64 {
        self.low_weight + self.high_weight
    }
}

/// The four corners of a point with their weights, which sum to 1, or `None` for a point outside.
///
/// In the order `(low x, low y)`, `(low x, high y)`, `(high x, low y)`, `(high x, high y)`.
pub(crate) fn corners(x: f64, y: f64, size: Size) -> Option<[(Pixel, f64); 4]> {
    if !is_inside(x, y, size) {
        return None;
    }
    let (x, y) = (Neighbours::of(x, size.width), Neighbours::of(y, size.height));
    // crumpets adds this to the sum; it is kept so that its weights are met to the last digit.
    let sum = x.sum() * y.sum() + 1e-9;
    let corner = |column, row, weight: f64| (Pixel { row, column }, weight / sum);
    Some([
        corner(x.low, y.low, x.low_weight * y.low_weight),
        corner(x.low, y.high, x.low_weight * y.high_weight),
        corner(x.high, y.low, x.high_weight * y.low_weight),
        corner(x.high, y.high, x.high_weight * y.high_weight),
    ])
}

/// Spreads each point over the four pixels around it, by bilinear weights that sum to 1 (to 1e-9).
///
/// First the corner at lower `x` and lower `y` of every point, then lower `x` and higher `y`, then higher `x` and lower
/// `y`, then higher both. Corners that coincide (at a whole number, or in the last row or column) come twice or four
/// times with the weight divided among them, so weights must be *added* to give each point its mass. A point outside is
/// left out.
///
/// ```
/// use gaze_core::{Fixation, Size};
/// use gaze_targets::interpolate;
///
/// let spread = interpolate(&[Fixation { x: 1.25, y: 0.0 }], Size { height: 2, width: 4 });
/// let at_column_1: f64 = spread.iter().filter(|(pixel, _)| pixel.column == 1).map(|(_, weight)| weight).sum();
/// assert!((at_column_1 - 0.75).abs() < 1e-8);
/// ```
#[must_use]
pub fn interpolate(points: &[Fixation], size: Size) -> Vec<(Pixel, f64)> {
    let spread: Vec<_> = points.iter().filter_map(|point| corners(point.x, point.y, size)).collect();
    (0..4).flat_map(|corner| spread.iter().map(move |corners| corners[corner])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 5, width: 6 };

    #[test]
    fn every_reason_is_counted() {
        let at = |x, y| Fixation { x, y };
        let points = [
            at(f64::NAN, f64::INFINITY),
            at(0.0, f64::NEG_INFINITY),
            at(6.0, 0.0),
            at(0.0, -1e-9),
            at(1e30, 2.0),
            at(-0.0, 4.99),
        ];
        let (kept, dropped) = check_range(&points, SIZE);
        assert_eq!(kept.len(), 1);
        assert_eq!(dropped, Dropped { not_a_number: 1, infinite: 1, outside_image: 3, outside_target: 0 });
        assert_eq!(dropped.total(), 5);
        assert_eq!(Dropped::default().to_string(), "none");
    }

    #[test]
    fn halves_go_to_the_even_pixel() {
        let columns = |x: f64, size| nearest_pixel(x, 0.0, size).map(|pixel| pixel.column);
        assert_eq!(columns(0.5, SIZE), Some(0));
        assert_eq!(columns(1.5, SIZE), Some(2));
        assert_eq!(columns(-0.5, SIZE), Some(0));
        assert_eq!(columns(5.5, SIZE), None);
        assert_eq!(columns(4.5, Size { width: 5, ..SIZE }), Some(4));
    }

    proptest! {
        #[test]
        fn every_point_has_mass_one(x in 0.0..6.0, y in 0.0..5.0, whole in any::<bool>()) {
            let point = if whole { Fixation { x: f64::floor(x), y } } else { Fixation { x, y } };
            let spread = interpolate(&[point], SIZE);
            prop_assert_eq!(spread.len(), 4);
            let mass: f64 = spread.iter().map(|&(_, weight)| weight).sum();
            prop_assert!((mass - 1.0).abs() < 2e-9, "{}", mass);
            // Away from the last row and column, the spread's center of mass is the point.
            prop_assume!(point.x <= 5.0 && point.y <= 4.0);
            let center: f64 = spread.iter().map(|&(pixel, weight)| pixel.column as f64 * weight).sum();
            prop_assert!((center - point.x).abs() < 1e-8);
        }
    }
}
