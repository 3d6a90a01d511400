//! Fixations on one image, checked once against its size.

use std::sync::{Arc, OnceLock};

use thiserror::Error;

use crate::Size;

/// A point on an image that was looked at, in pixels from the top-left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixation {
    /// Distance from the left border.
    pub x: f64,
    /// Distance from the top border.
    pub y: f64,
}

impl Fixation {
    /// The pixel `(⌊y⌋, ⌊x⌋)` under this point, or `None` if it lies outside an image of the given size or is not a
    /// number.
    ///
    /// ```
    /// use gaze_core::{Fixation, Pixel, Size};
    ///
    /// let size = Size { height: 4, width: 6 };
    /// assert_eq!(Fixation { x: 5.99, y: 0.0 }.pixel(size), Some(Pixel { row: 0, column: 5 }));
    /// assert_eq!(Fixation { x: -0.1, y: 0.0 }.pixel(size), None);
    /// ```
    #[must_use]
    pub fn pixel(self, size: Size) -> Option<Pixel> {
        // Written so that NaN fails every comparison.
        let inside = self.x >= 0.0 && self.y >= 0.0 && self.x < size.width as f64 && self.y < size.height as f64;
        if !inside {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 ≤ value < size was just checked"
        )]
        Some(Pixel { row: self.y as usize, column: self.x as usize })
    }
}

/// The place of a value in a map: `map[[row, column]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pixel {
    /// Index of the row, from the top.
    pub row: usize,
    /// Index of the column, from the left.
    pub column: usize,
}

/// A fixation lies outside the image it was said to be on, or is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("fixation {index} at x = {x}, y = {y} lies outside the image of {size} (height x width) pixels")]
pub struct OutOfBounds {
    /// Position of the offending fixation in the list that was given.
    pub index: usize,
    /// The horizontal coordinate of the fixation.
    pub x: f64,
    /// The vertical coordinate of the fixation.
    pub y: f64,
    /// The size of the image.
    pub size: Size,
}

/// The fixations on one image: a multiset of points, each inside the image.
///
/// The list may be empty. Repeated points count as often as they occur. A clone shares the points.
#[derive(Debug)]
pub struct Fixations {
    size: Size,
    points: Arc<[Fixation]>,
    /// Computed when they are first asked for.
    pixels: OnceLock<Box<[Pixel]>>,
}

/// The points of a dataset are many, and kept by whatever is estimated from all of them.
impl Clone for Fixations {
    fn clone(&self) -> Self {
        Self::of_checked(self.size, Arc::clone(&self.points))
    }
}

impl PartialEq for Fixations {
    fn eq(&self, other: &Self) -> bool {
        (self.size, &self.points) == (other.size, &other.points)
    }
}

impl Fixations {
    /// Checks that every point lies inside an image of the given size.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] for the first point with `x < 0`, `x ≥ width`, `y < 0`, `y ≥ height` or a coordinate that is
    /// NaN or infinite. Nothing is clipped, wrapped or dropped; [`Fixations::partition`] sorts the bad ones out.
    pub fn new(size: Size, points: Vec<Fixation>) -> Result<Self, OutOfBounds> {
        match points.iter().enumerate().find(|(_, point)| point.pixel(size).is_none()) {
            Some((index, point)) => Err(OutOfBounds { index, x: point.x, y: point.y, size }),
            None => Ok(Self::of_checked(size, points.into())),
        }
    }

    fn of_checked(size: Size, points: Arc<[Fixation]>) -> Self {
        Self { size, points, pixels: OnceLock::new() }
    }

    /// Separates the points inside the image from those outside, keeping the order of both.
    ///
    /// ```
    /// use gaze_core::{Fixation, Fixations, Size};
    ///
    /// let size = Size { height: 10, width: 10 };
    /// let points = [Fixation { x: 3.0, y: 4.0 }, Fixation { x: f64::NAN, y: 4.0 }];
    /// let (kept, dropped) = Fixations::partition(size, points);
    /// assert_eq!(kept.len(), 1);
    /// assert_eq!(dropped[0].index, 1);
    /// ```
    #[must_use]
    pub fn partition(size: Size, points: impl IntoIterator<Item = Fixation>) -> (Self, Vec<OutOfBounds>) {
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        for (index, point) in points.into_iter().enumerate() {
            if point.pixel(size).is_some() {
                kept.push(point);
            } else {
                dropped.push(OutOfBounds { index, x: point.x, y: point.y, size });
            }
        }
        (Self::of_checked(size, kept.into()), dropped)
    }

    /// The size of the image that the fixations are on.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The points as they were given.
    #[must_use]
    pub fn points(&self) -> &[Fixation] {
        &self.points
    }

    /// The pixel under each point, in the same order. They are computed when they are first asked for, and kept.
    #[must_use]
    pub fn pixels(&self) -> &[Pixel] {
        let pixel = |point: &Fixation| point.pixel(self.size).expect("a point outside is refused");
        self.pixels.get_or_init(|| self.points.iter().map(pixel).collect())
    }

