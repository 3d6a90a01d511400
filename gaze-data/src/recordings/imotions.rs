//! Sensor files of iMotions: lines of description, then `#DATA`, a header and rows.
//!
//! ```text
//! 8.1.11.0 / #HEADER … / #METADATA … / #DATA
//! RowNumber, Timestamp (ms from the start of the study), ET_GazeLeftx, ET_GazeLefty (px), ET_ValidityLeftEye (0 to 4), …
//! Native_SlideEvents.csv beside it: SlideEvent (StartMedia, EndMedia), Timestamp, SourceStimuliName
//! ```
//!
//! Coordinates are pixels of the screen from its upper left corner; a lost eye has validity 4 and coordinates of −1. In a
//! merged file, rows whose `EventSource` names no eye tracker repeat gaze or have none, so they are left out. The trials are
//! the media of the slide events.
//!
//! Source: iMotions, *Export formats*; the package imotionsApi.

use std::io::Read;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{Eye, Gaze, Sample, Trial},
        rows::{Rows, separator},
        text::text,
    },
};

const SLIDES: &str = "Native_SlideEvents.csv";
const TRACKER: &str = "ET_Eyetracker.csv";

pub(crate) fn is(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).take(40);
    lines.any(|line| matches!(line, b"#HEADER" | b"#METADATA" | b"#DATA"))
}

/// Returns the table behind `#DATA`.
fn table<'a>(input: &'a Input<'a>, builder: &mut Builder<'_>) -> Result<Rows<'a, impl Read + use<>>, DataError> {
    let mut lines = input.lines()?;
    loop {
        let Some(line) = lines.next().map_err(|cause| input.io(cause))? else {
            return Err(input.header(1, "behind a line #DATA", "no such line"));
        };
        if line.trim_ascii() == b"#DATA" {
            break;
        }
        // The first line is the version.
        let is_version = line.first().is_some_and(u8::is_ascii_digit);
        let version = text(line).trim().to_owned();
        if is_version && lines.line == 1 {
            builder.recording.device = Some(format!("iMotions {version}"));
        }
    }
    let before = lines.line;
    let header = match lines.next().map_err(|cause| input.io(cause))? {
        Some(line) => line.to_vec(),
        None => return Err(input.header(before + 1, "with the names of the columns", "the end of the file")),
    };
    Rows::new(input, lines.rest_from(&header), separator(&header), before)
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("iMotions".to_owned());
    let head = input.head()?;
    let head = text(&head);
    let is_slides = head.contains("SlideEvent,") && !head.contains("ET_Gaze");
    let slides = if is_slides { Some(input.clone()) } else { input.sibling(SLIDES) };
    if let Some(slides) = &slides {
        read_slides(slides, builder)?;
    }
    if is_slides {
        if let Some(tracker) = input.sibling(TRACKER) {
            read_samples(&tracker, false, builder)?;
        }
        return Ok(());
    }
    read_samples(input, slides.is_none(), builder)
}

fn read_slides(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = table(input, builder)?;
    let (event, time) = (rows.need("SlideEvent")?, rows.need("Timestamp")?);
    let name = rows.column("SourceStimuliName");
    while let Some(row) = rows.next()? {
        let time_ms = row.needed(time)?;
        let name = row.known(name).unwrap_or_default();
        slide(&row.text(Some(event)), &name, time_ms, builder);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn slide(event: &str, name: &str, time_ms: f64, builder: &mut Builder<'_>) {
    let text = format!("{event} {name}");
    builder.message(time_ms, text.trim());
    if event == "StartMedia" {
        let mut trial = Trial { name: name.to_owned(), ..Trial::default() };
        (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
        trial.show(name, None);
        builder.trial(trial);
    } else if event == "EndMedia"
        && let Some(trial) = builder.current()
    {
        trial.end_ms.get_or_insert(time_ms);
    }
}

fn read_samples(input: &Input<'_>, has_own_slides: bool, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = table(input, builder)?;
    let time = rows.need("Timestamp")?;
    let eyes = [
        (Eye::Left, ["ET_GazeLeftx", "ET_GazeLefty", "ET_ValidityLeftEye", "ET_PupilLeft"]),
        (Eye::Right, ["ET_GazeRightx", "ET_GazeRighty", "ET_ValidityRightEye", "ET_PupilRight"]),
    ]
    .map(|(eye, names)| (eye, names.map(|name| rows.column(name))));
    let [source, event, name] = ["EventSource", "SlideEvent", "SourceStimuliName"].map(|name| rows.column(name));
    if eyes.iter().all(|(_, [x, ..])| x.is_none()) {
        rows.need("ET_GazeLeftx")?;
    }
    for (eye, [x, ..]) in &eyes {
        if x.is_some() {
            builder.eye(*eye);
        }
    }
    // The trials of a file of slides are in the order of time and do not overlap.
    let spans: Vec<(f64, f64)> = builder
        .recording
        .trials
        .iter()
        .map(|trial| (trial.start_ms.unwrap_or(f64::NAN), trial.end_ms.unwrap_or(f64::INFINITY)))
        .collect();
    while let Some(row) = rows.next()? {
        let time_ms = row.needed(time)?;
        if has_own_slides && let Some(event) = row.known(event) {
            slide(&event, &row.known(name).unwrap_or_default(), time_ms, builder);
        }
        if source.is_some() && !row.text(source).contains("ET") {
            continue;
        }
        let mut sample = Sample::at(time_ms);
        for (eye, [x, y, validity, pupil]) in eyes {
            let gaze = Gaze { x: row.coordinate(x)?, y: row.coordinate(y)?, pupil: row.coordinate(pupil)? };
            let is_marked = row.number(validity)?.is_some_and(|validity| validity >= 4.0);
            let is_minus_one = gaze.x.to_bits() == (-1.0f64).to_bits() && gaze.y.to_bits() == (-1.0f64).to_bits();
            if !is_marked && !is_minus_one {
                *(if eye == Eye::Left { &mut sample.left } else { &mut sample.right }) = gaze;
            }
        }
        if has_own_slides {
            builder.sample(sample);
        } else {
            let after = spans.partition_point(|(start, _)| *start <= time_ms);
            sample.trial = after.checked_sub(1).filter(|&trial| time_ms <= spans[trial].1);
            builder.sample_of(sample);
        }
    }
    builder.cut_short(rows.cut);
    Ok(())
}
