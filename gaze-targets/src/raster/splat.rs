//! Blur of few points: each adds its own separable kernel.
//!
//! A point's kernel is an outer product of two profiles, a column and a row, both with the border already in them. The
//! target is made four rows at a time, so that what is added to stays in the nearest cache.

use pulp::{Arch, Simd, WithSimd};

use super::masses::{AxisMass, PointMass};
use crate::Boundary;

/// A stretch of an axis with its weights in the arena.
#[derive(Clone, Copy, Debug)]
struct Profile {
    /// The first index on the axis.
    start: usize,
    /// The index of the first weight in the arena.
    offset: usize,
    length: usize,
}

impl Profile {
    fn end(&self) -> usize {
        self.start + self.length
    }
}

/// Memory that is used again for every target.
#[derive(Debug, Default)]
pub(super) struct Splatter {
    arena: Vec<f32>,
    profiles: Vec<(Profile, Profile)>,
}

const ROWS: usize = 4;

impl Splatter {
    /// Adds the blurred masses to a map of `height` rows of `width`.
    pub(super) fn add(
        &mut self,
        masses: &[PointMass],
        taps: &[f32],
        boundary: Boundary,
        (height, width): (usize, usize),
        map: &mut [f32],
    ) {
        self.arena.clear();
        self.profiles.clear();
        for mass in masses {
            let row = profile(&mut self.arena, mass.row, height, taps, boundary);
            let column = profile(&mut self.arena, mass.column, width, taps, boundary);
            self.profiles.push((row, column));
        }
        // From the top: once a point starts below the block, so do all that follow.
        self.profiles.sort_unstable_by_key(|(row, _)| row.start);
        Arch::new().dispatch(AddKernels { arena: &self.arena, profiles: &self.profiles, width, map });
    }
}

/// The loop over the target, with the widest vectors there are: each value is the same sum, whatever their width.
struct AddKernels<'a> {
    arena: &'a [f32],
    profiles: &'a [(Profile, Profile)],
    width: usize,
    map: &'a mut [f32],
}

impl WithSimd for AddKernels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { arena, profiles, width, map } = self;
        for (block, rows) in map.chunks_mut(ROWS * width).enumerate() {
            let first = block * ROWS;
            for (row, column) in profiles {
                if row.start >= first + ROWS {
                    break;
                }
                if row.end() > first {
                    let down: [f32; ROWS] = std::array::from_fn(|i| {
                        let inside = (first + i).checked_sub(row.start).filter(|&at| at < row.length);
                        inside.map_or(0.0, |at| arena[row.offset + at])
                    });
                    let across = &arena[column.offset..column.offset + column.length];
                    add_rows(rows, width, column.start, down, across);
                }
            }
        }
    }
}

/// Adds `down[i] · across` to row `i` from column `start` on.
#[inline(always)]
fn add_rows(rows: &mut [f32], width: usize, start: usize, down: [f32; ROWS], across: &[f32]) {
    let length = across.len();
    if rows.len() == ROWS * width {
        let (a, rest) = rows.split_at_mut(width);
        let (b, rest) = rest.split_at_mut(width);
        let (c, d) = rest.split_at_mut(width);
        let [a, b, c, d] = [a, b, c, d].map(|row| &mut row[start..start + length]);
        for i in 0..length {
            a[i] += down[0] * across[i];
            b[i] += down[1] * across[i];
            c[i] += down[2] * across[i];
            d[i] += down[3] * across[i];
        }
        return;
    }
    // The last rows of a map whose height is no multiple of four.
    for (row, factor) in rows.chunks_exact_mut(width).zip(down) {
        for (value, &x) in row[start..start + length].iter_mut().zip(across) {
            *value += factor * x;
        }
    }
}

/// Appends to the arena how the mass on an axis is blurred.
#[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "lengths fit in isize; 0 ≤ from < to ≤ length")]
fn profile(arena: &mut Vec<f32>, mass: AxisMass, length: usize, taps: &[f32], boundary: Boundary) -> Profile {
    let offset = arena.len();
    let radius = taps.len() / 2;
    let last = mass.index + usize::from(mass.next != 0.0);
    if mass.index > radius && last + radius + 1 < length {
        // No border in reach: the taps, once or twice.
        arena.extend(taps.iter().map(|tap| mass.here * tap));
        if mass.next != 0.0 {
            arena.push(0.0);
            add_scaled(&mut arena[offset + 1..], mass.next, taps);
        }
        return Profile { start: mass.index - radius, offset, length: arena.len() - offset };
    }
    arena.resize(offset + length, 0.0);
    let dense = &mut arena[offset..];
    let (mut start, mut end) = (length, 0);
    for (index, weight) in mass.entries() {
        boundary.for_each_image(index, length, radius, |image| {
            let first = image - radius as isize;
            let (from, to) = (first.max(0), (first + taps.len() as isize).min(length as isize));
            if from < to {
                let tap = (from - first) as usize;
                let (from, to) = (from as usize, to as usize);
                add_scaled(&mut dense[from..to], weight, &taps[tap..]);
                (start, end) = (start.min(from), end.max(to));
            }
        });
    }
    // The indices in reach of an index include the index itself.
    let length = end - start;
    dense.copy_within(start..end, 0);
    arena.truncate(offset + length);
    Profile { start, offset, length }
}

fn add_scaled(target: &mut [f32], factor: f32, source: &[f32]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}
