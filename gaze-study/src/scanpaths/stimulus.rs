//! The scanpaths on one stimulus, as a part keeps them.

use gaze_core::{Fixation, Size};
use gaze_metrics::scanpath::{ScanpathError, ScanpathPoints};
use serde::{Deserialize, Serialize};

use crate::first_pass::{StimulusGaze, Timing};

/// The scanpaths of all groups on one stimulus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StimulusScanpaths {
    /// The height of the picture in pixels.
    pub height: usize,
    /// The width of the picture in pixels.
    pub width: usize,
    /// The scanpaths with a fixation on the picture, group by group.
    pub scanpaths: Vec<StoredScanpath>,
    /// The number of scanpaths that have none.
    pub without_fixations: usize,
    /// The number of scanpaths with a duration that is none, such as a negative one; they have no durations here.
    pub without_durations: usize,
}

/// One scanpath.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredScanpath {
    /// The group of the observer.
    pub group: String,
    /// The name of the observer, where the dataset names one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observer: Option<String>,
    /// The time at which the first fixation began, in milliseconds after the picture appeared, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_ms: Option<f64>,
    /// The places of the fixations from the left border, in pixels.
    pub x: Vec<f64>,
    /// The places of the fixations from the upper border, in pixels.
    pub y: Vec<f64>,
    /// The durations of the fixations in milliseconds, where they are known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub durations_ms: Option<Vec<f64>>,
}

impl StimulusScanpaths {
    /// The scanpaths of a stimulus; `None` if the size of its picture is not known.
    pub(crate) fn of(gaze: &StimulusGaze) -> Option<Self> {
        let size = gaze.size.as_ref().ok()?;
        let mut all = Self { height: size.height, width: size.width, ..Self::default() };
        for group in &gaze.groups {
            for (points, timing) in group.scanpaths() {
                all.add(&group.group, points, timing);
            }
        }
        Some(all)
    }

    fn add(&mut self, group: &str, points: &[Fixation], timing: &Timing) {
        if points.is_empty() {
            self.without_fixations += 1;
            return;
        }
        let (x, y) = points.iter().map(|point| (point.x, point.y)).unzip();
        let lasts = |duration: &f64| (0.0..=ScanpathPoints::LONGEST_MS).contains(duration);
        let durations_ms = timing.durations_ms.clone().filter(|durations| durations.iter().all(lasts));
        self.without_durations += usize::from(timing.durations_ms.is_some() && durations_ms.is_none());
        let (observer, first_ms) = (timing.observer.clone(), timing.first_ms);
        self.scanpaths.push(StoredScanpath { group: group.to_owned(), observer, first_ms, x, y, durations_ms });
    }

    /// The size of the picture.
    #[must_use]
    pub fn size(&self) -> Size {
        Size { height: self.height, width: self.width }
    }
}

impl StoredScanpath {
    /// The scanpath as measures take it.
    ///
    /// # Errors
    ///
    /// [`ScanpathError`] if the lists do not belong together, which a part that this program wrote does not have.
    pub fn points(&self) -> Result<ScanpathPoints, ScanpathError> {
        ScanpathPoints::new(&self.x, &self.y, self.durations_ms.as_deref())
    }
}
