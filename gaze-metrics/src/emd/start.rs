//! A good first solution: solved on a grid of half the resolution, then refined.

use gaze_core::{Pixel, Size};

use super::{
    ground::Ground,
    prices::tile,
    simplex::{Instance, Shipment, Tree},
};

/// Grids up to this many cells start from a plain greedy solution.
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
            let cell = Pixel { row: i / self.size.width, column: i % self.size.width };
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

    /// What the way back moves.
    pub(crate) fn reversed(&self) -> Self {
        Self { size: self.size, mass: self.mass.iter().map(|mass| -mass).collect() }
    }

    /// The same masses on a grid of half as many rows and columns.
    fn halved(&self) -> Self {
        let size = Size { height: self.size.height.div_ceil(2), width: self.size.width.div_ceil(2) };
        let mut mass = vec![0; size.pixels()];
        for (i, &m) in self.mass.iter().enumerate() {
            let (row, column) = (i / self.size.width, i % self.size.width);
            mass[row / 2 * size.width + column / 2] += m;
        }
        Self { size, mass }
    }
}

/// A forest of shipments that is close to the optimum; `None` if a pivot limit was hit on the way.
pub(crate) fn shipments(surplus: &Surplus, instance: &Instance, threshold: f64, limit: usize) -> Option<Vec<Shipment>> {
    if surplus.size.pixels() <= SMALL {
        return Some(greedy(instance));
    }
    let halved = surplus.halved();
    let coarse = halved.instance();
    let mut solution = Vec::new();
    if !coarse.sources.is_empty() {
        let start = shipments(&halved, &coarse, threshold / 2.0, limit)?;
        let ground = Ground::new(halved.size, threshold / 2.0);
        let mut tree = Tree::new(&coarse, &ground, &start);
        if !tree.optimize(limit) {
            return None;
        }
        solution = tree.shipments();
    }
    Some(refine(instance, &coarse, &solution, halved.size))
}

/// Serves the sinks in order from the sources in order.
fn greedy(instance: &Instance) -> Vec<Shipment> {
    let mut shipments = Vec::new();
    let mut sources: Vec<(usize, i64)> = instance.sources.iter().map(|s| s.1).enumerate().collect();
    let mut sinks: Vec<(usize, i64)> = instance.sinks.iter().map(|s| s.1).enumerate().collect();
    ship(instance, &mut sources, &mut sinks, i64::MAX, &mut shipments);
    shipments
}

/// Moves up to `most` from the last sources to the last sinks, and drops those that are used up. The last ones may
/// be used in part already and are never set aside for others: that keeps the shipments a forest.
fn ship(
    instance: &Instance,
    sources: &mut Vec<(usize, i64)>,
    sinks: &mut Vec<(usize, i64)>,
    mut most: i64,
    to: &mut Vec<Shipment>,
) {
    while most > 0
        && let (Some(source), Some(sink)) = (sources.last_mut(), sinks.last_mut())
    {
        let mass = source.1.min(sink.1).min(most);
        to.push(Shipment { source: source.0, sink: sink.0, mass });
        source.1 -= mass;
        sink.1 -= mass;
        most -= mass;
        let (from, end) = (instance.sources[source.0].0, instance.sinks[sink.0].0);
        let (source_done, sink_done) = (source.1 == 0, sink.1 == 0);
        if source_done {
            sources.pop();
            nearest_last(sources, &instance.sources, end);
        }
        if sink_done {
            sinks.pop();
            nearest_last(sinks, &instance.sinks, from);
        }
    }
}

/// Moves the unused node that is nearest to a cell to the end of its list.
fn nearest_last(list: &mut [(usize, i64)], nodes: &[(Pixel, i64)], cell: Pixel) {
    let squared = |node: usize| {
        let other = nodes[node].0;
        cell.row.abs_diff(other.row).pow(2) + cell.column.abs_diff(other.column).pow(2)
    };
    if let Some(nearest) = (0..list.len()).min_by_key(|&i| squared(list[i].0)) {
        let last = list.len() - 1;
        list.swap(nearest, last);
    }
}

/// Splits a solution on the coarse grid over the cells of the fine one: first within each coarse cell, then along
/// the coarse shipments. What is used in order makes a forest again.
fn refine(instance: &Instance, coarse: &Instance, solution: &[Shipment], size: Size) -> Vec<Shipment> {
    let index = |cell: Pixel| cell.row / 2 * size.width + cell.column / 2;
    let collect = |list: &[(Pixel, i64)]| {
        let mut cells: Vec<Vec<(usize, i64)>> = vec![Vec::new(); size.pixels()];
        for (i, &(cell, mass)) in list.iter().enumerate() {
            cells[index(cell)].push((i, mass));
        }
        cells
    };
    let (mut sources, mut sinks) = (collect(&instance.sources), collect(&instance.sinks));
    let mut shipments = Vec::with_capacity(instance.nodes());
    for (sources, sinks) in sources.iter_mut().zip(&mut sinks) {
        ship(instance, sources, sinks, i64::MAX, &mut shipments);
    }
    for arc in solution {
        let (from, to) = (coarse.sources[arc.source].0, coarse.sinks[arc.sink].0);
        let (from, to) = (from.row * size.width + from.column, to.row * size.width + to.column);
        ship(instance, &mut sources[from], &mut sinks[to], arc.mass, &mut shipments);
    }
    shipments
}
