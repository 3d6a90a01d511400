//! Fixations from raw gaze: by velocity (I-VT), by dispersion (I-DT), between saccades (Engbert & Kliegl), and by an adaptive
//! threshold of velocity (Nyström & Holmqvist).
//!
//! Thresholds are in degrees of visual angle, so pixels per degree are needed, except by Engbert & Kliegl, whose threshold is
//! a multiple of the noise. A sample whose coordinates are not finite is lost; fixations never reach across lost samples.
//!
//! Source of I-VT and I-DT: Salvucci & Goldberg (2000), *Identifying fixations and saccades in eye-tracking protocols*, ETRA,
//! doi:10.1145/355017.355028.

use std::{fmt, str::FromStr};

use gaze_core::PixelsPerDegree;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::RawFixation;

pub use engbert_kliegl::saccades;

mod engbert_kliegl;
mod nystrom_holmqvist;
mod velocity;

/// The point at which an eye was directed at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GazeSample {
    /// The time in milliseconds after the stimulus appeared.
    pub time_ms: f64,
    /// The distance from the left border of the image, in pixels.
    pub x: f64,
    /// The distance from the top border of the image, in pixels.
    pub y: f64,
}

/// The velocity of the gaze at a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Velocity {
    /// The step from each sample to the next one, over the time between both.
    #[default]
    Steps,
    /// The mean of the two samples after minus the mean of the two before, over three intervals (Engbert & Kliegl 2003). The
    /// two samples at either end, and those within two samples of a lost one, have no velocity and are in no fixation.
    FivePoint,
}

/// A method that finds fixations in raw gaze.
///
/// It is written and parsed as a name with its parameters: `ivt:threshold=30,shortest=60,velocity=steps`. The names are
/// `ivt`, `idt`, `engbert-kliegl` and `nystrom-holmqvist`, and a parameter that is left out has its default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Detector {
    /// I-VT: a fixation is a run of samples that move slower than a threshold.
    Velocity {
        /// The speed in degrees per second at and above which the eye is in a saccade; 30 is in common use.
        degrees_per_second: f64,
        /// The shortest duration of a fixation, in milliseconds; 60 is in common use.
        shortest_ms: f64,
        /// The velocity that is compared with the threshold.
        velocity: Velocity,
    },
    /// I-DT: a fixation is a longest run of samples whose width and height together do not exceed a threshold.
    Dispersion {
        /// The largest sum of width and height, in degrees; 1 is in common use.
        degrees: f64,
        /// The shortest duration of a fixation, in milliseconds; 100 is in common use.
        shortest_ms: f64,
    },
    /// A fixation is what lies between two saccades, and a saccade is a run of samples whose velocity leaves an ellipse of so
    /// many times the noise of the horizontal and vertical velocities ([`saccades`]).
    EngbertKliegl {
        /// The radii of the ellipse as a multiple of the noise; 6 in Engbert & Kliegl (2003).
        lambda: f64,
        /// The shortest duration of a saccade, in milliseconds; 6 is in common use.
        shortest_saccade_ms: f64,
        /// The shortest duration of a fixation, in milliseconds.
        shortest_ms: f64,
    },
    /// The adaptive algorithm of Nyström & Holmqvist (2010): thresholds of velocity follow from the noise of the recording,
    /// and the swinging of the lens after a saccade (the glissade) is part of no fixation.
    NystromHolmqvist {
        /// The shortest duration of a saccade, in milliseconds; 10 in the paper.
        shortest_saccade_ms: f64,
        /// The shortest duration of a fixation, in milliseconds; 40 in the paper.
        shortest_ms: f64,
    },
}

/// The reason for which fixations cannot be found in raw gaze.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum DetectError {
    /// A threshold or duration is not a positive number.
    #[error("the {name} must be a positive number, not {found}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// The value of the parameter.
        found: f64,
    },
    /// The times of the samples do not increase, or are not numbers.
    #[error("sample {index} is at {found} ms, not after the one before it")]
    Time {
        /// The sample, counted from 0.
        index: usize,
        /// The time of the sample in milliseconds.
        found: f64,
    },
}

impl Detector {
    /// The method I-VT with 30 degrees per second and 60 ms.
    pub const VELOCITY: Self =
        Self::Velocity { degrees_per_second: 30.0, shortest_ms: 60.0, velocity: Velocity::Steps };

    /// The method I-DT with 1 degree and 100 ms.
    pub const DISPERSION: Self = Self::Dispersion { degrees: 1.0, shortest_ms: 100.0 };

