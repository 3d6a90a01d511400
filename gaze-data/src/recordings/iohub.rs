//! Recordings of PsychoPy's ioHub: a PyTables file.
//!
//! ```text
//! /data_collection/events/eyetracker/BinocularEyeSampleEvent   time s, left_gaze_x, left_gaze_y, …, status
//!                                    MonocularEyeSampleEvent, FixationEndEvent, SaccadeEndEvent, BlinkEndEvent
//! /data_collection/events/experiment/MessageEvent              time, text
//! /data_collection/condition_variables/EXP_CV_n                a row for each trial, with the experimenter's columns
//! ```
//!
//! Coordinates are in the unit of the window from the **middle** of the screen with y **up**; here they count from the
//! upper left corner. The unit and the size of the screen stand in a message: `Stimulus Screen ID: 1, Size (pixels):
//! [1280, 1024], CoordType: pix`. Whether an eye was found says the status, tens for the left eye and units for the right
//! one, not the value, as lost eyes are −1, NaN or −32768. Of Tobii's validities, 0 and 1 are sure.
//!
//! Source: PsychoPy documentation, "ioHub event types"; `psychopy/iohub/devices/eyetracker/__init__.py`.

use crate::{
    DataError,
    files::hdf5::{Hdf5, Record},
    recordings::{
        builder::Builder,
        data_viewer::PICTURE_COLUMNS,
        input::Input,
        model::{DeviceFixation, Extent, Eye, Gaze, Interval, Sample, Space, Trial, Unit},
        trial_messages::is_picture,
    },
};

const EYES: &str = "data_collection/events/eyetracker";
const MESSAGES: &str = "data_collection/events/experiment/MessageEvent";
const VARIABLES: &str = "data_collection/condition_variables/";

/// Tells whether an HDF5 file is such a recording.
pub(crate) fn is(input: &Input<'_>) -> bool {
    Hdf5::open(&input.root.join(&input.path), &input.path).is_ok_and(|file| {
        ["BinocularEyeSampleEvent", "MonocularEyeSampleEvent"].iter().any(|name| file.has(&format!("{EYES}/{name}")))
    })
}

/// The way from the window's coordinates to pixels of the screen.
#[derive(Clone, Copy)]
struct Window {
    screen: Option<Extent>,
    unit: WindowUnit,
}

#[derive(Clone, Copy, PartialEq)]
enum WindowUnit {
    Pixels,
    /// −1 to 1 on both axes.
    Norm,
    /// Shares of the height of the screen.
    Height,
    /// Centimetres, degrees and others, which need the geometry of the screen.
    Other,
}

impl Window {
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let Some(Extent { width, height }) = self.screen else { return (x, y) };
        let (across, up) = match self.unit {
            WindowUnit::Pixels => (x, y),
            WindowUnit::Norm => (x * width / 2.0, y * height / 2.0),
            WindowUnit::Height => (x * height, y * height),
            WindowUnit::Other => return (x, y),
        };
        (width / 2.0 + across, height / 2.0 - up)
    }
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let file = Hdf5::open(&input.root.join(&input.path), &input.path)?;
    builder.recording.device = Some("PsychoPy ioHub".to_owned());
    let mut window = Window { screen: None, unit: WindowUnit::Other };
    if file.has(MESSAGES) {
        file.records(MESSAGES, |row| {
            let text = row.text("text").unwrap_or_default();
            screen(&text, &mut window);
            if let Some(tracker) = text.strip_prefix("Eye Tracker being Used: ") {
                builder.recording.device = Some(format!("PsychoPy ioHub, {}", tracker.trim_matches(['(', ')', ','])));
            }
            builder.message(milliseconds(row, "time"), &text);
            Ok(())
        })?;
    }
    match window.screen {
        Some(Extent { width, height }) => builder.screen(width, height),
        None => builder.note("no message says the size of the screen; coordinates count from its middle, with y up"),
    }
    if window.unit == WindowUnit::Other {
        builder.space(Space::Scene, Unit::Pixels);
        builder.note("the unit of the window is not known or not pixels; coordinates are as they are in the file");
    }
    let mut tables: Vec<String> = file.datasets()?.into_iter().filter(|path| path.starts_with(VARIABLES)).collect();
    tables.sort();
    for table in tables {
        file.records(&table, |row| {
            builder.trial(trial(row));
            Ok(())
        })?;
    }
    builder
        .recording
        .trials
        .sort_by(|a, b| a.start_ms.unwrap_or(f64::INFINITY).total_cmp(&b.start_ms.unwrap_or(f64::INFINITY)));
    for (name, eyes) in [("BinocularEyeSampleEvent", true), ("MonocularEyeSampleEvent", false)] {
        let path = format!("{EYES}/{name}");
        if file.has(&path) {
            file.records(&path, |row| {
                let sample = if eyes { binocular(row, window, builder) } else { monocular(row, window, builder) };
                let trial = trial_at(builder, sample.time_ms);
                builder.sample_of(Sample { trial, ..sample });
                Ok(())
            })?;
        }
    }
    events(&file, window, builder)
}

fn milliseconds(row: &Record<'_>, name: &str) -> f64 {
    row.number(name).map_or(f64::NAN, |seconds| seconds * 1000.0)
}

