//! One observer's fixations on one image, in the order they were made.

use thiserror::Error;

use crate::Fixations;

/// A list of durations does not go with its list of fixations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{durations} durations for {fixations} fixations")]
pub struct LengthMismatch {
    /// Number of fixations.
    pub fixations: usize,
    /// Number of durations.
    pub durations: usize,
}

/// Fixations in temporal order, with the observer's identity where the source gives one.
///
/// A source that separates observers without naming them (Saliency4ASD restarts its index) has no observer's name: two such
/// scanpaths on different images must not be taken for the same person.
#[derive(Clone, Debug, PartialEq)]
pub struct Scanpath {
    observer: Option<String>,
    fixations: Fixations,
    durations_ms: Option<Vec<f64>>,
}

impl Scanpath {
    /// Joins fixations with their durations in milliseconds.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if durations are given and their number differs from that of the fixations.
    pub fn new(
        observer: Option<String>,
        fixations: Fixations,
        durations_ms: Option<Vec<f64>>,
    ) -> Result<Self, LengthMismatch> {
        if let Some(durations) = durations_ms.as_ref().map(Vec::len)
            && durations != fixations.len()
        {
            return Err(LengthMismatch { fixations: fixations.len(), durations });
        }
        Ok(Self { observer, fixations, durations_ms })
    }

    /// The observer, if the source identifies one.
    #[must_use]
    pub fn observer(&self) -> Option<&str> {
        self.observer.as_deref()
    }

    /// The fixations, first to last.
    #[must_use]
    pub fn fixations(&self) -> &Fixations {
        &self.fixations
    }

    /// The duration of each fixation in milliseconds, if the source has it.
    #[must_use]
    pub fn durations_ms(&self) -> Option<&[f64]> {
        self.durations_ms.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixation, Size};

    #[test]
    fn every_fixation_has_a_duration_or_none_has() {
        let fixations = Fixations::new(Size { height: 2, width: 2 }, vec![Fixation { x: 0.0, y: 0.0 }]).unwrap();
        assert!(Scanpath::new(None, fixations.clone(), None).is_ok());
        assert!(Scanpath::new(None, fixations.clone(), Some(vec![120.0])).is_ok());
        let error = Scanpath::new(None, fixations, Some(vec![])).unwrap_err();
        assert_eq!(error.to_string(), "0 durations for 1 fixations");
    }
}
