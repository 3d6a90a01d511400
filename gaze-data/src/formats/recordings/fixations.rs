//! The fixations of one recording: those of the device, or those found in its samples.

use gaze_core::PixelsPerDegree;

use crate::{
    DataError, Detector, GazeSample, RawFixation,
    error::Problem,
    recordings::{self, Extent, Eye, EyeChoice, Gaze, Recording, RecordingOptions, Sample, Space, Unit, input::Input},
};

/// The confidence from which on a sample counts when fixations are found.
const CONFIDENT: f64 = 0.6;

/// A recording with its fixations.
pub(super) struct Found {
    pub(super) recording: Recording,
    /// The fixations of the chosen eye that belong to a trial, with the trial, in the recording's coordinates and clock.
    pub(super) fixations: Vec<(usize, RawFixation)>,
    /// The surface and the unit of the fixations.
    pub(super) space: (Space, Unit),
    /// Pixels of the screen per degree of visual angle, where they are known.
    pub(super) scale: Option<PixelsPerDegree>,
    pub(super) notes: Vec<String>,
}

/// Reads a recording and its fixations.
pub(super) fn read(input: &Input<'_>, options: &RecordingOptions) -> Result<Found, DataError> {
    let recording = whole(input, options, &mut |_| {})?;
    let scale = scale(&recording, options);
    let mut notes = Vec::new();
    let eye = chosen(&recording, options, &mut notes);
    if let Some(detector) = options.events {
        let (fixations, more) = detected(input, options, &recording, detector, eye, scale)?;
        notes.extend(more);
        let space = recording.sample_space;
        return Ok(Found { recording, fixations, space, scale, notes });
    }
    if recording.fixations.is_empty() && recording.samples.all > 0 {
        notes.push("the device found no fixations; find them in the samples with --events".to_owned());
    }
    let raw = |fixation: &recordings::DeviceFixation| {
        let line = Some(fixation.line);
        RawFixation::from_origin(0.0, fixation.x, fixation.y, fixation.duration_ms, line).starting(fixation.start_ms)
    };
    let is_chosen = |found: Eye| eye.is_none_or(|eye| eye == found);
    let chosen = recording.fixations.iter().filter(|fixation| is_chosen(fixation.eye));
    let fixations = chosen.filter_map(|fixation| Some((fixation.trial?, raw(fixation)))).collect();
    let space = recording.fixation_space;
    Ok(Found { recording, fixations, space, scale, notes })
}

fn whole(input: &Input<'_>, options: &RecordingOptions, take: &mut dyn FnMut(&Sample)) -> Result<Recording, DataError> {
    let recording = recordings::read(input, &options.messages, take)?;
    recording.ok_or_else(|| {
        Problem::new("the file", "a recording, as when it was listed", &"something else").at(&input.path)
    })
}

/// Returns pixels per degree: those that were given, or those in the middle of a screen whose geometry the file states.
fn scale(recording: &Recording, options: &RecordingOptions) -> Option<PixelsPerDegree> {
    let stated = || {
        let (screen, size, distance) = (recording.screen?, recording.screen_mm?, recording.distance_mm?);
        Some(screen.width / size.width * distance * 2.0 * 0.5f64.to_radians().tan())
    };
    options.pixels_per_degree.or_else(stated).and_then(|pixels| PixelsPerDegree::new(pixels).ok())
}

