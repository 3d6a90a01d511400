//! Recordings of Tobii Glasses 2 and 3: one JSON object in each line, compressed.
//!
//! ```text
//! segments/N/livedata.json.gz   Glasses 2: {"ts":84415010,"s":0,"gidx":1427,"gp":[0.4404,0.4077]}; ts in µs, s 0 if found
//! gazedata.gz                   Glasses 3: {"type":"gaze","timestamp":1.5,"data":{"gaze2d":[0.4,0.5],…}}; seconds
//! ```
//!
//! Positions are shares of the scene camera's image from its upper left corner. The lines are not in the order of time and
//! are sorted here. The devices find no fixations and know no picture.
//!
//! Source: Tobii, *Tobii Pro Glasses 2 API Developer's Guide* 1.42; *Glasses 3 Data Format* 1.0.

use serde::Deserialize;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{Eye, Gaze, Sample, Space, Unit},
    },
};

/// The most samples that are sorted in memory.
const LARGEST: usize = 1 << 22;

pub(crate) fn is(head: &[u8]) -> bool {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let has = |text: &[u8]| line.windows(text.len()).any(|part| part == text);
    line.starts_with(b"{") && ((has(b"\"ts\"") && has(b"\"s\"")) || (has(b"\"timestamp\"") && has(b"\"type\"")))
}

/// A line, as far as it matters here. A value of another kind is left out.
#[derive(Deserialize)]
struct Line {
    ts: Option<f64>,
    #[serde(default)]
    s: i64,
    gidx: Option<i64>,
    gp: Option<(f64, f64)>,
    pd: Option<f64>,
    eye: Option<String>,
    #[serde(rename = "type")]
    kind: Option<serde_json::Value>,
    tag: Option<String>,
    timestamp: Option<f64>,
    data: Option<serde_json::Value>,
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.space(Space::Scene, Unit::Shares);
    builder.eye(Eye::Both);
    builder.recording.device = Some("Tobii Pro Glasses 2".to_owned());
    let mut lines = input.lines()?;
    let mut samples: Vec<Sample> = Vec::new();
    let mut pupils: (Option<i64>, [f64; 2]) = (None, [f64::NAN; 2]);
    loop {
        let number = lines.line + 1;
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(cause) if number > 1 => {
                builder.note(format!("{}: {cause}; the {} lines before were read", input.path.display(), number - 1));
                break;
            }
            Err(cause) => return Err(input.io(cause)),
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let line: Line = match serde_json::from_slice(line) {
            Ok(line) => line,
            Err(_) if lines.is_cut => {
                builder.cut_short(Some(number));
                break;
            }
            Err(cause) => return Err(input.value(number, "a line", "a JSON object", &cause.to_string())),
        };
        if let (Some(time), Some(data)) = (line.timestamp, &line.data) {
            builder.recording.device = Some("Tobii Pro Glasses 3".to_owned());
            if line.kind.as_ref().and_then(|kind| kind.as_str()) == Some("gaze") {
                samples.push(third(time * 1000.0, data));
            }
        } else if let Some(ts) = line.ts {
            if line.gidx != pupils.0 {
                pupils = (line.gidx, [f64::NAN; 2]);
            }
            match (line.pd, line.eye.as_deref()) {
                (Some(pupil), Some("left")) if line.s == 0 => pupils.1[0] = pupil,
                (Some(pupil), Some("right")) if line.s == 0 => pupils.1[1] = pupil,
                _ => {}
            }
            if let Some((x, y)) = line.gp {
                let mut sample = Sample::at(ts / 1000.0);
                if line.s == 0 {
                    sample.both = Gaze::at(x, y);
                }
                [sample.left.pupil, sample.right.pupil] = pupils.1;
                samples.push(sample);
            }
            if let (Some(kind), Some(tag)) = (&line.kind, &line.tag) {
                let kind = kind.as_str().map_or_else(|| kind.to_string(), str::to_owned);
                let text = format!("{kind} {tag}");
                builder.message(ts / 1000.0, text.trim());
            }
        }
        if samples.len() >= LARGEST {
            builder.note(format!("only the first {LARGEST} samples were read"));
            break;
        }
    }
    samples.sort_by(|a, b| a.time_ms.total_cmp(&b.time_ms));
    for sample in samples {
        builder.sample(sample);
    }
    builder.note(
        "gaze lies on the image of the scene camera, whose size is not written (1920 x 1080 pixels by the device)",
    );
    Ok(())
}

/// Reads a sample of Glasses 3, which lacks what was not found.
fn third(time_ms: f64, data: &serde_json::Value) -> Sample {
    let mut sample = Sample::at(time_ms);
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or(f64::NAN);
    if let Some([x, y]) = data.get("gaze2d").and_then(|gaze| gaze.as_array()).map(Vec::as_slice) {
        sample.both = Gaze::at(number(x), number(y));
    }
    for (gaze, eye) in [(&mut sample.left, "eyeleft"), (&mut sample.right, "eyeright")] {
        gaze.pupil = data.get(eye).and_then(|eye| eye.get("pupildiameter")).map_or(f64::NAN, number);
    }
    sample
}
