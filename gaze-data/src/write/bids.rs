//! Recordings in BIDS: the samples and events of eye tracking as the standard has them (BIDS 1.11, from BEP 20).
//!
//! ```text
//! dataset_description.json, participants.tsv, README
//! stimuli/                                                  the pictures that were found
//! sub-S/beh/sub-S_task-T[_run-N]_recording-eye1_physio.tsv.gz, .json        a row for each sample, without a header
//!           sub-S_task-T[_run-N]_recording-eye1_physioevents.tsv.gz, .json  fixations, saccades, blinks and messages
//!           sub-S_task-T[_run-N]_events.tsv, .json                          the trials with their pictures
//! ```
//!
//! Each eye has a file. The column `timestamp` is the device's clock in milliseconds, and the onsets of physioevents are in
//! the same unit. Onsets of trials are seconds from the first sample. As the standard wants samples at a fixed frequency, gaps
//! are filled with rows of `n/a`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use super::write_file;
use crate::{
    DataError, DatasetOptions, Format, RecordingOptions,
    files::{folder, place::Place},
    formats::recordings::{self as dataset, Pictures},
    recordings::{self, Eye, Gaze, Recording, Sample, Space, Unit, input::Input},
};

/// The version of BIDS that is written.
const VERSION: &str = "1.11.0";

/// The word for the task in the names of files.
const TASK: &str = "gaze";

/// The most rows that fill one gap: an hour at 1000 Hz.
const LONGEST_GAP: f64 = 3.6e6;

/// The numbers of what was written in BIDS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenBids {
    /// The number of recordings.
    pub recordings: usize,
    /// The number of samples.
    pub samples: usize,
    /// The number of trials.
    pub trials: usize,
    /// Sentences about what was left out or filled in.
    pub notes: Vec<String>,
}

/// Writes a recording, or all recordings of a folder, in BIDS to the new folder `out`.
///
/// # Errors
///
/// [`DataError::Exists`] if there is something at `out` already, [`DataError::NotRecognised`] if there is no recording, and the
/// errors of reading recordings and of writing.
pub fn write_bids(path: &Path, options: &RecordingOptions, out: &Path) -> Result<WrittenBids, DataError> {
    if out.exists() {
        return Err(DataError::Exists { path: out.to_owned() });
    }
    let place = Place::new(path, &DatasetOptions::default())?;
    let (files, refused) = dataset::files(&place)?;
    if files.is_empty() {
        if let Some((_, error)) = refused.into_iter().next() {
            return Err(error);
        }
        let tried = vec![place.attempt(Format::Recordings, dataset::LAYOUT)];
        return Err(DataError::NotRecognised { path: path.to_owned(), tried, found: place.overview()? });
    }
    let pictures = Pictures::open(&place.root, options.stimuli.as_deref())?;
    let mut written = WrittenBids::default();
    written.notes.extend(refused.iter().map(|(_, error)| format!("left out: {error}")));
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for (file, _) in &files {
        let subject = label(&dataset::name(file));
        let run = runs.entry(subject.clone()).or_default();
        *run += 1;
        let input = Input::new(&place.root, file.clone());
        let target = Target { out, subject: &subject, run: *run };
        target.write(&input, options, &pictures, &mut shown, &mut written)?;
    }
    for key in &shown {
        if let Some(source) = pictures.files.get(key) {
            let bytes = folder::read(source, source, crate::files::image::MEMORY)?;
            write_file(&out.join("stimuli").join(file_name(source)), &bytes)?;
        }
    }
    let description = json!({
        "Name": place.name(),
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{ "Name": "gaze", "Version": env!("CARGO_PKG_VERSION") }],
    });
    write_json(&out.join("dataset_description.json"), &description)?;
    let readme = "Recordings of eye movements, converted to BIDS by gaze (gaze-cli convert --to bids).\n";
    write_file(&out.join("README"), readme.as_bytes())?;
    let subjects: String = runs.keys().map(|subject| format!("sub-{subject}\n")).collect();
    write_file(&out.join("participants.tsv"), format!("participant_id\n{subjects}").as_bytes())?;
    Ok(written)
}

