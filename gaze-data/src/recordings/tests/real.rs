//! The real recordings, where this machine has them, against an independent reading of each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::whole;
use crate::{recordings::*, testing::real_data};

/// The largest difference of two times in milliseconds, and of two places: one rounding of a sum of two.
const ROUNDING: f64 = 1e-9;

/// What of an independent reading was compared and what differs.
#[derive(Default)]
struct Comparison {
    name: String,
    equal: usize,
    differences: Vec<String>,
}

impl Comparison {
    fn number(&mut self, what: &str, found: f64, expected: &Value) {
        if let Some(expected) = expected.as_f64() {
            let scale = expected.abs().max(1.0);
            if (found - expected).abs() <= ROUNDING * scale {
                self.equal += 1;
            } else {
                self.differences.push(format!("{}: {what} is {found}, not {expected}", self.name));
            }
        }
    }

    fn count(&mut self, what: &str, found: usize, expected: &Value) {
        self.number(what, found as f64, expected);
    }

    fn text(&mut self, what: &str, found: &str, expected: &Value) {
        if let Some(expected) = expected.as_str() {
            self.number(
                &format!("{what} ({found:?}, not {expected:?})"),
                0.0,
                &Value::from(u8::from(found != expected)),
            );
        }
    }

    fn screen(&mut self, recording: &Recording, expected: &Value) {
        if let Some([width, height]) = expected.as_array().map(Vec::as_slice) {
            let screen = recording.screen.unwrap_or(Extent { width: 0.0, height: 0.0 });
            self.number("the width of the screen", screen.width, width);
            self.number("the height of the screen", screen.height, height);
        }
    }

    /// Compares a fixation, whose times stand in `expected` in the unit of their name.
    fn fixation(&mut self, what: &str, found: Option<&DeviceFixation>, expected: &Value) {
        if expected.is_null() {
            return;
        }
        let Some(found) = found else {
            self.differences.push(format!("{}: no {what}", self.name));
            return;
        };
        for name in ["x", "x_px", "x_norm"] {
            self.number(&format!("x of the {what}"), found.x, &expected[name]);
        }
        for name in ["y", "y_px", "y_norm", "y_norm_top_down"] {
            self.number(&format!("y of the {what}"), found.y, &expected[name]);
        }
        if let Some(up) = expected["y_norm_bottom_up"].as_f64() {
            self.number(&format!("y of the {what}"), found.y, &Value::from(1.0 - up));
        }
        for (unit, name) in [(1.0, "start_ms"), (1e3, "start_s"), (1e-3, "start_us"), (1e-6, "start_ns")] {
            if let Some(start) = expected[name].as_f64() {
                self.number(
                    &format!("start of the {what}"),
                    found.start_ms.unwrap_or(f64::NAN),
                    &Value::from(start * unit),
                );
            }
        }
        for (unit, name) in [(1.0, "duration_ms"), (1e3, "duration_s"), (1e-3, "duration_us")] {
            if let Some(duration) = expected[name].as_f64() {
                let duration = Value::from(duration * unit);
                self.number(&format!("duration of the {what}"), found.duration_ms.unwrap_or(f64::NAN), &duration);
            }
        }
        self.text(&format!("eye of the {what}"), &found.eye.to_string(), &expected["eye"]);
    }

    /// Compares a sample's gaze and time.
    fn gaze(&mut self, what: &str, found: Option<(f64, Gaze)>, time_ms: Option<f64>, place: Option<(f64, f64)>) {
        let (found_time, gaze) = found.unwrap_or((f64::NAN, Gaze::LOST));
        if let Some(time) = time_ms {
            self.number(&format!("time of the {what}"), found_time, &Value::from(time));
        }
        if let Some((x, y)) = place {
            self.number(&format!("x of the {what}"), gaze.x, &Value::from(x));
            self.number(&format!("y of the {what}"), gaze.y, &Value::from(y));
        }
    }
}

fn pair(value: &Value) -> Option<(f64, f64)> {
    Some((value[0].as_f64()?, value[1].as_f64()?))
}

