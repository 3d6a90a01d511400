//! Gaze as a source gives it, and the fixations among it that lie on the image.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use gaze_core::{Fixation, Fixations, Scanpath, Size};
use serde::{Deserialize, Serialize};

use crate::DataError;

/// The origin of gaze: people or a program.
///
/// Its serialized form is the name that [`Display`](fmt::Display) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Recorded from people by an eye tracker.
    Recorded,
    /// Made by a program; the numbers say nothing about people.
    Simulated,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Recorded => "recorded",
            Self::Simulated => "simulated",
        })
    }
}

/// The gaze of one group of observers on one stimulus.
#[derive(Debug)]
pub struct GroupGaze {
    /// The name of the group, one of [`Dataset::groups`](crate::Dataset::groups).
    pub group: String,
    /// The file that holds the gaze, or should hold it, relative to the dataset's folder.
    pub source: PathBuf,
    /// One scanpath per observer in the order of the source, or the error of a source that cannot be read.
    pub scanpaths: Result<Vec<RawScanpath>, DataError>,
}

/// The fixations of one observer in temporal order, not yet compared with the size of the image.
#[derive(Clone, Debug, PartialEq)]
pub struct RawScanpath {
    /// The observer, where the source names one.
    pub observer: Option<String>,
    /// The fixations, first to last.
    pub fixations: Vec<RawFixation>,
}

/// A fixation in 0-based pixels, with its place in the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawFixation {
    /// The distance from the left border of the image, in pixels.
    pub x: f64,
    /// The distance from the top border of the image, in pixels.
    pub y: f64,
    /// The `x` that the source states, in its own convention.
    pub written_x: f64,
    /// The `y` that the source states, in its own convention.
    pub written_y: f64,
    /// The time at which the fixation began, in milliseconds after the stimulus appeared, where the source states it.
    pub start_ms: Option<f64>,
    /// The duration in milliseconds, where the source states it.
    pub duration_ms: Option<f64>,
    /// The line of a text source, counted from 1.
    pub line: Option<usize>,
    /// The reason for which the dataset's own rules leave the fixation out, where they do.
    pub excluded: Option<DropReason>,
}

impl RawFixation {
    /// Converts a fixation from a convention in which the first pixel is called `origin`.
    pub(crate) fn from_origin(origin: f64, x: f64, y: f64, duration_ms: Option<f64>, line: Option<usize>) -> Self {
        Self {
            x: x - origin,
            y: y - origin,
            written_x: x,
            written_y: y,
            start_ms: None,
            duration_ms,
            line,
            excluded: None,
        }
    }

    /// Returns the fixation with the time at which it began.
    pub(crate) fn starting(self, start_ms: Option<f64>) -> Self {
        Self { start_ms, ..self }
    }
}

/// A fixation that was left out, with the reason.
///
/// [`Display`](fmt::Display) names the file and line, or the position in the scanpath where a source has no lines,
/// and shows the coordinates as they are written there, with the interpretation where it differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The file, as it was given to [`scanpaths_within`].
    pub source: PathBuf,
    /// The observer, where the source names one.
    pub observer: Option<String>,
    /// The position of its scanpath among those of the group, from 0.
    pub scanpath: usize,
    /// The position of the fixation in the scanpath, from 0.
    pub index: usize,
    /// The fixation.
    pub fixation: RawFixation,
    /// The reason.
    pub reason: DropReason,
}

/// The reason for which a fixation was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// The fixation lies outside the image.
    OutsideImage {
        /// The size of the image.
        size: Size,
    },
    /// A coordinate is not a number, as trackers write it for a lost sample.
    NotANumber,
    /// The coordinates are those that stand for a lost sample in this source.
    Lost,
    /// The observer was told to make this fixation before the image appeared; the dataset's authors leave it out.
    InitialFixation,
    /// The fixation began before the image appeared.
    BeforeStimulus,
    /// The fixation began after the image had disappeared.
    AfterStimulus,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideImage { size } => write!(f, "lies outside the image of {size} (height x width) pixels"),
            Self::NotANumber => f.write_str("has no place, as a coordinate is not a number"),
            Self::Lost => f.write_str("has the coordinates of a lost sample"),
            Self::InitialFixation => f.write_str("is the initial one, which the dataset's authors leave out"),
            Self::BeforeStimulus => f.write_str("began before the image appeared"),
            Self::AfterStimulus => f.write_str("began after the image had disappeared"),
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RawFixation { x, y, written_x, written_y, line, .. } = self.fixation;
        write!(f, "{}", self.source.display())?;
        match (line, &self.observer) {
            (Some(line), _) => write!(f, ":{line}: the fixation")?,
            (None, Some(subject)) => write!(f, ": fixation {} of subject {subject}", self.index + 1)?,
            (None, None) => write!(f, ": fixation {} of scanpath {}", self.index + 1, self.scanpath + 1)?,
        }
        write!(f, " at x = {written_x}, y = {written_y}")?;
        // Bits are compared, not values, so that a NaN equals itself.
        if (x.to_bits(), y.to_bits()) != (written_x.to_bits(), written_y.to_bits()) {
            write!(f, " (0-based x = {x}, y = {y})")?;
        }
        write!(f, " {}", self.reason)
    }
}