    /// The method of Engbert & Kliegl with six times the noise, saccades of at least 6 ms and fixations of at least 60 ms.
    pub const ENGBERT_KLIEGL: Self = Self::EngbertKliegl { lambda: 6.0, shortest_saccade_ms: 6.0, shortest_ms: 60.0 };

    /// The method of Nyström & Holmqvist with saccades of at least 10 ms and fixations of at least 40 ms.
    pub const NYSTROM_HOLMQVIST: Self = Self::NystromHolmqvist { shortest_saccade_ms: 10.0, shortest_ms: 40.0 };

    /// Tells whether the thresholds are in degrees of visual angle.
    #[must_use]
    pub fn needs_degrees(self) -> bool {
        !matches!(self, Self::EngbertKliegl { .. })
    }

    /// Finds the fixations, in temporal order. Without pixels per degree, a pixel counts as a degree.
    ///
    /// A fixation stands at the mean of its samples, begins with the first and lasts until the last. Without samples
    /// there are no fixations.
    ///
    /// # Errors
    ///
    /// [`DetectError`] for a parameter that is not a positive number, and for times that do not increase.
    pub fn fixations(
        self,
        samples: &[GazeSample],
        pixels_per_degree: PixelsPerDegree,
    ) -> Result<Vec<RawFixation>, DetectError> {
        for (name, found) in self.parameters() {
            if !(found > 0.0 && found.is_finite()) {
                return Err(DetectError::Parameter { name, found });
            }
        }
        check_times(samples)?;
        let is_lost = |sample: &GazeSample| !(sample.x.is_finite() && sample.y.is_finite());
        let runs = samples.split(is_lost).filter(|run| !run.is_empty());
        Ok(match self {
            Self::Velocity { degrees_per_second, shortest_ms, velocity: Velocity::Steps } => {
                let threshold = pixels_per_degree.pixels(degrees_per_second) / 1000.0;
                runs.flat_map(|run| by_velocity(run, threshold, shortest_ms)).collect()
            }
            Self::Velocity { degrees_per_second, shortest_ms, velocity: Velocity::FivePoint } => {
                let threshold = pixels_per_degree.pixels(degrees_per_second);
                let velocities = velocity::five_point(samples);
                let is_slow = |index: usize| {
                    let (x, y) = velocities[index];
                    (x * x + y * y).sqrt() < threshold
                };
                kept(samples, is_slow, shortest_ms)
            }
            Self::Dispersion { degrees, shortest_ms } => {
                let threshold = pixels_per_degree.pixels(degrees);
                runs.flat_map(|run| by_dispersion(run, threshold, shortest_ms)).collect()
            }
            Self::EngbertKliegl { lambda, shortest_saccade_ms, shortest_ms } => {
                let moving = engbert_kliegl::moving(samples, lambda, shortest_saccade_ms);
                kept(samples, |index| !moving[index] && !is_lost(&samples[index]), shortest_ms)
            }
            Self::NystromHolmqvist { shortest_saccade_ms, shortest_ms } => {
                let scale = pixels_per_degree.pixels(1.0);
                let moving = nystrom_holmqvist::moving(samples, scale, shortest_saccade_ms, shortest_ms);
                kept(samples, |index| !moving[index] && !is_lost(&samples[index]), shortest_ms)
            }
        })
    }

    /// Returns the parameters with their names in messages.
    fn parameters(self) -> Vec<(&'static str, f64)> {
        const SHORTEST: &str = "shortest duration";
        const SACCADE: &str = "shortest duration of a saccade";
        match self {
            Self::Velocity { degrees_per_second, shortest_ms, .. } => {
                vec![("threshold of velocity", degrees_per_second), (SHORTEST, shortest_ms)]
            }
            Self::Dispersion { degrees, shortest_ms } => {
                vec![("threshold of dispersion", degrees), (SHORTEST, shortest_ms)]
            }
            Self::EngbertKliegl { lambda, shortest_saccade_ms, shortest_ms } => {
                vec![("multiple of the noise", lambda), (SACCADE, shortest_saccade_ms), (SHORTEST, shortest_ms)]
            }
            Self::NystromHolmqvist { shortest_saccade_ms, shortest_ms } => {
                vec![(SACCADE, shortest_saccade_ms), (SHORTEST, shortest_ms)]
            }
        }
    }
}

/// A text that describes no method.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown method {found:?}, expected ivt, idt, engbert-kliegl or nystrom-holmqvist, with parameters such as \
     ivt:threshold=30,shortest=60"
)]
pub struct UnknownDetector {
    /// The text.
    pub found: String,
}

