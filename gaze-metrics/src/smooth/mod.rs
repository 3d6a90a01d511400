//! The Gaussian blur that derived maps and calibration need: separable, sampled, cut at four sigma.
//!
//! The crate that makes targets has its own, faster for lists of fixations; this crate may not see it, and its tests
//! hold both against SciPy.

use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd, bytemuck};

use crate::MetricError;

mod spectrum;

/// The values beyond the border of a map. The names are SciPy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Zeros: mass is lost there.
    Constant,
    /// The mirrored map: mass is kept.
    Reflect,
}

/// A Gaussian of a checked width: `tap(k) ∝ exp(−k² / 2σ²)` for `|k| ≤ ⌊4σ + ½⌋`, summing to 1.
#[derive(Clone, Debug)]
pub(crate) struct Smoother {
    taps: Vec<f64>,
    border: Border,
}

impl Smoother {
    /// The same limit as in gaze-targets: beyond any image, and its taps still take less than a megabyte.
    const LARGEST_SIGMA_PX: f64 = 10_000.0;

    pub(crate) fn new(sigma_px: f64, border: Border) -> Result<Self, MetricError> {
        if !(sigma_px > 0.0 && sigma_px <= Self::LARGEST_SIGMA_PX) {
            return Err(MetricError::Sigma { found: sigma_px, largest: Self::LARGEST_SIGMA_PX });
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 40 000, by the check above")]
        let radius = (4.0 * sigma_px + 0.5) as i32;
        let mut taps: Vec<f64> = (-radius..=radius).map(|k| (-0.5 * (f64::from(k) / sigma_px).powi(2)).exp()).collect();
        let sum: f64 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Ok(Self { taps, border })
    }

    /// Blurs a map of which only what stands out against its largest value counts: exact to a few times 2⁻⁵² of that, and
    /// not negative where the map is not. Beyond a dozen pixels of sigma it is faster than [`Smoother::blur`], which is
    /// exact for the smallest values too.
    pub(crate) fn blur_roughly(&self, map: &Array2<f64>) -> Array2<f64> {
        /// The length of kernel from which it is faster.
        const LONG: usize = 100;
        let fits = map.dim().0.min(map.dim().1) >= self.reach();
        if self.border != Border::Constant || self.taps.len() < LONG || !fits {
            return self.blur(map);
        }
        let floor = if map.iter().any(|&value| value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
        spectrum::convolve(map, &self.taps, floor)
    }

    /// Blurs along both axes: first every row that has mass, then those rows down the columns.
    pub(crate) fn blur(&self, map: &Array2<f64>) -> Array2<f64> {
        let (height, width) = map.dim();
        let arch = Arch::new();
        let map = map.as_standard_layout();
        let rows: Vec<&[f64]> =
            map.as_slice().map_or_else(Vec::new, |values| values.chunks_exact(width.max(1)).collect());
        let occupied: Vec<usize> = rows.iter().map(|row| row.iter().filter(|&&value| value != 0.0).count()).collect();
        let with_mass = || (0..height).filter(|&row| occupied[row] > 0);
        let mut panels = Panels::new(width, with_mass().count());
        let mut padded = Vec::new();
        let mut row = vec![0.0; width.next_multiple_of(STEP)];
        for (place, index) in with_mass().enumerate() {
            self.pad(rows[index], &mut padded);
            if occupied[index] * SCATTER < width {
                row.fill(0.0);
                self.scatter(&padded, &mut row[..width]);
            } else {
                padded.resize(row.len() + 2 * self.reach(), 0.0);
                arch.dispatch(Across { padded: &padded, taps: &self.taps, blurred: &mut row });
            }
            panels.put(place, &row);
        }
        let mut places = vec![None; height];
        with_mass().enumerate().for_each(|(place, row)| places[row] = Some(place));
        let continued = (0..height + 2 * self.reach()).map(|at| (at, self.resolve(at, height)));
        let sources: Vec<_> = continued.filter_map(|(at, row)| Some((at, places[row?]?))).collect();
        let mut blurred = vec![0.0; height * width];
        arch.dispatch(Down {
            sources: &sources,
            weights: &self.weights(),
            panels: &panels,
            width,
            blurred: &mut blurred,
        });
        Array2::from_shape_vec(map.dim(), blurred).expect("as many values as the map has")
    }

    fn reach(&self) -> usize {
        self.taps.len() / 2
    }

    /// The index inside an axis that stands for `place - reach`, if any does.
    fn resolve(&self, place: usize, length: usize) -> Option<usize> {
        let reach = self.reach();
        match self.border {
            Border::Constant => place.checked_sub(reach).filter(|&index| index < length),
            Border::Reflect => {
                // Beyond the border the axis is mirrored, and mirrored again after as many places.
                let period = 2 * length;
                let phase = (place + period - reach % period) % period;
                Some(if phase < length { phase } else { period - 1 - phase })
            }
        }
    }

    /// Continues a row beyond both ends.
    fn pad(&self, row: &[f64], padded: &mut Vec<f64>) {
        let (reach, width) = (self.reach(), row.len());
        let beyond = |place| self.resolve(place, width).map_or(0.0, |inside| row[inside]);
        padded.clear();
        padded.extend((0..reach).map(beyond));
        padded.extend_from_slice(row);
        padded.extend((reach + width..2 * reach + width).map(beyond));
    }

    /// Convolves a row that is mostly zero, value by value.
    fn scatter(&self, padded: &[f64], blurred: &mut [f64]) {
        let last = self.taps.len() - 1;
        for (at, &value) in padded.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
            // Output `i` reads `padded[i ..= i + last]`; the taps are symmetric.
            let (from, to) = (at.saturating_sub(last), (at + 1).min(blurred.len()));
            let first_tap = last - (at - from);
            for (target, tap) in blurred[from..to].iter_mut().zip(&self.taps[first_tap..]) {
                *target += value * tap;
            }
        }
    }

    /// The weights for rows that are made together, and each row of the continued map from where the first of them begins: how much
    /// of it each takes.
    fn weights(&self) -> Vec<[f64; ROWS]> {
        let tap = |step: usize, row| step.checked_sub(row).and_then(|tap| self.taps.get(tap)).copied().unwrap_or(0.0);
        (0..self.taps.len() + ROWS - 1).map(|step| std::array::from_fn(|row| tap(step, row))).collect()
    }
}

/// A value that is moved to all it reaches costs as much as this many values that are convolved.
const SCATTER: usize = 3;

/// Rows that are made together, so that each source is read once for all of them.
const ROWS: usize = 4;

/// The length of a row is rounded up to a multiple of this: four of the widest vectors.
const STEP: usize = 32;

/// A padded row, convolved; every sum in the order of the taps.
struct Across<'a> {
    padded: &'a [f64],
    taps: &'a [f64],
    blurred: &'a mut [f64],
}

