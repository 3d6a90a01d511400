//! The share of a density that falls on a region of the picture, and how it compares with the region's size.

use gaze_core::{LogDensity, Pixel, Size, numeric::pairwise};
use thiserror::Error;

use crate::{MetricError, error::check_size};

/// A rectangle inside a picture. Its edges may lie between pixels: a pixel then counts by the part of it that is covered,
/// so that the shares of regions side by side add up to the share of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    size: Size,
    columns: Span,
    rows: Span,
}

/// A rectangle is no region of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RegionError {
    /// A place or side is NaN or infinite.
    #[error("the region's {quantity} is {found}")]
    NotFinite {
        /// The name of the quantity.
        quantity: &'static str,
        /// The offending value.
        found: f64,
    },
    /// A side is not positive.
    #[error("the region's {quantity} is {found} pixels, it must be positive")]
    Empty {
        /// The name of the side.
        quantity: &'static str,
        /// The length of the side.
        found: f64,
    },
    /// The region leaves the picture. Nothing is cut off silently.
    #[error("the region spans {quantity} {from} to {to}, the picture 0 to {end}")]
    Outside {
        /// The axis: `x` or `y`.
        quantity: &'static str,
        /// The place on it at which the region begins.
        from: f64,
        /// The place at which the region ends.
        to: f64,
        /// The place at which the picture ends.
        end: usize,
    },
}

/// The distance by which an edge may lie outside the picture, as a share of its side, and still be on its border: sums of decimal
/// fractions such as 33.3 % + 66.7 % are rounded by some 1e-16, and no pixel is this thin.
const BORDER: f64 = 1e-9;

impl Region {
    /// Takes the left upper corner and the sides in pixels.
    ///
    /// # Errors
    ///
    /// [`RegionError`] unless all four are finite, both sides are positive and the region lies inside the picture. An
    /// edge within 1e-9 of the picture's side beyond its border is taken to be on it.
    pub fn new(size: Size, x: f64, y: f64, width: f64, height: f64) -> Result<Self, RegionError> {
        for (quantity, found) in [("x", x), ("y", y), ("width", width), ("height", height)] {
            if !found.is_finite() {
                return Err(RegionError::NotFinite { quantity, found });
            }
        }
        for (quantity, found) in [("width", width), ("height", height)] {
            if found <= 0.0 {
                return Err(RegionError::Empty { quantity, found });
            }
        }
        Ok(Self { size, columns: Span::new("x", x, width, size.width)?, rows: Span::new("y", y, height, size.height)? })
    }

    /// The size of the picture that the region lies in.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The left edge and the right one, in pixels.
    #[must_use]
    pub fn x(&self) -> (f64, f64) {
        (self.columns.from, self.columns.to)
    }

    /// The upper edge and the lower one, in pixels.
    #[must_use]
    pub fn y(&self) -> (f64, f64) {
        (self.rows.from, self.rows.to)
    }

    /// The region's share of the picture's area, above 0 and at most 1.
    #[must_use]
    pub fn area(&self) -> f64 {
        (self.columns.length() / self.size.width as f64) * (self.rows.length() / self.size.height as f64)
    }
}

/// The beginning and the end along one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    from: f64,
    to: f64,
}

impl Span {
    fn new(quantity: &'static str, from: f64, length: f64, end: usize) -> Result<Self, RegionError> {
        let (to, last) = (from + length, end as f64);
        if from < -BORDER * last || to > last + BORDER * last {
            return Err(RegionError::Outside { quantity, from, to, end });
        }
        let span = Self { from: from.max(0.0), to: to.min(last) };
        if span.length() > 0.0 { Ok(span) } else { Err(RegionError::Outside { quantity, from, to, end }) }
    }

    fn length(self) -> f64 {
        self.to - self.from
    }

    /// The pixels that are covered, in part or whole.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ from < to ≤ the picture's side")]
    fn pixels(self) -> std::ops::Range<usize> {
        self.from.floor() as usize..self.to.ceil() as usize
    }

    /// Computes the part of a pixel that is covered.
    fn cover(self, pixel: usize) -> f64 {
        self.to.min(pixel as f64 + 1.0) - self.from.max(pixel as f64)
    }
}

/// The figures of a density on a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionFigures {
    /// The probability that a fixation falls into the region: its share of attention, 0 ..= 1.
    pub share: f64,
    /// The region's share of the area: what chance gives it, above 0 and at most 1.
    pub area: f64,
    /// The largest density in the region in multiples of chance, 0 or more. A pixel of which a part is covered counts.
    pub peak: f64,
    /// The pixel of that probability; of equal values the first in reading order.
    pub peak_at: Pixel,
}

impl RegionFigures {
    /// The factor by which more attention the region gets than chance would give it: 1 is chance.
    #[must_use]
    pub fn lift(&self) -> f64 {
        self.share / self.area
    }
}

