//! Gaze as it comes: of one observer on one picture, not yet checked.

use gaze_core::{Fixation, Fixations, Scanpath};

/// Points of one experiment, in the pixels of its picture. They may lie outside it and may be NaN.
pub trait Gaze {
    /// The points, in order.
    fn points(&self) -> &[Fixation];

    /// The duration of each point in milliseconds; `None` where durations are not known.
    fn durations_ms(&self) -> Option<&[f64]> {
        None
    }
}

impl<G: Gaze + ?Sized> Gaze for &G {
    fn points(&self) -> &[Fixation] {
        (**self).points()
    }

    fn durations_ms(&self) -> Option<&[f64]> {
        (**self).durations_ms()
    }
}

impl Gaze for [Fixation] {
    fn points(&self) -> &[Fixation] {
        self
    }
}

impl Gaze for Vec<Fixation> {
    fn points(&self) -> &[Fixation] {
        self
    }
}

impl Gaze for Fixations {
    fn points(&self) -> &[Fixation] {
        self.points()
    }
}

impl Gaze for Scanpath {
    fn points(&self) -> &[Fixation] {
        self.fixations().points()
    }

    fn durations_ms(&self) -> Option<&[f64]> {
        self.durations_ms()
    }
}

/// One experiment as saliency datasets store it: raw gaze, and fixations if somebody detected them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experiment {
    /// Raw gaze, or fixations where the dataset has nothing else.
    pub locations: Vec<Fixation>,
    /// Detected fixations. If they are given, even as an empty list, they are used and `locations` is not.
    pub fixations: Option<Vec<Fixation>>,
}

impl Gaze for Experiment {
    fn points(&self) -> &[Fixation] {
        self.fixations.as_deref().unwrap_or(&self.locations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixations_come_first_even_if_there_are_none() {
        let locations = vec![Fixation { x: 1.0, y: 2.0 }];
        let raw = Experiment { locations: locations.clone(), fixations: None };
        assert_eq!(raw.points(), locations);
        let detected = Experiment { locations, fixations: Some(Vec::new()) };
        assert!(detected.points().is_empty());
    }
}
