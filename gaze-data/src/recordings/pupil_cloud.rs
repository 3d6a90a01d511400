//! Exports of Pupil Cloud (Neon and Invisible): gaze on the image of the scene camera, on a surface, or on a reference image.
//!
//! ```text
//! Timeseries data    gaze.csv       timestamp [ns], gaze x [px], worn, fixation id, blink id
//!                    fixations.csv  fixation id, start timestamp [ns], duration [ms], fixation x [px]
//!                    blinks.csv, saccades.csv, events.csv, info.json
//! Marker Mapper      gaze.csv       gaze detected on surface, gaze position on surface x [normalized]
//!                    fixations.csv  fixation detected on surface, fixation x [normalized]; sections.csv
//! Reference Image    gaze.csv       gaze detected in reference image, gaze position in reference image x [px]
//!                    fixations.csv  fixation detected in reference image, fixation x [px]; reference_image.jpeg
//! ```
//!
//! Times are nanoseconds since 1970, and here milliseconds. Positions count from the upper left corner. Trials are pairs of
//! events whose names differ in their end only (`Picture_01_start`, `Picture_01_end`), or the sections of an enrichment. A
//! fixation belongs to the trial in which it begins. Gaze is estimated during blinks, too; lost is what was recorded while
//! nobody wore the device, or without the surface in sight.
//!
//! Source: Pupil Labs, *Neon documentation*, "Data format" (docs.pupil-labs.com).

use std::collections::HashMap;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{Eye, Gaze, Interval, Sample, Space, Trial, Unit},
        rows::{Row, Rows},
    },
};

/// The files that a folder with an export holds, the first of which is named when the folder is read.
pub(crate) const FILES: [&str; 3] = ["gaze.csv", "fixations.csv", "events.csv"];

const REFERENCE_IMAGE: &str = "reference_image.jpeg";

/// The words at the end of the names of events that begin and end a trial.
const PAIRS: [(&str, &str); 4] = [("start", "end"), ("begin", "end"), ("start", "stop"), ("onset", "offset")];

pub(crate) fn is(header: &str) -> bool {
    header.contains("timestamp [ns]") || (header.contains("section id") && header.contains("[ns]"))
}

/// Converts whole nanoseconds without losing those that a 64-bit number cannot hold.
fn milliseconds(row: &Row<'_>, column: usize) -> Result<f64, DataError> {
    let text = row.text(Some(column));
    let expected = "a whole number of nanoseconds";
    let whole: i64 = text.parse().map_err(|_| row.wrong(Some(column), expected))?;
    Ok((whole / 1_000_000) as f64 + (whole % 1_000_000) as f64 / 1e6)
}

/// What the positions are relative to, by the header of either file.
fn space(header: &[String]) -> (Space, Unit) {
    let has = |part: &str| header.iter().any(|column| column.contains(part));
    if has("in reference image") {
        (Space::Picture, Unit::Pixels)
    } else if has("[normalized]") {
        (Space::Picture, Unit::Shares)
    } else {
        (Space::Scene, Unit::Pixels)
    }
}

/// The trials of a recording in the order of time, or by their section.
#[derive(Default)]
struct Trials {
    spans: Vec<(f64, f64, usize)>,
    sections: HashMap<String, usize>,
}

impl Trials {
    fn at(&self, time_ms: f64) -> Option<usize> {
        let after = self.spans.partition_point(|(start, _, _)| *start <= time_ms);
        let (_, end, trial) = self.spans.get(after.checked_sub(1)?)?;
        (time_ms <= *end).then_some(*trial)
    }
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.eye(Eye::Both);
    let own = Rows::new(input, input.open()?, b',', 0)?;
    let is_gaze = own.header().iter().any(|name| name.starts_with("gaze "));
    let is_fixations = own.column("fixation x").is_some();
    let is_sections = own.column("section start time").is_some();
    let (sample_space, unit) = space(own.header());
    drop(own);
    builder.space(sample_space, unit);
    info(input, builder)?;
    let mut trials = Trials::default();
    if let Some(sections) = input.sibling("sections.csv").filter(|_| sample_space == Space::Picture) {
        read_sections(&sections, unit, &mut trials, builder)?;
    } else if is_sections {
        read_sections(input, unit, &mut trials, builder)?;
    } else if let Some(events) = input.sibling("events.csv") {
        read_events(&events, &mut trials, builder)?;
    }
    let file = |is_named: bool, name: &str| if is_named { Some(input.clone()) } else { input.sibling(name) };
    if let Some(file) = file(is_gaze, "gaze.csv") {
        read_gaze(&file, &trials, builder)?;
    }
    if let Some(file) = file(is_fixations, "fixations.csv") {
        read_fixations(&file, &trials, builder)?;
    }
    for (name, is_blink) in [("blinks.csv", true), ("saccades.csv", false)] {
        if let Some(file) = input.sibling(name) {
            read_intervals(&file, is_blink, builder)?;
        }
    }
    Ok(())
}

fn info(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("Pupil Labs (Cloud)".to_owned());
    let Some(file) = input.sibling("info.json") else { return Ok(()) };
    let bytes = file.whole(1 << 24)?;
    let info: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|cause| DataError::Json { path: file.path.clone(), cause })?;
    let text = |name: &str| info.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    if let Some(device) = text("android_device_name") {
        builder.recording.device = Some(format!("Pupil Labs {device}"));
    }
    builder.recording.participant = text("wearer_name");
    builder.recording.stated_rate_hz = info.get("gaze_frequency").and_then(serde_json::Value::as_f64);
    Ok(())
}

