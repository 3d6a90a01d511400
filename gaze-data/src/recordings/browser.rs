//! Gaze from a webcam: jsPsych with WebGazer, tables of WebGazer, Gorilla, and time series of Labvanced.
//!
//! ```text
//! jsPsych     JSON: [{"trial_index":18,"stimulus":"<img src=…>","webgazer_data":[{"x":871,"y":414,"t":0},…],
//!             "webgazer_targets":{"#face1":{"x":206,"y":116,"width":512,"height":520}}},…], or a CSV whose cells hold it
//! WebGazer    a table with the columns gx, gy and timestamp (ms since the page was loaded)
//! Gorilla     a table in which rows of type prediction have x_pred, y_pred (px) and time_elapsed (ms)
//! Labvanced   a table of variables; a value of gaze is x,y,t,c: px, ms since 1970, confidence
//! ```
//!
//! Coordinates are pixels of the browser's window from its upper left corner; negative ones are normal. A lost sample is
//! simply absent. Times of jsPsych and Gorilla count from the start of the trial. The browsers find no fixations.
//!
//! Source: jsPsych documentation, "Eye tracking"; Labvanced documentation, "Eye tracking".

use std::{collections::HashMap, io::BufReader};

use serde_json::Value;

use crate::{
    DataError,
    error::Problem,
    files::json_scan::{self, Stop},
    recordings::{
        builder::Builder,
        data_viewer::PICTURE_COLUMNS,
        input::Input,
        model::{Eye, Gaze, Rectangle, Sample, Shown, Trial},
        rows::{Rows, separator},
        text::decimal,
        trial_messages::is_picture,
        trials::Runs,
    },
};

pub(crate) fn is_jspsych(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let has = |text: &[u8]| head.windows(text.len()).any(|part| part == text);
    head.starts_with(b"[") && (has(b"\"trial_type\"") || has(b"webgazer"))
}

pub(crate) fn is_jspsych_table(header: &str) -> bool {
    header.contains("webgazer_data")
}

pub(crate) fn is_labvanced(header: &str) -> bool {
    header.contains("variable_name") && (header.contains("Block_Name") || header.contains("Trial_Nr"))
}

pub(crate) fn is_gorilla(header: &str) -> bool {
    header.contains("x_pred") && header.contains("y_pred")
}

pub(crate) fn is_webgazer(header: &str) -> bool {
    let has = |name: &str| header.split([',', '\t', ';']).any(|column| column.trim().trim_matches('"') == name);
    has("gx") && has("gy") && (has("timestamp") || has("time"))
}

pub(crate) fn read_jspsych(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.eye(Eye::Both);
    builder.recording.device = Some("WebGazer (jsPsych)".to_owned());
    let reader = BufReader::with_capacity(1 << 16, input.open()?);
    let scanned = json_scan::scan(reader, |element| {
        let value: Value = serde_json::from_slice(element.bytes)
            .map_err(|cause| DataError::Json { path: input.path.clone(), cause })?;
        if let Some(subject) = value.get("subject_id").or_else(|| value.get("subject")).and_then(Value::as_str) {
            builder.recording.participant.get_or_insert_with(|| subject.to_owned());
        }
        let text =
            |name: &str| value.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        if let Some(gaze) = value.get("webgazer_data") {
            let index = text("trial_index").unwrap_or_default();
            let rt = value.get("rt").and_then(Value::as_f64);
            jspsych_trial(
                &index,
                rt,
                &text("stimulus").unwrap_or_default(),
                gaze,
                value.get("webgazer_targets"),
                builder,
            );
        }
        if let Some("webgazer-validate") = value.get("trial_type").and_then(Value::as_str) {
            let share = value.get("percent_in_roi").map(Value::to_string).unwrap_or_default();
            builder.message(f64::NAN, &format!("webgazer-validate: percent in region {share}"));
        }
        Ok(())
    });
    match scanned {
        Ok(()) => Ok(()),
        Err(Stop::Own(error)) => Err(error),
        Err(Stop::Io(cause)) => Err(input.io(cause)),
        Err(Stop::Syntax(at, expected @ ("the end of an array" | "the end of an element" | "the end of a text"))) => {
            builder.note(format!(
                "{}: the file ends at byte {at} before {expected}; the trials before were read",
                input.path.display()
            ));
            Ok(())
        }
        Err(Stop::Syntax(at, expected)) => {
            Err(Problem::new(format!("byte {at}"), expected, &"something else").at(&input.path))
        }
    }
}

