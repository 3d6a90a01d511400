//! A grid of equal cells over a picture, by which places become symbols.

use gaze_core::{Fixation, Size};

use super::{ScanpathError, ScanpathPoints};

/// A grid of `columns` by `rows` equal cells over a picture.
///
/// A place lies in cell `(⌊y · rows / height⌋, ⌊x · columns / width⌋)`, so the right and lower borders of the picture are
/// outside, as everywhere in gaze. Cells are counted row by row from 0.
///
/// ```
/// use gaze_core::Size;
/// use gaze_metrics::scanpath::{Grid, ScanpathPoints};
///
/// let grid = Grid::new(Size { height: 60, width: 80 }, 4, 3)?;
/// let scanpath = ScanpathPoints::new(&[0.0, 79.5, 20.0], &[0.0, 59.5, 19.5], None)?;
/// assert_eq!(grid.cells_of(&scanpath)?, [0, 11, 1]);
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    size: Size,
    columns: usize,
    rows: usize,
}

impl Grid {
    /// The largest number of cells.
    pub const MOST_CELLS: usize = 1 << 20;

    /// Divides a picture.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::NoGrid`] without cells or pixels, and with more than [`Grid::MOST_CELLS`] cells.
    pub fn new(size: Size, columns: usize, rows: usize) -> Result<Self, ScanpathError> {
        let cells = columns.checked_mul(rows).filter(|cells| (1..=Self::MOST_CELLS).contains(cells));
        match cells {
            Some(_) if size.height > 0 && size.width > 0 => Ok(Self { size, columns, rows }),
            _ => Err(ScanpathError::NoGrid { columns, rows, size }),
        }
    }

    /// The size of the picture.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of cells.
    #[must_use]
    pub fn count(&self) -> usize {
        self.columns * self.rows
    }

    /// The cell under a place; `None` outside the picture.
    #[must_use]
    pub fn cell(&self, place: &Fixation) -> Option<usize> {
        let along = |at: f64, cells: usize, side: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ at < side")]
            let cell = (at * cells as f64 / side as f64) as usize;
            // Just below the border the quotient may be rounded up to the number of cells.
            (0.0..side as f64).contains(&at).then(|| cell.min(cells - 1))
        };
        let row = along(place.y, self.rows, self.size.height)?;
        Some(row * self.columns + along(place.x, self.columns, self.size.width)?)
    }

    /// The cell of each fixation, in order.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::Outside`] for the first fixation outside the picture. The MATLAB toolboxes move such fixations to
    /// the border silently.
    pub fn cells_of(&self, scanpath: &ScanpathPoints) -> Result<Vec<usize>, ScanpathError> {
        let cell = |(index, point): (usize, &Fixation)| {
            let outside = ScanpathError::Outside { index, x: point.x, y: point.y, size: self.size };
            self.cell(point).ok_or(outside)
        };
        scanpath.points().iter().enumerate().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { height: 768, width: 1024 };

    #[test]
    fn cells_are_counted_row_by_row_and_begin_at_their_left_and_upper_edges() {
        let grid = Grid::new(SIZE, 12, 8).unwrap();
        let cell = |x, y| grid.cell(&Fixation { x, y });
        assert_eq!((cell(0.0, 0.0), cell(1023.0, 767.0)), (Some(0), Some(95)));
        // 1024 / 12 = 85.33…: pixel 85 lies in the first column, pixel 86 in the second.
        assert_eq!((cell(85.0, 0.0), cell(86.0, 0.0)), (Some(0), Some(1)));
        assert_eq!((cell(0.0, 95.9), cell(0.0, 96.0)), (Some(0), Some(12)));
        assert_eq!(
            (cell(1024.0, 0.0), cell(0.0, 768.0), cell(-0.1, 0.0), cell(0.0, f64::NAN)),
            (None, None, None, None)
        );
    }

    #[test]
    fn the_last_place_before_the_border_is_inside() {
        for side in [1, 3, 7, 49, 1023] {
            let grid = Grid::new(Size { height: side, width: side }, 13, 11).unwrap();
            let last = (side as f64).next_down();
            assert_eq!(grid.cell(&Fixation { x: last, y: last }), Some(grid.count() - 1));
        }
    }

    #[test]
    fn a_place_outside_is_named_and_no_grid_says_why() {
        let grid = Grid::new(SIZE, 12, 8).unwrap();
        let path = ScanpathPoints::new(&[5.0, 1024.0], &[5.0, 3.0], None).unwrap();
        assert_eq!(
            grid.cells_of(&path).unwrap_err().to_string(),
            "fixation 1 at x = 1024, y = 3 lies outside the picture of 768x1024 (height x width) pixels"
        );
        for (columns, rows) in [(0, 8), (12, 0), (usize::MAX, 2), (1 << 11, 1 << 10)] {
            let message = Grid::new(SIZE, columns, rows).unwrap_err().to_string();
            assert!(message.starts_with(&format!("a grid of {columns} by {rows} cells cannot divide")), "{message}");
        }
        assert!(Grid::new(Size { height: 0, width: 4 }, 1, 1).is_err());
    }
}