impl FromStr for Detector {
    type Err = UnknownDetector;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownDetector { found: text.to_owned() };
        let (name, parameters) = text.split_once(':').unwrap_or((text, ""));
        let mut detector = match name {
            "ivt" => Self::VELOCITY,
            "idt" => Self::DISPERSION,
            "engbert-kliegl" => Self::ENGBERT_KLIEGL,
            "nystrom-holmqvist" => Self::NYSTROM_HOLMQVIST,
            _ => return Err(unknown()),
        };
        for parameter in parameters.split(',').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').ok_or_else(unknown)?;
            if let (Self::Velocity { velocity, .. }, "velocity") = (&mut detector, name) {
                *velocity = match value {
                    "steps" => Velocity::Steps,
                    "five-point" => Velocity::FivePoint,
                    _ => return Err(unknown()),
                };
                continue;
            }
            let target = match (&mut detector, name) {
                (Self::Velocity { degrees_per_second, .. }, "threshold") => degrees_per_second,
                (Self::Dispersion { degrees, .. }, "threshold") => degrees,
                (Self::EngbertKliegl { lambda, .. }, "lambda") => lambda,
                (
                    Self::EngbertKliegl { shortest_saccade_ms, .. }
                    | Self::NystromHolmqvist { shortest_saccade_ms, .. },
                    "saccade",
                ) => shortest_saccade_ms,
                (
                    Self::Velocity { shortest_ms, .. }
                    | Self::Dispersion { shortest_ms, .. }
                    | Self::EngbertKliegl { shortest_ms, .. }
                    | Self::NystromHolmqvist { shortest_ms, .. },
                    "shortest",
                ) => shortest_ms,
                _ => return Err(unknown()),
            };
            *target = value.parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite()).ok_or_else(unknown)?;
        }
        Ok(detector)
    }
}

impl TryFrom<String> for Detector {
    type Error = UnknownDetector;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Detector> for String {
    fn from(detector: Detector) -> Self {
        detector.to_string()
    }
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Velocity { degrees_per_second, shortest_ms, velocity } => {
                let velocity = if *velocity == Velocity::Steps { "steps" } else { "five-point" };
                write!(f, "ivt:threshold={degrees_per_second},shortest={shortest_ms},velocity={velocity}")
            }
            Self::Dispersion { degrees, shortest_ms } => write!(f, "idt:threshold={degrees},shortest={shortest_ms}"),
            Self::EngbertKliegl { lambda, shortest_saccade_ms, shortest_ms } => {
                write!(f, "engbert-kliegl:lambda={lambda},saccade={shortest_saccade_ms},shortest={shortest_ms}")
            }
            Self::NystromHolmqvist { shortest_saccade_ms, shortest_ms } => {
                write!(f, "nystrom-holmqvist:saccade={shortest_saccade_ms},shortest={shortest_ms}")
            }
        }
    }
}

/// Fails if times do not increase.
fn check_times(samples: &[GazeSample]) -> Result<(), DetectError> {
    let mut before = f64::NEG_INFINITY;
    for (index, sample) in samples.iter().enumerate() {
        if !(sample.time_ms > before && sample.time_ms.is_finite()) {
            return Err(DetectError::Time { index, found: sample.time_ms });
        }
        before = sample.time_ms;
    }
    Ok(())
}

/// Makes fixations of the longest runs of samples that are kept, if they last long enough.
fn kept(samples: &[GazeSample], is_kept: impl Fn(usize) -> bool, shortest_ms: f64) -> Vec<RawFixation> {
    runs(samples.len(), is_kept)
        .into_iter()
        .filter_map(|(first, last)| fixation(&samples[first..=last], shortest_ms))
        .collect()
}

/// Returns the first and the last index of each run for which `is` holds.
fn runs(count: usize, is: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut first = None;
    for index in 0..=count {
        match (first, index < count && is(index)) {
            (None, true) => first = Some(index),
            (Some(start), false) => {
                runs.push((start, index - 1));
                first = None;
            }
            _ => {}
        }
    }
    runs
}

/// Finds runs of slow samples; `threshold` is in pixels per millisecond.
fn by_velocity(run: &[GazeSample], threshold: f64, shortest_ms: f64) -> Vec<RawFixation> {
    let is_slow = |pair: (&GazeSample, &GazeSample)| {
        let (a, b) = pair;
        (b.x - a.x).hypot(b.y - a.y) < threshold * (b.time_ms - a.time_ms)
    };
    let slow = run.iter().zip(&run[1..]).map(is_slow);
    let mut fixations = Vec::new();
    let mut first = 0;
    // A fast step ends a run of slow ones, and so does the end of the samples.
    for (index, slow) in slow.chain([false]).enumerate() {
        if !slow {
            fixations.extend(fixation(&run[first..=index], shortest_ms));
            first = index + 1;
        }
    }
    fixations
}

