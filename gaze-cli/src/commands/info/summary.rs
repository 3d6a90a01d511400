//! What `gaze-cli info` says about a recording, as a structure with a version.

use std::collections::BTreeMap;

use gaze_data::{DeviceFixation, Extent, Eye, Gaze, Recording, RecordingFormat, Sample, Space, Unit};
use serde::Serialize;

/// The version of the structure. It is raised when a field changes its meaning or goes; new fields do not raise it.
const SCHEMA: u32 = 1;

/// The samples of a run over which precision is measured, and the longest time of one in milliseconds.
const RUN: usize = 8;
const LONGEST_MS: f64 = 500.0;

/// The most runs whose precision is kept.
const RUNS: usize = 100_000;

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    schema: u32,
    gaze: &'static str,
    source: String,
    format: RecordingFormat,
    device: Option<String>,
    participant: Option<String>,
    /// Whether coordinates lie on the screen, the picture or the scene, and whether they are pixels or shares.
    sample_coordinates: Coordinates,
    fixation_coordinates: Coordinates,
    screen: Option<Extent>,
    eyes: Vec<Eye>,
    stated_rate_hz: Option<f64>,
    found_rate_hz: Option<f64>,
    start_ms: Option<f64>,
    end_ms: Option<f64>,
    pub(super) samples: usize,
    pub(super) lost_samples: usize,
    lost_samples_left: Option<usize>,
    lost_samples_right: Option<usize>,
    repeated_times: usize,
    uncertain_samples: usize,
    /// The median over short runs of the root mean square distance between successive samples, in the unit of the samples.
    precision_rms: BTreeMap<Eye, f64>,
    pub(super) fixations: usize,
    blinks: usize,
    saccades: usize,
    messages: usize,
    stimuli: Vec<String>,
    first_fixation: Option<Fixation>,
    last_fixation: Option<Fixation>,
    pub(super) trials: Vec<TrialSummary>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Coordinates {
    on: Space,
    unit: Unit,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Fixation {
    x: Option<f64>,
    y: Option<f64>,
    start_ms: Option<f64>,
    duration_ms: Option<f64>,
    eye: Eye,
}

#[derive(Debug, Serialize)]
pub(super) struct TrialSummary {
    pub(super) name: String,
    participant: Option<String>,
    pub(super) stimuli: Vec<String>,
    start_ms: Option<f64>,
    onset_ms: Option<f64>,
    end_ms: Option<f64>,
    pub(super) samples: usize,
    pub(super) lost_samples: usize,
    pub(super) fixations: usize,
    fixations_by_eye: BTreeMap<Eye, usize>,
    /// The time from the onset of the picture, or the start of the trial, to the first fixation that began after it.
    pub(super) first_fixation_after_ms: Option<f64>,
    pub(super) median_duration_ms: Option<f64>,
    first_fixation: Option<Fixation>,
    last_fixation: Option<Fixation>,
    fixation_list: Vec<Fixation>,
}

impl From<&DeviceFixation> for Fixation {
    fn from(fixation: &DeviceFixation) -> Self {
        let known = |value: f64| value.is_finite().then_some(value);
        let DeviceFixation { x, y, start_ms, duration_ms, eye, .. } = *fixation;
        Self { x: known(x), y: known(y), start_ms, duration_ms, eye }
    }
}

impl Summary {
    pub(super) fn new(recording: &Recording, source: String, precision: &Precision) -> Self {
        let mut by_trial: BTreeMap<usize, Vec<&DeviceFixation>> = BTreeMap::new();
        for fixation in &recording.fixations {
            if let Some(trial) = fixation.trial {
                by_trial.entry(trial).or_default().push(fixation);
            }
        }
        let trials = recording.trials.iter().enumerate();
        let trials = trials.map(|(place, trial)| trial_summary(trial, by_trial.get(&place).map_or(&[], Vec::as_slice)));
        let has = |eye| recording.eyes.contains(&eye);
        let counts = recording.samples;
        let coordinates = |(on, unit)| Coordinates { on, unit };
        Self {
            schema: SCHEMA,
            gaze: env!("CARGO_PKG_VERSION"),
            source,
            format: recording.format,
            device: recording.device.clone(),
            participant: recording.participant.clone(),
            sample_coordinates: coordinates(recording.sample_space),
            fixation_coordinates: coordinates(recording.fixation_space),
            screen: recording.screen,
            eyes: recording.eyes.clone(),
            stated_rate_hz: recording.stated_rate_hz,
            found_rate_hz: recording.found_rate_hz,
            start_ms: recording.span_ms.map(|span| span.0).filter(|time| time.is_finite()),
            end_ms: recording.span_ms.map(|span| span.1).filter(|time| time.is_finite()),
            samples: counts.all,
            lost_samples: counts.lost,
            lost_samples_left: has(Eye::Left).then_some(counts.lost_left),
            lost_samples_right: has(Eye::Right).then_some(counts.lost_right),
            repeated_times: counts.repeated_times,
            uncertain_samples: counts.uncertain,
            precision_rms: precision.medians(),
            fixations: recording.fixations.len(),
            blinks: recording.blinks.len(),
            saccades: recording.saccades.len(),
            messages: recording.messages.len(),
            stimuli: recording.stimuli().into_iter().map(str::to_owned).collect(),
            first_fixation: recording.placed_fixations().next().map(Fixation::from),
            last_fixation: recording.placed_fixations().next_back().map(Fixation::from),
            trials: trials.collect(),
            notes: recording.notes.clone(),
        }
    }

    /// Returns lines about precision and doubtful samples, for people.
    pub(super) fn details(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let unit = if self.sample_coordinates.unit == Unit::Pixels { "px" } else { "of the width" };
        let values: Vec<String> =
            self.precision_rms.iter().map(|(eye, rms)| format!("{eye} {rms:.3} {unit}")).collect();
        if !values.is_empty() {
            lines.push((
                "precision",
                format!("{} (RMS from sample to sample, median of short runs)", values.join(", ")),
            ));
        }
        if self.uncertain_samples > 0 {
            lines.push(("uncertain", format!("{} samples have a confidence below 0.6", self.uncertain_samples)));
        }
        if self.repeated_times > 0 {
            lines.push(("repeated", format!("{} samples have the time of the one before", self.repeated_times)));
        }
        lines
    }
}

fn trial_summary(trial: &gaze_data::Trial, fixations: &[&DeviceFixation]) -> TrialSummary {
    let mut by_eye = BTreeMap::new();
    for fixation in fixations {
        *by_eye.entry(fixation.eye).or_default() += 1;
    }
    let onset = trial.onset_ms.or(trial.start_ms);
    let after = |fixation: &&DeviceFixation| Some(fixation.start_ms? - onset?).filter(|&delay| delay >= 0.0);
    let mut durations: Vec<f64> = fixations.iter().filter_map(|fixation| fixation.duration_ms).collect();
    durations.sort_by(f64::total_cmp);
    let placed = || fixations.iter().filter(|fixation| fixation.has_place());
    TrialSummary {
        name: trial.name.clone(),
        participant: trial.participant.clone(),
        stimuli: trial.pictures.iter().map(|picture| picture.name.clone()).collect(),
        start_ms: trial.start_ms.filter(|time| time.is_finite()),
        onset_ms: trial.onset_ms.filter(|time| time.is_finite()),
        end_ms: trial.end_ms.filter(|time| time.is_finite()),
        samples: trial.samples,
        lost_samples: trial.lost_samples,
        fixations: fixations.len(),
        fixations_by_eye: by_eye,
        first_fixation_after_ms: fixations.iter().filter_map(after).min_by(f64::total_cmp),
        median_duration_ms: gaze_metrics::quantile_of_sorted(&durations, 0.5),
        first_fixation: placed().next().map(|fixation| Fixation::from(*fixation)),
        last_fixation: placed().next_back().map(|fixation| Fixation::from(*fixation)),
        fixation_list: fixations.iter().map(|fixation| Fixation::from(*fixation)).collect(),
    }
}

/// The precision of a recording: root mean square distances between successive samples, over short runs, so that saccades
/// concern few of them.
#[derive(Default)]
pub(super) struct Precision {
    eyes: [EyePrecision; 3],
}

#[derive(Default)]
struct EyePrecision {
    last: Option<Gaze>,
    start: f64,
    sum: f64,
    count: usize,
    runs: Vec<f64>,
}

const EYES: [Eye; 3] = [Eye::Left, Eye::Right, Eye::Both];

impl Precision {
    pub(super) fn take(&mut self, sample: &Sample) {
        for (eye, gaze) in self.eyes.iter_mut().zip([sample.left, sample.right, sample.both]) {
            eye.take(sample.time_ms, gaze);
        }
    }

    fn medians(&self) -> BTreeMap<Eye, f64> {
        let of = |(eye, precision): (Eye, &EyePrecision)| {
            let mut runs = precision.runs.clone();
            runs.sort_by(f64::total_cmp);
            Some((eye, gaze_metrics::quantile_of_sorted(&runs, 0.5)?))
        };
        EYES.into_iter().zip(&self.eyes).filter_map(of).collect()
    }
}

impl EyePrecision {
    fn take(&mut self, time_ms: f64, gaze: Gaze) {
        if !gaze.is_valid() {
            self.last = None;
            self.count = 0;
            return;
        }
        let Some(before) = self.last.replace(gaze) else {
            (self.start, self.sum, self.count) = (time_ms, 0.0, 0);
            return;
        };
        self.sum += (gaze.x - before.x).powi(2) + (gaze.y - before.y).powi(2);
        self.count += 1;
        if self.count == RUN {
            if self.runs.len() < RUNS && (time_ms - self.start).abs() <= LONGEST_MS {
                self.runs.push((self.sum / RUN as f64).sqrt());
            }
            (self.start, self.sum, self.count) = (time_ms, 0.0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_the_median_distance_of_successive_samples() {
        let mut precision = Precision::default();
        for index in 0..100 {
            // Steps of 5 pixels, and one saccade.
            let jump = if index > 50 { 500.0 } else { 0.0 };
            let mut sample = Sample::at(f64::from(index) * 2.0);
            sample.left = Gaze::at(f64::from(index % 2) * 3.0 + jump, f64::from(index % 2) * 4.0);
            precision.take(&sample);
        }
        let medians = precision.medians();
        assert_eq!(medians.len(), 1);
        assert!((medians[&Eye::Left] - 5.0).abs() < 1e-12);
    }
}
