//! The types of a recording: samples, fixations, blinks, messages and trials, as the device states them.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::recordings::RecordingFormat;

/// The eye that a measurement belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Eye {
    /// The left eye.
    #[serde(rename = "L")]
    Left,
    /// The right eye.
    #[serde(rename = "R")]
    Right,
    /// One point for both eyes, or an eye that the file does not name.
    #[serde(rename = "both")]
    Both,
}

impl fmt::Display for Eye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Left => "L",
            Self::Right => "R",
            Self::Both => "both",
        })
    }
}

/// The surface that coordinates lie on. The origin is always its top-left corner, with `x` to the right and `y` down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Space {
    /// The screen, or the window of a browser.
    #[default]
    Screen,
    /// The picture that was shown, or a surface or reference image onto which gaze was mapped.
    Picture,
    /// The image of a camera on the head, which moves with the head.
    Scene,
}

/// The unit of coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Pixels.
    #[default]
    Pixels,
    /// Shares of the width and height: 0 is the left or upper border, 1 the right or lower one.
    Shares,
}

/// A gaze point of one eye at one moment. Coordinates that are not finite say that the eye was lost, or not recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaze {
    /// The horizontal position, in the unit of the recording.
    pub x: f64,
    /// The vertical position, in the unit of the recording.
    pub y: f64,
    /// The size of the pupil in the unit of the device; NaN where the file states none.
    pub pupil: f64,
}

impl Gaze {
    /// The gaze of an eye that was lost or not recorded.
    pub const LOST: Self = Self { x: f64::NAN, y: f64::NAN, pupil: f64::NAN };

    /// Returns a gaze point without a pupil.
    #[must_use]
    pub const fn at(x: f64, y: f64) -> Self {
        Self { x, y, pupil: f64::NAN }
    }

    /// Tells whether the eye was found.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// What the device measured at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The time in milliseconds of the device's clock.
    pub time_ms: f64,
    /// The gaze of the left eye.
    pub left: Gaze,
    /// The gaze of the right eye.
    pub right: Gaze,
    /// The gaze that the device states for both eyes together.
    pub both: Gaze,
    /// The device's confidence, from 0 to 1; 1 where it states none.
    pub confidence: f64,
    /// The position of the sample's trial in [`Recording::trials`], if it belongs to one.
    pub trial: Option<usize>,
}

impl Sample {
    /// Returns a sample whose eyes are all lost.
    #[must_use]
    pub const fn at(time_ms: f64) -> Self {
        let lost = Gaze::LOST;
        Self { time_ms, left: lost, right: lost, both: lost, confidence: 1.0, trial: None }
    }

    /// Tells whether no eye was found.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        !(self.left.is_valid() || self.right.is_valid() || self.both.is_valid())
    }
}

/// A fixation as the device found it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeviceFixation {
    /// The eye.
    pub eye: Eye,
    /// The horizontal position in the unit of the recording; NaN where the file states none.
    pub x: f64,
    /// The vertical position in the unit of the recording; NaN where the file states none.
    pub y: f64,
    /// The time of the first sample in milliseconds of the device's clock, where the file states it.
    pub start_ms: Option<f64>,
    /// The duration in milliseconds, as the device states it.
    pub duration_ms: Option<f64>,
    /// The mean size of the pupil, where the file states it.
    pub pupil: Option<f64>,
    /// The position of the trial in [`Recording::trials`], if the fixation belongs to one.
    pub trial: Option<usize>,
    /// The line or row of the file, counted from 1.
    pub line: usize,
}

impl DeviceFixation {
    /// Tells whether the file states where the fixation was.
    #[must_use]
    pub fn has_place(&self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// A blink or saccade as the device found it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The eye.
    pub eye: Eye,
    /// The time at which it began, in milliseconds of the device's clock.
    pub start_ms: f64,
    /// The duration in milliseconds, as the device states it.
    pub duration_ms: f64,
}

/// A remark in the recording, mostly sent by the experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The time of the event in milliseconds of the device's clock; a stated offset is included.
    pub time_ms: f64,
    /// The text, without the offset.
    pub text: String,
}

/// A rectangle on the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rectangle {
    /// The distance of its left border from that of the screen.
    pub x: f64,
    /// The distance of its upper border from that of the screen.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// The place of a picture on the screen, as the recording states it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// The picture filled the screen.
    Screen,
    /// The picture filled this rectangle.
    Rectangle(Rectangle),
    /// The picture was shown in its own size with its middle at this point, in pixels of the screen.
    Centered(f64, f64),
    /// The picture was shown in its own size with its upper left corner at this point, in pixels of the screen.
    Corner(f64, f64),
}