/// Computes what a density says about a region.
///
/// ```text
/// share  =   ∑  cᵢ pᵢ         lift  =  share / area         peak  =  N · max pᵢ
///            i                                                      cᵢ > 0
/// ```
///
/// cᵢ is the part of pixel i that the region covers, N the number of pixels of the picture.
///
/// # Errors
///
/// [`MetricError::SizeMismatch`] if the region is one of a picture of another size.
///
/// # Degenerate input
///
/// Where all of a region has probability 0, share, lift and peak are 0. A density sums to 1 only within
/// [`LogDensity::TOLERANCE`]; the share of the whole picture is 1 nevertheless, larger sums are cut.
///
/// # Examples
///
/// ```
/// # use {gaze_core::{LogDensity, Size}, gaze_metrics::{Region, region_figures}, ndarray::array};
/// let density = LogDensity::new(array![[0.5_f64, 0.25, 0.125, 0.125]].ln())?;
/// let region = Region::new(density.size(), 0.0, 0.0, 1.5, 1.0)?;
/// let figures = region_figures(&density, &region)?;
/// // All of the first pixel and half of the second, where chance would give 3/8.
/// assert!((figures.share - 0.625).abs() < 1e-15);
/// assert!((figures.lift() - 0.625 / 0.375).abs() < 1e-15);
/// assert!((figures.peak - 4.0 * 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn region_figures(density: &LogDensity<'_>, region: &Region) -> Result<RegionFigures, MetricError> {
    check_size(density.size(), "region's picture is", region.size)?;
    let values = density.values();
    let (rows, columns) = (region.rows.pixels(), region.columns.pixels());
    let mut peak = (f64::NEG_INFINITY, Pixel { row: rows.start, column: columns.start });
    for row in rows.clone() {
        for column in columns.clone() {
            let value = values[[row, column]];
            if value > peak.0 {
                peak = (value, Pixel { row, column });
            }
        }
    }
    let share = pairwise(rows.len(), |row| {
        let row = rows.start + row;
        let of_row = pairwise(columns.len(), |column| {
            let column = columns.start + column;
            region.columns.cover(column) * values[[row, column]].exp()
        });
        region.rows.cover(row) * of_row
    });
    Ok(RegionFigures {
        share: share.min(1.0),
        area: region.area(),
        peak: peak.0.exp() * region.size.pixels() as f64,
        peak_at: peak.1,
    })
}

/// Computes the figures of several regions of one picture, in their order, each with its rank by share: 1 for the largest; equal shares
/// have the better rank, and the next is as far below as if they did not.
///
/// # Errors
///
/// As [`region_figures`].
pub fn ranked_figures(
    density: &LogDensity<'_>,
    regions: &[Region],
) -> Result<Vec<(RegionFigures, usize)>, MetricError> {
    let figures = regions.iter().map(|region| region_figures(density, region)).collect::<Result<Vec<_>, _>>()?;
    let ranks = competition_ranks(&figures.iter().map(|figures| figures.share).collect::<Vec<_>>());
    Ok(figures.into_iter().zip(ranks).collect())
}

