//! The scale at which a network sees a picture.

use gaze_core::{PixelsPerDegree, Training};
use gaze_model::Scale;

use super::ModelOptions;
use crate::error::OpenModelError;

/// The scale asked for, and its name in settings.
pub(super) fn scale(training: &Training, options: &ModelOptions) -> Result<(Scale, String), OpenModelError> {
    let to_long_side = |pixels: usize| (Scale::LongSide(pixels), format!("long side of {pixels}"));
    let per_degree = |pixels| PixelsPerDegree::new(pixels).map_err(OpenModelError::PixelsPerDegree);
    Ok(match (options.long_side, options.pixels_per_degree) {
        (Some(pixels), _) => to_long_side(pixels as usize),
        (None, Some(pixels)) => {
            let shown = per_degree(pixels)?;
            let name = format!("{} of {pixels} pixels per degree", training.pixels_per_degree);
            (Scale::Degree { shown, trained: per_degree(training.pixels_per_degree)? }, name)
        }
        (None, None) if training.rescales => to_long_side(training.long_side),
        (None, None) => (Scale::AsIs, "as it is".to_owned()),
    })
}

/// The name in settings of the scale at which a network sees pictures that it scales itself, or not at all.
pub(super) fn by_itself(pixels_per_degree: Option<f64>) -> String {
    pixels_per_degree.map_or_else(|| "as it is".to_owned(), |pixels| format!("views of {pixels} pixels per degree"))
}

/// Tells whether a picture that is shown as it is lies far from the scale of the training: less than half or more than
/// twice as many pixels along the longer side.
pub(super) fn is_far(training: &Training, long_side: usize) -> bool {
    !(training.long_side / 2..=training.long_side * 2).contains(&long_side)
}
