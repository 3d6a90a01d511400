//! The choices with which recordings become a dataset.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Detector,
    recordings::{Messages, placement::Placement},
};

/// The choices with which recordings become a dataset; the default is what `Dataset::open` does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingOptions {
    /// The folder of the pictures; `None` for the folder `images` or `stimuli` beside the recordings.
    pub stimuli: Option<PathBuf>,
    /// The place of pictures on the screen where a recording does not say it.
    pub placement: Placement,
    /// The width and height of the screen in pixels where a recording does not say it.
    pub screen: Option<(u32, u32)>,
    /// The eye whose gaze counts.
    pub eye: EyeChoice,
    /// The method that finds fixations in the samples; `None` for the fixations that the device found.
    pub events: Option<Detector>,
    /// The longest gap in milliseconds between samples that is filled by interpolation before fixations are found.
    pub fill_ms: Option<f64>,
    /// Pixels of the screen per degree of visual angle, where a recording does not say it.
    pub pixels_per_degree: Option<f64>,
    /// The way in which the names of files hold the group and the observer, such as `{group}_{observer}`.
    pub names: Option<String>,
    /// The messages that mark trials and pictures.
    pub messages: Messages,
}

impl RecordingOptions {
    /// Tells whether a choice was made that only recordings have; pixels per degree concern other datasets, too.
    #[must_use]
    pub fn are_chosen(&self) -> bool {
        *self != Self { pixels_per_degree: self.pixels_per_degree, ..Self::default() }
    }
}

/// The eye whose gaze counts, where a device recorded both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EyeChoice {
    /// The eye that was lost less often; the left one if both were lost equally often.
    #[default]
    Better,
    /// The left eye.
    Left,
    /// The right eye.
    Right,
    /// The mean of both eyes where both were found, else the one that was; it needs samples.
    Mean,
}

/// A name that no choice of an eye has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown eye {found:?}, expected one of better, left, right, mean")]
pub struct UnknownEye {
    /// The name.
    pub found: String,
}

impl FromStr for EyeChoice {
    type Err = UnknownEye;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "better" => Self::Better,
            "left" => Self::Left,
            "right" => Self::Right,
            "mean" => Self::Mean,
            _ => return Err(UnknownEye { found: text.to_owned() }),
        })
    }
}

impl fmt::Display for EyeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Takes the group and the observer out of the name of a file by a pattern with `{group}` and `{observer}`.
pub(crate) fn names_of<'n>(pattern: &str, name: &'n str) -> Option<(Option<&'n str>, Option<&'n str>)> {
    let (mut group, mut observer) = (None, None);
    let (mut pattern, mut name) = (pattern, name);
    loop {
        let Some(at) = pattern.find('{') else {
            return (pattern == name || pattern == "*").then_some((group, observer));
        };
        let (before, rest) = pattern.split_at(at);
        name = name.strip_prefix(before)?;
        let (word, after) = rest.get(1..)?.split_once('}')?;
        let end = match after.split('{').next().unwrap_or_default() {
            "" => name.len(),
            next => name.find(next)?,
        };
        let (value, left) = name.split_at(end);
        match word {
            "group" => group = Some(value),
            "observer" => observer = Some(value),
            _ => {}
        }
        (pattern, name) = (after, left);
        if pattern.is_empty() {
            return name.is_empty().then_some((group, observer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_groups_and_observers() {
        let both = |group, observer| Some((Some(group), Some(observer)));
        assert_eq!(names_of("{group}_{observer}", "ASD_p01"), both("ASD", "p01"));
        assert_eq!(names_of("sub-{observer}_group-{group}_{}", "sub-3_group-TD_run-1"), both("TD", "3"));
        assert_eq!(names_of("{group}_{observer}", "ASD"), None);
        assert_eq!(names_of("x{observer}", "y1"), None);
    }

    #[test]
    fn eyes_read_back() {
        for eye in ["better", "left", "right", "mean"] {
            assert_eq!(eye.parse::<EyeChoice>().unwrap().to_string(), eye);
        }
        let message = "both".parse::<EyeChoice>().unwrap_err().to_string();
        assert_eq!(message, "unknown eye \"both\", expected one of better, left, right, mean");
    }
}