fn by_dispersion(run: &[GazeSample], threshold: f64, shortest_ms: f64) -> Vec<RawFixation> {
    let mut fixations = Vec::new();
    let mut first = 0;
    while first < run.len() {
        let mut extent = Extent::of(run[first]);
        let mut last = first;
        while last + 1 < run.len() {
            let next = extent.with(run[last + 1]);
            if next.dispersion() > threshold {
                break;
            }
            extent = next;
            last += 1;
        }
        match fixation(&run[first..=last], shortest_ms) {
            Some(fixation) => {
                fixations.push(fixation);
                first = last + 1;
            }
            None => first += 1,
        }
    }
    fixations
}

#[derive(Clone, Copy)]
struct Extent {
    x: (f64, f64),
    y: (f64, f64),
}

impl Extent {
    fn of(sample: GazeSample) -> Self {
        Self { x: (sample.x, sample.x), y: (sample.y, sample.y) }
    }

    fn with(self, sample: GazeSample) -> Self {
        let grow = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        Self { x: grow(self.x, sample.x), y: grow(self.y, sample.y) }
    }

    fn dispersion(self) -> f64 {
        self.x.1 - self.x.0 + self.y.1 - self.y.0
    }
}

/// Returns the fixation that a run of samples forms, if it lasts long enough.
fn fixation(run: &[GazeSample], shortest_ms: f64) -> Option<RawFixation> {
    let (first, last) = (run.first()?, run.last()?);
    let duration = last.time_ms - first.time_ms;
    let mean = |value: fn(&GazeSample) -> f64| run.iter().map(value).sum::<f64>() / run.len() as f64;
    let fixation = RawFixation::from_origin(0.0, mean(|s| s.x), mean(|s| s.y), Some(duration), None);
    (duration >= shortest_ms).then(|| fixation.starting(Some(first.time_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 pixels per degree, a sample every 10 ms: 30 degrees per second are 9 pixels a step.
    fn detect(detector: Detector, xs: &[f64]) -> Vec<(f64, f64, f64)> {
        let sample = |(index, &x): (usize, &f64)| GazeSample { time_ms: index as f64 * 10.0, x, y: 5.0 };
        let samples: Vec<_> = xs.iter().enumerate().map(sample).collect();
        let found = detector.fixations(&samples, PixelsPerDegree::new(30.0).unwrap()).unwrap();
        found.iter().map(|f| (f.start_ms.unwrap(), f.duration_ms.unwrap(), f.x)).collect()
    }

    fn two(step: f64) -> Vec<f64> {
        [vec![100.0; 8], vec![100.0 + step; 8]].concat()
    }

    #[test]
    fn a_step_at_the_threshold_of_velocity_is_a_saccade() {
        assert_eq!(detect(Detector::VELOCITY, &two(8.9)).len(), 1);
        assert_eq!(detect(Detector::VELOCITY, &two(9.0)), [(0.0, 70.0, 100.0), (80.0, 70.0, 109.0)]);
    }

    #[test]
    fn runs_that_are_too_short_are_no_fixations() {
        assert_eq!(detect(Detector::VELOCITY, &[vec![0.0; 7], vec![99.0; 6]].concat()), [(0.0, 60.0, 0.0)]);
        assert_eq!(detect(Detector::VELOCITY, &[]), []);
        assert_eq!(detect(Detector::DISPERSION, &[1.0; 10]), []);
        assert_eq!(detect(Detector::DISPERSION, &[1.0; 11]), [(0.0, 100.0, 1.0)]);
    }

    #[test]
    fn a_dispersion_above_the_threshold_ends_a_fixation() {
        let path = |step| [vec![100.0; 12], vec![100.0 + step; 12]].concat();
        assert_eq!(detect(Detector::DISPERSION, &path(30.0)), [(0.0, 230.0, 115.0)]);
        assert_eq!(detect(Detector::DISPERSION, &path(31.0)), [(0.0, 110.0, 100.0), (120.0, 110.0, 131.0)]);
        // A slow drift has no fast step, but disperses.
        let drift: Vec<_> = (0..40).map(|step| f64::from(step) * 2.0).collect();
        assert_eq!(detect(Detector::VELOCITY, &drift).len(), 1);
        assert_eq!(detect(Detector::DISPERSION, &drift).len(), 2);
    }

    #[test]
    fn lost_samples_divide() {
        let mut xs = vec![50.0; 17];
        xs[8] = f64::NAN;
        assert_eq!(detect(Detector::VELOCITY, &xs), [(0.0, 70.0, 50.0), (90.0, 70.0, 50.0)]);
    }

    #[test]
    fn wrong_parameters_and_times_are_named() {
        let sample = |time_ms| GazeSample { time_ms, x: 0.0, y: 0.0 };
        let scale = PixelsPerDegree::new(30.0).unwrap();
        let detector = Detector::Velocity { degrees_per_second: 0.0, shortest_ms: 60.0, velocity: Velocity::Steps };
        let message = detector.fixations(&[], scale).unwrap_err().to_string();
        assert_eq!(message, "the threshold of velocity must be a positive number, not 0");
        let message = Detector::VELOCITY.fixations(&[sample(1.0), sample(1.0)], scale).unwrap_err().to_string();
        assert_eq!(message, "sample 1 is at 1 ms, not after the one before it");
    }
    #[test]
    fn methods_read_back_with_their_parameters() {
        for text in [
            "ivt:threshold=20,shortest=100,velocity=five-point",
            "idt:threshold=0.5,shortest=80",
            "engbert-kliegl:lambda=5,saccade=12,shortest=50",
            "nystrom-holmqvist:saccade=10,shortest=40",
        ] {
            assert_eq!(text.parse::<Detector>().unwrap().to_string(), text);
        }
        assert_eq!("ivt".parse(), Ok(Detector::VELOCITY));
        assert_eq!("idt:shortest=100".parse(), Ok(Detector::DISPERSION));
        for text in ["ivt:lambda=3", "ivt:threshold=0", "ivt:threshold", "remodnav", "idt:velocity=steps"] {
            let message = text.parse::<Detector>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("unknown method {text:?}, expected ivt, idt,")), "{message}");
        }
    }

    #[test]
    fn every_method_finds_both_fixations_around_a_saccade() {
        // 500 Hz, 30 pixels per degree: 300 ms at 100, a saccade of 20 ms to 400, 300 ms there, with a little noise.
        let noise = |index: usize| [0.0, 0.3, -0.2, 0.1, -0.3, 0.2, 0.05][index * 5 % 7];
        let x = |index: usize| match index {
            0..150 => 100.0,
            150..160 => 100.0 + 30.0 * (index - 149) as f64,
            _ => 400.0,
        };
        let sample = |index: usize| GazeSample {
            time_ms: index as f64 * 2.0,
            x: x(index) + noise(index),
            y: 200.0 + noise(index + 3),
        };
        let samples: Vec<_> = (0..310).map(sample).collect();
        for detector in [
            Detector::VELOCITY,
            "ivt:velocity=five-point".parse().unwrap(),
            Detector::DISPERSION,
            Detector::ENGBERT_KLIEGL,
            Detector::NYSTROM_HOLMQVIST,
        ] {
            let found = detector.fixations(&samples, PixelsPerDegree::new(30.0).unwrap()).unwrap();
            let [first, second] = found.as_slice() else { panic!("{detector}: {found:?}") };
            // Where a method sees the saccade begin and end differs by a few samples.
            assert!((first.x - 100.0).abs() < 1.0 && (second.x - 400.0).abs() < 1.0, "{detector}: {found:?}");
            let end = first.start_ms.unwrap() + first.duration_ms.unwrap();
            assert!((280.0..=304.0).contains(&end), "{detector}: ends at {end}");
            let start = second.start_ms.unwrap();
            assert!((310.0..=350.0).contains(&start), "{detector}: starts at {start}");
        }
    }

    #[test]
    fn no_method_reaches_across_lost_samples() {
        let sample = |index: usize| GazeSample {
            time_ms: index as f64 * 2.0,
            x: if (100..110).contains(&index) { f64::NAN } else { 50.0 + (index % 3) as f64 * 0.1 },
            y: 60.0 + (index % 5) as f64 * 0.1,
        };
        let samples: Vec<_> = (0..210).map(sample).collect();
        for name in ["ivt", "ivt:velocity=five-point", "idt", "engbert-kliegl", "nystrom-holmqvist"] {
            let detector: Detector = name.parse().unwrap();
            let found = detector.fixations(&samples, PixelsPerDegree::new(30.0).unwrap()).unwrap();
            assert_eq!(found.len(), 2, "{name}: {found:?}");
            let end = found[0].start_ms.unwrap() + found[0].duration_ms.unwrap();
            assert!(end <= 198.0 && found[1].start_ms.unwrap() >= 220.0, "{name}: {found:?}");
        }
    }
}