/// Returns the letters and digits of a name, as labels in BIDS may have no others.
fn label(name: &str) -> String {
    let label: String = name.strip_prefix("sub-").unwrap_or(name).chars().filter(char::is_ascii_alphanumeric).collect();
    if label.is_empty() { "unnamed".to_owned() } else { label }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), DataError> {
    write_file(path, format!("{value:#}\n").as_bytes())
}

/// Returns a number as it stands in a table.
fn cell(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { "n/a".to_owned() }
}

/// A table without a header, compressed.
struct Table {
    path: PathBuf,
    writer: GzEncoder<BufWriter<File>>,
}

impl Table {
    fn new(path: PathBuf) -> Result<Self, DataError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| folder::io_error(folder, cause))?;
        }
        let file = File::create_new(&path).map_err(|cause| folder::io_error(&path, cause))?;
        let writer = GzEncoder::new(BufWriter::new(file), Compression::default());
        Ok(Self { path, writer })
    }

    fn row(&mut self, row: &str) -> Result<(), DataError> {
        let Self { path, writer } = self;
        writeln!(writer, "{row}").map_err(|cause| folder::io_error(path, cause))
    }

    fn finish(self) -> Result<(), DataError> {
        let path = self.path;
        let written = self.writer.finish().and_then(|mut file| file.flush());
        written.map_err(|cause| folder::io_error(&path, cause))
    }
}

/// The place of the files of one recording.
struct Target<'a> {
    out: &'a Path,
    subject: &'a str,
    run: usize,
}