/// Compares all that a file's independent reading says and a recording holds.
fn compare(name: &str, expected: &Value, recording: &Recording, samples: &[Sample]) -> Comparison {
    let mut comparison = Comparison { name: name.to_owned(), ..Comparison::default() };
    let c = &mut comparison;
    let of = |eye: Eye| recording.fixations.iter().filter(move |fixation| fixation.eye == eye);
    // Numbers of samples.
    for key in ["samples", "gaze_samples"] {
        c.count(key, recording.samples.all, &expected[key]);
    }
    for key in [
        "lost_samples_all_eyes",
        "lost_samples",
        "lost_both_eyes",
        "lost_both",
        "lost_best_pog",
        "lost_minus_one",
        "lost_gaze_samples",
        "confidence_zero",
        "lost",
        "surface_not_found",
        "not_worn",
    ] {
        c.count(key, recording.samples.lost, &expected[key]);
    }
    for (eye, key, lost) in
        [("LEFT", "lost_left", recording.samples.lost_left), ("RIGHT", "lost_right", recording.samples.lost_right)]
    {
        c.count(key, lost, &expected[key]);
        c.count(key, lost, &expected["lost_samples_by_eye"][eye]);
    }
    c.count("lost_L", recording.samples.lost_left, &expected["lost_L"]);
    c.count("lost_R", recording.samples.lost_right, &expected["lost_R"]);
    c.count("repeated_times", recording.samples.repeated_times, &expected["repeated_times"]);
    if let Some(below) = expected["confidence_below_0_6"].as_u64() {
        let found = recording.samples.uncertain + recording.samples.lost;
        c.count("confidence_below_0_6", found, &Value::from(below));
    }
    // Times.
    let span = recording.span_ms.unwrap_or((f64::NAN, f64::NAN));
    c.number("first_time", span.0, &expected["first_time"]);
    c.number("last_time", span.1, &expected["last_time"]);
    for (key, found) in [("first_time_us", span.0), ("last_time_us", span.1)] {
        if let Some(time) = expected[key].as_f64() {
            c.number(key, found, &Value::from(time / 1000.0));
        }
    }
    c.number("last_time_ms", span.1, &expected["last_time_ms"]);
    c.number("rate_hz", recording.stated_rate_hz.unwrap_or(f64::NAN), &expected["rate_hz"]);
    // The screen.
    c.screen(recording, &expected["screen_px"]);
    c.screen(recording, &expected["camera_px"]);
    // Events.
    for key in ["fixations", "different_fixations"] {
        c.count(key, recording.fixations.len(), &expected[key]);
    }
    c.count("saccades", recording.saccades.len(), &expected["saccades"]);
    c.count("blinks", recording.blinks.len(), &expected["blinks"]);
    match &expected["messages"] {
        Value::Array(messages) => c.count("messages", recording.messages.len(), &Value::from(messages.len())),
        number => c.count("messages", recording.messages.len(), number),
    }
    for (place, blink) in expected["blink_list"].as_array().into_iter().flatten().enumerate() {
        let found = recording.blinks.get(place);
        c.number("start of a blink", found.map_or(f64::NAN, |blink| blink.start_ms), &blink["start_ms"]);
        c.number("duration of a blink", found.map_or(f64::NAN, |blink| blink.duration_ms), &blink["duration_ms"]);
        c.text("eye of a blink", &found.map_or(String::new(), |blink| blink.eye.to_string()), &blink["eye"]);
    }
    // First and last.
    c.count("rows of events", recording.messages.len(), &expected["event_rows"]);
    c.count("sections", recording.trials.len(), &expected["sections"]);
    if let Some(count) = expected["events"]
        .as_array()
        .filter(|_| expected["sections"].is_null())
        .map(Vec::len)
        .or(expected["events"].as_u64().and_then(|n| usize::try_from(n).ok()))
    {
        c.count("events", recording.messages.len(), &Value::from(count));
    }
    for (key, found) in [
        ("first_fixation", recording.placed_fixations().next()),
        ("last_fixation", recording.placed_fixations().next_back()),
        ("first_fixation_on_media", recording.placed_fixations().next()),
        ("last_fixation_on_media", recording.placed_fixations().next_back()),
        ("first_on_surface", recording.placed_fixations().next()),
        ("last_on_surface", recording.placed_fixations().next_back()),
    ] {
        let value = &expected[key];
        if value.get("L").is_some() {
            for (eye, name) in [(Eye::Left, "L"), (Eye::Right, "R")] {
                let found = if key.starts_with("first") { of(eye).next() } else { of(eye).next_back() };
                c.fixation(key, found, &value[name]);
            }
        } else {
            c.fixation(key, found, value);
        }
    }
    c.count("fixations_on_media", recording.placed_fixations().count(), &expected["fixations_on_media"]);
    let first_and_last = [("first", recording.fixations.first()), ("last", recording.fixations.last())];
    for (key, found) in first_and_last.into_iter().filter(|_| expected["fixations"].is_number()) {
        c.fixation(&format!("{key} fixation"), found, &expected[key]);
    }
    if let Some(blink) = recording.blinks.first().filter(|_| expected["blinks"].is_number()) {
        for (key, found) in [("start_s", blink.start_ms), ("duration_s", blink.duration_ms)] {
            if let Some(time) = expected["first"][key].as_f64() {
                c.number(&format!("{key} of the first blink"), found, &Value::from(time * 1000.0));
            }
        }
    }
    samples_of(c, expected, samples);
    trials(c, expected, recording, samples);
    stimuli(c, expected, recording);
    for (kind, count) in expected["counts"].as_object().into_iter().flatten() {
        let found = match kind.as_str() {
            "Fixation L" => of(Eye::Left).count(),
            "Fixation R" => of(Eye::Right).count(),
            "Saccade L" => recording.saccades.iter().filter(|event| event.eye == Eye::Left).count(),
            "Saccade R" => recording.saccades.iter().filter(|event| event.eye == Eye::Right).count(),
            "Blink L" => recording.blinks.iter().filter(|event| event.eye == Eye::Left).count(),
            "Blink R" => recording.blinks.iter().filter(|event| event.eye == Eye::Right).count(),
            _ => recording.messages.len(),
        };
        c.count(kind, found, count);
    }
    comparison
}

