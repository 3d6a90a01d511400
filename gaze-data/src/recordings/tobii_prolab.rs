//! Data exports of Tobii Pro Lab (TSV): a row for each sample, and rows of events between them.
//!
//! ```text
//! Recording timestamp                  ms or µs from the start of the recording
//! Gaze point X, Gaze point left X, …   pixels of the screen; Validity left: Valid or Invalid
//! Eye movement type (index)            the fixation that a sample belongs to; Fixation point X, Gaze event duration (ms)
//! Presented Media name, … position X   the picture and its place on the screen
//! ```
//!
//! Newer versions add the unit to a name: `Recording timestamp [μs]`, `Gaze point X [DACS px]`. Numbers have decimal commas
//! or points. A row with an `Event` is no sample, though it repeats the current fixation. A fixation begins with the first
//! sample that has its index, which counts within a participant and recording. A trial is a run of rows with one picture.
//!
//! Source: Tobii, *Pro Lab User's Manual* 1.241, "Data export".

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Gaze, Rectangle, Sample, Shown, Space, Trial, Unit},
        rows::Rows,
        trials::{Repeated, Runs},
    },
};

pub(crate) fn is(header: &str) -> bool {
    header.contains("Recording timestamp")
}

/// Tells whether this is an export of metrics, which holds no gaze.
pub(crate) fn is_metrics(header: &str) -> bool {
    let is = |name| header.split('\t').any(|column| column.trim() == name);
    let numbers = ["Total_duration", "Number_of_", "Average_duration", "Time_to_first"];
    (is("Recording") || is("Participant") || is("TOI") || is("Toi"))
        && (numbers.iter().any(|name| header.contains(name)) || (is("Start") && is("Stop") && is("AOI")))
}