impl Target<'_> {
    /// Returns the path of a file; `recording` is empty or names the eye.
    fn path(&self, recording: &str, suffix: &str) -> PathBuf {
        let Self { out, subject, run } = self;
        let run = if *run > 1 { format!("_run-{run}") } else { String::new() };
        let name = format!("sub-{subject}_task-{TASK}{run}{recording}_{suffix}");
        out.join(format!("sub-{subject}/beh")).join(name)
    }

    fn write(
        &self,
        input: &Input<'_>,
        options: &RecordingOptions,
        pictures: &Pictures,
        shown: &mut BTreeSet<String>,
        written: &mut WrittenBids,
    ) -> Result<(), DataError> {
        // The first reading says which eyes there are, the second one writes their samples.
        let read = |take: &mut dyn FnMut(&Sample)| recordings::read(input, &options.messages, take);
        let Some(recording) = read(&mut |_| {})? else { return Ok(()) };
        let rate = recording.stated_rate_hz.or(recording.found_rate_hz);
        let eyes: Vec<Eye> = if recording.samples.all > 0 { recording.eyes.clone() } else { Vec::new() };
        let mut tables = Vec::new();
        for (number, &eye) in (1..).zip(&eyes) {
            let name = format!("_recording-eye{number}");
            tables.push((eye, Table::new(self.path(&name, "physio.tsv.gz"))?, Gaps::new(rate)));
            write_json(&self.path(&name, "physio.json"), &sidecar(&recording, eye, rate))?;
            self.events(&recording, eye, number == 1, &name)?;
        }
        let mut failed = None;
        read(&mut |sample| {
            for (eye, table, gaps) in &mut tables {
                let gaze = match eye {
                    Eye::Left => sample.left,
                    Eye::Right => sample.right,
                    Eye::Both => sample.both,
                };
                if let (None, Err(error)) = (&failed, gaps.write(table, sample.time_ms, gaze)) {
                    failed = Some(error);
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        let mut filled = 0;
        for (_, table, gaps) in tables {
            filled = filled.max(gaps.filled);
            table.finish()?;
        }
        let path = input.path.display();
        if filled > 0 {
            written.notes.push(format!("{path}: gaps were filled with {filled} rows of n/a"));
        }
        if eyes.is_empty() {
            written.notes.push(format!("{path}: there are no samples, so only trials were written"));
        }
        self.trials(&recording, pictures, shown)?;
        written.recordings += 1;
        written.samples += recording.samples.all;
        written.trials += recording.trials.len();
        Ok(())
    }

    /// Writes the events of an eye, and the messages with the first eye.
    fn events(&self, recording: &Recording, eye: Eye, with_messages: bool, name: &str) -> Result<(), DataError> {
        let mut rows: Vec<(f64, String)> = Vec::new();
        let mut add = |start: f64, duration_ms: f64, kind: &str, message: &str| {
            let duration = cell(duration_ms / 1000.0);
            if start.is_finite() {
                rows.push((start, format!("{}\t{duration}\t{kind}\t{message}", cell(start))));
            }
        };
        for fixation in recording.fixations.iter().filter(|fixation| fixation.eye == eye) {
            let start = fixation.start_ms.unwrap_or(f64::NAN);
            add(start, fixation.duration_ms.unwrap_or(f64::NAN), "fixation", "n/a");
        }
        for (intervals, kind) in [(&recording.saccades, "saccade"), (&recording.blinks, "blink")] {
            for interval in intervals.iter().filter(|interval| interval.eye == eye) {
                add(interval.start_ms, interval.duration_ms, kind, "n/a");
            }
        }
        if with_messages {
            for message in &recording.messages {
                let text = message.text.replace(['\t', '\n', '\r'], " ");
                add(message.time_ms, f64::NAN, "n/a", if text.is_empty() { "n/a" } else { &text });
            }
        }
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut table = Table::new(self.path(name, "physioevents.tsv.gz"))?;
        for (_, row) in rows {
            table.row(&row)?;
        }
        table.finish()?;
        let description = json!({
            "Columns": ["onset", "duration", "trial_type", "message"],
            "Description": "Events as the device's software found them, and messages of the experiment.",
            "OnsetSource": "timestamp",
            "trial_type": {
                "Description": "The kind of event.",
                "Levels": {
                    "fixation": { "Description": "A fixation as the device found it." },
                    "saccade": { "Description": "A saccade as the device found it." },
                    "blink": { "Description": "A blink as the device found it." },
                },
            },
            "message": { "Description": "The text that the experiment sent to the device." },
        });
        write_json(&self.path(name, "physioevents.json"), &description)
    }

    /// Writes the trials, each with its picture if there is one of its name.
    fn trials(
        &self,
        recording: &Recording,
        pictures: &Pictures,
        shown: &mut BTreeSet<String>,
    ) -> Result<(), DataError> {
        let zero =
            recording.span_ms.map(|span| span.0).or_else(|| recording.trials.iter().find_map(|trial| trial.start_ms));
        let mut rows = String::from("onset\tduration\ttrial_type\tstim_file\tstimulus_name\ttrial_name\n");
        let clean = |text: &str| {
            let text = text.replace(['\t', '\n', '\r'], " ");
            if text.trim().is_empty() { "n/a".to_owned() } else { text }
        };
        for (place, trial) in recording.trials.iter().enumerate() {
            let start = trial.onset_ms.or(trial.start_ms);
            let (Some(start), Some(zero)) = (start, zero) else { continue };
            let next = recording.trials.get(place + 1).and_then(|next| next.start_ms);
            let end = trial.end_ms.or(next).or(recording.span_ms.map(|span| span.1));
            let duration = end.map_or(f64::NAN, |end| ((end - start) / 1000.0).max(0.0));
            let names = if trial.pictures.is_empty() {
                vec![String::new()]
            } else {
                trial.pictures.iter().map(|picture| picture.name.clone()).collect()
            };
            for name in names {
                let found = pictures.find(&name).and_then(|(key, _)| {
                    let path = file_name(pictures.files.get(&key)?);
                    shown.insert(key);
                    Some(path)
                });
                let file = found.unwrap_or_else(|| "n/a".to_owned());
                let (onset, duration) = (cell((start - zero) / 1000.0), cell(duration));
                let (name, trial) = (clean(&name), clean(&trial.name));
                rows.push_str(&format!("{onset}\t{duration}\tstimulus\t{file}\t{name}\t{trial}\n"));
            }
        }
        write_file(&self.path("", "events.tsv"), rows.as_bytes())?;
        let mut presentation = serde_json::Map::new();
        presentation.insert("ScreenOrigin".to_owned(), json!(["top", "left"]));
        if let Some(screen) = recording.screen {
            presentation.insert("ScreenResolution".to_owned(), json!([screen.width, screen.height]));
        }
        if let Some(size) = recording.screen_mm {
            presentation.insert("ScreenSize".to_owned(), json!([size.width / 1000.0, size.height / 1000.0]));
        }
        if let Some(distance) = recording.distance_mm {
            presentation.insert("ScreenDistance".to_owned(), json!(distance / 1000.0));
        }
        let description = json!({
            "StimulusPresentation": presentation,
            "trial_type": { "Description": "A picture was shown.", "Levels": { "stimulus": { "Description": "A picture." } } },
            "stimulus_name": { "Description": "The name of the picture, as the recording writes it." },
            "trial_name": { "Description": "The name of the trial, as the recording writes it." },
        });
        write_json(&self.path("", "events.json"), &description)
    }
}

/// Describes the samples of an eye.
fn sidecar(recording: &Recording, eye: Eye, rate: Option<f64>) -> serde_json::Value {
    let (space, unit) = recording.sample_space;
    let units = if unit == Unit::Pixels { "pixel" } else { "share of the width or height" };
    let (system, description) = match space {
        Space::Screen => ("gaze-on-screen", "The gaze on the screen, from its upper left corner."),
        Space::Picture => ("custom", "The gaze on the picture or surface, from its upper left corner."),
        Space::Scene => ("custom", "The gaze on the image of a camera on the head, from its upper left corner."),
    };
    json!({
        "PhysioType": "eyetrack",
        "RecordedEye": match eye {
            Eye::Left => "left",
            Eye::Right => "right",
            Eye::Both => "cyclopean",
        },
        "SampleCoordinateSystem": system,
        "SamplingFrequency": rate.unwrap_or(0.0),
        "StartTime": 0.0,
        "Columns": ["timestamp", "x_coordinate", "y_coordinate", "pupil_size"],
        "ManufacturersModelName": recording.device.clone().unwrap_or_else(|| recording.format.title().to_owned()),
        "timestamp": { "Description": "The time of the device's clock.", "Units": "ms" },
        "x_coordinate": { "LongName": "Gaze position (x)", "Description": description, "Units": units },
        "y_coordinate": { "LongName": "Gaze position (y)", "Description": description, "Units": units },
        "pupil_size": { "Description": "The size of the pupil in the unit of the device.", "Units": "arbitrary" },
    })
}

/// Fills gaps between samples, so that rows follow each other at the sampling frequency.
struct Gaps {
    interval: Option<f64>,
    last: Option<f64>,
    filled: usize,
}

impl Gaps {
    fn new(rate: Option<f64>) -> Self {
        Self { interval: rate.filter(|rate| *rate > 0.0).map(|rate| 1000.0 / rate), last: None, filled: 0 }
    }

    fn write(&mut self, table: &mut Table, time_ms: f64, gaze: Gaze) -> Result<(), DataError> {
        if let (Some(interval), Some(last)) = (self.interval, self.last) {
            let missing = ((time_ms - last) / interval).round() - 1.0;
            if (1.0..=LONGEST_GAP).contains(&missing) {
                let mut number = 1.0;
                while number <= missing {
                    table.row(&format!("{}\tn/a\tn/a\tn/a", cell(last + number * interval)))?;
                    self.filled += 1;
                    number += 1.0;
                }
            }
        }
        self.last = Some(time_ms);
        let (x, y) = if gaze.is_valid() { (gaze.x, gaze.y) } else { (f64::NAN, f64::NAN) };
        table.row(&format!("{}\t{}\t{}\t{}", cell(time_ms), cell(x), cell(y), cell(gaze.pupil)))
    }
}