/// Returns the eye whose fixations or samples count; `None` if the device states one point for both, or for their mean.
fn chosen(recording: &Recording, options: &RecordingOptions, notes: &mut Vec<String>) -> Option<Eye> {
    let has = |eye: Eye| recording.eyes.contains(&eye);
    let (left, right) = (has(Eye::Left), has(Eye::Right));
    // Devices that state one point for both eyes find fixations of that point.
    let states_both = match options.events {
        None => recording.fixations.iter().any(|fixation| fixation.eye == Eye::Both),
        Some(_) => has(Eye::Both) && matches!(options.eye, EyeChoice::Better | EyeChoice::Mean),
    };
    if states_both || !(left || right) {
        return None;
    }
    match (options.eye, left, right) {
        (EyeChoice::Mean, true, true) if options.events.is_some() => None,
        (EyeChoice::Left, true, _) | (_, true, false) => {
            if options.eye == EyeChoice::Right {
                notes.push("the right eye was asked for, and only the left one was recorded".to_owned());
            }
            Some(Eye::Left)
        }
        (EyeChoice::Right, _, true) | (_, false, true) => {
            if options.eye == EyeChoice::Left {
                notes.push("the left eye was asked for, and only the right one was recorded".to_owned());
            }
            Some(Eye::Right)
        }
        (choice, ..) => {
            let better =
                if recording.samples.lost_right < recording.samples.lost_left { Eye::Right } else { Eye::Left };
            let name = if better == Eye::Left { "left" } else { "right" };
            if choice == EyeChoice::Mean {
                notes.push(format!("fixations of the device are of one eye each; those of the {name} eye were taken"));
            } else {
                notes.push(format!("both eyes were recorded; the {name} one was lost less often or equally often"));
            }
            Some(better)
        }
    }
}

/// The gaze that counts in a sample.
fn gaze(sample: &Sample, eye: Option<Eye>) -> Gaze {
    if sample.confidence < CONFIDENT {
        return Gaze::LOST;
    }
    match eye {
        Some(Eye::Left) => sample.left,
        Some(Eye::Right) => sample.right,
        _ if sample.both.is_valid() => sample.both,
        _ => match (sample.left.is_valid(), sample.right.is_valid()) {
            (true, true) => Gaze::at((sample.left.x + sample.right.x) / 2.0, (sample.left.y + sample.right.y) / 2.0),
            (true, false) => sample.left,
            (false, true) => sample.right,
            (false, false) => Gaze::LOST,
        },
    }
}

type Detected = (Vec<(usize, RawFixation)>, Vec<String>);

/// Finds the fixations of each trial in its samples, for which the recording is read again.
fn detected(
    input: &Input<'_>,
    options: &RecordingOptions,
    recording: &Recording,
    detector: Detector,
    eye: Option<Eye>,
    scale: Option<PixelsPerDegree>,
) -> Result<Detected, DataError> {
    let given = options.screen.map(|(width, height)| Extent { width: f64::from(width), height: f64::from(height) });
    let screen = recording.screen.or(given);
    // Shares of the width and height are not of one length, so they become pixels first.
    let (unit_x, unit_y) = match (recording.sample_space.1, screen) {
        (Unit::Shares, Some(screen)) => (screen.width, screen.height),
        (Unit::Shares, None) if recording.sample_space.0 == Space::Screen => {
            let expected = "stated, to find fixations in shares of it; give --screen WIDTHxHEIGHT";
            return Err(Problem::new("the size of the screen", expected, &"no size").at(&input.path));
        }
        _ => (1.0, 1.0),
    };
    let scale = match scale {
        Some(scale) => scale,
        None if detector.needs_degrees() => {
            let expected = "known for thresholds in degrees; give --pixels-per-degree";
            return Err(Problem::new("pixels per degree", expected, &"no screen size and distance").at(&input.path));
        }
        None => PixelsPerDegree::new(1.0)
            .map_err(|error| Problem::new("pixels per degree", "a positive number", &error).at(&input.path))?,
    };
    // At 2000 Hz each whole millisecond occurs twice.
    let is_doubled = recording.samples.repeated_times * 3 > recording.samples.all;
    let half = recording.found_rate_hz.filter(|_| is_doubled).map_or(0.0, |rate| 1000.0 / rate);
    let mut state = Trials {
        detector,
        scale,
        fill_ms: options.fill_ms,
        unit: (unit_x, unit_y),
        trial: None,
        samples: Vec::new(),
        fixations: Vec::new(),
        unordered: 0,
        error: None,
    };
    whole(input, options, &mut |sample| state.take(sample, gaze(sample, eye), half))?;
    state.end();
    if let Some(error) = state.error {
        return Err(Problem::new("the samples", "samples in temporal order", &error).at(&input.path));
    }
    let mut notes = vec![format!("fixations were found in the samples by {detector}")];
    if state.unordered > 0 {
        notes.push(format!("{} samples do not come after the one before and were left out", state.unordered));
    }
    Ok((state.fixations, notes))
}