fn jspsych_trial(
    index: &str,
    rt_ms: Option<f64>,
    html: &str,
    gaze: &Value,
    targets: Option<&Value>,
    builder: &mut Builder<'_>,
) {
    let mut trial = Trial { name: index.to_owned(), ..Trial::default() };
    (trial.start_ms, trial.onset_ms, trial.end_ms) = (Some(0.0), Some(0.0), rt_ms);
    let boxes = targets.and_then(Value::as_object);
    let place = |target: &Value| {
        let side = |name: &str| target.get(name).and_then(Value::as_f64);
        let (x, y, width, height) = (side("x")?, side("y")?, side("width")?, side("height")?);
        Some(Shown::Rectangle(Rectangle { x, y, width, height }))
    };
    let found = pictures(html);
    for (name, id) in &found {
        let own = boxes.and_then(|boxes| boxes.get(&format!("#{id}"))).filter(|_| !id.is_empty());
        let only = boxes.filter(|boxes| boxes.len() == 1 && found.len() == 1).and_then(|boxes| boxes.values().next());
        trial.show(name, own.or(only).and_then(place));
    }
    let trial = builder.trial(trial);
    for point in gaze.as_array().into_iter().flatten() {
        let number = |name: &str| point.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let mut sample = Sample { trial, ..Sample::at(number("t")) };
        sample.both = Gaze::at(number("x"), number("y"));
        builder.sample_of(sample);
        if sample.time_ms.is_nan() {
            builder.note("samples have no time, as some versions of the extension leave it out");
        }
    }
}

/// Returns the pictures of a page with their identifiers: the `src` of its images, or the text itself if it names a file.
fn pictures(html: &str) -> Vec<(String, String)> {
    if !html.contains('<') {
        let name = html.trim();
        return if is_picture(name) { vec![(name.to_owned(), String::new())] } else { Vec::new() };
    }
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!("{name}="))? + name.len() + 1;
        let rest = tag.get(at..)?;
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    };
    html.split('<')
        .filter(|tag| tag.starts_with("img") || tag.starts_with("IMG"))
        .filter_map(|tag| Some((attribute(tag, "src")?, attribute(tag, "id").unwrap_or_default())))
        .collect()
}