/// Reads `Stimulus Screen ID: 1, Size (pixels): [1280, 1024], CoordType: pix`.
fn screen(text: &str, window: &mut Window) {
    if !text.starts_with("Stimulus Screen") && !text.contains("CoordType") {
        return;
    }
    let size = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(size, _)| size);
    if let Some((width, height)) = size.and_then(|size| size.split_once(','))
        && let (Ok(width), Ok(height)) = (width.trim().parse(), height.trim().parse())
    {
        window.screen = Some(Extent { width, height });
    }
    let unit = text.split_once("CoordType:").map(|(_, unit)| unit.trim().split([',', ' ']).next().unwrap_or_default());
    window.unit = match unit {
        Some("pix" | "pixels") => WindowUnit::Pixels,
        Some("norm") => WindowUnit::Norm,
        Some("height") => WindowUnit::Height,
        _ => window.unit,
    };
}

fn trial(row: &Record<'_>) -> Trial {
    let names: Vec<String> = row.names().map(str::to_owned).collect();
    let find = |known: &[&str]| {
        known.iter().find_map(|known| names.iter().find(|name| name.eq_ignore_ascii_case(known))).map(String::as_str)
    };
    let time = |known: &[&str]| {
        find(known).and_then(|name| row.number(name)).filter(|time| *time > 0.0).map(|time| time * 1000.0)
    };
    let mut trial = Trial::default();
    trial.start_ms = time(&["TRIAL_START", "trial_start", "START_TIME", "start"]);
    trial.onset_ms = trial.start_ms;
    trial.end_ms = time(&["TRIAL_END", "trial_end", "END_TIME", "end"]);
    let number = find(&["trial_id", "TRIAL_ID", "ROW_INDEX"]).and_then(|name| row.number(name));
    trial.name = number.map(|number| number.to_string()).unwrap_or_default();
    let texts: Vec<(String, String)> = names
        .iter()
        .filter_map(|name| Some((name.clone(), row.text(name)?)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let picture = find(&PICTURE_COLUMNS).and_then(|name| row.text(name));
    let picture = picture.or_else(|| texts.iter().map(|(_, text)| text.clone()).find(|text| is_picture(text)));
    trial.show(&picture.unwrap_or_default(), None);
    trial.variables = texts;
    trial
}

/// Returns the trial that was running, of trials in the order of time.
fn trial_at(builder: &Builder<'_>, time_ms: f64) -> Option<usize> {
    let trials = &builder.recording.trials;
    let after = trials.partition_point(|trial| trial.start_ms.is_some_and(|start| start <= time_ms));
    let place = after.checked_sub(1)?;
    trials.get(place)?.end_ms.is_none_or(|end| time_ms <= end).then_some(place)
}

fn gaze(row: &Record<'_>, front: &str, is_found: bool, window: Window) -> Gaze {
    let number = |name: &str| row.number(&format!("{front}{name}")).unwrap_or(f64::NAN);
    let (x, y) = window.place(number("gaze_x"), number("gaze_y"));
    let pupil = number("pupil_measure1");
    if is_found { Gaze { x, y, pupil } } else { Gaze::LOST }
}

fn binocular(row: &Record<'_>, window: Window, builder: &mut Builder<'_>) -> Sample {
    builder.eye(Eye::Left);
    builder.eye(Eye::Right);
    let status = row.number("status").unwrap_or(0.0);
    let (left, right) = ((status / 10.0).floor(), status % 10.0);
    let mut sample = Sample::at(milliseconds(row, "time"));
    sample.left = gaze(row, "left_", left < 2.0, window);
    sample.right = gaze(row, "right_", right < 2.0, window);
    sample
}

fn monocular(row: &Record<'_>, window: Window, builder: &mut Builder<'_>) -> Sample {
    let mut sample = Sample::at(milliseconds(row, "time"));
    let gaze = gaze(row, "", row.number("status").unwrap_or(0.0) < 1.0, window);
    let eye = eye(row);
    builder.eye(eye);
    match eye {
        Eye::Left => sample.left = gaze,
        Eye::Right => sample.right = gaze,
        Eye::Both => sample.both = gaze,
    }
    sample
}

/// Returns the eye by ioHub's constants: 21 is left, 22 right.
fn eye(row: &Record<'_>) -> Eye {
    match row.number("eye").map(f64::round) {
        Some(21.0) => Eye::Left,
        Some(22.0) => Eye::Right,
        _ => Eye::Both,
    }
}

fn events(file: &Hdf5, window: Window, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut line = 0;
    for name in ["FixationEndEvent", "SaccadeEndEvent", "BlinkEndEvent"] {
        let path = format!("{EYES}/{name}");
        if !file.has(&path) {
            continue;
        }
        file.records(&path, |row| {
            line += 1;
            let (end_ms, duration_ms) = (milliseconds(row, "time"), milliseconds(row, "duration"));
            let (eye, start_ms) = (eye(row), end_ms - duration_ms);
            if name == "FixationEndEvent" {
                let Gaze { x, y, .. } = gaze(row, "average_", true, window);
                let trial = trial_at(builder, end_ms);
                builder.fixation_of(DeviceFixation {
                    eye,
                    x,
                    y,
                    start_ms: Some(start_ms),
                    duration_ms: Some(duration_ms),
                    pupil: row.number("average_pupil_measure1"),
                    trial,
                    line,
                });
            } else {
                let interval = Interval { eye, start_ms, duration_ms };
                if name == "BlinkEndEvent" { builder.blink(interval) } else { builder.saccade(interval) }
            }
            Ok(())
        })?;
    }
    Ok(())
}
