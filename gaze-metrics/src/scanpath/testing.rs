//! Scanpaths for the tests of the measures.

use std::ops::Range;

use proptest::prelude::*;

use super::ScanpathPoints;

/// A scanpath of these places, without durations.
pub(super) fn path(points: &[(f64, f64)]) -> ScanpathPoints {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    ScanpathPoints::new(&x, &y, None).unwrap()
}

/// A scanpath of these places and durations.
pub(super) fn timed(fixations: &[(f64, f64, f64)]) -> ScanpathPoints {
    let of = |pick: fn(&(f64, f64, f64)) -> f64| fixations.iter().map(pick).collect::<Vec<f64>>();
    ScanpathPoints::new(&of(|f| f.0), &of(|f| f.1), Some(&of(|f| f.2))).unwrap()
}

/// Places on a picture of 600 × 800 pixels and durations of 80 to 600 ms.
pub(super) fn any_path(count: Range<usize>) -> impl Strategy<Value = ScanpathPoints> {
    prop::collection::vec((0.0..800.0, 0.0..600.0, 80.0..600.0), count).prop_map(|fixations| timed(&fixations))
}

pub(super) fn pair_of_paths(count: Range<usize>) -> impl Strategy<Value = (ScanpathPoints, ScanpathPoints)> {
    (any_path(count.clone()), any_path(count))
}

fn with_places(path: &ScanpathPoints, place: impl Fn(f64, f64) -> (f64, f64)) -> ScanpathPoints {
    let (x, y): (Vec<f64>, Vec<f64>) = path.points().iter().map(|point| place(point.x, point.y)).unzip();
    ScanpathPoints::new(&x, &y, path.durations_ms()).unwrap()
}

/// The scanpath at another place of the screen.
pub(super) fn moved(path: &ScanpathPoints) -> ScanpathPoints {
    with_places(path, |x, y| (x + 130.0, y - 47.5))
}

/// The scanpath at another scale.
pub(super) fn scaled(path: &ScanpathPoints, factor: f64) -> ScanpathPoints {
    with_places(path, |x, y| (x * factor, y * factor))
}