/// The step between samples from which on times can only be microseconds.
const MICROSECONDS: f64 = 300.0;

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let in_ms = milliseconds_per_unit(input)?;
    let mut rows = Rows::new(input, input.open()?, b'\t', 0)?;
    let time = rows.need("Recording timestamp")?;
    let own_unit = rows.header()[time].contains('[');
    let [participant, recording, tracker_time, sensor, event, event_value] =
        ["Participant name", "Recording name", "Eyetracker timestamp", "Sensor", "Event", "Event value"]
            .map(|name| rows.column(name));
    let [x, y, left_x, left_y, right_x, right_y] = [
        "Gaze point X",
        "Gaze point Y",
        "Gaze point left X",
        "Gaze point left Y",
        "Gaze point right X",
        "Gaze point right Y",
    ]
    .map(|name| pixels(rows.header(), name));
    let [valid_left, valid_right, pupil_left, pupil_right] =
        ["Validity left", "Validity right", "Pupil diameter left", "Pupil diameter right"]
            .map(|name| rows.column(name));
    let [kind, index, duration] =
        ["Eye movement type", "Eye movement type index", "Gaze event duration"].map(|name| rows.column(name));
    let duration_unit = duration.map(|column| unit(&rows.header()[column]).to_owned()).unwrap_or_default();
    let [fixation_x, fixation_y] = ["Fixation point X", "Fixation point Y"].map(|name| pixels(rows.header(), name));
    let media = rows.any(&["Presented Media name", "Presented Stimulus name", "Recording media name", "Media name"]);
    let [width, height, left, top] =
        ["Presented Media width", "Presented Media height", "Presented Media position X", "Presented Media position Y"]
            .map(|name| rows.header().iter().position(|column| column.starts_with(name)));
    let [screen_width, screen_height] =
        ["Recording resolution width", "Recording resolution height"].map(|name| rows.column(name));
    let [filter, software] =
        ["Recording Fixation filter name", "Recording software version"].map(|name| rows.column(name));
    let mapped = mapped(rows.header());
    for (eye, column) in [(Eye::Left, left_x), (Eye::Right, right_x), (Eye::Both, x)] {
        if column.is_some() {
            builder.eye(eye);
        }
    }
    let is_mapped = fixation_x.is_none() && !mapped.is_empty();
    if is_mapped {
        builder.recording.sample_space = (Space::Scene, Unit::Pixels);
        builder.recording.fixation_space = (Space::Picture, Unit::Pixels);
    }
    let mut runs = Runs::default();
    let mut repeated = Repeated::default();
    let mut snapshots = Runs::default();
    let mut participants: Vec<String> = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(raw_time) = row.number(Some(time))? else { continue };
        let time_ms = raw_time * in_ms;
        let person = row.known(participant).unwrap_or_default();
        let named = row.known(recording).unwrap_or_default();
        if participants.len() < 2 && !person.is_empty() && !participants.contains(&person) {
            participants.push(person.clone());
        }
        if let (Some(width), Some(height)) = (row.number(screen_width)?, row.number(screen_height)?) {
            builder.screen(width, height);
        }
        let is_sample = match (sensor, tracker_time) {
            (Some(_), _) if !row.bytes(sensor).is_empty() => row.bytes(sensor) == b"Eye Tracker",
            (_, Some(_)) => !row.bytes(tracker_time).is_empty(),
            _ => row.bytes(event).is_empty(),
        };
        let shown = row.known(media).unwrap_or_default();
        let trial = if shown.is_empty() {
            runs.end();
            None
        } else {
            let key = [person.as_str(), &named, &shown].join("\t");
            let place = match (row.number(left)?, row.number(top)?, row.number(width)?, row.number(height)?) {
                (Some(x), Some(y), Some(width), Some(height)) => {
                    Some(Shown::Rectangle(Rectangle { x, y, width, height }))
                }
                _ => None,
            };
            let trial = runs.run(&key, builder, || {
                let mut trial = Trial { name: shown.clone(), participant: Some(person.clone()), ..Trial::default() };
                (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
                trial.show(&shown, place);
                trial
            });
            if let Some(trial) = trial.and_then(|trial| builder.recording.trials.get_mut(trial)) {
                trial.end_ms = Some(time_ms);
            }
            trial
        };
        if let Some(text) = row.known(event) {
            let value = row.known(event_value).unwrap_or_default();
            let text = format!("{text} {value}");
            builder.message(time_ms, text.trim());
        }
        if !is_sample {
            continue;
        }
        let mut sample = Sample { trial, ..Sample::at(time_ms) };
        let is_lost = |valid| matches!(row.bytes(valid), b"Invalid" | b"4");
        for (gaze, valid, x, y, pupil) in [
            (&mut sample.left, valid_left, left_x, left_y, pupil_left),
            (&mut sample.right, valid_right, right_x, right_y, pupil_right),
        ] {
            if !is_lost(valid) {
                *gaze = Gaze { x: row.coordinate(x)?, y: row.coordinate(y)?, pupil: row.coordinate(pupil)? };
            }
        }
        sample.both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        builder.sample_of(sample);

        let make = |eye_x: f64, eye_y: f64, trial, duration_ms| DeviceFixation {
            eye: Eye::Both,
            x: eye_x,
            y: eye_y,
            start_ms: Some(time_ms),
            duration_ms,
            pupil: None,
            trial,
            line: row.line,
        };
        let to_ms = |duration: f64| match duration_unit.as_str() {
            "μs" | "µs" => duration / 1000.0,
            "s" => duration * 1000.0,
            _ => duration,
        };
        let duration_ms = row.number(duration)?.map(to_ms);
        if is_mapped {
            for snapshot in &mapped {
                let (x, y) = (row.coordinate(snapshot.x)?, row.coordinate(snapshot.y)?);
                let is_fixation = row.bytes(snapshot.kind.or(kind)) == b"Fixation";
                if is_fixation && x.is_finite() && y.is_finite() {
                    let number = row.text(snapshot.index.or(index)).into_owned();
                    let key = [person.as_str(), &named, &snapshot.name].join("\t");
                    let trial = snapshots.keyed(&key, builder, || {
                        let mut trial = Trial { name: snapshot.name.clone(), ..Trial::default() };
                        trial.participant = Some(person.clone());
                        (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
                        trial.show(&snapshot.name, None);
                        trial
                    });
                    repeated.take(&format!("{key}\t{number}"), make(x, y, trial, duration_ms), builder);
                }
            }
        } else if row.bytes(kind) == b"Fixation"
            && let Some(number) = row.known(index)
        {
            let fixation = make(row.coordinate(fixation_x)?, row.coordinate(fixation_y)?, trial, duration_ms);
            repeated.take(&format!("{person}\t{named}\t{number}"), fixation, builder);
        }
        if row.bytes(filter).eq_ignore_ascii_case(b"Raw") {
            builder.note(
                "the fixation filter is Raw, which calls every sample a fixation; find fixations from the samples with \
                 --events, or export again with a filter",
            );
        }
        if builder.recording.device.is_none()
            && let Some(version) = row.known(software)
        {
            builder.recording.device = Some(format!("Tobii Pro Lab {version}"));
        }
    }
    if in_ms < 1.0 && !own_unit {
        repair_durations(&mut builder.recording.fixations);
    }
    builder.cut_short(rows.cut);
    if let [only] = participants.as_slice() {
        builder.recording.participant = Some(only.clone());
    }
    Ok(())
}

