//! Exports of Pupil Player (Pupil Core): gaze on the image of the scene camera, or on a surface found by markers.
//!
//! ```text
//! gaze_positions.csv    gaze_timestamp s, confidence, norm_pos_x, norm_pos_y      a row for each sample
//! fixations.csv         id, start_timestamp s, duration ms, norm_pos_x, norm_pos_y
//! blinks.csv            id, start_timestamp s, duration s
//! surfaces/gaze_positions_on_surface_NAME.csv   x_norm, y_norm, on_surf
//! surfaces/fixations_on_surface_NAME.csv        a row for each fixation and frame of the camera: the first on the surface counts
//! …/gaze.tlv            the export for iMotions: pixels of the image, from its upper left corner
//! ```
//!
//! Positions are shares of the width and height from the **lower** left corner; here `y` is turned to count from the upper
//! one. A confidence of 0 says that no pupil was found. The clock has an arbitrary zero.
//!
//! Source: Pupil Labs, *Pupil Core documentation*, "Raw data export" (docs.pupil-labs.com).

use std::collections::HashSet;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Gaze, Interval, Sample, Space, Trial, Unit},
        rows::Rows,
        trials::Repeated,
    },
};

const GAZE: &str = "gaze_positions.csv";
const FIXATIONS: &str = "fixations.csv";
const BLINKS: &str = "blinks.csv";
const ON_SURFACE: [&str; 2] = ["gaze_positions_on_surface_", "fixations_on_surface_"];

/// The kinds of files of an export.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Gaze,
    Fixations,
    Blinks,
    SurfaceGaze,
    SurfaceFixations,
    SurfaceEvents,
    Motions,
}

fn kind(header: &str) -> Option<Kind> {
    let has = |name: &str| header.split([',', '\t']).any(|column| column.trim() == name);
    Some(if has("GazeTimeStamp") && has("Gaze2dX") {
        Kind::Motions
    } else if has("fixation_id") && (has("on_surf") || has("on_srf")) {
        Kind::SurfaceFixations
    } else if has("gaze_timestamp") && (has("on_surf") || has("on_srf")) {
        Kind::SurfaceGaze
    } else if has("surface_name") && has("event_type") {
        Kind::SurfaceEvents
    } else if has("norm_pos_x") && has("duration") {
        Kind::Fixations
    } else if has("norm_pos_x") {
        Kind::Gaze
    } else if has("filter_response") && has("start_timestamp") {
        Kind::Blinks
    } else {
        return None;
    })
}

pub(crate) fn is(header: &str) -> bool {
    kind(header).is_some()
}

/// The files that a folder with an export holds.
pub(crate) const FILES: [&str; 3] = [GAZE, FIXATIONS, BLINKS];

pub(crate) fn read(input: &Input<'_>, header: &str, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.space(Space::Scene, Unit::Shares);
    builder.eye(Eye::Both);
    builder.recording.device = Some("Pupil Core".to_owned());
    scene_size(input, builder)?;
    match kind(header) {
        Some(Kind::Motions) => motions(input, builder)?,
        Some(Kind::SurfaceEvents) => surface_events(input, builder)?,
        Some(Kind::SurfaceGaze | Kind::SurfaceFixations) => surface(input, header, builder)?,
        named => {
            // The file that was named, under whatever name, and the others of the export.
            let file = |which: Kind, name: &str| {
                if named == Some(which) { Some(input.clone()) } else { input.sibling(name) }
            };
            if let Some(gaze_file) = file(Kind::Gaze, GAZE) {
                gaze(&gaze_file, ["norm_pos_x", "norm_pos_y"], builder)?;
            }
            if let Some(file) = file(Kind::Fixations, FIXATIONS) {
                fixations(&file, builder)?;
            }
            if let Some(file) = file(Kind::Blinks, BLINKS) {
                blinks(&file, builder)?;
            }
            let surfaces = input.root.join(input.path.with_file_name("surfaces"));
            if surfaces.is_dir() {
                builder.note("gaze on surfaces lies in the folder surfaces; name a file of it to read that instead");
            }
            longest_fixation(input, builder)?;
        }
    }
    Ok(())
}

/// Reads the value of a key of a small table `key,value`.
fn value(input: &Input<'_>, key: &str) -> Result<Option<String>, DataError> {
    let text = input.whole(1 << 20)?;
    let text = crate::recordings::text::text(&text).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(',').map(str::trim));
    Ok(line.map(str::to_owned))
}

fn scene_size(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    for name in ["iMotions_info.csv", "export_info.csv"] {
        let Some(info) = input.sibling(name) else { continue };
        if let Some(size) = value(&info, "World Camera Resolution")?
            && let Some((width, height)) = size.split_once('x')
            && let (Ok(width), Ok(height)) = (width.parse(), height.parse())
        {
            builder.screen(width, height);
        }
    }
    Ok(())
}

fn longest_fixation(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    if let Some(report) = input.sibling("fixation_report.csv")
        && let Some(longest) = value(&report, "max_duration")?
    {
        builder.note(format!(
            "the fixation detector was set to at most {longest}: longer fixations are cut into neighbours"
        ));
    }
    Ok(())
}

