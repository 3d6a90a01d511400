//! A search for the places of values among levels that looks them up in tables.
//!
//! The range of the levels is cut into two million equal cells, and neighbours are put together. A coarse table leads to a fine
//! one: to a single entry where no level is near, else to one for each cell. Levels crowd where a map is nearly flat, and so do the
//! pixels; therefore both ways take the same instructions, without a branch that could not be foreseen. Only a value that shares
//! even its cell with levels is compared with them.

use gaze_core::numeric::Loop;

/// Cells of a fine table, as a power of 2.
const FINE: u32 = 8;

/// The part of a cell's number that counts in a fine table.
const FINE_PART: u32 = (1 << FINE) - 1;

/// The number of all cells: few enough that the coarse table stays in the fastest memory.
const CELLS: u32 = 1 << (13 + FINE);

/// Marks an entry of a fine table that leads on to levels.
const ONWARDS: u32 = 1 << 31;

/// The tables for some increasing levels.
pub(crate) struct Places<'a> {
    levels: &'a [f64],
    grid: Grid,
    /// Where the fine table of each coarse cell begins, and which part of a cell's number counts there: all or nothing.
    coarse: Vec<(u32, u32)>,
    fine: Vec<u32>,
    /// The first level and the end of those that share a fine cell.
    shared: Vec<(usize, usize)>,
}

/// Equal cells over the range of the levels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    low: f64,
    scale: f64,
}

impl Grid {
    /// The cell of a value, from 0 (below all levels) to `CELLS + 2`.
    ///
    /// The map from values to cells never decreases, so a value in a lower cell than a level lies below that level,
    /// whatever rounding does inside a cell; which is why the cheapest rounding will do: adding 2⁵² leaves a whole number
    /// in the last bits.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits hold the cell")]
    fn cell(self, value: f64) -> u32 {
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        const LAST: f64 = (CELLS + 2) as f64;
        let position = (value - self.low) * self.scale + 1.0;
        let position = if position > 0.0 { position } else { 0.0 };
        let position = if position < LAST { position } else { LAST };
        (position + WHOLE).to_bits() as u32
    }
}

impl<'a> Places<'a> {
    /// Takes at least one level, and fewer than 2³⁰.
    pub(crate) fn of(levels: &'a [f64]) -> Self {
        let (low, high) = (levels[0], levels[levels.len() - 1]);
        // Both ends are levels; where the range overflows or vanishes there is one cell, in which all are compared.
        let scale = f64::from(CELLS) / (high - low);
        let grid = if scale > 0.0 && scale.is_finite() { Grid { low, scale } } else { Grid { low: 0.0, scale: 0.0 } };
        let coarse_cells = ((CELLS + 2) >> FINE) as usize + 1;
        let mut places =
            Self { levels, grid, coarse: Vec::with_capacity(coarse_cells), fine: Vec::new(), shared: Vec::new() };
        let cells: Vec<u32> = levels.iter().map(|&level| grid.cell(level)).collect();
        let mut next = 0;
        for together in cells.chunk_by(|a, b| a >> FINE == b >> FINE) {
            places.fill((together[0] >> FINE) as usize, next);
            places.refine(together, next);
            next += together.len();
        }
        places.fill(coarse_cells, next);
        places
    }

    /// Notes that all coarse cells up to one lie below this level.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2³⁰ levels")]
    fn fill(&mut self, end: usize, next: usize) {
        let start = self.fine.len() as u32;
        self.fine.push(entry(next));
        self.coarse.resize(end, (start, 0));
    }

    /// Adds the fine table of a coarse cell, in some of whose cells levels lie, the first with this number.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2³⁰ levels")]
    fn refine(&mut self, cells: &[u32], mut next: usize) {
        let start = self.fine.len();
        self.coarse.push((start as u32, FINE_PART));
        for together in cells.chunk_by(|a, b| a == b) {
            self.fine.resize(start + (together[0] & FINE_PART) as usize, entry(next));
            self.fine.push(ONWARDS | self.shared.len() as u32);
            let end = next + together.len();
            self.shared.push((next, end));
            next = end;
        }
        self.fine.resize(start + (1 << FINE), entry(next));
    }

    /// The tables for loops that look up many values.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        let Self { levels, grid, coarse, fine, shared } = self;
        Lookup { levels, grid: *grid, coarse, fine, shared }
    }
}

/// The tables of [`Places`]: a loop that writes counts keeps where they lie in registers.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) levels: &'a [f64],
    pub(crate) grid: Grid,
    coarse: &'a [(u32, u32)],
    fine: &'a [u32],
    shared: &'a [(usize, usize)],
}

impl Lookup<'_> {
    /// The place of a value: `2i` for one below level `i` and above the one before, `2i + 1` for one on level `i`.
    #[inline(always)]
    pub(crate) fn place(self, value: f64) -> usize {
        self.place_in(self.grid.cell(value), value)
    }

    /// The same for a value whose cell is known.
    #[inline(always)]
    pub(crate) fn place_in(self, cell: u32, value: f64) -> usize {
        let (start, part) = self.coarse[(cell >> FINE) as usize];
        let entry = self.fine[(start + (cell & part)) as usize];
        if entry < ONWARDS {
            return entry as usize;
        }
        let (start, end) = self.shared[(entry ^ ONWARDS) as usize];
        2 * start + place_by_comparing(&self.levels[start..end], value)
    }
}

fn place_by_comparing(levels: &[f64], value: f64) -> usize {
    let below = levels.partition_point(|&level| level < value);
    let on = levels.get(below).is_some_and(|&level| value >= level);
    2 * below + usize::from(on)
}

/// The place below a level and above the one before.
#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2³⁰ levels")]
fn entry(level: usize) -> u32 {
    2 * level as u32
}

/// Assigns a batch of values to cells.
pub(crate) struct Cells<'a> {
    pub(crate) values: &'a [f64],
    pub(crate) cells: &'a mut [u32],
    pub(crate) grid: Grid,
}

impl Loop for Cells<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (cell, &value) in self.cells.iter_mut().zip(self.values) {
            *cell = self.grid.cell(value);
        }
    }
}