impl WithSimd for Across<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const VECTORS: usize = 4;
        let values = VECTORS * S::F64_LANES;
        for (at, blurred) in self.blurred.chunks_exact_mut(values).enumerate() {
            let mut sums = [simd.splat_f64s(0.0); VECTORS];
            for (window, &tap) in self.padded[at * values..].windows(values).zip(self.taps) {
                let tap = simd.splat_f64s(tap);
                for (sum, &value) in sums.iter_mut().zip(vectors::<S, VECTORS>(window)) {
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(tap, value));
                }
            }
            S::as_mut_simd_f64s(blurred).0.copy_from_slice(&sums);
        }
    }
}

/// Columns that lie together in memory: what is added up in a column is read in order.
const PANEL: usize = 16;

/// Blurred rows, cut into panels.
struct Panels {
    rows: usize,
    values: Vec<[f64; PANEL]>,
}

impl Panels {
    fn new(width: usize, rows: usize) -> Self {
        Self { rows, values: vec![[0.0; PANEL]; width.div_ceil(PANEL) * rows] }
    }

    /// Stores a row, which may be longer than the panels reach.
    fn put(&mut self, place: usize, row: &[f64]) {
        for (panel, part) in self.values.chunks_exact_mut(self.rows).zip(row.as_chunks().0) {
            panel[place] = *part;
        }
    }
}