pub(crate) fn read_jspsych_table(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.eye(Eye::Both);
    builder.recording.device = Some("WebGazer (jsPsych)".to_owned());
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let gaze = rows.need("webgazer_data")?;
    let [index, rt, html, targets, subject] =
        ["trial_index", "rt", "stimulus", "webgazer_targets", "subject_id"].map(|name| rows.column(name));
    while let Some(row) = rows.next()? {
        if let Some(subject) = row.known(subject) {
            builder.recording.participant.get_or_insert(subject);
        }
        let text = row.text(Some(gaze));
        if !text.trim_start().starts_with('[') {
            continue;
        }
        let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
        let Some(points) = parse(&text) else { return Err(row.wrong(Some(gaze), "a JSON array of samples")) };
        let targets = parse(&row.text(targets));
        let rt_ms = row.number(rt).ok().flatten();
        jspsych_trial(&row.text(index), rt_ms, &row.text(html), &points, targets.as_ref(), builder);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

pub(crate) fn read_webgazer(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("WebGazer".to_owned());
    table(input, ["gx", "gy"], &["timestamp", "time"], None, builder)
}

pub(crate) fn read_gorilla(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("WebGazer (Gorilla)".to_owned());
    table(input, ["x_pred", "y_pred"], &["time_elapsed", "time_stamp"], Some(("type", "prediction")), builder)
}

fn table(
    input: &Input<'_>,
    names: [&str; 2],
    times: &[&str],
    only: Option<(&str, &str)>,
    builder: &mut Builder<'_>,
) -> Result<(), DataError> {
    builder.eye(Eye::Both);
    let separator = separator(input.head()?.split(|&byte| byte == b'\n').next().unwrap_or_default());
    let mut rows = Rows::new(input, input.open()?, separator, 0)?;
    let [x, y] = names.map(|name| rows.column(name));
    let time = match rows.any(times) {
        Some(time) => time,
        None => rows.need(times.first().copied().unwrap_or("timestamp"))?,
    };
    let kind = only.and_then(|(column, value)| Some((rows.column(column)?, value)));
    let participant = rows.any(&["participant", "participant_id", "Participant Private ID", "subject", "subject_id"]);
    let trial_column = rows.any(&["Spreadsheet Row", "spreadsheet_row", "trial", "trial_index"]);
    let picture = PICTURE_COLUMNS.iter().find_map(|name| rows.column(name));
    let confidence = rows.column("face_conf");
    let mut runs = Runs::default();
    while let Some(row) = rows.next()? {
        if kind.is_some_and(|(column, value)| row.text(Some(column)) != value) {
            continue;
        }
        if let Some(participant) = row.known(participant) {
            builder.recording.participant.get_or_insert(participant);
        }
        let time_ms = row.needed(time)?;
        let trial = if trial_column.is_some() || picture.is_some() {
            let (name, shown) = (row.text(trial_column).into_owned(), row.known(picture).unwrap_or_default());
            runs.run(&[name.as_str(), &shown].join("\t"), builder, || {
                let mut trial = Trial { name, ..Trial::default() };
                (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
                trial.show(&shown, None);
                trial
            })
        } else {
            None
        };
        let confidence = row.number(confidence)?.unwrap_or(1.0);
        let mut sample = Sample { trial, confidence, ..Sample::at(time_ms) };
        sample.both = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
        builder.sample_of(sample);
    }
    builder.cut_short(rows.cut);
    Ok(())
}

pub(crate) fn read_labvanced(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.eye(Eye::Both);
    builder.recording.device = Some("Labvanced".to_owned());
    let separator = separator(input.head()?.split(|&byte| byte == b'\n').next().unwrap_or_default());
    let mut rows = Rows::new(input, input.open()?, separator, 0)?;
    let value = match rows.any(&["values", "value"]) {
        Some(value) => value,
        None => rows.need("values")?,
    };
    let [task, trial_nr, trial_id, subject, time] =
        ["Task_Name", "Trial_Nr", "Trial_Id", "exp_subject_id", "times"].map(|name| rows.column(name));
    let picture = PICTURE_COLUMNS.iter().find_map(|name| rows.column(name));
    let mut runs = Runs::default();
    let mut empty: HashMap<&str, usize> = HashMap::new();
    while let Some(row) = rows.next()? {
        // Without quotes the parts of a value are columns of their own.
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for column in value..row.len() {
            let bytes = row.bytes(Some(column));
            let bytes = bytes.strip_prefix(b"\"").unwrap_or(bytes);
            let bytes = bytes.strip_suffix(b"\"").unwrap_or(bytes);
            parts.extend(bytes.split(|&byte| byte == b',').map(<[u8]>::to_vec));
        }
        let numbers: Option<Vec<f64>> = parts.iter().map(|part| decimal(part)).collect();
        let numbers = match numbers {
            Some(numbers) if matches!(numbers.len(), 2..=4) => numbers,
            _ => {
                if parts.iter().all(Vec::is_empty) {
                    *empty.entry("rows").or_default() += 1;
                }
                continue;
            }
        };
        if let Some(subject) = row.known(subject) {
            builder.recording.participant.get_or_insert(subject.trim_matches('"').to_owned());
        }
        let stored = decimal(row.text(time).trim_matches('"').as_bytes());
        let time_ms = numbers.get(2).copied().or(stored).unwrap_or(f64::NAN);
        let clean = |column| row.text(column).trim_matches('"').to_owned();
        let [task, number, id] = [task, trial_nr, trial_id].map(clean);
        let shown = row.known(picture).unwrap_or_default();
        let trial = runs.keyed(&[task.as_str(), &number, &id, &shown].join("\t"), builder, || {
            let mut trial = Trial { name: number.clone(), ..Trial::default() };
            (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
            trial.variables.push(("Task_Name".to_owned(), task.clone()));
            trial.show(&shown, None);
            trial
        });
        let confidence = numbers.get(3).copied().unwrap_or(1.0);
        let mut sample = Sample { trial, confidence, ..Sample::at(time_ms) };
        if let [x, y, ..] = numbers[..] {
            sample.both = Gaze::at(x, y);
        }
        builder.sample_of(sample);
    }
    if let Some(count) = empty.get("rows") {
        builder.note(format!("{count} rows of variables have no value and are no samples"));
    }
    builder.cut_short(rows.cut);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_pages_and_paths() {
        let page = r#"<div><img src="img/1.png" id="a"></div><IMG id='b' src='2.jpg'><p>x.png</p>"#;
        let expected = [("img/1.png", "a"), ("2.jpg", "b")].map(|(name, id)| (name.to_owned(), id.to_owned()));
        assert_eq!(pictures(page), expected);
        assert_eq!(pictures("img/cat.png"), [("img/cat.png".to_owned(), String::new())]);
        assert_eq!(pictures("Press a key"), []);
    }
}
