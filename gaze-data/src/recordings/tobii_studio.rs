//! Exports of Tobii Studio: "All data", "Fixation data" and "Event data" of Studio 1 and 2, and the table of Studio 3.
//!
//! ```text
//! Studio 1–2   Timestamp ms; GazePointXLeft px of the screen; ValidityLeft 0 (sure) to 4 (not found); FixationIndex,
//!              MappedFixationPointX px of the picture, FixationDuration ms; StimuliName, MediaPosX, MediaWidth
//! Studio 3     RecordingTimestamp ms; GazePointLeftX (ADCSpx) px of the screen; GazeEventType, FixationIndex,
//!              GazeEventDuration ms, FixationPointX (MCSpx) px of the picture; MediaName, MediaPosX (ADCSpx)
//! ```
//!
//! Studio 1–2 may begin with lines of properties, among them the size of the screen. A lost eye has validity 4; its
//! coordinates are minus the size of the screen, and the average is 0, 0. In Studio 3 they are empty. Rows of events have no
//! gaze. Where no picture is shown, the place of a fixation on it is not stated.
//!
//! Source: Tobii, *Tobii Studio User's Manual* 3.4.5, appendix "Data export".

use std::io::Read;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Gaze, Rectangle, Sample, Shown, Space, Trial, Unit},
        rows::{Row, Rows},
        text::text,
        trials::{Repeated, Runs},
    },
};

pub(crate) fn is_studio_3(header: &str) -> bool {
    header.contains("StudioProjectName") || header.contains("GazePointX (ADCSpx)")
}

/// Tells whether a line is the header of a table of Studio 1 or 2.
pub(crate) fn is_old_header(line: &str) -> bool {
    line.starts_with("FixationIndex\tTimestamp")
        || (line.starts_with("Timestamp\t") && (line.contains("GazePointXLeft") || line.contains("\tEventKey")))
}

