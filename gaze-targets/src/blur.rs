//! Separable Gaussian blur, of a whole map or of a list of fixations.
//!
//! Blurring along one axis is a matrix: its column `i` says how the mass at index `i` spreads. [`Spread`] computes
//! those columns, border included, and both functions are built of them: first every row is spread sideways, then
//! the spread rows are added up for the rows above and below. A row without mass costs nothing, so a hundred fixations
//! cost about a hundred kernels, whatever the map.

use std::ops::Range;

use gaze_core::Fixations;
use ndarray::{Array2, ArrayView2};
use pulp::{Arch, Simd, WithSimd, bytemuck};

use crate::{Boundary, GaussianKernel};

/// Blurs a map with a Gaussian along both axes.
///
/// Takes and returns an array of shape `(height, width)`; the sum of the map is kept under [`Boundary::Reflect`].
///
/// # Reference
///
/// `scipy.ndimage.gaussian_filter` with `truncate=4.0` and the mode that [`Boundary`] names.
#[must_use]
pub fn blur(map: ArrayView2<'_, f64>, kernel: &GaussianKernel, boundary: Boundary) -> Array2<f64> {
    let masses = map.outer_iter().enumerate().flat_map(|(row, values)| {
        let masses: Vec<_> = values.iter().copied().enumerate().filter(|&(_, mass)| mass != 0.0).collect();
        masses.into_iter().map(move |(column, mass)| (row, column, mass))
    });
    SpreadRows::of_masses(map.dim(), masses, kernel, boundary).blurred()
}

/// Blurs the map that has a unit of mass at the pixel of every fixation, repeats included.
///
/// The same as [`blur`] of the fixation counts, to the last bit.
#[must_use]
pub fn blur_fixations(fixations: &Fixations, kernel: &GaussianKernel, boundary: Boundary) -> Array2<f64> {
    SpreadRows::of_fixations(fixations, kernel, boundary).blurred()
}

/// Masses that are spread sideways, of which the rows of the blurred map are made.
pub(crate) struct SpreadRows {
    dim: (usize, usize),
    spread: Vec<f64>,
    stride: usize,
    /// The weights by [`ROWS`] rows of the map.
    sources: Vec<Vec<Source>>,
}

impl SpreadRows {
    /// Takes a unit of mass at the pixel of every fixation.
    pub(crate) fn of_fixations(fixations: &Fixations, kernel: &GaussianKernel, boundary: Boundary) -> Self {
        let mut pixels = fixations.pixels().to_vec();
        pixels.sort_unstable();
        let masses = pixels.chunk_by(|a, b| a == b).map(|same| (same[0].row, same[0].column, same.len() as f64));
        Self::of_masses(fixations.size().dim(), masses, kernel, boundary)
    }

    /// Takes point masses `(row, column, mass)` that come in the order of rows, then columns.
    fn of_masses(
        dim: (usize, usize),
        masses: impl Iterator<Item = (usize, usize, f64)>,
        kernel: &GaussianKernel,
        boundary: Boundary,
    ) -> Self {
        let (height, width) = dim;
        let sideways = Spread { kernel, boundary, length: width };
        let updown = Spread { kernel, boundary, length: height };
        let mut columns: Vec<Option<Profile>> = vec![None; width];
        let stride = width.next_multiple_of(STEP);
        let (mut spread, mut rows): (Vec<f64>, Vec<Spreading>) = (Vec::new(), Vec::new());
        let mut last = None;
        for (row, column, mass) in masses {
            if last != Some(row) {
                last = Some(row);
                spread.resize(spread.len() + stride, 0.0);
                rows.push(Spreading { reached: width..0, profile: updown.profile(row) });
            }
            let profile = columns[column].get_or_insert_with(|| sideways.profile(column));
            let start = spread.len() - stride;
            add_scaled(&mut spread[start + profile.start..start + profile.end()], mass, &profile.weights);
            if let Some(Spreading { reached, .. }) = rows.last_mut() {
                *reached = reached.start.min(profile.start)..reached.end.max(profile.end());
            }
        }
        let sources = (0..height).step_by(ROWS).map(|first| sources(&rows, first)).collect();
        Self { dim, spread, stride, sources }
    }

    /// The whole map.
    fn blurred(&self) -> Array2<f64> {
        let mut blurred = vec![0.0; self.dim.0 * self.dim.1];
        self.add_up(0, &mut blurred);
        Array2::from_shape_vec(self.dim, blurred).expect("as many values as the map has")
    }

    /// Writes rows of the map, from this multiple of [`ROWS`] on, over zeros.
    /// What no mass reaches is not touched, so that it costs nothing in memory that the system has cleared.
    pub(crate) fn add_up(&self, number: usize, rows: &mut [f64]) {
        let Self { dim: (_, width), ref spread, stride, ref sources } = *self;
        Arch::new().dispatch(AddUp { spread, stride, sources: &sources[number..], width, rows });
    }
}