/// All rows, each a weighted sum of blurred rows.
struct Down<'a> {
    /// Rows of the continued map that have mass, each with its place in the panels.
    sources: &'a [(usize, usize)],
    weights: &'a [[f64; ROWS]],
    panels: &'a Panels,
    width: usize,
    blurred: &'a mut [f64],
}

impl WithSimd for Down<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const VECTORS: usize = 2;
        let Self { sources, weights, panels, width, blurred } = self;
        let values = VECTORS * S::F64_LANES;
        if panels.rows == 0 {
            return;
        }
        for (number, panel) in panels.values.chunks_exact(panels.rows).enumerate() {
            let (mut from, mut to) = (0, 0);
            for (block, target) in blurred.chunks_mut(ROWS * width).enumerate() {
                let first = block * ROWS;
                from += sources[from..].iter().take_while(|source| source.0 < first).count();
                to += sources[to..].iter().take_while(|source| source.0 < first + weights.len()).count();
                let column = number * PANEL;
                for start in (0..PANEL.min(width - column)).step_by(values) {
                    let mut sums = [[simd.splat_f64s(0.0); VECTORS]; ROWS];
                    for &(at, place) in &sources[from..to] {
                        let source = vectors::<S, VECTORS>(&panel[place][start..]);
                        for (sums, &weight) in sums.iter_mut().zip(&weights[at - first]) {
                            let weight = simd.splat_f64s(weight);
                            for (sum, &value) in sums.iter_mut().zip(source) {
                                *sum = simd.add_f64s(*sum, simd.mul_f64s(weight, value));
                            }
                        }
                    }
                    for (row, sums) in target.chunks_exact_mut(width).zip(&sums) {
                        store::<S, VECTORS>(sums, &mut row[column + start..]);
                    }
                }
            }
        }
    }
}

/// Writes vectors, or of the last ones as much as there is room for.
#[inline(always)]
fn store<S: Simd, const N: usize>(vectors: &[S::f64s; N], room: &mut [f64]) {
    if let Some(whole) = S::as_mut_simd_f64s(room).0.first_chunk_mut() {
        *whole = *vectors;
    } else {
        room.copy_from_slice(&bytemuck::cast_slice(vectors)[..room.len()]);
    }
}

