//! The network simplex method for moving masses between the cells of a grid.
//!
//! A basis is a spanning tree of the sources and sinks; every flow runs along its arcs, and a potential per node
//! makes the reduced cost `cost − φ(source) + φ(sink)` of each of them 0. An arc of negative reduced cost enters the
//! tree, flow goes around the cycle that it closes, and an arc that runs empty leaves. Masses and costs are whole
//! numbers, and the tree stays strongly feasible (an empty arc points to the root), so no basis comes twice.

use std::ops::Range;

use gaze_core::Pixel;

use super::ground::Ground;

/// Side of the squares of cells whose sinks are priced together.
pub(crate) const TILE: usize = 6;

/// No node.
pub(crate) const NONE: usize = usize::MAX;

/// One part of a solution: so much goes from a source to a sink, both counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shipment {
    pub(crate) source: usize,
    pub(crate) sink: usize,
    pub(crate) mass: i64,
}

/// What leaves and what arrives; both lists row after row, masses positive, sums equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    pub(crate) sources: Vec<(Pixel, i64)>,
    pub(crate) sinks: Vec<(Pixel, i64)>,
}

impl Instance {
    pub(crate) fn nodes(&self) -> usize {
        self.sources.len() + self.sinks.len()
    }
}

/// The place of a node in the tree. Sources come first, then sinks.
#[derive(Clone, Copy, Debug)]
struct Node {
    parent: usize,
    first_child: usize,
    previous: usize,
    next: usize,
    depth: usize,
    /// On the arc between the node and its parent; it runs up from a source and down to a sink.
    flow: i64,
}

/// A basis of an instance.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    instance: &'a Instance,
    ground: &'a Ground,
    nodes: Vec<Node>,
    potential: Vec<i64>,
    /// The sinks' numbers in the table of distances.
    keys: Vec<usize>,
    tiles: Vec<Tile>,
    /// The tile of every sink.
    tile_of: Vec<usize>,
    stack: Vec<usize>,
    pub(crate) pivots: usize,
}

/// Neighbouring sinks, which are passed over together when none of them can be the end of a better arc.
#[derive(Clone, Debug)]
struct Tile {
    sinks: Range<usize>,
    /// First and last row and column.
    corners: (Pixel, Pixel),
    /// No sink has a lower potential.
    least: i64,
}

/// An arc outside the tree and its reduced cost.
#[derive(Clone, Copy, Debug)]
struct Arc {
    source: usize,
    sink: usize,
    reduced: i64,
}

/// The order of cells in which neighbours in both directions stay close.
pub(crate) fn tile(cell: Pixel) -> (usize, usize) {
    (cell.row / TILE, cell.column / TILE)
}

impl Tile {
    /// Adds the sink that follows those of the tile.
    fn add(&mut self, cell: Pixel) {
        let (first, last) = &mut self.corners;
        *first = Pixel { row: first.row.min(cell.row), column: first.column.min(cell.column) };
        *last = Pixel { row: last.row.max(cell.row), column: last.column.max(cell.column) };
        self.sinks.end += 1;
    }
}

impl<'a> Tree<'a> {
    /// Takes a forest of positive shipments that meet all supplies and demands, and joins it to a tree.
    pub(crate) fn new(instance: &'a Instance, ground: &'a Ground, shipments: &[Shipment]) -> Self {
        let sources = instance.sources.len();
        let empty = Node { parent: NONE, first_child: NONE, previous: NONE, next: NONE, depth: 0, flow: 0 };
        let mut tiles: Vec<Tile> = Vec::new();
        let mut tile_of = Vec::with_capacity(instance.sinks.len());
        let mut last = None;
        for (i, &(cell, _)) in instance.sinks.iter().enumerate() {
            let number = tile(cell);
            match tiles.last_mut() {
                Some(tile) if last == Some(number) => tile.add(cell),
                _ => tiles.push(Tile { sinks: i..i + 1, corners: (cell, cell), least: i64::MIN }),
            }
            last = Some(number);
            tile_of.push(tiles.len() - 1);
        }
        let mut tree = Self {
            instance,
            ground,
            nodes: vec![empty; instance.nodes()],
            potential: vec![0; instance.nodes()],
            keys: instance.sinks.iter().map(|(cell, _)| ground.key(*cell)).collect(),
            tiles,
            tile_of,
            stack: Vec::new(),
            pivots: 0,
        };
        let mut arcs: Vec<Vec<(usize, i64)>> = vec![Vec::new(); instance.nodes()];
        for shipment in shipments {
            arcs[shipment.source].push((sources + shipment.sink, shipment.mass));
            arcs[sources + shipment.sink].push((shipment.source, shipment.mass));
        }
        let mut attached = vec![false; instance.nodes()];
        // The root is in the middle of the grid: fewer nodes hang below each other than with one in a corner.
        let root = sources / 2;
        for start in (root..sources).chain(0..root) {
            if attached[start] {
                continue;
            }
            // An empty arc may only point towards the root: from a source of the new part.
            if start != root
                && let Some(sink) = tree.nearest_sink(start, &attached)
            {
                tree.attach(start, sources + sink, 0);
            }
            attached[start] = true;
            let mut open = vec![start];
            while let Some(node) = open.pop() {
                for &(other, flow) in &arcs[node] {
                    if !attached[other] {
                        attached[other] = true;
                        tree.attach(other, node, flow);
                        open.push(other);
                    }
                }
            }
        }
        tree
    }

