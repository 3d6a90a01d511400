//! Fixations from raw gaze: by a threshold of velocity (I-VT) or of dispersion (I-DT).
//!
//! Thresholds are in degrees of visual angle, so pixels per degree are needed. A sample whose coordinates are not
//! finite is lost; fixations never reach across lost samples.
//!
//! Source: Salvucci & Goldberg (2000), *Identifying fixations and saccades in eye-tracking protocols*, ETRA,
//! doi:10.1145/355017.355028.

use gaze_core::PixelsPerDegree;
use thiserror::Error;

use crate::RawFixation;

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

/// A method that finds fixations in raw gaze.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detector {
    /// I-VT: a fixation is a run of samples that move slower than a threshold.
    Velocity {
        /// The speed in degrees per second at and above which the eye is in a saccade; 30 is in common use.
        degrees_per_second: f64,
        /// The shortest duration of a fixation, in milliseconds; 60 is in common use.
        shortest_ms: f64,
    },
    /// I-DT: a fixation is a longest run of samples whose width and height together do not exceed a threshold.
    Dispersion {
        /// The largest sum of width and height, in degrees; 1 is in common use.
        degrees: f64,
        /// The shortest duration of a fixation, in milliseconds; 100 is in common use.
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
    pub const VELOCITY: Self = Self::Velocity { degrees_per_second: 30.0, shortest_ms: 60.0 };

    /// The method I-DT with 1 degree and 100 ms.
    pub const DISPERSION: Self = Self::Dispersion { degrees: 1.0, shortest_ms: 100.0 };

    /// Finds the fixations, in temporal order.
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
        let parameters = match self {
            Self::Velocity { degrees_per_second, shortest_ms } => {
                [("threshold of velocity", degrees_per_second), ("shortest duration", shortest_ms)]
            }
            Self::Dispersion { degrees, shortest_ms } => {
                [("threshold of dispersion", degrees), ("shortest duration", shortest_ms)]
            }
        };
        for (name, found) in parameters {
            if !(found > 0.0 && found.is_finite()) {
                return Err(DetectError::Parameter { name, found });
            }
        }
        for (index, sample) in samples.iter().enumerate() {
            let before = index.checked_sub(1).map_or(f64::NEG_INFINITY, |index| samples[index].time_ms);
            if !(sample.time_ms > before && sample.time_ms.is_finite()) {
                return Err(DetectError::Time { index, found: sample.time_ms });
            }
        }
        let is_lost = |sample: &GazeSample| !(sample.x.is_finite() && sample.y.is_finite());
        let runs = samples.split(is_lost).filter(|run| !run.is_empty());
        Ok(match self {
            Self::Velocity { degrees_per_second, shortest_ms } => {
                let threshold = pixels_per_degree.pixels(degrees_per_second) / 1000.0;
                runs.flat_map(|run| by_velocity(run, threshold, shortest_ms)).collect()
            }
            Self::Dispersion { degrees, shortest_ms } => {
                let threshold = pixels_per_degree.pixels(degrees);
                runs.flat_map(|run| by_dispersion(run, threshold, shortest_ms)).collect()
            }
        })
    }
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
        let detector = Detector::Velocity { degrees_per_second: 0.0, shortest_ms: 60.0 };
        let message = detector.fixations(&[], scale).unwrap_err().to_string();
        assert_eq!(message, "the threshold of velocity must be a positive number, not 0");
        let message = Detector::VELOCITY.fixations(&[sample(1.0), sample(1.0)], scale).unwrap_err().to_string();
        assert_eq!(message, "sample 1 is at 1 ms, not after the one before it");
    }
}
