//! The way from the samples of a layer to those of another grid: linear interpolation along both axes.

use gaze_core::{
    Size,
    numeric::{Loop, vectorized},
};

use crate::gaze_lite::{
    architecture::{View, inputs},
    grid::{Axis, READOUT_STRIDE, half},
    kernel::functions::add_multiple,
};

/// Computes the size of the readout's grid for a picture of this size.
pub(super) fn grid(picture: Size) -> Size {
    Size { height: picture.height.div_ceil(READOUT_STRIDE), width: picture.width.div_ceil(READOUT_STRIDE) }
}

/// Lists the axes of each input of a readout and of its grid, `[source, target]` for rows and for columns; none for an input
/// that has the grid's samples.
pub(super) fn axes(picture: Size) -> impl Iterator<Item = Option<[[Axis; 2]; 2]>> {
    let small = half(picture);
    inputs().map(move |(view, tap)| {
        if view == View::Full && tap.stride == READOUT_STRIDE {
            return None;
        }
        let seen = if view == View::Full { picture } else { small };
        let pair = |length, seen| [Axis::layer(length, seen, tap.stride), Axis::layer(length, length, READOUT_STRIDE)];
        Some([pair(picture.height, seen.height), pair(picture.width, seen.width)])
    })
}

/// The samples that have a part in a place, and their weights.
#[derive(Debug)]
pub(super) struct Taps {
    /// The first of them.
    pub(super) first: usize,
    pub(super) weights: Vec<f32>,
}

/// The interpolation from one grid of samples to another.
#[derive(Debug)]
pub(super) struct Way {
    rows: Vec<Taps>,
    columns: Vec<Taps>,
    /// The columns of the source.
    width: usize,
}

impl Way {
    /// Makes the way between the samples of [`axes`].
    pub(super) fn new([rows, columns]: [[Axis; 2]; 2]) -> Self {
        Self { rows: taps(rows), columns: taps(columns), width: columns[0].count }
    }

    /// Adds the interpolation of samples of so many channels to those of the target.
    pub(super) fn add(&self, from: &[f32], channels: usize, to: &mut [f32]) {
        vectorized(Addition { way: self, from, channels, to });
    }
}

/// Lists what has a part in each place.
pub(super) fn taps([source, target]: [Axis; 2]) -> Vec<Taps> {
    let matrix = source.interpolation(target);
    let rows = matrix.chunks_exact(source.count).map(|row| {
        let first = row.iter().position(|&weight| weight != 0.0).unwrap_or(0);
        let weights = row[first..].iter().copied().take_while(|&weight| weight != 0.0).collect();
        Taps { first, weights }
    });
    rows.collect()
}

struct Addition<'a> {
    way: &'a Way,
    from: &'a [f32],
    channels: usize,
    to: &'a mut [f32],
}

impl Loop for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { way, from, channels, to } = self;
        let length = way.width * channels;
        let mut line = vec![0.0; length];
        for (row, to) in way.rows.iter().zip(to.chunks_exact_mut(way.columns.len() * channels)) {
            line.fill(0.0);
            for (source, &weight) in from[row.first * length..].chunks_exact(length).zip(&row.weights) {
                add_multiple(&mut line, source, weight);
            }
            for (column, to) in way.columns.iter().zip(to.chunks_exact_mut(channels)) {
                for (source, &weight) in line[column.first * channels..].chunks_exact(channels).zip(&column.weights) {
                    add_multiple(to, source, weight);
                }
            }
        }
    }
}