fn samples_of(c: &mut Comparison, expected: &Value, samples: &[Sample]) {
    let both = |sample: &Sample| (sample.time_ms, sample.both);
    let found =
        |eye: Eye| move |sample: &Sample| (sample.time_ms, if eye == Eye::Left { sample.left } else { sample.right });
    for (eye, name) in [(Eye::Left, "LEFT"), (Eye::Right, "RIGHT")] {
        if let Some(gaze) = pair(&expected["first_sample"][name]) {
            c.gaze("first sample", samples.first().map(found(eye)), None, Some(gaze));
        }
    }
    let first = &expected["first_sample"];
    if first["time_ms"].is_number() {
        let place = first["x"].as_f64().zip(first["y"].as_f64());
        c.gaze("first sample", samples.first().map(both), first["time_ms"].as_f64(), place);
        c.gaze("left eye of the first sample", samples.first().map(found(Eye::Left)), None, pair(&first["left"]));
    }
    for (key, sample) in [("first", samples.first()), ("last", samples.last())] {
        let value = &expected[key];
        if let Some((time, x)) = pair(value).filter(|_| expected["gaze_columns"].is_array()) {
            c.gaze(key, sample.map(both), Some(time), value[2].as_f64().map(|y| (x, y)));
        }
        if value["duration_ms"].is_number() || value["id"].is_number() {
            continue;
        }
        let time = [("time_s", 1e3), ("time_ns", 1e-6), ("time_ms", 1.0)];
        let time = time.into_iter().find_map(|(name, unit)| Some(value[name].as_f64()? * unit));
        let x = ["x_norm", "x_px"].into_iter().find_map(|name| value[name].as_f64());
        let y = ["y_px", "y_px_top_down"].into_iter().find_map(|name| value[name].as_f64());
        let y = y.or(value["y_norm_bottom_up"].as_f64().map(|up| 1.0 - up));
        let is_lost = value["confidence"].as_f64() == Some(0.0);
        c.gaze(key, sample.map(both), time, x.zip(y).filter(|_| !is_lost));
        if let Some(left) = pair(&value["left"]) {
            c.gaze(key, sample.map(found(Eye::Left)), None, Some(left));
        }
        if let Some(right) = pair(&value["right"]) {
            c.gaze(key, sample.map(found(Eye::Right)), None, Some(right));
        }
    }
    for (key, eye) in [("first_valid_L", Eye::Left), ("first_valid_R", Eye::Right)] {
        if let Some((time, x)) = pair(&expected[key]) {
            let found = samples.iter().map(found(eye)).find(|(_, gaze)| gaze.is_valid());
            c.gaze(key, found, Some(time / 1000.0), expected[key][2].as_f64().map(|y| (x, y)));
        }
    }
    for (key, sample) in [("first_gaze", samples.first()), ("last_gaze", samples.last())] {
        let value = &expected[key];
        let time = value["ts_us"].as_f64().map(|time| time / 1000.0);
        if time.is_some() {
            c.gaze(key, sample.map(both), time, value["x"].as_f64().zip(value["y"].as_f64()));
        }
    }
    // The origin of ioHub is the middle of the screen of 1280 x 1024 pixels, with y up.
    let valid = |sample: &&Sample| sample.left.is_valid() && sample.right.is_valid();
    for (key, sample) in [("first_valid", samples.iter().find(valid)), ("last_valid", samples.iter().rev().find(valid))]
    {
        let value = &expected[key];
        let place = |eye: &Value| pair(eye).map(|(x, y)| (640.0 + x, 512.0 - y));
        let time = value["time_s"].as_f64().map(|time| time * 1000.0);
        if time.is_some() {
            c.gaze(key, sample.map(found(Eye::Left)), time, place(&value["left"]));
            c.gaze(key, sample.map(found(Eye::Right)), None, place(&value["right"]));
        }
    }
}