    /// The number of fixations, repeats included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Returns `true` if there is no fixation at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The fixations at the same places of an image of another size: `x · (width / this width)`, and exactly the same
    /// for the same size. For a size without pixels there are none.
    ///
    /// ```
    /// use gaze_core::{Fixation, Fixations, Size};
    ///
    /// let fixations = Fixations::new(Size { height: 2, width: 4 }, vec![Fixation { x: 3.0, y: 1.0 }])?;
    /// let moved = fixations.moved_to(Size { height: 4, width: 8 });
    /// assert_eq!(moved.points(), [Fixation { x: 6.0, y: 2.0 }]);
    /// # Ok::<(), gaze_core::OutOfBounds>(())
    /// ```
    #[must_use]
    pub fn moved_to(&self, size: Size) -> Self {
        let from = self.size;
        // A point in the last pixel may be rounded up to the border itself; it stays in the last pixel.
        let scale = |at: f64, from: usize, to: usize| (at * (to as f64 / from as f64)).min((to as f64).next_down());
        let moved = self.points.iter().map(|point| Fixation {
            x: scale(point.x, from.width, size.width),
            y: scale(point.y, from.height, size.height),
        });
        Self::partition(size, moved).0
    }

    /// Joins the fixations of several lists on images of one size, in order.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] if a list belongs to an image of another size and one of its points lies outside this one.
    pub fn concatenate<'a>(size: Size, lists: impl IntoIterator<Item = &'a Fixations>) -> Result<Self, OutOfBounds> {
        Self::new(size, lists.into_iter().flat_map(|list| list.points.iter().copied()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 3, width: 5 };

    #[track_caller]
    fn check(x: f64, y: f64, expected: Option<(usize, usize)>) {
        let expected = expected.map(|(row, column)| Pixel { row, column });
        assert_eq!(Fixation { x, y }.pixel(SIZE), expected);
        assert_eq!(Fixations::new(SIZE, vec![Fixation { x, y }]).is_ok(), expected.is_some());
    }

    #[test]
    fn rows_are_y_and_columns_are_x() {
        check(4.0, 2.0, Some((2, 4)));
        check(2.0, 4.0, None);
    }

    #[test]
    fn a_point_belongs_to_the_pixel_it_lies_in() {
        check(0.0, 0.0, Some((0, 0)));
        check(0.999, 1.999, Some((1, 0)));
        check(-0.0, 0.0, Some((0, 0)));
    }

    #[test]
    fn the_right_and_lower_borders_are_outside() {
        check(5.0, 0.0, None);
        check(0.0, 3.0, None);
    }

    #[test]
    fn what_is_no_number_is_outside() {
        check(f64::NAN, 0.0, None);
        check(0.0, f64::NAN, None);
        check(f64::INFINITY, 0.0, None);
        check(-1e-9, 0.0, None);
    }

    #[test]
    fn the_error_names_the_point_and_the_size() {
        let points = vec![Fixation { x: 1.0, y: 1.0 }, Fixation { x: 5.0, y: 1.0 }];
        assert_eq!(
            Fixations::new(SIZE, points).unwrap_err().to_string(),
            "fixation 1 at x = 5, y = 1 lies outside the image of 3x5 (height x width) pixels"
        );
    }

    #[test]
    fn an_image_of_the_same_size_keeps_its_pixels() {
        // Dividing by 49 and multiplying again would move 7 of these 49 columns to the left.
        let size = Size { height: 1, width: 49 };
        let points: Vec<_> = (0..49).map(|x| Fixation { x: f64::from(x), y: 0.0 }).collect();
        let fixations = Fixations::new(size, points).unwrap();
        assert_eq!(fixations.moved_to(size), fixations);
    }

    #[test]
    fn no_point_is_lost_on_the_way_to_another_size() {
        let corner = Fixation { x: 5f64.next_down(), y: 3f64.next_down() };
        let fixations = Fixations::new(SIZE, vec![corner]).unwrap();
        // 3.next_down() · (17 / 3) rounds to 17.
        for (height, width) in [(17, 49), (1, 1), (3000, 3)] {
            assert_eq!(fixations.moved_to(Size { height, width }).len(), 1);
        }
        assert!(fixations.moved_to(Size { height: 0, width: 4 }).is_empty());
    }

    proptest! {
        #[test]
        fn partition_loses_no_point(points in prop::collection::vec((-2.0..8.0, -2.0..8.0), 0..40)) {
            let points: Vec<_> = points.into_iter().map(|(x, y)| Fixation { x, y }).collect();
            let (kept, dropped) = Fixations::partition(SIZE, points.iter().copied());
            prop_assert_eq!(kept.len() + dropped.len(), points.len());
            prop_assert!(Fixations::new(SIZE, kept.points().to_vec()).is_ok());
            for bad in dropped {
                prop_assert!(points[bad.index].pixel(SIZE).is_none());
            }
        }
    }
}