/// A picture that was shown in a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownPicture {
    /// The name of the picture, as the file writes it: a name, a path or an address.
    pub name: String,
    /// The place of the picture on the screen, where the file states it.
    pub shown: Option<Shown>,
}

/// One presentation of a stimulus to one participant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The name or number of the trial.
    pub name: String,
    /// The participant, where one file holds several.
    pub participant: Option<String>,
    /// The pictures that were shown.
    pub pictures: Vec<ShownPicture>,
    /// The time at which the trial began, in milliseconds of the device's clock, where the file states it.
    pub start_ms: Option<f64>,
    /// The time at which the picture appeared, where the file states it.
    pub onset_ms: Option<f64>,
    /// The time at which the trial ended, where the file states it.
    pub end_ms: Option<f64>,
    /// Variables of the experiment with their values.
    pub variables: Vec<(String, String)>,
    /// The number of samples.
    pub samples: usize,
    /// The number of samples in which no eye was found.
    pub lost_samples: usize,
    /// The number of fixations that the device found, of all eyes.
    pub fixations: usize,
}

/// A width and a height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Extent {
    /// The width in pixels.
    pub width: f64,
    /// The height in pixels.
    pub height: f64,
}

/// The number of samples of a recording, and of those without gaze.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleCounts {
    /// All samples.
    pub all: usize,
    /// The samples in which no eye was found.
    pub lost: usize,
    /// The samples in which the left eye was not found, if it was recorded.
    pub lost_left: usize,
    /// The samples in which the right eye was not found, if it was recorded.
    pub lost_right: usize,
    /// The samples whose time equals that of the sample before, as at 2000 Hz.
    pub repeated_times: usize,
    /// The samples that are not lost and whose confidence is below 0.6.
    pub uncertain: usize,
}

/// A recording without its samples, which are handed over one by one while it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The kind of file.
    pub format: RecordingFormat,
    /// The file, or the folder of a recording of several files, relative to the folder that was opened.
    pub source: PathBuf,
    /// The device or its software, as the file names it.
    pub device: Option<String>,
    /// The participant, where the file names one for all trials.
    pub participant: Option<String>,
    /// The size of the screen, of the camera's image, or of the surface, where the file states it.
    pub screen: Option<Extent>,
    /// The physical width and height of the screen in millimetres, where the file states it.
    pub screen_mm: Option<Extent>,
    /// The distance of the head from the screen in millimetres, where the file states it.
    pub distance_mm: Option<f64>,
    /// The surface and the unit of the samples.
    pub sample_space: (Space, Unit),
    /// The surface and the unit of the fixations.
    pub fixation_space: (Space, Unit),
    /// The sampling rate that the file states, in Hz.
    pub stated_rate_hz: Option<f64>,
    /// The sampling rate that follows from the median interval of the first ten thousand samples, in Hz.
    pub found_rate_hz: Option<f64>,
    /// The eyes that were recorded.
    pub eyes: Vec<Eye>,
    /// The numbers of samples.
    pub samples: SampleCounts,
    /// The times of the first and the last sample in milliseconds of the device's clock.
    pub span_ms: Option<(f64, f64)>,
    /// The fixations that the device found, in the order of the file.
    pub fixations: Vec<DeviceFixation>,
    /// The blinks that the device found, in the order of the file.
    pub blinks: Vec<Interval>,
    /// The saccades that the device found, in the order of the file.
    pub saccades: Vec<Interval>,
    /// The messages, in the order of the file.
    pub messages: Vec<Message>,
    /// The trials, in the order of the file.
    pub trials: Vec<Trial>,
    /// Sentences that a person should read before using the recording.
    pub notes: Vec<String>,
}

/// The most pictures of one trial.
const PICTURES: usize = 1000;

impl Trial {
    /// Adds a picture, unless the trial has it already; a place that was not known is filled in.
    pub(crate) fn show(&mut self, name: &str, shown: Option<Shown>) {
        if name.is_empty() || self.pictures.len() >= PICTURES {
            return;
        }
        match self.pictures.iter_mut().find(|picture| picture.name == name) {
            Some(picture) => picture.shown = picture.shown.or(shown),
            None => self.pictures.push(ShownPicture { name: name.to_owned(), shown }),
        }
    }
}

impl Recording {
    /// Returns the names of the pictures that were shown, each once, in the order in which they appear.
    #[must_use]
    pub fn stimuli(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for picture in self.trials.iter().flat_map(|trial| &trial.pictures) {
            if seen.insert(picture.name.as_str()) {
                names.push(&picture.name);
            }
        }
        names
    }

    /// Returns the fixations whose place the file states.
    pub fn placed_fixations(&self) -> impl DoubleEndedIterator<Item = &DeviceFixation> {
        self.fixations.iter().filter(|fixation| fixation.has_place())
    }
}