    fn nearest_sink(&self, source: usize, attached: &[bool]) -> Option<usize> {
        let sources = self.instance.sources.len();
        let cell = self.instance.sources[source].0;
        let sinks = (0..self.keys.len()).filter(|sink| attached[sources + sink]);
        sinks.min_by_key(|&sink| self.ground.cost(cell, self.instance.sinks[sink].0))
    }

    /// Hangs a childless or detached node below another and sets its potential and depth (not its children's).
    fn attach(&mut self, node: usize, parent: usize, flow: i64) {
        self.link(node, parent, flow);
        self.nodes[node].depth = self.nodes[parent].depth + 1;
        let sources = self.instance.sources.len();
        self.potential[node] = if node < sources {
            self.potential[parent] + self.cost(node, parent - sources)
        } else {
            self.potential[parent] - self.cost(parent, node - sources)
        };
    }

    fn link(&mut self, node: usize, parent: usize, flow: i64) {
        let sibling = self.nodes[parent].first_child;
        self.nodes[parent].first_child = node;
        if sibling != NONE {
            self.nodes[sibling].previous = node;
        }
        let place = &mut self.nodes[node];
        place.parent = parent;
        place.previous = NONE;
        place.next = sibling;
        place.flow = flow;
    }

    fn unlink(&mut self, node: usize) {
        let Node { parent, previous, next, .. } = self.nodes[node];
        if previous == NONE {
            self.nodes[parent].first_child = next;
        } else {
            self.nodes[previous].next = next;
        }
        if next != NONE {
            self.nodes[next].previous = previous;
        }
    }

    fn cost(&self, source: usize, sink: usize) -> i64 {
        self.ground.cost(self.instance.sources[source].0, self.instance.sinks[sink].0)
    }

    /// The arc of the least reduced cost from a source, if that is negative.
    fn price(&mut self, source: usize) -> Option<Arc> {
        let sources = self.instance.sources.len();
        let cell = self.instance.sources[source].0;
        let own = self.potential[source];
        let potentials = &self.potential[sources..];
        let costs = self.ground.costs_from(cell);
        let mut best = own;
        let mut found = NONE;
        for tile in &mut self.tiles {
            let potentials = &potentials[tile.sinks.clone()];
            let (first, last) = tile.corners;
            let nearest = Pixel {
                row: cell.row.clamp(first.row, last.row),
                column: cell.column.clamp(first.column, last.column),
            };
            if costs[self.ground.key(nearest)].saturating_add(tile.least) >= best {
                continue;
            }
            let keys = &self.keys[tile.sinks.clone()];
            let mut least = i64::MAX;
            for ((&key, &potential), sink) in keys.iter().zip(potentials).zip(tile.sinks.clone()) {
                least = least.min(potential);
                let value = costs[key] + potential;
                if value < best {
                    best = value;
                    found = sink;
                }
            }
            tile.least = least;
        }
        (found != NONE).then_some(Arc { source, sink: found, reduced: best - own })
    }

    /// Improves the basis until no arc has a negative reduced cost. `false` if `limit` pivots did not suffice.
    pub(crate) fn optimize(&mut self, limit: usize) -> bool {
        let sources = self.instance.sources.len();
        let mut next = 0;
        // Sources in a row that no arc leaves with a gain.
        let mut settled = 0;
        while settled < sources {
            match self.price(next) {
                None => settled += 1,
                Some(_) if self.pivots == limit => return false,
                Some(arc) => {
                    self.pivot(arc);
                    settled = 0;
                }
            }
            next = if next + 1 == sources { 0 } else { next + 1 };
        }
        true
    }