fn trials(c: &mut Comparison, expected: &Value, recording: &Recording, samples: &[Sample]) {
    let empty = Vec::new();
    let list = ["trials", "media"].into_iter().find_map(|key| expected[key].as_array()).unwrap_or(&empty);
    if expected["trials_total"].is_number() {
        c.count("trials", recording.trials.len(), &expected["trials_total"]);
    } else if expected["trials"].is_array() {
        c.count("trials", recording.trials.len(), &Value::from(list.len()));
    }
    for (place, value) in list.iter().enumerate() {
        let Some(trial) = recording.trials.get(place) else {
            c.differences.push(format!("{}: no trial {place}", c.name));
            continue;
        };
        let what = |name: &str| format!("{name} of trial {place}");
        for key in ["samples", "samples_in_this_cut"] {
            c.count(&what("samples"), trial.samples, &value[key]);
        }
        if value["media_id"].is_number() && value["rows"].is_number() && recording.samples.all > 0 {
            c.count(&what("samples"), trial.samples, &value["rows"]);
        }
        for (key, time, unit) in [
            ("time_ms", trial.start_ms, 1.0),
            ("start_ms", trial.start_ms, 1.0),
            ("end_ms", trial.end_ms, 1.0),
            ("start_ns", trial.start_ms, 1e-6),
            ("end_ns", trial.end_ms, 1e-6),
            ("start_s", trial.start_ms, 1e3),
            ("end_s", trial.end_ms, 1e3),
            ("rt_ms", trial.end_ms, 1.0),
        ] {
            if let Some(expected) = value[key].as_f64() {
                c.number(&what(key), time.unwrap_or(f64::NAN), &Value::from(expected * unit));
            }
        }
        c.count(&what("fixations"), trial.fixations, &value["fixations"]);
        let own = || recording.fixations.iter().filter(|fixation| fixation.trial == Some(place));
        for (name, eye) in [("LEFT", Eye::Left), ("RIGHT", Eye::Right)] {
            let count = own().filter(|fixation| fixation.eye == eye).count();
            c.count(&what(&format!("fixations ({name})")), count, &value["fixations_by_eye"][name]);
        }
        for (key, found) in [
            ("first_fixation", own().next()),
            ("last_fixation", own().next_back()),
            ("first", own().next()),
            ("last", own().next_back()),
        ] {
            if key.ends_with("fixation")
                || value[key]["duration_ms"].is_number()
                || value[key]["duration_s"].is_number()
            {
                c.fixation(&what(key), found, &value[key]);
            }
        }
        let of_trial = || samples.iter().filter(|sample| sample.trial == Some(place));
        for (key, sample) in [("first", of_trial().next()), ("last", of_trial().next_back())] {
            let value = &value[key];
            let as_list = value.as_array().and_then(|list| Some((pair(value)?, list.get(2)?.as_f64()?)));
            let as_point = || Some(((value["x"].as_f64()?, value["y"].as_f64()?), value["t"].as_f64()?));
            if let Some((point, time)) = as_list.or_else(as_point) {
                c.gaze(&what(key), sample.map(|sample| (sample.time_ms, sample.both)), Some(time), Some(point));
            }
        }
        let pictures: Vec<&str> = trial.pictures.iter().map(|picture| picture.name.as_str()).collect();
        for key in ["stimulus", "image", "page"] {
            c.text(&what(key), pictures.first().copied().unwrap_or_default(), &value[key]);
        }
        for (number, image) in value["images"].as_array().into_iter().flatten().enumerate() {
            c.text(&what("image"), pictures.get(number).copied().unwrap_or_default(), image);
        }
        if value["shown_at_px"].is_array() {
            c.text(&what("name"), pictures.first().copied().unwrap_or_default(), &value["name"]);
            place_of(c, trial, value);
        }
    }
}