/// Old exports in microseconds have no units in their headers, and their durations are in microseconds, too, if the
/// fixations would last longer than the time to the next one otherwise.
fn repair_durations(fixations: &mut [DeviceFixation]) {
    let pairs = fixations.windows(2).filter_map(|pair| match pair {
        [first, second] => Some((first.duration_ms?, second.start_ms? - first.start_ms?)),
        _ => None,
    });
    let (mut long, mut all) = (0usize, 0usize);
    for (duration, gap) in pairs.filter(|(_, gap)| *gap > 0.0) {
        all += 1;
        long += usize::from(duration > 10.0 * gap);
    }
    if all > 0 && long * 2 > all {
        for fixation in fixations {
            fixation.duration_ms = fixation.duration_ms.map(|duration| duration / 1000.0);
        }
    }
}

/// Returns the unit in the brackets behind a name.
fn unit(column: &str) -> &str {
    column.rsplit_once('[').and_then(|(_, unit)| unit.strip_suffix(']')).unwrap_or_default()
}

/// Returns the number of milliseconds of the unit of time: by the name of the column, or else by the step between samples.
fn milliseconds_per_unit(input: &Input<'_>) -> Result<f64, DataError> {
    let head = input.head()?;
    let mut rows = Rows::new(input, head.as_slice(), b'\t', 0)?;
    let time = rows.need("Recording timestamp")?;
    match unit(&rows.header()[time]) {
        "ms" => return Ok(1.0),
        "μs" | "µs" | "us" => return Ok(0.001),
        _ => {}
    }
    let mut steps = Vec::new();
    let mut last: Option<f64> = None;
    while let Some(row) = rows.next()? {
        // The head may end within a number.
        let Ok(Some(time)) = row.number(Some(time)) else { continue };
        steps.extend(last.map(|last| time - last).filter(|step| *step > 0.0));
        last = Some(time);
    }
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(1.0);
    Ok(if median > MICROSECONDS { 0.001 } else { 1.0 })
}

/// Returns the column of a coordinate in pixels of the screen: without a unit, or with one that is not relative to the
/// picture and no length.
fn pixels(header: &[String], name: &str) -> Option<usize> {
    header.iter().position(|column| column == name).or_else(|| {
        header.iter().position(|column| {
            let rest = column.strip_prefix(name).and_then(|rest| rest.strip_prefix(" ["));
            rest.is_some_and(|unit| unit.ends_with("px]") && !unit.starts_with("MCS"))
        })
    })
}

/// The columns of gaze that was mapped onto a snapshot.
struct Snapshot {
    name: String,
    x: Option<usize>,
    y: Option<usize>,
    kind: Option<usize>,
    index: Option<usize>,
}

fn mapped(header: &[String]) -> Vec<Snapshot> {
    let named = |front: &str, name: &str| header.iter().position(|column| *column == format!("{front} [{name}]"));
    let names = header.iter().filter_map(|column| column.strip_prefix("Mapped fixation X [")?.strip_suffix(']'));
    names
        .map(|name| Snapshot {
            name: name.to_owned(),
            x: named("Mapped fixation X", name),
            y: named("Mapped fixation Y", name),
            kind: named("Mapped eye movement type", name),
            index: named("Mapped eye movement type index", name),
        })
        .collect()
}