/// The rank of each value, 1 for the largest; equal values share the better rank, and the next is as far below as if
/// they did not.
fn competition_ranks(values: &[f64]) -> Vec<usize> {
    values.iter().map(|value| 1 + values.iter().filter(|other| *other > value).count()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    /// Rounding of a sum of a few dozen products.
    const ROUNDING: f64 = 1e-14;

    fn density() -> LogDensity<'static> {
        LogDensity::from_weights(array![[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]]).unwrap()
    }

    fn figures(x: f64, y: f64, width: f64, height: f64) -> RegionFigures {
        let density = density();
        region_figures(&density, &Region::new(density.size(), x, y, width, height).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
    }

    #[test]
    fn whole_pixels_count_whole_and_parts_by_their_area() {
        check(figures(1.0, 0.0, 2.0, 1.0).share, 5.0 / 16.0);
        check(figures(0.5, 0.5, 1.0, 1.0).share, (0.25 * (1.0 + 2.0 + 4.0)) / 16.0);
        let whole = figures(0.0, 0.0, 3.0, 2.0);
        check(whole.share, 1.0);
        check(whole.area, 1.0);
        check(whole.lift(), 1.0);
    }

    #[test]
    fn the_peak_is_in_multiples_of_chance_with_rows_as_y() {
        let all = figures(0.0, 0.0, 3.0, 2.0);
        check(all.peak, 6.0 * 6.0 / 16.0);
        assert_eq!(all.peak_at, Pixel { row: 1, column: 2 });
        let left = figures(0.0, 0.0, 1.2, 1.0);
        check(left.peak, 6.0 * 2.0 / 16.0);
        assert_eq!(left.peak_at, Pixel { row: 0, column: 1 });
    }

    #[test]
    fn a_region_without_any_probability_has_zeros() {
        let none = figures(1.0, 1.0, 1.0, 1.0);
        assert!([none.share, none.lift(), none.peak].iter().all(|value| value.abs() < f64::MIN_POSITIVE));
        assert_eq!(none.peak_at, Pixel { row: 1, column: 1 });
    }

    #[test]
    fn what_is_no_region_says_why() {
        let size = Size { height: 2, width: 3 };
        let check = |x, y, width, height, message: &str| {
            assert_eq!(Region::new(size, x, y, width, height).unwrap_err().to_string(), message);
        };
        check(1.0, 0.0, 2.5, 1.0, "the region spans x 1 to 3.5, the picture 0 to 3");
        check(0.0, -1.0, 1.0, 1.0, "the region spans y -1 to 0, the picture 0 to 2");
        check(0.0, 0.0, 1.0, 0.0, "the region's height is 0 pixels, it must be positive");
        check(f64::NAN, 0.0, 1.0, 1.0, "the region's x is NaN");
        check(0.0, 0.0, f64::INFINITY, 1.0, "the region's width is inf");
        // A region so thin that it begins and ends at the border.
        check(3.0, 0.0, 1e-300, 1.0, "the region spans x 3 to 3, the picture 0 to 3");
    }

    #[test]
    fn an_edge_that_rounding_puts_beyond_the_border_is_on_it() {
        let size = Size { height: 2, width: 3 };
        let region = Region::new(size, 0.1 * 3.0, 0.0, 0.9 * 3.0 + 1e-12, 2.0).unwrap();
        assert_eq!(region.x().1.to_bits(), 3f64.to_bits());
        assert!(Region::new(size, 0.0, 0.0, 3.001, 2.0).is_err());
    }

    #[test]
    fn of_equal_peaks_the_first_in_reading_order_is_named() {
        let density = LogDensity::uniform(Size { height: 4, width: 5 }).unwrap();
        let region = Region::new(density.size(), 2.0, 1.0, 3.0, 3.0).unwrap();
        assert_eq!(region_figures(&density, &region).unwrap().peak_at, Pixel { row: 1, column: 2 });
    }

    #[test]
    fn no_share_exceeds_the_whole() {
        // A density whose sum is 1.00005, as one stored in 32 bits may have.
        let density = LogDensity::new(Array2::from_elem((1, 2), (0.5f64 * 1.00005).ln())).unwrap();
        let whole = Region::new(density.size(), 0.0, 0.0, 2.0, 1.0).unwrap();
        assert_eq!(region_figures(&density, &whole).unwrap().share.to_bits(), 1f64.to_bits());
    }

    #[test]
    fn a_region_of_another_picture_is_refused() {
        let region = Region::new(Size { height: 3, width: 2 }, 0.0, 0.0, 1.0, 1.0).unwrap();
        let error = region_figures(&density(), &region).unwrap_err();
        assert_eq!(error.to_string(), "the prediction is 2x3, the region's picture is 3x2 (height x width)");
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(competition_ranks(&[0.2, 0.5, 0.2, 0.1]), [2, 1, 2, 4]);
        assert_eq!(competition_ranks(&[]), [0; 0]);
    }

    #[test]
    fn regions_are_ranked_by_their_shares() {
        let density = density();
        let region = |x: f64, y: f64| Region::new(density.size(), x, y, 1.0, 1.0).unwrap();
        let regions = [region(0.0, 0.0), region(2.0, 1.0), region(0.0, 1.0)];
        let found = ranked_figures(&density, &regions).unwrap();
        assert_eq!(found.iter().map(|(_, rank)| *rank).collect::<Vec<_>>(), [3, 1, 2]);
        for ((figures, _), region) in found.iter().zip(&regions) {
            assert_eq!(*figures, region_figures(&density, region).unwrap());
        }
        let elsewhere = Region::new(Size { height: 9, width: 9 }, 0.0, 0.0, 1.0, 1.0).unwrap();
        assert!(ranked_figures(&density, &[elsewhere]).is_err());
    }

    proptest! {
        #[test]
        fn regions_side_by_side_add_up(cut in 0.01..4.99f64, weights in prop::collection::vec(0.0..9.0f64, 20)) {
            prop_assume!(weights.iter().any(|&weight| weight > 0.1));
            let density = LogDensity::from_weights(Array2::from_shape_vec((4, 5), weights).unwrap()).unwrap();
            let share = |x, width| {
                let region = Region::new(density.size(), x, 0.5, width, 2.75).unwrap();
                region_figures(&density, &region).unwrap().share
            };
            let (both, left, right) = (share(0.0, 5.0), share(0.0, cut), share(cut, 5.0 - cut));
            prop_assert!((both - left - right).abs() < ROUNDING, "{both} {left} {right}");
        }

        #[test]
        fn chance_has_a_lift_of_one(x in 0.0..7.0f64, y in 0.0..4.0f64, w in 0.01..2.0f64, h in 0.01..2.0f64) {
            let density = LogDensity::uniform(Size { height: 6, width: 9 }).unwrap();
            let figures = region_figures(&density, &Region::new(density.size(), x, y, w, h).unwrap()).unwrap();
            // The subtraction of edges leaves 1e-16 of the side, which is 1e-14 of the smallest region's.
            prop_assert!((figures.lift() - 1.0).abs() < 1e-11, "{}", figures.lift());
            prop_assert!((figures.peak - 1.0).abs() < ROUNDING);
        }
    }
}