fn place_of(c: &mut Comparison, trial: &Trial, value: &Value) {
    if let Some(Shown::Rectangle(shown)) = trial.pictures.first().and_then(|picture| picture.shown) {
        c.number("left border of a picture", shown.x, &value["shown_at_px"][0]);
        c.number("upper border of a picture", shown.y, &value["shown_at_px"][1]);
        c.number("width of a picture", shown.width, &value["shown_size_px"][0]);
        c.number("height of a picture", shown.height, &value["shown_size_px"][1]);
    } else {
        c.differences.push(format!("{}: a picture has no place", c.name));
    }
}

fn stimuli(c: &mut Comparison, expected: &Value, recording: &Recording) {
    let found = recording.stimuli();
    if let Some(list) = expected["stimuli"].as_array() {
        for (place, value) in list.iter().enumerate() {
            let name = if value.is_object() { &value["name"] } else { value };
            c.text("stimulus", found.get(place).copied().unwrap_or_default(), name);
            if value.is_object() {
                match recording.trials.get(place) {
                    Some(trial) => place_of(c, trial, value),
                    None => c.differences.push(format!("{}: no trial {place}", c.name)),
                }
            }
        }
        if expected["trials_total"].is_null() {
            c.count("stimuli", found.len(), &Value::from(list.len()));
        }
    }
    if expected["stimulus"].is_string() {
        // BeGaze writes the name twice, once in lower case.
        let name = found.first().copied().unwrap_or_default().to_lowercase();
        c.text("stimulus", &name, &expected["stimulus"]);
    }
}

/// Returns the files with an independent reading, by the form of their entry.
fn entries(folder: &Path) -> Vec<(PathBuf, Value)> {
    let json = fs::read(folder.join("expected.json")).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    let mut entries = Vec::new();
    for (name, value) in json.as_object().unwrap() {
        if folder.join(name).is_file() {
            entries.push((folder.join(name), value.clone()));
        } else {
            for (inner, value) in value.as_object().into_iter().flatten() {
                let path = folder.join(name).join(inner);
                if path.is_file() {
                    entries.push((path, value.clone()));
                }
            }
        }
    }
    entries
}

/// The readings that differ, with the reason.
const KNOWN: [(&str, &str); 1] = [(
    "surfaces/fixations_on_surface_Surface 1.csv: ",
    // The reading takes the first row of the first fixation and the last row of the last one; here the first row of each.
    "of the last_on_surface",
)];

#[test]
fn real_recordings_equal_their_independent_readings() {
    let Some(root) = real_data("recordings") else { return };
    let mut differences = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.join("expected.json").is_file()) {
        for (path, expected) in entries(folder) {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if expected["note"].as_str().is_some_and(|note| note.contains("metrics export")) {
                let message = read_recording(&path, &Messages::default(), |_| {}).unwrap_err().to_string();
                assert!(message.contains("an export of metrics"), "{message}");
                continue;
            }
            match read_recording(&path, &Messages::default(), |_| {}) {
                Ok(_) => {
                    let (recording, samples) = whole(&path);
                    let comparison = compare(&name, &expected, &recording, &samples);
                    eprintln!("{name}: {} equal, {} not", comparison.equal, comparison.differences.len());
                    differences.extend(comparison.differences);
                }
                Err(error) => differences.push(format!("{name}: {error}")),
            }
        }
    }
    let is_known = |text: &String| KNOWN.iter().any(|(file, what)| text.contains(file) && text.contains(what));
    differences.retain(|difference| !is_known(difference));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