/// The samples of the trial that is being read, and the fixations of those before.
struct Trials {
    detector: Detector,
    scale: PixelsPerDegree,
    fill_ms: Option<f64>,
    /// The size of the unit of the samples in pixels.
    unit: (f64, f64),
    trial: Option<usize>,
    samples: Vec<GazeSample>,
    fixations: Vec<(usize, RawFixation)>,
    unordered: usize,
    error: Option<crate::DetectError>,
}

impl Trials {
    fn take(&mut self, sample: &Sample, gaze: Gaze, half: f64) {
        if sample.trial != self.trial {
            self.end();
            self.trial = sample.trial;
        }
        if self.trial.is_none() {
            return;
        }
        let last = self.samples.last().map_or(f64::NEG_INFINITY, |last| last.time_ms);
        let mut time_ms = sample.time_ms;
        if half > 0.0 && time_ms <= last {
            time_ms += half;
        }
        if time_ms > last {
            let (x, y) = (gaze.x * self.unit.0, gaze.y * self.unit.1);
            self.samples.push(GazeSample { time_ms, x, y });
        } else {
            self.unordered += 1;
        }
    }

    /// Finds the fixations of the trial that ends.
    fn end(&mut self) {
        let Some(trial) = self.trial.take() else { return };
        if let Some(longest) = self.fill_ms {
            fill(&mut self.samples, longest);
        }
        match self.detector.fixations(&self.samples, self.scale) {
            Ok(found) => self.fixations.extend(found.into_iter().map(|fixation| {
                let (x, y) = (fixation.x / self.unit.0, fixation.y / self.unit.1);
                (trial, RawFixation { x, y, written_x: x, written_y: y, ..fixation })
            })),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self.samples.clear();
    }
}

/// Fills gaps between found samples that are no longer than `longest` milliseconds, by interpolation.
fn fill(samples: &mut [GazeSample], longest: f64) {
    let is_found = |sample: &GazeSample| sample.x.is_finite() && sample.y.is_finite();
    let mut before: Option<usize> = None;
    for index in 0..samples.len() {
        if !is_found(&samples[index]) {
            continue;
        }
        if let Some(first) = before
            && index - first > 1
        {
            let (a, b) = (samples[first], samples[index]);
            let gap = b.time_ms - a.time_ms;
            if gap <= longest {
                for sample in &mut samples[first + 1..index] {
                    let share = (sample.time_ms - a.time_ms) / gap;
                    (sample.x, sample.y) = (a.x + share * (b.x - a.x), a.y + share * (b.y - a.y));
                }
            }
        }
        before = Some(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_are_filled_on_a_straight_line() {
        let sample = |(index, x): (usize, f64)| GazeSample { time_ms: index as f64 * 10.0, x, y: 1.0 };
        let lost = f64::NAN;
        let xs = [lost, 1.0, lost, lost, 4.0, lost, lost, lost, lost, 9.0, lost];
        let mut samples: Vec<_> = xs.into_iter().enumerate().map(sample).collect();
        fill(&mut samples, 30.0);
        let found: Vec<_> = samples.iter().map(|sample| sample.x).collect();
        assert_eq!(found[1..5], [1.0, 2.0, 3.0, 4.0]);
        assert!(found[0].is_nan() && found[5..9].iter().all(|x| x.is_nan()) && found[10].is_nan());
    }
}
