//! What every saliency model can be asked.

use crate::{Fixation, LogDensity, Stimulus};

/// A model of where people look: from a picture to a density over its pixels.
///
/// A scanpath model conditions on the fixations made so far; a spatial one, such as DeepGaze IIE or a center bias,
/// ignores them. A run over a dataset passes an empty history.
pub trait SaliencyModel {
    /// Why a prediction may fail.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The density of the next fixation on `stimulus` after those in `history` (oldest first), at the size of the
    /// stimulus.
    ///
    /// # Errors
    ///
    /// Whatever keeps this model from predicting this picture.
    fn log_density(&self, stimulus: &Stimulus, history: &[Fixation]) -> Result<LogDensity, Self::Error>;
}
