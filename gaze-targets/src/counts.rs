//! Fixations without blur, as targets.

use gaze_core::{FixationMap, Fixations};
use ndarray::Array2;

/// Counts the fixations on each pixel, shape `(height, width)`; the sum is their number.
///
/// A fixation belongs to the pixel it lies in, `(⌊y⌋, ⌊x⌋)`, as everywhere in gaze but in the
/// [`Rasterizer`](crate::Rasterizer), which rounds as crumpets does.
///
/// ```
/// use gaze_core::{Fixation, Fixations, Size};
/// use gaze_targets::{binary_map, count_map};
///
/// let fixations = Fixations::new(Size { height: 1, width: 2 }, vec![Fixation { x: 1.9, y: 0.5 }; 3])?;
/// assert_eq!(count_map(&fixations).as_slice(), Some(&[0.0, 3.0][..]));
/// assert_eq!(binary_map(&fixations).as_slice(), Some(&[0.0, 1.0][..]));
/// # Ok::<(), gaze_core::OutOfBounds>(())
/// ```
#[must_use]
pub fn count_map(fixations: &Fixations) -> Array2<f32> {
    FixationMap::count(fixations).counts().mapv(|count| count as f32)
}

/// 1 where at least one fixation fell, else 0; shape `(height, width)`.
#[must_use]
pub fn binary_map(fixations: &Fixations) -> Array2<f32> {
    FixationMap::count(fixations).counts().mapv(|count| if count > 0 { 1.0 } else { 0.0 })
}