/// The first vectors of a list that has as many.
#[inline(always)]
fn vectors<S: Simd, const N: usize>(values: &[f64]) -> &[S::f64s; N] {
    S::as_simd_f64s(values).0.first_chunk().expect("rows are as long as all vectors that are made of them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// Sums of a few hundred products in 64 bits.
    const ROUNDING: f64 = 1e-13;

    fn blur(map: &Array2<f64>, sigma: f64, border: Border) -> Array2<f64> {
        Smoother::new(sigma, border).unwrap().blur(map)
    }

    // scipy 1.17.1: gaussian_filter([[0,0,0,0],[0,1,0,0],[0,0,0,2.]], sigma, mode=..., truncate=4)[1]
    // with sigma 0.8, and 5, whose kernel is longer than the map.
    #[test]
    fn known_values_of_scipy() {
        let map = array![[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]];
        let cases = [
            (0.8, Border::Reflect, [0.12522046880995555, 0.2605233666163974, 0.23927555924523009, 0.37498060532841737]),
            (0.8, Border::Constant, [0.11405443090632114, 0.25868292283835476, 0.2181047445381195, 0.2386325138104511]),
            (5.0, Border::Reflect, [0.2498985697619839, 0.24995240309706768, 0.2500461660069299, 0.25010286113401875]),
            (
                5.0,
                Border::Constant,
                [0.01666587933805795, 0.01788838068612995, 0.018474771828850222, 0.01835849116482415],
            ),
        ];
        for (sigma, border, expected) in cases {
            let found = blur(&map, sigma, border);
            for (found, expected) in found.row(1).iter().zip(expected) {
                assert!((found - expected).abs() < ROUNDING, "{sigma} {border:?}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn a_width_must_be_a_width() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let message = Smoother::new(bad, Border::Reflect).unwrap_err().to_string();
            assert_eq!(message, format!("a blur's sigma must be positive and at most 10000 pixels, not {bad}"));
        }
    }

    /// Blur straight from its definition.
    fn naive(map: &Array2<f64>, sigma: f64, border: Border) -> Array2<f64> {
        let Smoother { taps, .. } = Smoother::new(sigma, border).unwrap();
        let reach = i64::try_from(taps.len() / 2).unwrap();
        let along = |length: usize, at: usize, value: &dyn Fn(usize) -> f64| -> f64 {
            let n = i64::try_from(length).unwrap();
            let terms = (-reach..).zip(&taps).map(|(k, tap)| {
                let place = i64::try_from(at).unwrap() + k;
                let phase = place.rem_euclid(2 * n);
                let inside = usize::try_from(if phase < n { phase } else { 2 * n - 1 - phase }).unwrap();
                let counts = border == Border::Reflect || (0..n).contains(&place);
                if counts { tap * value(inside) } else { 0.0 }
            });
            terms.sum()
        };
        let rows = Array2::from_shape_fn(map.dim(), |(y, x)| along(map.ncols(), x, &|inside| map[[y, inside]]));
        Array2::from_shape_fn(map.dim(), |(y, x)| along(map.nrows(), y, &|inside| rows[[inside, x]]))
    }

    /// Rows wider and narrower than what is made together, without mass, with some, and full.
    fn map() -> impl Strategy<Value = Array2<f64>> {
        (1usize..11, 1usize..150).prop_flat_map(|(height, width)| {
            let row = (0usize..4, prop::collection::vec(0.0f64..3.0, width)).prop_map(|(gap, mut row)| {
                row.iter_mut().enumerate().filter(|(i, _)| gap == 0 || i % (5 * gap) > 0).for_each(|(_, v)| *v = 0.0);
                if gap == 3 { vec![0.0; row.len()] } else { row }
            });
            prop::collection::vec(row, height)
                .prop_map(move |rows| Array2::from_shape_vec((height, width), rows.concat()).unwrap())
        })
    }

    proptest! {
        #[test]
        fn blur_equals_its_definition(map in map(), sigma in 0.1f64..12.0) {
            for border in [Border::Reflect, Border::Constant] {
                let (found, expected) = (blur(&map, sigma, border), naive(&map, sigma, border));
                prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < ROUNDING), "{border:?}");
            }
        }

        #[test]
        fn a_rough_blur_differs_by_rounding_of_the_largest_value(
            size in (50usize..120, 50usize..150), sigma in 12.0f64..14.0, sign in -1i32..2, seed in any::<u32>()
        ) {
            let value = |place: usize| (place * 7919 + seed as usize) % 101;
            let map = Array2::from_shape_fn(size, |(y, x)| f64::from(sign) + (value(y * size.1 + x) as f64).powi(4));
            let smoother = Smoother::new(sigma, Border::Constant).unwrap();
            let (found, expected) = (smoother.blur_roughly(&map), smoother.blur(&map));
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < ROUNDING * 1e8));
            let empty = Array2::from_shape_fn(size, |(y, x)| f64::from(u8::from((y, x) == (0, 0))));
            prop_assert!(smoother.blur_roughly(&empty).iter().all(|&value| value >= 0.0));
        }

        #[test]
        fn reflection_keeps_mass_and_constants(
            values in prop::collection::vec(0.0f64..3.0, 15), sigma in 0.1f64..30.0, level in -2.0f64..2.0
        ) {
            let map = Array2::from_shape_vec((3, 5), values).unwrap();
            prop_assert!((blur(&map, sigma, Border::Reflect).sum() - map.sum()).abs() < 1e-11);
            let constant = blur(&Array2::from_elem((3, 5), level), sigma, Border::Reflect);
            prop_assert!(constant.iter().all(|value| (value - level).abs() < ROUNDING));
        }
    }
}
