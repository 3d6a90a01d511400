//! The points of a target before blur: a sparse sum of small separable masses.

use gaze_core::Size;

use super::settings::{Mass, Overlap, Splat};
use crate::points::{Neighbours, corners, nearest_pixel};

/// Mass on one or two neighbouring indices of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AxisMass {
    pub(super) index: usize,
    pub(super) here: f32,
    /// Mass at `index + 1`, which exists if this is not 0.
    pub(super) next: f32,
}

impl AxisMass {
    fn one(index: usize, mass: f32) -> Self {
        Self { index, here: mass, next: 0.0 }
    }

    /// The mass of a coordinate in the pixels that `factor` samples each make.
    fn spread(at: f64, length: usize, factor: usize) -> Self {
        let Neighbours { low, high, low_weight, high_weight } = Neighbours::of(at, length);
        let (low, high) = (low / factor, high / factor);
        if low == high {
            return Self::one(low, 1.0);
        }
        let sum = low_weight + high_weight;
        let [here, next] = [low_weight / sum, high_weight / sum].map(single);
        Self { index: low, here, next }
    }

    /// The indices with mass.
    pub(super) fn entries(self) -> impl Iterator<Item = (usize, f32)> + Clone {
        let next = (self.next != 0.0).then_some((self.index + 1, self.next));
        std::iter::once((self.index, self.here)).chain(next)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "targets are 32-bit")]
fn single(value: f64) -> f32 {
    value as f32
}

/// The product of two axes' masses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PointMass {
    pub(super) row: AxisMass,
    pub(super) column: AxisMass,
}

/// The value that a point wrote to a sample: which sample, in which order.
type Write = (u64, usize, f32);

/// Collects masses from points in the pixels of the supersampled target, reusing its memory.
#[derive(Debug, Default)]
pub(super) struct Masses {
    masses: Vec<PointMass>,
    writes: Vec<Write>,
    cells: Vec<(usize, usize, f32)>,
}

impl Masses {
    /// The masses of the last collection.
    pub(super) fn as_slice(&self) -> &[PointMass] {
        &self.masses
    }

    /// Takes points `(x, y)` in the pixels of a target of `size` with `factor` × `factor` samples per pixel; returns how
    /// many of them fell on it. `weights` are their masses; without any, every point has a mass of 1.
    pub(super) fn collect(
        &mut self,
        points: &[(f64, f64)],
        weights: &[f32],
        size: Size,
        factor: usize,
        (splat, overlap, mass): (Splat, Overlap, Mass),
    ) -> usize {
        let samples = Size { height: size.height * factor, width: size.width * factor };
        let unit = match mass {
            Mass::Sum => 1.0,
            Mass::Mean => single(1.0 / (factor as f64).powi(2)),
        };
        self.masses.clear();
        match overlap {
            Overlap::Accumulate => {
                if weights.is_empty() {
                    let mass = |&point: &_| accumulated(point, samples, factor, splat, unit);
                    self.masses.extend(points.iter().filter_map(mass));
                } else {
                    let mass =
                        |(&point, &weight): (&_, &f32)| accumulated(point, samples, factor, splat, unit * weight);
                    self.masses.extend(points.iter().zip(weights).filter_map(mass));
                }
                self.masses.len()
            }
            Overlap::Assign => {
                let kept = self.write(points, weights, samples, splat);
                self.gather(samples, factor, unit);
                kept
            }
        }
    }

    /// Every point writes its samples: first all points their first corner, then all their second, and so on.
    fn write(&mut self, points: &[(f64, f64)], weights: &[f32], samples: Size, splat: Splat) -> usize {
        self.writes.clear();
        let key = |pixel: gaze_core::Pixel| pixel.row as u64 * samples.width as u64 + pixel.column as u64;
        let mut kept = 0;
        for (order, &(x, y)) in points.iter().enumerate() {
            let weight = weights.get(order).copied().unwrap_or(1.0);
            match splat {
                Splat::Nearest => {
                    let pixel = nearest_pixel(x, y, samples);
                    self.writes.extend(pixel.map(|pixel| (key(pixel), order, weight)));
                    kept += usize::from(pixel.is_some());
                }
                Splat::Bilinear => {
                    let corners = corners(x, y, samples);
                    kept += usize::from(corners.is_some());
                    let corners = corners.into_iter().flatten().enumerate();
                    self.writes.extend(
                        corners.map(|(corner, (pixel, w))| {
                            (key(pixel), corner * points.len() + order, single(w) * weight)
                        }),
                    );
                }
            }
        }
        kept
    }