/// Takes the trials between pairs of events.
fn read_events(input: &Input<'_>, trials: &mut Trials, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let (time, name) = (rows.need("timestamp [ns]")?, rows.need("name")?);
    let mut open: HashMap<(String, usize), usize> = HashMap::new();
    while let Some(row) = rows.next()? {
        let time_ms = milliseconds(&row, time)?;
        let name = row.text(Some(name)).into_owned();
        builder.message(time_ms, &name);
        if name.starts_with("recording.") {
            continue;
        }
        for (pair, (first, last)) in PAIRS.iter().enumerate() {
            if let Some(stem) = without(&name, last)
                && let Some(trial) = open.remove(&(stem.to_owned(), pair))
            {
                if let Some(trial) = builder.recording.trials.get_mut(trial) {
                    trial.end_ms = Some(time_ms);
                }
                trials.spans.extend(
                    builder.recording.trials.get(trial).and_then(|known| Some((known.start_ms?, time_ms, trial))),
                );
                break;
            }
            if let Some(stem) = without(&name, first) {
                // The event that ends it decides which pair it is.
                let same = PAIRS.iter().position(|(other, _)| other == first);
                if same == Some(pair) {
                    let mut trial = Trial { name: stem.to_owned(), start_ms: Some(time_ms), ..Trial::default() };
                    trial.onset_ms = Some(time_ms);
                    trial.show(stem, None);
                    if let Some(trial) = builder.trial(trial) {
                        for (other, (begin, _)) in PAIRS.iter().enumerate() {
                            if begin == first {
                                open.insert((stem.to_owned(), other), trial);
                            }
                        }
                    }
                }
            }
        }
    }
    if !open.is_empty() {
        // An event that begins something which never ends may be no trial.
        for trial in &mut builder.recording.trials {
            if trial.end_ms.is_none() {
                trial.end_ms = trial.start_ms;
            }
        }
        builder.recording.trials.retain(|trial| trial.end_ms > trial.start_ms);
        trials.spans = builder
            .recording
            .trials
            .iter()
            .enumerate()
            .filter_map(|(place, trial)| Some((trial.start_ms?, trial.end_ms?, place)))
            .collect();
    }
    trials.spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(())
}

/// Returns the name of an event without a word at its end and the separators before it.
fn without<'n>(name: &'n str, word: &str) -> Option<&'n str> {
    let at = name.len().checked_sub(word.len())?;
    let (stem, end) = (name.get(..at)?, name.get(at..)?);
    let stem = stem.trim_end_matches(['_', '.', '-', ' ']);
    (end.eq_ignore_ascii_case(word) && !stem.is_empty()).then_some(stem)
}

/// Takes the sections of an enrichment, each of a recording, as trials.
fn read_sections(
    input: &Input<'_>,
    unit: Unit,
    trials: &mut Trials,
    builder: &mut Builder<'_>,
) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let id = rows.need("section id")?;
    let [start, end] = ["section start time [ns]", "section end time [ns]"].map(|name| rows.need(name));
    let (start, end) = (start?, end?);
    let [wearer, recording] = ["wearer name", "recording name"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        let (start_ms, end_ms) = (milliseconds(&row, start)?, milliseconds(&row, end)?);
        let section = row.text(Some(id)).into_owned();
        let mut trial = Trial { name: section.clone(), ..Trial::default() };
        (trial.start_ms, trial.onset_ms, trial.end_ms) = (Some(start_ms), Some(start_ms), Some(end_ms));
        trial.participant = row.known(wearer).or_else(|| row.known(recording));
        trial.show(if unit == Unit::Pixels { REFERENCE_IMAGE } else { "surface" }, None);
        if let Some(place) = builder.trial(trial) {
            trials.sections.insert(section, place);
        }
    }
    Ok(())
}

impl Trials {
    fn of(&self, row: &Row<'_>, section: Option<usize>, time_ms: f64) -> Option<usize> {
        if self.sections.is_empty() {
            return self.at(time_ms);
        }
        self.sections.get(row.text(section).as_ref()).copied()
    }
}

fn read_gaze(input: &Input<'_>, trials: &Trials, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let time = rows.need("timestamp [ns]")?;
    let find = |axis: &str| {
        let is = |name: &String| name.starts_with("gaze ") && name.contains(&format!(" {axis} ["));
        rows.header().iter().position(is)
    };
    let (x, y) = (find("x"), find("y"));
    let [worn, section] = ["worn", "section id"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        let mut sample = Sample::at(milliseconds(&row, time)?);
        if row.number(worn)?.is_none_or(|worn| worn > 0.0) {
            sample.both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        }
        sample.trial = trials.of(&row, section, sample.time_ms);
        builder.sample_of(sample);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn read_fixations(input: &Input<'_>, trials: &Trials, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    builder.recording.fixation_space = space(rows.header());
    let start = rows.need("start timestamp [ns]")?;
    let [duration, x, y, section] =
        ["duration", "fixation x", "fixation y", "section id"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        let start_ms = milliseconds(&row, start)?;
        let trial = trials.of(&row, section, start_ms);
        builder.fixation_of(row.fixation([x, y, duration], start_ms, trial)?);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn read_intervals(input: &Input<'_>, is_blink: bool, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let (start, duration) = (rows.need("start timestamp [ns]")?, rows.column("duration"));
    while let Some(row) = rows.next()? {
        let interval =
            Interval { eye: Eye::Both, start_ms: milliseconds(&row, start)?, duration_ms: row.coordinate(duration)? };
        if is_blink { builder.blink(interval) } else { builder.saccade(interval) }
    }
    Ok(())
}
