//! The ground distance between cells of a grid, in whole numbers.
//!
//! The solver adds and compares thousands of distances; in whole numbers it does so without rounding, so that its
//! search for the optimum provably ends. One cell is `2^shift` units, as fine as 64 bits allow.

use gaze_core::{Pixel, Size};

use super::prices::TILE;

/// Distance between cells of a grid: Euclidean in cells, no larger than the threshold.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    size: Size,
    threshold: f64,
    /// The units of a cell.
    unit: f64,
    /// The costs by row difference and column difference, both from the most negative to the most positive, and a tile beyond.
    table: Vec<i64>,
}

impl Ground {
    pub(crate) fn new(size: Size, threshold: f64) -> Self {
        let unit = 2f64.powi(shift(size, threshold));
        let mut ground = Self { size, threshold, unit, table: Vec::new() };
        // Whole tiles are read; what lies beyond the grid is not used.
        let beyond = TILE * ground.stride() + TILE;
        ground.table.reserve_exact((2 * size.height - 1) * ground.stride() + beyond);
        for rows in 0..2 * size.height - 1 {
            for columns in 0..ground.stride() {
                let distance = between(rows.abs_diff(size.height - 1), columns.abs_diff(size.width - 1)).min(threshold);
                ground.table.push(ground.units(distance));
            }
        }
        ground.table.resize(ground.table.len() + beyond, 0);
        ground
    }

    fn stride(&self) -> usize {
        2 * self.size.width - 1
    }

    /// The largest distance, in cells.
    pub(crate) fn threshold(&self) -> f64 {
        self.threshold
    }

    /// A number of cells in the solver's unit.
    pub(crate) fn units(&self, cells: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a potential is below 2^61 by the choice of the unit")]
        let units = (cells * self.unit).round() as i64;
        units
    }

    /// A distance of the solver in cells.
    pub(crate) fn in_cells(&self, cost: i64) -> f64 {
        cost as f64 / self.unit
    }

    /// The number of a cell among [`Ground::costs_from`] any cell, before the shift that depends on that.
    pub(crate) fn key(&self, cell: Pixel) -> usize {
        cell.row * self.stride() + cell.column
    }

    /// The distances from a cell in the solver's unit, by the other cell's key.
    pub(crate) fn costs_from(&self, cell: Pixel) -> &[i64] {
        let center = Pixel { row: self.size.height - 1, column: self.size.width - 1 };
        &self.table[self.key(center) - self.key(cell)..]
    }

    /// The distance in the solver's unit.
    pub(crate) fn cost(&self, a: Pixel, b: Pixel) -> i64 {
        self.costs_from(a)[self.key(b)]
    }
}

fn between(rows: usize, columns: usize) -> f64 {
    ((rows * rows + columns * columns) as f64).sqrt()
}

/// The distance of two cells, no larger than the threshold.
pub(crate) fn distance(a: Pixel, b: Pixel, threshold: f64) -> f64 {
    between(a.row.abs_diff(b.row), a.column.abs_diff(b.column)).min(threshold)
}

/// The binary digits of a distance behind the point. A potential is an alternating sum of at most as many distances
/// as half of the cells, a reduced cost adds three terms: all of it stays below 2^62.
fn shift(size: Size, threshold: f64) -> i32 {
    let diagonal = ((size.height as f64).powi(2) + (size.width as f64).powi(2)).sqrt();
    let largest = diagonal.min(threshold) * (size.pixels() as f64 / 2.0 + 4.0);
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a finite positive number")]
    let digits = largest.log2().ceil() as i32;
    // A tiny threshold would ask for more digits than a 64-bit float can scale by.
    (61 - digits).min(512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_the_distances_between_all_cells() {
        let size = Size { height: 7, width: 5 };
        let ground = Ground::new(size, 4.5);
        for a in 0..size.pixels() {
            for b in 0..size.pixels() {
                let (a, b) = (Pixel { row: a / 5, column: a % 5 }, Pixel { row: b / 5, column: b % 5 });
                let (rows, columns) = (a.row as f64 - b.row as f64, a.column as f64 - b.column as f64);
                let expected = rows.hypot(columns).min(4.5);
                assert!((distance(a, b, 4.5) - expected).abs() < 1e-15);
                assert!((ground.in_cells(ground.cost(a, b)) - expected).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn the_unit_leaves_room_for_every_potential() {
        for (height, width, threshold) in [(75, 100, f64::INFINITY), (1, 1 << 18, f64::INFINITY), (512, 512, 3.0)] {
            let size = Size { height, width };
            let largest = (height as f64).hypot(width as f64).min(threshold) * (size.pixels() as f64 / 2.0 + 4.0);
            let digits = shift(size, threshold);
            assert!(largest * 2f64.powi(digits) <= 2f64.powi(61), "{size}");
            assert!(largest * 2f64.powi(digits + 1) > 2f64.powi(61), "{size}");
        }
    }
}
