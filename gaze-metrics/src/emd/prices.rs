//! The potentials of the sinks, laid out so that the cheapest of them is found with few instructions.
//!
//! What a sink asks of a source is the distance plus its potential. Distances from one cell lie in a table row by row, so
//! the potentials do as well: a square of cells takes one vector per row, those without a sink ask for more than any other.
//! A square is passed over if even its least potential at its nearest cell is too much.

use gaze_core::{
    Pixel,
    numeric::{Loop, vectorized},
};

use super::ground::Ground;

/// Side of the squares of cells that are looked at together.
pub(crate) const TILE: usize = 8;

/// A number above any distance and potential: these stay below 2^61. Its sum with a distance does not overflow.
const FAR: i64 = 1 << 62;

/// The order of cells in which neighbours in both directions stay close.
pub(crate) fn tile(cell: Pixel) -> (usize, usize) {
    (cell.row / TILE, cell.column / TILE)
}

/// The potentials of all sinks.
#[derive(Debug)]
pub(crate) struct Prices {
    tiles: Vec<Tile>,
    /// The tile of every sink, and its cell there.
    places: Vec<(u32, u32)>,
}

/// The sinks in a square of cells.
#[derive(Clone, Debug)]
struct Tile {
    /// The first and last row and column with a sink.
    corners: (Pixel, Pixel),
    /// The first cell of the square.
    origin: Pixel,
    /// A bound on the lowest potential.
    least: i64,
    /// Whether a potential has risen since the bound was the lowest.
    has_risen: bool,
    /// Row after row; `FAR` where there is no sink.
    potentials: [[i64; TILE]; TILE],
    sinks: [[u32; TILE]; TILE],
}

/// The lowest price for a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) sink: u32,
    /// Distance plus potential.
    pub(crate) price: i64,
}

impl Prices {
    /// Potentials of 0 for sinks that come tile after tile.
    pub(crate) fn new(sinks: impl Iterator<Item = Pixel>) -> Self {
        let mut prices = Self { tiles: Vec::new(), places: Vec::new() };
        for (sink, cell) in (0..).zip(sinks) {
            let (row, column) = tile(cell);
            let origin = Pixel { row: row * TILE, column: column * TILE };
            if prices.tiles.last().is_none_or(|tile| tile.origin != origin) {
                let (potentials, sinks) = ([[FAR; TILE]; TILE], [[0; TILE]; TILE]);
                prices.tiles.push(Tile {
                    corners: (cell, cell),
                    origin,
                    least: 0,
                    has_risen: false,
                    potentials,
                    sinks,
                });
            }
            let number = prices.tiles.len() - 1;
            let tile = &mut prices.tiles[number];
            let (first, last) = &mut tile.corners;
            *first = Pixel { row: first.row.min(cell.row), column: first.column.min(cell.column) };
            *last = Pixel { row: last.row.max(cell.row), column: last.column.max(cell.column) };
            let (row, column) = (cell.row - origin.row, cell.column - origin.column);
            tile.potentials[row][column] = 0;
            tile.sinks[row][column] = sink;
            #[expect(clippy::cast_possible_truncation, reason = "a grid has far fewer than 2^32 cells")]
            prices.places.push((number as u32, (row * TILE + column) as u32));
        }
        prices
    }

    pub(crate) fn get(&self, sink: usize) -> i64 {
        let (tile, cell) = self.places[sink];
        self.tiles[tile as usize].potentials.as_flattened()[cell as usize]
    }

    pub(crate) fn add(&mut self, sink: usize, change: i64) {
        let (tile, cell) = self.places[sink];
        let tile = &mut self.tiles[tile as usize];
        let potential = &mut tile.potentials.as_flattened_mut()[cell as usize];
        *potential += change;
        tile.least = tile.least.min(*potential);
        tile.has_risen |= change > 0;
    }

    /// Takes a sink off the offers.
    pub(crate) fn close(&mut self, sink: usize) {
        let (tile, cell) = self.places[sink];
        let tile = &mut self.tiles[tile as usize];
        tile.potentials.as_flattened_mut()[cell as usize] = FAR;
        tile.has_risen = true;
    }

    /// The lowest price from a cell, unless all sinks are closed.
    pub(crate) fn any(&mut self, from: Pixel, ground: &Ground) -> Option<Offer> {
        self.below(FAR, from, ground)
    }

    /// The lowest price from a cell, if it is below a limit.
    pub(crate) fn below(&mut self, limit: i64, from: Pixel, ground: &Ground) -> Option<Offer> {
        vectorized(Search { tiles: &mut self.tiles, limit, from, ground })
    }
}

struct Search<'a> {
    tiles: &'a mut [Tile],
    limit: i64,
    from: Pixel,
    ground: &'a Ground,
}

impl Loop for Search<'_> {
    type Output = Option<Offer>;

    #[inline(always)]
    fn run(self) -> Option<Offer> {
        let Self { tiles, limit, from, ground } = self;
        let costs = ground.costs_from(from);
        let (mut best, mut found) = (limit, None);
        for (number, tile) in tiles.iter_mut().enumerate() {
            let (first, last) = tile.corners;
            let nearest = Pixel {
                row: from.row.clamp(first.row, last.row),
                column: from.column.clamp(first.column, last.column),
            };
            if costs[ground.key(nearest)] + tile.least >= best {
                continue;
            }
            let mut prices = [FAR; TILE];
            for (row, potentials) in tile.potentials.iter().enumerate() {
                let costs = row_of(costs, ground, tile.origin, row);
                for column in 0..TILE {
                    prices[column] = smaller(prices[column], costs[column] + potentials[column]);
                }
            }
            if tile.has_risen {
                let mut least = [FAR; TILE];
                for potentials in &tile.potentials {
                    for column in 0..TILE {
                        least[column] = smaller(least[column], potentials[column]);
                    }
                }
                (tile.least, tile.has_risen) = (smallest(least), false);
            }
            let price = smallest(prices);
            if price < best {
                (best, found) = (price, Some(number));
            }
        }
        let tile = &tiles[found?];
        let cells = (0..TILE * TILE).map(|cell| (cell / TILE, cell % TILE));
        let price = |(row, column): (usize, usize)| {
            row_of(costs, ground, tile.origin, row)[column] + tile.potentials[row][column]
        };
        let (row, column) = cells.into_iter().find(|&cell| price(cell) == best)?;
        Some(Offer { sink: tile.sinks[row][column], price: best })
    }
}

/// The distances to the cells of a row of a tile.
#[inline(always)]
fn row_of<'a>(costs: &'a [i64], ground: &Ground, origin: Pixel, row: usize) -> &'a [i64; TILE] {
    let start = ground.key(Pixel { row: origin.row + row, ..origin });
    costs[start..].first_chunk().expect("the table goes on beyond the grid by a tile")
}

/// The smallest of the numbers, by halves: one after the other, every comparison would wait for the last.
#[inline(always)]
fn smallest(numbers: [i64; TILE]) -> i64 {
    let four: [i64; TILE / 2] = std::array::from_fn(|i| smaller(numbers[i], numbers[i + TILE / 2]));
    smaller(smaller(four[0], four[2]), smaller(four[1], four[3]))
}

#[inline(always)]
fn smaller(a: i64, b: i64) -> i64 {
    if a < b { a } else { b }
}