/// A row with mass.
struct Spreading {
    /// The columns that its mass reaches.
    reached: Range<usize>,
    /// How it spreads over the rows.
    profile: Profile,
}

/// Rows that are added up together, so that each source is read once for all of them.
pub(crate) const ROWS: usize = 4;

/// Rows are rounded up to a multiple of this length: two of the widest vectors.
const STEP: usize = 16;

/// Columns that are worked on together: few, so that most rows that reach other columns only are passed over, and so that their part
/// of the spread rows stays in the nearer caches; but the map is written faster in longer pieces.
const STRIP: usize = 8 * STEP;

/// A spread row and how much of it some rows take that lie together.
#[derive(Clone, Debug)]
struct Source {
    number: usize,
    reached: Range<usize>,
    weights: [f64; ROWS],
}

/// The source rows that the rows from `first` on are made of.
fn sources(rows: &[Spreading], first: usize) -> Vec<Source> {
    let reached = rows.iter().enumerate().filter(|(_, row)| {
        let Profile { start, .. } = row.profile;
        start < first + ROWS && first < row.profile.end()
    });
    let source = |(number, row): (usize, &Spreading)| {
        let weights = std::array::from_fn(|offset| row.profile.weight_at(first + offset));
        Source { number, reached: row.reached.clone(), weights }
    };
    reached.map(source).collect()
}

/// Rows of a map, each a weighted sum of spread rows, in the order of these.
struct AddUp<'a> {
    spread: &'a [f64],
    stride: usize,
    /// The weights by [`ROWS`] rows of the map.
    sources: &'a [Vec<Source>],
    width: usize,
    rows: &'a mut [f64],
}

impl WithSimd for AddUp<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const VECTORS: usize = 2;
        let Self { spread, stride, sources, width, rows } = self;
        let values = VECTORS * S::F64_LANES;
        let mut near = Vec::new();
        for first in (0..width).step_by(STRIP) {
            let columns = first..width.min(first + STRIP);
            for (sources, rows) in sources.iter().zip(rows.chunks_mut(ROWS * width)) {
                // What a row does not reach, it would add a zero to.
                near.clear();
                let reaches =
                    |source: &&Source| source.reached.start < columns.end && columns.start < source.reached.end;
                near.extend(sources.iter().filter(reaches).map(|source| (source.number * stride, source.weights)));
                if near.is_empty() {
                    continue;
                }
                for column in columns.clone().step_by(values) {
                    let mut sums = [[simd.splat_f64s(0.0); VECTORS]; ROWS];
                    for &(start, weights) in &near {
                        let source = S::as_simd_f64s(&spread[start + column..][..values]).0;
                        for (sums, weight) in sums.iter_mut().zip(weights) {
                            let weight = simd.splat_f64s(weight);
                            for (sum, &value) in sums.iter_mut().zip(source) {
                                *sum = simd.add_f64s(*sum, simd.mul_f64s(weight, value));
                            }
                        }
                    }
                    for (row, sums) in rows.chunks_exact_mut(width).zip(&sums) {
                        let room = &mut row[column..];
                        if let Some(vectors) = S::as_mut_simd_f64s(room).0.first_chunk_mut() {
                            *vectors = *sums;
                        } else {
                            room.copy_from_slice(&bytemuck::cast_slice(sums)[..room.len()]);
                        }
                    }
                }
            }
        }
    }
}

fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// The part of a column of the blur matrix that is not zero.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    start: usize,
    weights: Vec<f64>,
}

impl Profile {
    fn end(&self) -> usize {
        self.start + self.weights.len()
    }

    /// The weight at an index of the axis.
    pub(crate) fn weight_at(&self, index: usize) -> f64 {
        index.checked_sub(self.start).and_then(|at| self.weights.get(at)).copied().unwrap_or(0.0)
    }
}

/// Blur along an axis of the given length, seen as a matrix.
pub(crate) struct Spread<'a> {
    pub(crate) kernel: &'a GaussianKernel,
    pub(crate) boundary: Boundary,
    pub(crate) length: usize,
}

