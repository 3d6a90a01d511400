//! The network simplex method for moving masses between the cells of a grid.
//!
//! A basis is a spanning tree of the sources and sinks; every flow runs along its arcs, and a potential per node
//! makes the reduced cost `cost − φ(source) + φ(sink)` of each of them 0. An arc of negative reduced cost enters the
//! tree, flow goes around the cycle that it closes, and an arc that runs empty leaves. Masses and costs are whole
//! numbers, and the tree stays strongly feasible (an empty arc points to the root), so no basis comes twice.

use gaze_core::Pixel;

use super::{
    ground::Ground,
    prices::{Offer, Prices},
};

/// The mark for no node.
const NONE: u32 = u32::MAX;

/// One part of a solution: the mass that goes from a source to a sink, both counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shipment {
    pub(crate) source: usize,
    pub(crate) sink: usize,
    pub(crate) mass: i64,
}

/// The masses that leave and those that arrive; both lists row after row, masses positive, sums equal.
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

/// The place of a node in the tree. Sources come first, then sinks. Half a cache line: the tree is walked all the time.
///
/// All nodes are in a ring in which every node is followed by those below it, so a part of the tree is a piece of the ring.
#[derive(Clone, Copy, Debug)]
struct Node {
    parent: u32,
    /// The neighbours in the ring.
    next: u32,
    previous: u32,
    /// The last node of the part below this one; itself if there is none.
    last: u32,
    /// The number of nodes of the part, with this one.
    size: u32,
    /// The flow on the arc between the node and its parent; it runs up from a source and down to a sink.
    flow: i64,
}

/// A basis of an instance.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    instance: &'a Instance,
    ground: &'a Ground,
    nodes: Vec<Node>,
    root: u32,
    /// The sources' potentials.
    potential: Vec<i64>,
    /// The sinks' potentials.
    prices: Prices,
    /// What has been added to the potential of the root, and so means nothing: only differences of potentials do.
    offset: i64,
    pub(crate) pivots: usize,
}

/// An arc outside the tree and its reduced cost.
#[derive(Clone, Copy, Debug)]
struct Arc {
    source: u32,
    sink: u32,
    reduced: i64,
}

/// A node's number as it is stored in the tree.
#[expect(clippy::cast_possible_truncation, reason = "a grid has far fewer than 2^32 cells")]
fn number(node: usize) -> u32 {
    node as u32
}

impl<'a> Tree<'a> {
    /// Takes a forest of positive shipments that meet all supplies and demands, and joins it to a tree.
    pub(crate) fn new(instance: &'a Instance, ground: &'a Ground, shipments: &[Shipment]) -> Self {
        let sources = instance.sources.len();
        // The root is in the middle of the grid: fewer nodes hang below each other than with one in a corner.
        let root = sources / 2;
        let alone = |node| Node { parent: NONE, next: node, previous: node, last: node, size: 1, flow: 0 };
        let mut tree = Self {
            instance,
            ground,
            nodes: (0..number(instance.nodes())).map(alone).collect(),
            root: number(root),
            potential: vec![0; sources],
            prices: Prices::new(instance.sinks.iter().map(|sink| sink.0)),
            offset: 0,
            pivots: 0,
        };
        let mut arcs: Vec<Vec<(usize, i64)>> = vec![Vec::new(); instance.nodes()];
        for shipment in shipments {
            arcs[shipment.source].push((sources + shipment.sink, shipment.mass));
            arcs[sources + shipment.sink].push((shipment.source, shipment.mass));
        }
        let mut attached = vec![false; instance.nodes()];
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
        tree.measure();
        tree
    }

    fn nearest_sink(&self, source: usize, attached: &[bool]) -> Option<usize> {
        let sources = self.instance.sources.len();
        let cell = self.instance.sources[source].0;
        let sinks = (0..self.instance.sinks.len()).filter(|sink| attached[sources + sink]);
        sinks.min_by_key(|&sink| self.ground.cost(cell, self.instance.sinks[sink].0))
    }

    fn sources(&self) -> u32 {
        number(self.instance.sources.len())
    }

    fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    fn node_mut(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    /// Hangs a single node below another and sets its potential.
    fn attach(&mut self, node: usize, parent: usize, flow: i64) {
        let (new, above) = (number(node), number(parent));
        let next = self.node(above).next;
        self.link(above, new);
        self.link(new, next);
        (self.node_mut(new).parent, self.node_mut(new).flow) = (above, flow);
        let sources = self.instance.sources.len();
        if node < sources {
            self.potential[node] = self.prices.get(parent - sources) + self.cost(node, parent - sources);
        } else {
            let change = self.potential[parent] - self.cost(parent, node - sources) - self.prices.get(node - sources);
            self.prices.add(node - sources, change);
        }
    }

    /// Finds the sizes and the ends of all parts.
    fn measure(&mut self) {
        let mut node = self.node(self.root).previous;
        while node != self.root {
            let Node { parent, previous, last, size, .. } = *self.node(node);
            let above = self.node_mut(parent);
            above.size += size;
            // The first of its children that is met from behind is its last one.
            if above.last == parent {
                above.last = last;
            }
            node = previous;
        }
    }

    /// Makes two nodes neighbours in the ring.
    fn link(&mut self, before: u32, after: u32) {
        self.node_mut(before).next = after;
        self.node_mut(after).previous = before;
    }

    fn cost(&self, source: usize, sink: usize) -> i64 {
        self.ground.cost(self.instance.sources[source].0, self.instance.sinks[sink].0)
    }

    /// The arc of the least reduced cost from a source, if that is negative.
    fn price(&mut self, source: usize) -> Option<Arc> {
        let own = self.potential[source];
        let Offer { sink, price } = self.prices.below(own, self.instance.sources[source].0, self.ground)?;
        Some(Arc { source: number(source), sink, reduced: price - own })
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
        let sources = self.sources();
        let (source, sink) = (entering.source, sources + entering.sink);
        // Flow goes from the source to the sink, up from there to where the paths meet, and down to the source.
        // Arcs against that direction lose it: those of the sinks on the way up, of the sources on the way down.
        let (mut from_source, mut from_sink) = (source, sink);
        let (mut least_source, mut leaving_source) = (i64::MAX, NONE);
        let (mut least_sink, mut leaving_sink) = (i64::MAX, NONE);
        while from_source != from_sink {
            let (up, across) = (*self.node(from_source), *self.node(from_sink));
            // The smaller part does not hold the other node, so the paths meet above it.
            if up.size <= across.size {
                if from_source < sources && up.flow < least_source {
                    (least_source, leaving_source) = (up.flow, from_source);
                }
                from_source = up.parent;
            } else {
                if from_sink >= sources && across.flow <= least_sink {
                    (least_sink, leaving_sink) = (across.flow, from_sink);
                }
                from_sink = across.parent;
            }
        }
        let meeting = from_source;
        let mass = least_source.min(least_sink);
        for (start, gains) in [(source, false), (sink, true)] {
            let mut node = start;
            while node != meeting {
                let is_source = node < sources;
                let place = self.node_mut(node);
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
        self.cut(leaving, meeting);
        let size = self.node(leaving).size;
        let last = self.reroot(leaving, top);
        self.hang(top, below, meeting, (last, size));
        self.node_mut(top).flow = mass;
        self.shift(top, change);
    }

    /// Takes the part of a node out of the ring and off the parts that it belongs to, up to where the size will be the same again.
    fn cut(&mut self, top: u32, meeting: u32) {
        let Node { parent, previous, last, size, .. } = *self.node(top);
        let next = self.node(last).next;
        self.link(previous, next);
        let mut above = parent;
        while above != meeting {
            let place = self.node_mut(above);
            place.size -= size;
            above = place.parent;
        }
        self.replace_last(parent, last, previous);
    }

    /// Sets the last node of all parts from here upwards that ended with another.
    fn replace_last(&mut self, from: u32, old: u32, new: u32) {
        let mut node = from;
        while node != NONE && self.node(node).last == old {
            let place = self.node_mut(node);
            place.last = new;
            node = place.parent;
        }
    }

    /// Makes a node the top of a part that is cut off; returns the last node of that.
    ///
    /// What hung below a node of the way up now follows that node, without the part that it came from: those pieces of the
    /// ring are put one behind the other.
    fn reroot(&mut self, old: u32, new: u32) -> u32 {
        let size = self.node(old).size;
        let Node { parent: mut above, mut previous, last: mut child_last, size: mut child_size, mut flow, .. } =
            *self.node(new);
        let (mut child, mut tail, mut next) = (new, child_last, self.node(child_last).next);
        while child != old {
            let node = *self.node(above);
            self.link(tail, above);
            if child_last == node.last {
                tail = previous;
            } else {
                let after = self.node(node.last).next;
                self.link(previous, next);
                (tail, next) = (node.last, after);
            }
            let place = self.node_mut(above);
            (place.parent, place.flow, place.size) = (child, flow, size - child_size);
            (child, child_last, child_size) = (above, node.last, node.size);
            (above, previous, flow) = (node.parent, node.previous, node.flow);
        }
        // Each of the nodes on the way now hangs last below the one before.
        let mut node = old;
        while node != new {
            let place = self.node_mut(node);
            place.last = tail;
            node = place.parent;
        }
        tail
    }

    /// Hangs a part, whose last node and size are given, below a node.
    fn hang(&mut self, top: u32, below: u32, meeting: u32, (last, size): (u32, u32)) {
        let next = self.node(below).next;
        self.link(below, top);
        self.link(last, next);
        let place = self.node_mut(top);
        (place.parent, place.last, place.size) = (below, last, size);
        let mut above = below;
        while above != meeting {
            let place = self.node_mut(above);
            place.size += size;
            above = place.parent;
        }
        self.replace_last(below, below, last);
    }

    /// Adds to the potentials of a part, or takes as much off all others if they are fewer.
    fn shift(&mut self, top: u32, change: i64) {
        /// Potentials differ from the root's by less than 2^61. With this they stay below 2^62 still.
        const LARGEST_OFFSET: u64 = 1 << 59;
        let Node { last, size, .. } = *self.node(top);
        let next = self.node(last).next;
        let offset = self.offset.saturating_sub(change);
        if 2 * size as usize > self.nodes.len() && offset.unsigned_abs() < LARGEST_OFFSET {
            self.offset = offset;
            self.add(next, top, -change);
        } else {
            self.add(top, next, change);
        }
    }

    /// Adds to the potentials of the nodes of the ring from one to before another.
    fn add(&mut self, first: u32, end: u32, change: i64) {
        let sources = self.sources();
        let mut node = first;
        loop {
            if node < sources {
                self.potential[node as usize] += change;
            } else {
                self.prices.add((node - sources) as usize, change);
            }
            node = self.node(node).next;
            if node == end {
                return;
            }
        }
    }

    /// The arcs that carry mass.
    pub(crate) fn shipments(&self) -> Vec<Shipment> {
        let sources = self.instance.sources.len();
        let carrying = self.nodes.iter().enumerate().filter(|(_, node)| node.parent != NONE && node.flow > 0);
        carrying
            .map(|(i, node)| {
                let parent = node.parent as usize;
                let (source, sink) = if i < sources { (i, parent - sources) } else { (parent, i - sources) };
                Shipment { source, sink, mass: node.flow }
            })
            .collect()
    }

    /// Returns whether empty arcs point to the root everywhere: sinks hang on arcs that carry mass.
    #[cfg(test)]
    pub(crate) fn is_strongly_feasible(&self) -> bool {
        let (sources, sinks) = self.nodes.split_at(self.instance.sources.len());
        sources.iter().all(|node| node.flow >= 0) && sinks.iter().all(|node| node.flow > 0)
    }

    /// The lowest price at which a sink takes mass from a cell; 0 if there is no sink.
    pub(crate) fn lowest_price(&mut self, from: Pixel) -> i64 {
        self.prices.any(from, self.ground).map_or(0, |offer| offer.price - self.offset)
    }

    /// The potentials of the sources.
    pub(crate) fn source_potentials(&self) -> Vec<i64> {
        self.potential.iter().map(|potential| potential - self.offset).collect()
    }

    /// The potentials of the sinks.
    pub(crate) fn sink_potentials(&self) -> Vec<i64> {
        (0..self.instance.sinks.len()).map(|sink| self.prices.get(sink) - self.offset).collect()
    }
}