/// Reads a size such as `1280 x 1024`.
fn size(text: &str) -> Option<(f64, f64)> {
    let (width, height) = text.split_once('x')?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

fn place(row: &Row<'_>, columns: [Option<usize>; 4]) -> Result<Option<Rectangle>, DataError> {
    let [x, y, width, height] = columns;
    Ok(match (row.number(x)?, row.number(y)?, row.number(width)?, row.number(height)?) {
        (Some(x), Some(y), Some(width), Some(height)) => Some(Rectangle { x, y, width, height }),
        _ => None,
    })
}

pub(crate) fn read_studio_3(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b'\t', 0)?;
    let time = rows.need("RecordingTimestamp")?;
    let [participant, recording, resolution, filter, version] =
        ["ParticipantName", "RecordingName", "RecordingResolution", "FixationFilter", "StudioVersionRec"]
            .map(|name| rows.column(name));
    let [media, sample_index, tracker_time, event, event_data] =
        ["MediaName", "GazePointIndex", "EyeTrackerTimestamp", "StudioEvent", "StudioEventData"]
            .map(|name| rows.column(name));
    let columns =
        ["MediaPosX (ADCSpx)", "MediaPosY (ADCSpx)", "MediaWidth", "MediaHeight"].map(|name| rows.column(name));
    let [x, y] = ["GazePointX (ADCSpx)", "GazePointY (ADCSpx)"].map(|name| rows.column(name));
    let eyes = [
        (Eye::Left, ["GazePointLeftX (ADCSpx)", "GazePointLeftY (ADCSpx)", "ValidityLeft", "PupilLeft"]),
        (Eye::Right, ["GazePointRightX (ADCSpx)", "GazePointRightY (ADCSpx)", "ValidityRight", "PupilRight"]),
    ]
    .map(|(eye, names)| (eye, names.map(|name| rows.column(name))));
    let [kind, index, duration, fixation_x, fixation_y] =
        ["GazeEventType", "FixationIndex", "GazeEventDuration", "FixationPointX (MCSpx)", "FixationPointY (MCSpx)"]
            .map(|name| rows.column(name));
    for (eye, [x, ..]) in &eyes {
        if x.is_some() {
            builder.eye(*eye);
        }
    }
    if x.is_some() {
        builder.eye(Eye::Both);
    }
    builder.recording.fixation_space = (Space::Picture, Unit::Pixels);
    let mut runs = Runs::default();
    let mut repeated = Repeated::default();
    while let Some(row) = rows.next()? {
        let Some(time_ms) = row.number(Some(time))? else { continue };
        if let Some((width, height)) = row.known(resolution).as_deref().and_then(size) {
            builder.screen(width, height);
        }
        let person = row.known(participant).unwrap_or_default();
        let named = row.known(recording).unwrap_or_default();
        if builder.recording.device.is_none() {
            builder.recording.device = Some(format!("Tobii Studio {}", row.text(version)).trim().to_owned());
            builder.recording.participant = Some(person.clone()).filter(|person| !person.is_empty());
        }
        let trial = match row.known(media) {
            None => {
                runs.end();
                None
            }
            Some(name) => {
                let shown = place(&row, columns)?.map(Shown::Rectangle);
                let key = [person.as_str(), &named, &name].join("\t");
                let trial = runs.run(&key, builder, || {
                    let mut trial = Trial { name: name.clone(), participant: Some(person.clone()), ..Trial::default() };
                    (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
                    trial.show(&name, shown);
                    trial
                });
                if let Some(trial) = trial.and_then(|trial| builder.recording.trials.get_mut(trial)) {
                    trial.end_ms = Some(time_ms);
                    trial.show(&name, shown);
                }
                trial
            }
        };
        if let Some(text) = row.known(event) {
            let data = row.known(event_data).unwrap_or_default();
            let text = format!("{text} {data}");
            builder.message(time_ms, text.trim());
        }
        let is_sample = match (sample_index, tracker_time) {
            (Some(_), _) => !row.bytes(sample_index).is_empty(),
            (None, Some(_)) => !row.bytes(tracker_time).is_empty(),
            (None, None) => row.bytes(event).is_empty(),
        };
        if !is_sample {
            continue;
        }
        let mut sample = Sample { trial, ..Sample::at(time_ms) };
        for (eye, [x, y, validity, pupil]) in eyes {
            if row.number(validity)?.is_none_or(|validity| validity < 4.0) {
                let pupil = row.number(pupil)?.filter(|pupil| *pupil >= 0.0).unwrap_or(f64::NAN);
                let gaze = Gaze { x: row.coordinate(x)?, y: row.coordinate(y)?, pupil };
                *(if eye == Eye::Left { &mut sample.left } else { &mut sample.right }) = gaze;
            }
        }
        sample.both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        builder.sample_of(sample);
        if let Some(number) = row.known(index)
            && (kind.is_none() || row.bytes(kind) == b"Fixation")
        {
            let fixation = row.fixation([fixation_x, fixation_y, duration], time_ms, trial)?;
            repeated.take(&format!("{person}\t{named}\t{number}"), fixation, builder);
        }
        if row.bytes(filter).eq_ignore_ascii_case(b"Raw data filter") {
            builder.note("the fixation filter is Raw data, which calls every sample a fixation; use --events");
        }
    }
    builder.cut_short(rows.cut);
    Ok(())
}

/// Reads the properties before a table of Studio 1 or 2, and then the table.
pub(crate) fn read_old(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("Tobii Studio".to_owned());
    builder.recording.fixation_space = (Space::Picture, Unit::Pixels);
    let mut lines = input.lines()?;
    let header = loop {
        let Some(line) = lines.next().map_err(|cause| input.io(cause))? else {
            return Err(input.header(1, "of Tobii Studio", "no line that begins with Timestamp or FixationIndex"));
        };
        let line = text(line).into_owned();
        if is_old_header(&line) {
            break line;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match (name, value.trim()) {
            ("Recording resolution" | "Screen resolution", value) => {
                if let Some((width, height)) = size(value) {
                    builder.screen(width, height);
                }
            }
            ("Participant" | "Subject", person) if !person.is_empty() => {
                builder.recording.participant = Some(person.to_owned());
            }
            _ => {}
        }
    };
    let before = lines.line.saturating_sub(1);
    let rows = Rows::new(input, lines.rest_from(header.as_bytes()), b'\t', before)?;
    if header.starts_with("FixationIndex") { read_fixations(rows, builder) } else { read_all_data(rows, builder) }
}

fn read_fixations(mut rows: Rows<'_, impl Read>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let time = rows.need("Timestamp")?;
    let [x, y, duration] =
        ["MappedFixationPointX", "MappedFixationPointY", "FixationDuration"].map(|name| rows.column(name));
    builder.eye(Eye::Both);
    // Without media, the place is that on the recorded screen.
    builder.recording.fixation_space = (Space::Screen, Unit::Pixels);
    while let Some(row) = rows.next()? {
        builder.fixation_of(DeviceFixation {
            eye: Eye::Both,
            x: row.coordinate(x)?,
            y: row.coordinate(y)?,
            start_ms: Some(row.needed(time)?),
            duration_ms: row.number(duration)?,
            pupil: None,
            trial: None,
            line: row.line,
        });
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn read_all_data(mut rows: Rows<'_, impl Read>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let time = rows.need("Timestamp")?;
    let [number, event, event_data, descriptor, media] =
        ["Number", "Event", "Data1", "Descriptor", "StimuliName"].map(|name| rows.column(name));
    let columns = ["MediaPosX", "MediaPosY", "MediaWidth", "MediaHeight"].map(|name| rows.column(name));
    let [x, y] = ["GazePointX", "GazePointY"].map(|name| rows.column(name));
    let eyes = [
        (Eye::Left, ["GazePointXLeft", "GazePointYLeft", "ValidityLeft", "PupilLeft"]),
        (Eye::Right, ["GazePointXRight", "GazePointYRight", "ValidityRight", "PupilRight"]),
    ]
    .map(|(eye, names)| (eye, names.map(|name| rows.column(name))));
    let [index, duration, fixation_x, fixation_y] =
        ["FixationIndex", "FixationDuration", "MappedFixationPointX", "MappedFixationPointY"]
            .map(|name| rows.column(name));
    for (eye, [x, ..]) in &eyes {
        if x.is_some() {
            builder.eye(*eye);
        }
    }
    let mut runs = Runs::default();
    let mut repeated = Repeated::default();
    while let Some(row) = rows.next()? {
        let Some(time_ms) = row.number(Some(time))? else { continue };
        if let Some(text) = row.known(event) {
            let more = row.known(descriptor).or_else(|| row.known(event_data)).unwrap_or_default();
            let text = format!("{text} {more}");
            builder.message(time_ms, text.trim());
        }
        let is_sample = match number {
            Some(_) => !row.bytes(number).is_empty(),
            None => x.is_some() && !row.bytes(x).is_empty(),
        };
        if !is_sample {
            continue;
        }
        let rectangle = place(&row, columns)?;
        let trial = match row.known(media) {
            Some(name) if !name.eq_ignore_ascii_case("No media") => {
                let trial = runs.run(&name, builder, || {
                    let mut trial = Trial { name: name.clone(), ..Trial::default() };
                    (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
                    trial.show(&name, rectangle.map(Shown::Rectangle));
                    trial
                });
                if let Some(trial) = trial.and_then(|trial| builder.recording.trials.get_mut(trial)) {
                    trial.end_ms = Some(time_ms);
                }
                trial
            }
            _ => {
                runs.end();
                if let Some(Rectangle { width, height, .. }) = rectangle {
                    builder.screen(width, height);
                }
                None
            }
        };
        let mut sample = Sample { trial, ..Sample::at(time_ms) };
        let mut is_lost = true;
        for (eye, [x, y, validity, pupil]) in eyes {
            let gaze = Gaze { x: row.coordinate(x)?, y: row.coordinate(y)?, pupil: row.coordinate(pupil)? };
            // A lost eye stands at minus the size of the screen, should the validity not be exported.
            let is_off =
                builder.recording.screen.is_some_and(|screen| gaze.x <= -screen.width && gaze.y <= -screen.height);
            if gaze.is_valid() && !is_off && row.number(validity)?.is_none_or(|validity| validity < 4.0) {
                is_lost = false;
                *(if eye == Eye::Left { &mut sample.left } else { &mut sample.right }) = gaze;
            }
        }
        let both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        let has_eyes = eyes.iter().any(|(_, [x, ..])| x.is_some());
        if if has_eyes { !is_lost } else { both.x != 0.0 || both.y != 0.0 } {
            sample.both = both;
        }
        builder.sample_of(sample);
        if let Some(number) = row.known(index) {
            let fixation = row.fixation([fixation_x, fixation_y, duration], time_ms, trial)?;
            repeated.take(&number, fixation, builder);
        }
    }
    builder.cut_short(rows.cut);
    Ok(())
}
