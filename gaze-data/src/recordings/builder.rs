//! Puts a recording together while its file is read: counts samples and gives each event its trial.

use std::path::PathBuf;

use crate::recordings::{
    RecordingFormat,
    model::{DeviceFixation, Extent, Eye, Interval, Message, Recording, Sample, SampleCounts, Space, Trial, Unit},
};

/// The number of intervals between samples from which the rate is estimated.
const INTERVALS: usize = 10_000;

/// The most events, messages and trials that are kept, so that memory is bounded.
const LARGEST: usize = 1 << 22;

/// The longest message that is kept, in bytes.
const LONGEST: usize = 1 << 12;

/// The number of trials that are looked back for the one that an event belongs to.
const BACK: usize = 8;

/// The confidence below which a sample counts as uncertain: the limit that Pupil Labs recommends.
const CONFIDENT: f64 = 0.6;

/// A recording in the making.
pub(crate) struct Builder<'a> {
    pub(crate) recording: Recording,
    take: &'a mut dyn FnMut(&Sample),
    intervals: Vec<f64>,
    last_time: f64,
    kept: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(format: RecordingFormat, source: PathBuf, take: &'a mut dyn FnMut(&Sample)) -> Self {
        let recording = Recording {
            format,
            source,
            device: None,
            participant: None,
            screen: None,
            screen_mm: None,
            distance_mm: None,
            sample_space: (Space::Screen, Unit::Pixels),
            fixation_space: (Space::Screen, Unit::Pixels),
            stated_rate_hz: None,
            found_rate_hz: None,
            eyes: Vec::new(),
            samples: SampleCounts::default(),
            span_ms: None,
            fixations: Vec::new(),
            blinks: Vec::new(),
            saccades: Vec::new(),
            messages: Vec::new(),
            trials: Vec::new(),
            notes: Vec::new(),
        };
        Self { recording, take, intervals: Vec::new(), last_time: f64::NAN, kept: 0 }
    }

    pub(crate) fn space(&mut self, space: Space, unit: Unit) {
        self.recording.sample_space = (space, unit);
        self.recording.fixation_space = (space, unit);
    }

    pub(crate) fn screen(&mut self, width: f64, height: f64) {
        if width >= 1.0 && height >= 1.0 {
            self.recording.screen.get_or_insert(Extent { width, height });
        }
    }

    pub(crate) fn eye(&mut self, eye: Eye) {
        if !self.recording.eyes.contains(&eye) {
            self.recording.eyes.push(eye);
        }
    }

    /// Adds a note, unless the recording has it already.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.recording.notes.contains(&note) && self.recording.notes.len() < 64 {
            self.recording.notes.push(note);
        }
    }

    pub(crate) fn cut_short(&mut self, line: Option<usize>) {
        if let Some(line) = line {
            let path = self.recording.source.display();
            self.note(format!("{path}: the file ends in the middle of line {line}; the rows before it were read"));
        }
    }

    fn has_room(&mut self) -> bool {
        self.kept += 1;
        if self.kept > LARGEST {
            self.note(format!("only the first {LARGEST} events, messages and trials were kept"));
        }
        self.kept <= LARGEST
    }

    /// Returns the trial that was running at a time: the latest of those begun so far that had begun by then.
    fn trial_at(&self, time_ms: Option<f64>) -> Option<usize> {
        let count = self.recording.trials.len();
        let Some(time) = time_ms else { return count.checked_sub(1) };
        (count.saturating_sub(BACK)..count)
            .rev()
            .find(|&trial| self.recording.trials[trial].start_ms.is_none_or(|start| start <= time))
    }

    /// Takes a sample. Without a trial of its own it belongs to the one that is running.
    pub(crate) fn sample(&mut self, mut sample: Sample) {
        if sample.trial.is_none() {
            sample.trial = self.trial_at(Some(sample.time_ms));
        }
        self.sample_of(sample);
    }

    /// Takes a sample that belongs to the trial it names, or to none.
    pub(crate) fn sample_of(&mut self, sample: Sample) {
        let counts = &mut self.recording.samples;
        let is_lost = sample.is_lost();
        counts.all += 1;
        counts.lost += usize::from(is_lost);
        counts.lost_left += usize::from(!sample.left.is_valid());
        counts.lost_right += usize::from(!sample.right.is_valid());
        counts.uncertain += usize::from(!is_lost && sample.confidence < CONFIDENT);
        if let Some(trial) = sample.trial.and_then(|trial| self.recording.trials.get_mut(trial)) {
            trial.samples += 1;
            trial.lost_samples += usize::from(is_lost);
        }
        let interval = sample.time_ms - self.last_time;
        counts.repeated_times += usize::from(interval == 0.0);
        if self.intervals.len() < INTERVALS && interval >= 0.0 {
            self.intervals.push(interval);
        }
        self.last_time = sample.time_ms;
        match &mut self.recording.span_ms {
            Some((_, last)) => *last = sample.time_ms,
            span => *span = Some((sample.time_ms, sample.time_ms)),
        }
        (self.take)(&sample);
    }

    /// Takes a fixation. Without a trial of its own it belongs to the one that was running when it ended.
    pub(crate) fn fixation(&mut self, mut fixation: DeviceFixation, end_ms: Option<f64>) {
        if fixation.trial.is_none() {
            fixation.trial = self.trial_at(end_ms.or(fixation.start_ms));
        }
        self.fixation_of(fixation);
    }

    /// Takes a fixation that belongs to the trial it names, or to none.
    pub(crate) fn fixation_of(&mut self, fixation: DeviceFixation) {
        if self.has_room() {
            if let Some(trial) = fixation.trial.and_then(|trial| self.recording.trials.get_mut(trial)) {
                trial.fixations += 1;
            }
            self.recording.fixations.push(fixation);
        }
    }

    pub(crate) fn blink(&mut self, blink: Interval) {
        if self.has_room() {
            self.recording.blinks.push(blink);
        }
    }

    pub(crate) fn saccade(&mut self, saccade: Interval) {
        if self.has_room() {
            self.recording.saccades.push(saccade);
        }
    }

    pub(crate) fn message(&mut self, time_ms: f64, text: &str) {
        if self.has_room() {
            let end = text.floor_char_boundary(LONGEST);
            self.recording.messages.push(Message { time_ms, text: text[..end].to_owned() });
        }
    }

    /// Begins a trial and returns its position.
    pub(crate) fn trial(&mut self, trial: Trial) -> Option<usize> {
        self.has_room().then(|| {
            self.recording.trials.push(trial);
            self.recording.trials.len() - 1
        })
    }

    /// Returns the trial that began last.
    pub(crate) fn current(&mut self) -> Option<&mut Trial> {
        self.recording.trials.last_mut()
    }

    /// Returns the recording after its last line.
    pub(crate) fn finish(mut self) -> Recording {
        let recording = &mut self.recording;
        if !recording.eyes.contains(&Eye::Left) {
            recording.samples.lost_left = 0;
        }
        if !recording.eyes.contains(&Eye::Right) {
            recording.samples.lost_right = 0;
        }
        recording.eyes.sort_unstable();
        // At 2000 Hz times in whole milliseconds occur twice, so that the mean of two intervals counts.
        let is_doubled = recording.samples.repeated_times * 3 > recording.samples.all;
        self.intervals.retain(|&interval| interval > 0.0);
        self.intervals.sort_by(f64::total_cmp);
        if let Some(&median) = self.intervals.get(self.intervals.len() / 2) {
            recording.found_rate_hz = Some(1000.0 / if is_doubled { median / 2.0 } else { median });
        }
        self.recording
    }
}