impl Spread<'_> {
    /// The spread of a unit of mass at `index`: entry `j` is the sum of the taps that lead from `j` to `index`, or
    /// to a place beyond the border that stands for `index`.
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "lengths fit in isize; 0 ≤ from ≤ to")]
    pub(crate) fn profile(&self, index: usize) -> Profile {
        let (n, radius) = (self.length as isize, self.kernel.radius());
        let reach = radius as isize;
        let mut start = self.length;
        let mut end = 0;
        let mut dense = vec![0.0; self.length];
        self.boundary.for_each_image(index, self.length, radius, |image| {
            let (from, to) = ((image - reach).max(0), (image + reach + 1).min(n));
            if from >= to {
                return;
            }
            let first_tap = (from - (image - reach)) as usize;
            let (from, to) = (from as usize, to as usize);
            add_scaled(&mut dense[from..to], 1.0, &self.kernel.taps()[first_tap..]);
            (start, end) = (start.min(from), end.max(to));
        });
        Profile { start, weights: dense[start..end].to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, FixationMap, Size};
    use ndarray::array;
    use proptest::prelude::*;

    const BOUNDARIES: [Boundary; 4] = [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate, Boundary::Zero];

    /// Sums of a few hundred products in 64 bits.
    const ROUNDING: f64 = 1e-13;

    /// Blur straight from its definition.
    fn naive(map: &Array2<f64>, kernel: &GaussianKernel, boundary: Boundary) -> Array2<f64> {
        let (height, width) = map.dim();
        let radius = isize::try_from(kernel.radius()).unwrap();
        let taps = || (-radius..).zip(kernel.taps());
        let along = |length: usize, at: usize, value: &dyn Fn(usize) -> f64| -> f64 {
            let at = isize::try_from(at).unwrap();
            taps().map(|(k, tap)| boundary.resolve(at + k, length).map_or(0.0, |inside| tap * value(inside))).sum()
        };
        let rows = Array2::from_shape_fn(map.dim(), |(y, x)| along(width, x, &|inside| map[[y, inside]]));
        Array2::from_shape_fn(map.dim(), |(y, x)| along(height, y, &|inside| rows[[inside, x]]))
    }

    fn map_and_kernel() -> impl Strategy<Value = (Array2<f64>, GaussianKernel)> {
        (1usize..9, 1usize..40, 0.2f64..4.0).prop_flat_map(|(height, width, sigma)| {
            prop::collection::vec(prop_oneof![Just(0.0), -1.0..3.0], height * width).prop_map(move |values| {
                let map = Array2::from_shape_vec((height, width), values).unwrap();
                (map, GaussianKernel::new(sigma).unwrap())
            })
        })
    }

    proptest! {
        #[test]
        fn blur_equals_its_definition((map, kernel) in map_and_kernel()) {
            for boundary in BOUNDARIES {
                let difference = blur(map.view(), &kernel, boundary) - naive(&map, &kernel, boundary);
                prop_assert!(difference.iter().all(|d| d.abs() < ROUNDING), "{boundary:?}");
            }
        }

        #[test]
        fn reflection_keeps_mass((map, kernel) in map_and_kernel()) {
            let blurred = blur(map.view(), &kernel, Boundary::Reflect);
            prop_assert!((blurred.sum() - map.sum()).abs() < 1e-12);
        }

        #[test]
        fn blurred_fixations_are_the_blurred_counts(points in prop::collection::vec((0.0..7.0, 0.0..5.0), 0..12)) {
            let size = Size { height: 5, width: 7 };
            let points = points.into_iter().map(|(x, y)| Fixation { x, y }).collect();
            let fixations = Fixations::new(size, points).unwrap();
            let counts = FixationMap::count(&fixations).counts().mapv(f64::from);
            let kernel = GaussianKernel::new(1.3).unwrap();
            for boundary in BOUNDARIES {
                prop_assert_eq!(blur_fixations(&fixations, &kernel, boundary), blur(counts.view(), &kernel, boundary));
            }
        }
    }

    // scipy 1.17.1: gaussian_filter([[0,0,0,0],[0,1,0,0],[0,0,0,2.]], 0.8, mode=..., truncate=4)[1]
    #[test]
    fn known_values_of_scipy() {
        let map = array![[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]];
        let kernel = GaussianKernel::new(0.8).unwrap();
        let expected = [
            (Boundary::Reflect, SCIPY_REFLECT),
            (Boundary::Mirror, SCIPY_MIRROR),
            (Boundary::Replicate, SCIPY_NEAREST),
            (Boundary::Zero, SCIPY_CONSTANT),
        ];
        for (boundary, row) in expected {
            let blurred = blur(map.view(), &kernel, boundary);
            for (found, expected) in blurred.row(1).iter().zip(row) {
                assert!((found - expected).abs() < ROUNDING, "{boundary:?}: {found} is not {expected}");
            }
        }
    }

    const SCIPY_REFLECT: [f64; 4] = [0.12522046880995555, 0.2605233666163974, 0.23927555924523009, 0.37498060532841737];
    const SCIPY_MIRROR: [f64; 4] = [0.24811907693668173, 0.29244083342377764, 0.2287889204379537, 0.25191849568906055];
    const SCIPY_NEAREST: [f64; 4] = [0.114074133067029, 0.2598833152522726, 0.2395158279249721, 0.3865870558404405];
    const SCIPY_CONSTANT: [f64; 4] = [0.11405443090632114, 0.25868292283835476, 0.2181047445381195, 0.2386325138104511];
}