fn gaze(input: &Input<'_>, names: [&str; 2], builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let time = match rows.any(&["gaze_timestamp", "timestamp"]) {
        Some(time) => time,
        None => rows.need("gaze_timestamp")?,
    };
    let [x, y] = names.map(|name| rows.column(name));
    let confidence = rows.column("confidence");
    while let Some(row) = rows.next()? {
        let confidence = row.number(confidence)?.unwrap_or(1.0);
        let mut sample = Sample { confidence, ..Sample::at(row.needed(time)? * 1000.0) };
        if confidence > 0.0 {
            sample.both = Gaze::at(row.coordinate(x)?, 1.0 - row.coordinate(y)?);
        }
        builder.sample(sample);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn fixations(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let start = rows.need("start_timestamp")?;
    let [duration, x, y] = ["duration", "norm_pos_x", "norm_pos_y"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        builder.fixation(
            DeviceFixation {
                eye: Eye::Both,
                x: row.coordinate(x)?,
                y: 1.0 - row.coordinate(y)?,
                start_ms: Some(row.needed(start)? * 1000.0),
                duration_ms: row.number(duration)?,
                pupil: None,
                trial: None,
                line: row.line,
            },
            None,
        );
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn blinks(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let start = rows.need("start_timestamp")?;
    let duration = rows.column("duration");
    while let Some(row) = rows.next()? {
        let (start_ms, duration_ms) = (row.needed(start)? * 1000.0, row.coordinate(duration)? * 1000.0);
        builder.blink(Interval { eye: Eye::Both, start_ms, duration_ms });
    }
    builder.cut_short(rows.cut);
    Ok(())
}

/// Returns the name of the surface in the name of a file; older versions add a number to it.
fn surface_name(file: &str) -> Option<&str> {
    ON_SURFACE.iter().find_map(|front| file.strip_prefix(front)?.strip_suffix(".csv"))
}

fn surface(input: &Input<'_>, header: &str, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.space(Space::Picture, Unit::Shares);
    let name = surface_name(input.name()).unwrap_or("surface").to_owned();
    let mut trial = Trial { name: name.clone(), ..Trial::default() };
    trial.show(&name, None);
    builder.trial(trial);
    let is_gaze = kind(header) == Some(Kind::SurfaceGaze);
    let other = |front: &str| input.sibling(&format!("{front}{name}.csv"));
    let [gaze_front, fixation_front] = ON_SURFACE;
    if let Some(file) = if is_gaze { Some(input.clone()) } else { other(gaze_front) } {
        gaze(&file, ["x_norm", "y_norm"], builder)?;
    }
    if let Some(file) = if is_gaze { other(fixation_front) } else { Some(input.clone()) } {
        surface_fixations(&file, builder)?;
    }
    Ok(())
}

fn surface_fixations(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let id = rows.need("fixation_id")?;
    let start = rows.need("start_timestamp")?;
    let [duration, x, y] = ["duration", "norm_pos_x", "norm_pos_y"].map(|name| rows.column(name));
    let on_surface = rows.any(&["on_surf", "on_srf"]);
    let mut repeated = Repeated::default();
    let mut all = HashSet::new();
    while let Some(row) = rows.next()? {
        let id = row.text(Some(id)).into_owned();
        let is_on = row.bytes(on_surface).eq_ignore_ascii_case(b"true");
        if is_on {
            let fixation = DeviceFixation {
                eye: Eye::Both,
                x: row.coordinate(x)?,
                y: 1.0 - row.coordinate(y)?,
                start_ms: Some(row.needed(start)? * 1000.0),
                duration_ms: row.number(duration)?,
                pupil: None,
                trial: Some(0),
                line: row.line,
            };
            repeated.take(&id, fixation, builder);
        }
        all.insert(id);
    }
    let off = all.len().saturating_sub(builder.recording.fixations.len());
    if off > 0 {
        builder.note(format!("{off} of {} fixations were never on the surface", all.len()));
    }
    builder.cut_short(rows.cut);
    Ok(())
}

/// Takes the moments at which surfaces came into sight and went out of it as messages.
fn surface_events(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let time = rows.need("world_timestamp")?;
    let [name, event] = ["surface_name", "event_type"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        let text = format!("{} {}", row.text(event), row.text(name));
        builder.message(row.needed(time)? * 1000.0, &text);
    }
    Ok(())
}

fn motions(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.space(Space::Scene, Unit::Pixels);
    let mut rows = Rows::new(input, input.open()?, b'\t', 0)?;
    let time = rows.need("GazeTimeStamp")?;
    let [x, y, confidence] = ["Gaze2dX", "Gaze2dY", "Confidence"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        let confidence = row.number(confidence)?.unwrap_or(1.0);
        let mut sample = Sample { confidence, ..Sample::at(row.needed(time)? * 1000.0) };
        if confidence > 0.0 {
            sample.both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        }
        builder.sample(sample);
    }
    builder.cut_short(rows.cut);
    Ok(())
}
