//! From the numbers that a network gives to a prediction of the size that is wanted.

use std::ops::Range;

use fast_image_resize::{FilterType, pixels::F32};
use gaze_core::{LogDensity, MapError, Prediction, SaliencyMap, Size};
use ndarray::{Array2, ArrayD, Axis, s};

use super::{error::RunError, input::Placement, sidecar::Kind};
use crate::scale::resample_part;

/// The largest distance from 0 of the logarithm of the sum of what is called a log density. Networks sum in 32 bits, over a
/// million pixels of which the sum keeps four digits; logits are off by more than that unless by chance.
const NORMALIZED: f64 = 1e-3;

/// Takes the map out of an output.
pub(super) fn map(output: ArrayD<f32>) -> Result<Array2<f32>, RunError> {
    let found = output.shape().to_vec();
    // Axes of batch and channel, whose length is 1.
    let single: &[usize] = match found.as_slice() {
        [_, _] => &[],
        [1, _, _] => &[0],
        [_, _, 1] => &[2],
        [1, 1, _, _] => &[1, 0],
        [1, _, _, 1] => &[3, 0],
        _ => return Err(RunError::NoMap { found }),
    };
    let map = single.iter().fold(output, |output, &axis| output.index_axis_move(Axis(axis), 0));
    map.into_dimensionality().map_err(|_| RunError::NoMap { found })
}

/// Makes a prediction of a map: takes the margin away, brings the map to the size that is wanted and normalises it.
pub(super) fn prediction(
    map: Array2<f32>,
    kind: Kind,
    placement: &Placement,
    wanted: Size,
) -> Result<Prediction, RunError> {
    let refused = |problem| RunError::Kind { kind: kind.name(), problem };
    let lowest = match kind {
        Kind::LogDensity => f32::NEG_INFINITY,
        Kind::Probabilities => 0.0,
        Kind::Logits | Kind::Scores => f32::MIN,
    };
    if let Some(problem) = offending(&map, lowest) {
        return Err(refused(problem));
    }
    let map = if kind == Kind::LogDensity { multiples(map)? } else { map };
    let map = brought(map, placement, wanted).ok_or(refused(MapError::Empty { size: wanted }))?.mapv(f64::from);
    Ok(match kind {
        Kind::Logits => Prediction::Density(LogDensity::normalize(map).map_err(refused)?),
        Kind::Probabilities | Kind::LogDensity => Prediction::Density(LogDensity::from_weights(map).map_err(refused)?),
        Kind::Scores => Prediction::Scores(SaliencyMap::new(map).map_err(refused)?),
    })
}

/// Finds a number that is none, is infinite where that means nothing, or is too small.
fn offending(map: &Array2<f32>, lowest: f32) -> Option<MapError> {
    let allowed = |value: f32| value >= lowest && value < f32::INFINITY;
    let ((row, column), &found) = map.indexed_iter().find(|&(_, &value)| !allowed(value))?;
    Some(MapError::Value { pixel: gaze_core::Pixel { row, column }, found: found.into() })
}

/// The probabilities of a log density as multiples of the uniform density's, which 32 bits hold well.
fn multiples(map: Array2<f32>) -> Result<Array2<f32>, RunError> {
    let sum: f64 = map.iter().map(|&value| f64::from(value).exp()).sum();
    let log_sum = sum.ln();
    if log_sum.is_nan() || log_sum.abs() > NORMALIZED {
        return Err(RunError::NotNormalized { log_sum });
    }
    let pixels = (map.len() as f64).ln();
    #[expect(clippy::cast_possible_truncation, reason = "the interpolation computes in 32 bits")]
    let multiple = |value: f32| (f64::from(value) + pixels).exp() as f32;
    Ok(map.mapv(multiple))
}

/// The part of a map that shows the picture, at the size that is wanted; `None` if the map or the size has no pixels. A map
/// that has this size is returned as it is, else it is interpolated linearly.
fn brought(map: Array2<f32>, placement: &Placement, wanted: Size) -> Option<Array2<f32>> {
    let Placement { canvas, content, corner: [top, left] } = *placement;
    let (height, width) = map.dim();
    let (rows, from_row, row_count) = span(top, content.height, canvas.height, height)?;
    let (columns, from_column, column_count) = span(left, content.width, canvas.width, width)?;
    let part = map.slice_move(s![rows, columns]);
    let size: Size = part.dim().into();
    // Whole pixels, so that these differences are exact.
    let missing = from_row + from_column + (size.height as f64 - row_count) + (size.width as f64 - column_count);
    if missing <= 0.0 && size == wanted {
        return Some(part);
    }
    let part = part.as_standard_layout();
    let shown = [from_column, from_row, column_count, row_count];
    let values = resample_part::<F32, f32>(part.as_slice()?, size, shown, wanted, FilterType::Bilinear)?;
    Array2::from_shape_vec(wanted.dim(), values).ok()
}

/// The indices of a map of `length` that show the `content` pixels from `start` on of an input of `canvas` pixels, and the
/// exact beginning and length of that part among them.
fn span(start: usize, content: usize, canvas: usize, length: usize) -> Option<(Range<usize>, f64, f64)> {
    let scaled = |place: usize| place * length;
    let first = scaled(start) / canvas.max(1);
    let end = scaled(start + content).div_ceil(canvas.max(1));
    let exact = |place: usize| scaled(place) as f64 / canvas as f64;
    (first < end).then(|| (first..end, exact(start) - first as f64, exact(start + content) - exact(start)))
}
