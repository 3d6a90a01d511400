//! A picture that an opened model has looked at, to be asked for one history of fixations after the other.

use std::borrow::Cow;

use gaze_core::{Fixation, LogDensity, Look, ModelError, Prediction, Size};
use thiserror::Error;

use super::{
    budget::Share,
    model::{Model, density},
};

/// The model failed on a picture that it was shown at another size.
#[derive(Debug, Error)]
#[error("the picture of {size} was shown to the model at {seen} (height x width)")]
struct SeenAtAnotherSize {
    size: Size,
    seen: Size,
    source: ModelError,
}

/// What an opened model says of a picture.
#[derive(Debug)]
pub(crate) enum Answer<'m> {
    /// One prediction for all fixations.
    Spatial(Prediction),
    /// A prediction for each fixation, given those before it.
    Scanpath(Looked<'m>),
}

/// The sizes between a picture and the model's answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The size of the picture.
    pub(super) size: Size,
    /// The size at which the model sees it.
    pub(super) seen: Size,
    /// The size at which the model answers.
    pub(super) answered: Size,
}

impl Frame {
    /// Moves fixations on the picture to the same places of the picture as it is seen.
    pub(super) fn seen_history<'h>(&self, history: &'h [Fixation]) -> Cow<'h, [Fixation]> {
        let Self { size, seen, .. } = self;
        if seen == size {
            return Cow::Borrowed(history);
        }
        let across = seen.width as f64 / size.width as f64;
        let down = seen.height as f64 / size.height as f64;
        Cow::Owned(history.iter().map(|&Fixation { x, y }| Fixation { x: x * across, y: y * down }).collect())
    }

    /// Adds to an error that speaks of a size that it is the one that the model saw.
    pub(super) fn told<T>(&self, answer: Result<T, ModelError>) -> Result<T, ModelError> {
        let &Self { size, seen, .. } = self;
        answer.map_err(|source| if seen == size { source } else { SeenAtAnotherSize { size, seen, source }.into() })
    }
}

/// A picture that an opened model has looked at.
///
/// It holds its share of the memory for pictures at work until it is dropped.
#[derive(Debug)]
pub struct Looked<'m> {
    pub(super) model: &'m Model,
    pub(super) look: Box<dyn Look + 'm>,
    pub(super) frame: Frame,
    pub(super) _share: Share<'m>,
}

impl Looked<'_> {
    /// Predicts where the next fixation lies after those of `history`, the oldest first, in pixels of the picture.
    ///
    /// # Errors
    ///
    /// The reason that keeps the model from predicting.
    pub fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError> {
        let answer = self.look.predict(&self.frame.seen_history(history));
        self.model.finish(self.frame.told(answer)?, self.frame)
    }

    /// Predicts the same as a density.
    ///
    /// # Errors
    ///
    /// The errors of [`predict`](Self::predict), and an error if the model gives scores that are no density.
    pub fn log_density(&self, history: &[Fixation]) -> Result<LogDensity<'static>, ModelError> {
        density(self.predict(history)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixations_are_moved_with_the_picture() {
        let size = Size { height: 100, width: 200 };
        let frame = Frame { size, seen: Size { height: 50, width: 400 }, answered: size };
        let history = [Fixation { x: 20.5, y: -10.0 }];
        assert_eq!(*frame.seen_history(&history), [Fixation { x: 41.0, y: -5.0 }]);
        assert!(matches!(Frame { seen: size, ..frame }.seen_history(&history), Cow::Borrowed(_)));
    }
}
