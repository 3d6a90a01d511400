//! Blur of many points, or of any map: rows first, then columns.

use pulp::{Arch, Simd, WithSimd};

use super::masses::PointMass;
use crate::Boundary;

/// Output rows made together, so that every input row is read once for all of them.
const ROWS: usize = 4;
/// Output columns made together, in registers.
const COLUMNS: usize = 16;

/// Memory that is used again for every map.
#[derive(Debug, Default)]
pub(crate) struct Convolver {
    /// The map before blur, then blurred along its rows.
    grid: Vec<f32>,
    /// The number of values of each row that are not zero.
    occupied: Vec<usize>,
    padded: Vec<f32>,
    blurred: Vec<f32>,
    /// The sources of the output rows at hand: an input row and its weight for each of them.
    sources: Vec<(usize, [f32; ROWS])>,
}

impl Convolver {
    /// Writes the blurred masses to a map of `height` rows of `width`.
    pub(super) fn blur_masses(
        &mut self,
        masses: &[PointMass],
        taps: &[f32],
        boundary: Boundary,
        dim: (usize, usize),
        map: &mut [f32],
    ) {
        self.grid.clear();
        self.grid.resize(dim.0 * dim.1, 0.0);
        scatter(masses, dim.1, &mut self.grid);
        self.blur_grid(taps, boundary, dim, map);
    }

    /// Writes a blurred map.
    pub(crate) fn blur_map(
        &mut self,
        source: impl Iterator<Item = f32>,
        taps: &[f32],
        boundary: Boundary,
        dim: (usize, usize),
        map: &mut [f32],
    ) {
        self.grid.clear();
        self.grid.extend(source);
        self.blur_grid(taps, boundary, dim, map);
    }

    fn blur_grid(&mut self, taps: &[f32], boundary: Boundary, (height, width): (usize, usize), map: &mut [f32]) {
        let radius = taps.len() / 2;
        self.occupied.clear();
        for row in self.grid.chunks_exact_mut(width) {
            let occupied = row.iter().filter(|&&value| value != 0.0).count();
            self.occupied.push(occupied);
            if occupied > 0 {
                pad(row, radius, boundary, &mut self.padded);
                self.blurred.clear();
                self.blurred.resize(width, 0.0);
                if occupied * SCATTER < width {
                    scatter_row(&self.padded, taps, &mut self.blurred);
                } else {
                    Arch::new().dispatch(ConvolveRow { padded: &self.padded, taps, blurred: &mut self.blurred });
                }
                row.copy_from_slice(&self.blurred);
            }
        }
        let arch = Arch::new();
        for (block, rows) in map.chunks_mut(ROWS * width).enumerate() {
            self.find_sources(block * ROWS, taps, boundary, height);
            arch.dispatch(SumRows { sources: &self.sources, grid: &self.grid, width, rows });
        }
    }

    /// The input rows that the output rows from `first` on are made of.
    #[expect(clippy::cast_possible_wrap, reason = "heights fit in isize")]
    fn find_sources(&mut self, first: usize, taps: &[f32], boundary: Boundary, height: usize) {
        self.sources.clear();
        let radius = taps.len() / 2;
        for step in 0..taps.len() + ROWS - 1 {
            let Some(source) = boundary.resolve((first + step) as isize - radius as isize, height) else { continue };
            if self.occupied[source] > 0 {
                let weights = std::array::from_fn(|row| {
                    step.checked_sub(row).and_then(|tap| taps.get(tap)).copied().unwrap_or(0.0)
                });
                self.sources.push((source, weights));
            }
        }
    }
}

/// A value that is moved costs as much as this many values that are convolved.
const SCATTER: usize = 3;

/// Adds masses to a map.
pub(super) fn scatter(masses: &[PointMass], width: usize, map: &mut [f32]) {
    for mass in masses {
        for (row, down) in mass.row.entries() {
            for (column, across) in mass.column.entries() {
                map[row * width + column] += down * across;
            }
        }
    }
}

/// Continues a row beyond both ends.
#[expect(clippy::cast_possible_wrap, reason = "lengths fit in isize")]
fn pad(row: &[f32], radius: usize, boundary: Boundary, padded: &mut Vec<f32>) {
    let (radius, width) = (radius as isize, row.len() as isize);
    let value = |at: isize| boundary.resolve(at, row.len()).map_or(0.0, |inside| row[inside]);
    padded.clear();
    padded.extend((-radius..0).map(value));
    padded.extend_from_slice(row);
    padded.extend((width..width + radius).map(value));
}

/// Convolves a row that is mostly zero.
fn scatter_row(padded: &[f32], taps: &[f32], blurred: &mut [f32]) {
    let reach = taps.len() - 1;
    for (at, &value) in padded.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
        // Output `i` reads `padded[i ..= i + reach]`.
        let (from, to) = (at.saturating_sub(reach), (at + 1).min(blurred.len()));
        let first_tap = reach - (at - from);
        // The taps are symmetric, so they may be read forwards.
        for (target, tap) in blurred[from..to].iter_mut().zip(&taps[first_tap.min(taps.len())..]) {
            *target += value * tap;
        }
    }
}

/// The convolution of a padded row, many outputs side by side in registers: the order of each sum is that of the taps,
/// whatever the width of the vectors.
struct ConvolveRow<'a> {
    padded: &'a [f32],
    taps: &'a [f32],
    blurred: &'a mut [f32],
}

impl WithSimd for ConvolveRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        const TILE: usize = 4 * COLUMNS;
        let Self { padded, taps, blurred } = self;
        let mut tiles = blurred.chunks_exact_mut(TILE);
        let mut first = 0;
        for tile in tiles.by_ref() {
            let mut sums = [0.0f32; TILE];
            for (at, tap) in taps.iter().enumerate() {
                let window: &[f32; TILE] =
                    padded[first + at..first + at + TILE].try_into().expect("the slice has that length");
                for column in 0..TILE {
                    sums[column] += tap * window[column];
                }
            }
            tile.copy_from_slice(&sums);
            first += TILE;
        }
        for (at, value) in tiles.into_remainder().iter_mut().enumerate() {
            *value = taps.iter().zip(&padded[first + at..]).map(|(tap, value)| tap * value).sum();
        }
    }
}

/// Weighted sums of input rows, four output rows at a time.
struct SumRows<'a> {
    sources: &'a [(usize, [f32; ROWS])],
    grid: &'a [f32],
    width: usize,
    rows: &'a mut [f32],
}

impl WithSimd for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { sources, grid, width, rows } = self;
        let mut column = 0;
        while column + COLUMNS <= width {
            let mut sums = [[0.0f32; COLUMNS]; ROWS];
            for &(source, weights) in sources {
                let from = source * width + column;
                let values: &[f32; COLUMNS] = grid[from..from + COLUMNS].try_into().expect("the slice has that length");
                for column in 0..COLUMNS {
                    sums[0][column] += weights[0] * values[column];
                    sums[1][column] += weights[1] * values[column];
                    sums[2][column] += weights[2] * values[column];
                    sums[3][column] += weights[3] * values[column];
                }
            }
            for (row, sums) in rows.chunks_exact_mut(width).zip(&sums) {
                row[column..column + COLUMNS].copy_from_slice(sums);
            }
            column += COLUMNS;
        }
        for column in column..width {
            for (index, row) in rows.chunks_exact_mut(width).enumerate() {
                let terms = sources.iter().map(|&(source, weights)| weights[index] * grid[source * width + column]);
                row[column] = terms.sum();
            }
        }
    }
}