/// Separates the fixations that lie on an image of the given size from those that do not.
///
/// Every raw scanpath gives one scanpath, in the same order, even if none of its fixations lies on the image. It has
/// durations if each of its remaining fixations has one and there is at least one. `source` is the name that
/// each [`Dropped`] gets.
#[must_use]
pub fn scanpaths_within(raw: &[RawScanpath], size: Size, source: &Path) -> (Vec<Scanpath>, Vec<Dropped>) {
    let mut dropped = Vec::new();
    let mut scanpaths = Vec::with_capacity(raw.len());
    for (scanpath, observer) in raw.iter().enumerate() {
        let mut points = Vec::with_capacity(observer.fixations.len());
        let mut durations = Vec::with_capacity(observer.fixations.len());
        for (index, &fixation) in observer.fixations.iter().enumerate() {
            let point = Fixation { x: fixation.x, y: fixation.y };
            let reason = fixation.excluded.or(match point.pixel(size) {
                Some(_) => None,
                None if point.x.is_nan() || point.y.is_nan() => Some(DropReason::NotANumber),
                None => Some(DropReason::OutsideImage { size }),
            });
            if let Some(reason) = reason {
                let observer = observer.observer.clone();
                dropped.push(Dropped { source: source.to_owned(), observer, scanpath, index, fixation, reason });
            } else {
                points.push(point);
                durations.push(fixation.duration_ms);
            }
        }
        let durations = durations.into_iter().collect::<Option<Vec<_>>>().filter(|durations| !durations.is_empty());
        let fixations = Fixations::new(size, points).expect("every point was just found inside");
        let scanpath = Scanpath::new(observer.observer.clone(), fixations, durations);
        scanpaths.push(scanpath.expect("one duration was kept with each point"));
    }
    (scanpaths, dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { height: 3, width: 5 };

    fn raw(subject: Option<&str>, fixations: Vec<RawFixation>) -> RawScanpath {
        RawScanpath { observer: subject.map(str::to_owned), fixations }
    }

    #[track_caller]
    fn check_message(subject: Option<&str>, fixation: RawFixation, expected: &str) {
        let (scanpaths, dropped) = scanpaths_within(&[raw(subject, vec![fixation])], SIZE, Path::new("TD/1.txt"));
        assert_eq!(scanpaths.len(), 1, "the observer was there, whatever became of the fixations");
        assert_eq!(dropped.len(), 1);
        assert_eq!(dropped[0].to_string(), expected);
    }

    #[test]
    fn what_is_dropped_is_named_as_it_stands_in_the_file() {
        check_message(
            None,
            RawFixation::from_origin(1.0, 6.0, 1.0, None, Some(7)),
            "TD/1.txt:7: the fixation at x = 6, y = 1 (0-based x = 5, y = 0) lies outside the image of 3x5 (height x \
             width) pixels",
        );
        check_message(
            Some("ann"),
            RawFixation::from_origin(0.0, f64::NAN, 1.0, None, None),
            "TD/1.txt: fixation 1 of subject ann at x = NaN, y = 1 has no place, as a coordinate is not a number",
        );
        check_message(
            None,
            RawFixation::from_origin(0.0, 0.0, -0.5, None, None),
            "TD/1.txt: fixation 1 of scanpath 1 at x = 0, y = -0.5 lies outside the image of 3x5 (height x width) \
             pixels",
        );
    }

    #[test]
    fn provenance_is_serialized_by_name() {
        for provenance in [Provenance::Recorded, Provenance::Simulated] {
            let json = serde_json::to_string(&provenance).unwrap();
            assert_eq!(json, format!("\"{provenance}\""));
            assert_eq!(serde_json::from_str::<Provenance>(&json).unwrap(), provenance);
        }
    }

    #[test]
    fn the_last_pixel_of_a_one_based_file_is_inside() {
        let corner = RawFixation::from_origin(1.0, 5.0, 3.0, Some(8.0), Some(2));
        let (scanpaths, dropped) = scanpaths_within(&[raw(None, vec![corner])], SIZE, Path::new("a"));
        assert!(dropped.is_empty());
        assert_eq!(scanpaths[0].fixations().points(), [Fixation { x: 4.0, y: 2.0 }]);
    }

    #[test]
    fn durations_stay_with_their_fixations() {
        let fixation = |x, duration| RawFixation::from_origin(0.0, x, 0.0, duration, None);
        let observers = [
            raw(Some("1"), vec![fixation(0.0, Some(10.0)), fixation(9.0, Some(20.0)), fixation(1.0, Some(30.0))]),
            raw(Some("2"), vec![fixation(0.0, Some(10.0)), fixation(1.0, None)]),
        ];
        let (scanpaths, dropped) = scanpaths_within(&observers, SIZE, Path::new("a"));
        assert_eq!(scanpaths[0].durations_ms(), Some([10.0, 30.0].as_slice()));
        assert_eq!(scanpaths[1].durations_ms(), None);
        assert_eq!((dropped[0].scanpath, dropped[0].index), (0, 1));
    }
}