    fn pivot(&mut self, entering: Arc) {
        self.pivots += 1;
        let sources = self.instance.sources.len();
        let (source, sink) = (entering.source, sources + entering.sink);
        // Flow goes from the source to the sink, up from there to where the paths meet, and down to the source.
        // Arcs against that direction lose it: those of the sinks on the way up, of the sources on the way down.
        let (mut from_source, mut from_sink) = (source, sink);
        let (mut least_source, mut leaving_source) = (i64::MAX, NONE);
        let (mut least_sink, mut leaving_sink) = (i64::MAX, NONE);
        while from_source != from_sink {
            if self.nodes[from_source].depth >= self.nodes[from_sink].depth {
                let flow = self.nodes[from_source].flow;
                if from_source < sources && flow < least_source {
                    (least_source, leaving_source) = (flow, from_source);
                }
                from_source = self.nodes[from_source].parent;
            } else {
                let flow = self.nodes[from_sink].flow;
                if from_sink >= sources && flow <= least_sink {
                    (least_sink, leaving_sink) = (flow, from_sink);
                }
                from_sink = self.nodes[from_sink].parent;
            }
        }
        let meeting = from_source;
        let mass = least_source.min(least_sink);
        for (start, gains) in [(source, false), (sink, true)] {
            let mut node = start;
            while node != meeting {
                let is_source = node < sources;
                let place = &mut self.nodes[node];
                place.flow += if is_source == gains { mass } else { -mass };
                node = place.parent;
            }
        }
        // Of several empty arcs the last one on the way, seen from the meeting point, keeps the tree strongly feasible.
        let (leaving, top, below, change) = if least_sink <= least_source {
            (leaving_sink, sink, source, -entering.reduced)
        } else {
            (leaving_source, source, sink, entering.reduced)
        };
        self.reroot(leaving, top);
        self.link(top, below, mass);
        self.shift(top, change);
    }

    /// Cuts the subtree of `old` off and hangs it up at `new`, one of its nodes; `new` is left without a parent.
    fn reroot(&mut self, old: usize, new: usize) {
        let (mut node, mut parent) = (new, self.nodes[new].parent);
        let mut flow = self.nodes[new].flow;
        self.unlink(new);
        while node != old {
            let (above, flow_above) = (self.nodes[parent].parent, self.nodes[parent].flow);
            self.unlink(parent);
            self.link(parent, node, flow);
            (node, parent, flow) = (parent, above, flow_above);
        }
    }

    /// Adds to the potentials of a subtree and sets its depths.
    fn shift(&mut self, top: usize, change: i64) {
        let sources = self.instance.sources.len();
        let mut stack = std::mem::take(&mut self.stack);
        stack.push(top);
        while let Some(node) = stack.pop() {
            self.potential[node] += change;
            if node >= sources {
                let tile = &mut self.tiles[self.tile_of[node - sources]];
                tile.least = tile.least.min(self.potential[node]);
            }
            let Node { parent, mut first_child, .. } = self.nodes[node];
            self.nodes[node].depth = self.nodes[parent].depth + 1;
            while first_child != NONE {
                stack.push(first_child);
                first_child = self.nodes[first_child].next;
            }
        }
        self.stack = stack;
    }

    /// The arcs that carry mass.
    pub(crate) fn shipments(&self) -> Vec<Shipment> {
        let sources = self.instance.sources.len();
        let carrying = self.nodes.iter().enumerate().filter(|(_, node)| node.parent != NONE && node.flow > 0);
        carrying
            .map(|(i, node)| {
                let (source, sink) = if i < sources { (i, node.parent - sources) } else { (node.parent, i - sources) };
                Shipment { source, sink, mass: node.flow }
            })
            .collect()
    }

    /// Whether empty arcs point to the root everywhere: sinks hang on arcs that carry mass.
    #[cfg(test)]
    pub(crate) fn is_strongly_feasible(&self) -> bool {
        let (sources, sinks) = self.nodes.split_at(self.instance.sources.len());
        sources.iter().all(|node| node.flow >= 0) && sinks.iter().all(|node| node.flow > 0)
    }

    /// The potentials of the sinks.
    pub(crate) fn sink_potentials(&self) -> &[i64] {
        &self.potential[self.instance.sources.len()..]
    }
}
