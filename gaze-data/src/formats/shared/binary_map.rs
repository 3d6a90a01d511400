//! Binary maps of fixations in MATLAB files: an element other than 0 was fixated.

use crate::{RawFixation, RawScanpath, files::mat::Numbers};

/// Returns the fixated elements of a map as one scanpath of an unknown observer, row by row. Element (1, 1) is pixel
/// (0, 0).
pub(crate) fn points(map: &Numbers) -> RawScanpath {
    let fixation = |(row, column): (usize, usize)| {
        let (x, y) = (column as f64, row as f64);
        // MATLAB counts from 1, and messages show what a person finds there.
        RawFixation::from_origin(1.0, x + 1.0, y + 1.0, None, None)
    };
    RawScanpath { observer: None, fixations: map.nonzero().into_iter().map(fixation).collect() }
}