    /// The last write to each sample stays; the samples of a target pixel are added; neighbours in a row are paired.
    fn gather(&mut self, samples: Size, factor: usize, unit: f32) {
        self.writes.sort_unstable_by_key(|&(key, order, _)| (key, order));
        self.cells.clear();
        for same in self.writes.chunk_by(|a, b| a.0 == b.0) {
            let (key, _, value) = same[same.len() - 1];
            #[expect(clippy::cast_possible_truncation, reason = "a row and a column of an array")]
            let (row, column) = ((key / samples.width as u64) as usize, (key % samples.width as u64) as usize);
            self.cells.push((row / factor, column / factor, value * unit));
        }
        self.cells.sort_unstable_by_key(|&(row, column, _)| (row, column));
        for same in self.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (row, index, _) = same[0];
            let value = same.iter().map(|&(_, _, value)| value).sum();
            match self.masses.last_mut() {
                Some(PointMass { row: before, column })
                    if before.index == row && column.index + 1 == index && column.next == 0.0 =>
                {
                    column.next = value;
                }
                _ => self.masses.push(PointMass { row: AxisMass::one(row, 1.0), column: AxisMass::one(index, value) }),
            }
        }
    }
}

fn accumulated((x, y): (f64, f64), samples: Size, factor: usize, splat: Splat, unit: f32) -> Option<PointMass> {
    match splat {
        Splat::Nearest => nearest_pixel(x, y, samples).map(|pixel| PointMass {
            row: AxisMass::one(pixel.row / factor, 1.0),
            column: AxisMass::one(pixel.column / factor, unit),
        }),
        Splat::Bilinear => {
            corners(x, y, samples)?;
            let row = AxisMass::spread(y, samples.height, factor);
            let AxisMass { index, here, next } = AxisMass::spread(x, samples.width, factor);
            Some(PointMass { row, column: AxisMass { index, here: here * unit, next: next * unit } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { height: 2, width: 3 };

    #[track_caller]
    fn check(points: &[(f64, f64)], factor: usize, modes: (Splat, Overlap, Mass), expected: [[f32; 3]; 2]) {
        let mut masses = Masses::default();
        masses.collect(points, &[], SIZE, factor, modes);
        let mut found = [[0.0; 3]; 2];
        for mass in masses.as_slice() {
            for (row, down) in mass.row.entries() {
                for (column, across) in mass.column.entries() {
                    found[row][column] += down * across;
                }
            }
        }
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            // A handful of roundings to 32 bits.
            assert!((found - expected).abs() < 1e-6, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn repeated_points_add_up_or_overwrite() {
        let points = [(1.0, 0.0), (1.2, 0.4), (2.0, 1.0)];
        check(&points, 1, (Splat::Nearest, Overlap::Accumulate, Mass::Sum), [[0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]);
        check(&points, 1, (Splat::Nearest, Overlap::Assign, Mass::Sum), [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    }

    #[test]
    fn corners_of_whole_numbers_are_lost_when_they_overwrite() {
        let point = [(1.0, 0.0)];
        check(&point, 1, (Splat::Bilinear, Overlap::Accumulate, Mass::Sum), [[0.0, 1.0, 0.0], [0.0; 3]]);
        check(&point, 1, (Splat::Bilinear, Overlap::Assign, Mass::Sum), [[0.0, 0.25, 0.0], [0.0; 3]]);
        check(&[(1.25, 0.0)], 1, (Splat::Bilinear, Overlap::Assign, Mass::Sum), [[0.0, 0.375, 0.125], [0.0; 3]]);
    }

    #[test]
    fn samples_are_summed_or_averaged() {
        // Samples 4 x 6: the point lies between the samples of the first and the second column.
        let point = [(1.25, 0.0), (5.0, 3.0)];
        check(&point, 2, (Splat::Bilinear, Overlap::Accumulate, Mass::Sum), [[0.75, 0.25, 0.0], [0.0, 0.0, 1.0]]);
        check(&point, 2, (Splat::Bilinear, Overlap::Accumulate, Mass::Mean), [[0.1875, 0.0625, 0.0], [0.0, 0.0, 0.25]]);
        check(&point, 2, (Splat::Nearest, Overlap::Assign, Mass::Mean), [[0.25, 0.0, 0.0], [0.0, 0.0, 0.25]]);
    }

    #[test]
    fn later_corners_overwrite_earlier_ones() {
        // The second point's lower corner lies on the first point's upper one, but is written before it.
        check(
            &[(0.25, 0.0), (1.5, 0.0)],
            1,
            (Splat::Bilinear, Overlap::Assign, Mass::Sum),
            [[0.375, 0.125, 0.25], [0.0; 3]],
        );
    }

    #[test]
    fn points_beyond_the_border_are_not_kept() {
        let mut masses = Masses::default();
        let modes = (Splat::Nearest, Overlap::Accumulate, Mass::Sum);
        assert_eq!(masses.collect(&[(-0.5, 0.0), (2.5, 0.0), (3.0, 0.0)], &[], SIZE, 1, modes), 2);
    }
}
