//! A good first solution: what mass is worth where is found on a grid of half the resolution, and the sources of the
//! finer grid serve the sinks in the order of what it costs beyond that.

use std::{cmp::Reverse, collections::BinaryHeap};

use gaze_core::{Pixel, Size};

use super::{
    ground::Ground,
    prices::{Prices, tile},
    simplex::{Instance, Shipment, Tree},
};

/// The largest number of cells of a grid on which all mass is worth the same to begin with.
const SMALL: usize = 48;

/// The surplus of every cell of a grid; the sum is 0.
#[derive(Clone, Debug)]
pub(crate) struct Surplus {
    pub(crate) size: Size,
    pub(crate) mass: Vec<i64>,
}

impl Surplus {
    pub(crate) fn instance(&self) -> Instance {
        let mut instance = Instance::default();
        for (i, &mass) in self.mass.iter().enumerate() {
            let cell = cell(self.size, i);
            match mass {
                1.. => instance.sources.push((cell, mass)),
                0 => {}
                _ => instance.sinks.push((cell, -mass)),
            }
        }
        instance.sources.sort_by_key(|&(cell, _)| tile(cell));
        instance.sinks.sort_by_key(|&(cell, _)| tile(cell));
        instance
    }

    /// The mass that is moved on the way back.
    pub(crate) fn reversed(&self) -> Self {
        Self { size: self.size, mass: self.mass.iter().map(|mass| -mass).collect() }
    }

    /// The same masses on a grid of half as many rows and columns.
    fn halved(&self) -> Self {
        let size = Size { height: self.size.height.div_ceil(2), width: self.size.width.div_ceil(2) };
        let mut mass = vec![0; size.pixels()];
        for (i, &m) in self.mass.iter().enumerate() {
            let Pixel { row, column } = cell(self.size, i);
            mass[row / 2 * size.width + column / 2] += m;
        }
        Self { size, mass }
    }
}

/// The cell at an index of a grid, row after row.
fn cell(size: Size, index: usize) -> Pixel {
    Pixel { row: index / size.width, column: index % size.width }
}

/// The value of mass in every cell of a grid of half the resolution: it is moved where it gains more than the way costs.
struct Worth {
    size: Size,
    /// The distances in cells of that grid.
    values: Vec<f64>,
}

impl Worth {
    /// Solves the coarse problem; `None` if a pivot limit was hit.
    fn of(surplus: &Surplus, ground: &Ground, limit: usize) -> Option<Self> {
        let halved = surplus.halved();
        let instance = halved.instance();
        let size = halved.size;
        if instance.sources.is_empty() {
            return Some(Self { size, values: vec![0.0; size.pixels()] });
        }
        let coarse = Ground::new(size, ground.threshold() / 2.0);
        let mut tree = Tree::new(&instance, &coarse, &shipments(&halved, &instance, &coarse, limit)?);
        if !tree.optimize(limit) {
            return None;
        }
        let values = (0..size.pixels()).map(|i| coarse.in_cells(tree.lowest_price(cell(size, i))));
        Some(Self { size, values: values.collect() })
    }

    /// The distance between the centers of coarse cells, in cells of the grid of twice the resolution.
    fn at(&self, cell: Pixel) -> f64 {
        let along = |place: usize, length: usize| {
            let place = ((place as f64 - 0.5) / 2.0).clamp(0.0, (length - 1) as f64);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place on the grid")]
            let before = place as usize;
            (before, (before + 1).min(length - 1), place.fract())
        };
        let (top, bottom, down) = along(cell.row, self.size.height);
        let (left, right, across) = along(cell.column, self.size.width);
        let value = |row: usize, column: usize| self.values[row * self.size.width + column];
        let of_row = |row| (1.0 - across) * value(row, left) + across * value(row, right);
        2.0 * ((1.0 - down) * of_row(top) + down * of_row(bottom))
    }
}

/// A forest of shipments that is close to the optimum; `None` if a pivot limit was hit on the way.
pub(crate) fn shipments(
    surplus: &Surplus,
    instance: &Instance,
    ground: &Ground,
    limit: usize,
) -> Option<Vec<Shipment>> {
    let worth = if surplus.size.pixels() > SMALL { Some(Worth::of(surplus, ground, limit)?) } else { None };
    let worth = |cell| worth.as_ref().map_or(0, |worth| ground.units(worth.at(cell)));
    let mut prices = Prices::new(instance.sinks.iter().map(|sink| sink.0));
    for (sink, &(cell, _)) in instance.sinks.iter().enumerate() {
        prices.add(sink, worth(cell));
    }
    let gains: Vec<i64> = instance.sources.iter().map(|source| worth(source.0)).collect();
    let mut left: Vec<i64> = instance.sources.iter().map(|source| source.1).collect();
    let mut room: Vec<i64> = instance.sinks.iter().map(|sink| sink.1).collect();
    let best = |prices: &mut Prices, source: usize| {
        let offer = prices.any(instance.sources[source].0, ground)?;
        Some(Reverse((offer.price - gains[source], source, offer.sink as usize)))
    };
    let mut queue: BinaryHeap<_> = (0..left.len()).filter_map(|source| best(&mut prices, source)).collect();
    // Every shipment uses up a source or a sink, which is in none after it: that keeps them a forest.
    let mut shipments = Vec::with_capacity(instance.nodes());
    while let Some(Reverse((_, source, sink))) = queue.pop() {
        let mass = left[source].min(room[sink]);
        if mass > 0 {
            shipments.push(Shipment { source, sink, mass });
            left[source] -= mass;
            room[sink] -= mass;
            if room[sink] == 0 {
                prices.close(sink);
            }
        }
        if left[source] > 0 {
            queue.extend(best(&mut prices, source));
        }
    }
    Some(shipments)
}
