//! EyeLink recordings as `edf2asc` writes them: samples, events or both.
//!
//! ```text
//! ** CONVERTED FROM …                                   header
//! MSG     2154540 TRIALID 0                             message; a leading whole number of the text is an offset
//! START   2154556  LEFT  SAMPLES  EVENTS                a block of recording begins
//! SAMPLES GAZE  LEFT  RATE  1000.00  TRACKING  CR …     its eyes, rate and further columns
//! 2154556   138.1   132.8   778.0    0.0  ...           time, x, y, pupil; for both eyes x, y, pupil of the right eye, too
//! EFIX L  2154563  2154695  133   141.0   132.2   791   eye, first and last sample, duration, x, y, pupil
//! END     2339291  SAMPLES  EVENTS  RES  36.93  37.03   the block ends
//! ```
//!
//! Times are milliseconds of the tracker's clock; at 2000 Hz they have halves or occur twice. Coordinates are pixels of the
//! screen. A lost eye has `.` for x and y. The duration of an event is its end minus its start and one interval between
//! samples. An event's line stands some 30 ms after its last sample, so an event belongs to the trial that was running when
//! it ended, not to the one in which its line stands.
//!
//! `DISPLAY_COORDS` and `GAZE_COORDS` state the outermost pixels. Some programs write the size instead, so an even last
//! number is taken as the size.
//!
//! Source: SR Research, *EyeLink 1000 Plus User Manual* 1.0.12, section 4.9 "The ASC file format".

use std::io::Read;

use crate::{
    DataError,
    recordings::{
        Messages,
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Gaze, Interval, Sample, Space, Unit},
        text::{Lines, decimal, text},
        trial_messages::TrialMessages,
    },
};

/// Tells whether these are the first bytes of such a file.
pub(crate) fn is(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n').take(200).map(<[u8]>::trim_ascii_end);
    lines.any(|line| {
        let is_event =
            [&b"MSG"[..], b"START", b"SFIX", b"EFIX", b"SSACC", b"SBLINK"]
                .iter()
                .any(|word| line.strip_prefix(*word).is_some_and(|rest| matches!(rest.first(), Some(b'\t' | b' '))))
                && line.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty()).nth(1).is_some_and(|second| {
                    second.first().is_some_and(u8::is_ascii_digit) || matches!(second, b"L" | b"R")
                });
        line.starts_with(b"** CONVERTED FROM") || is_event || is_sample(line)
    })
}

/// Tells whether a line is a sample with its flags: numbers and points between tabs, and at last more than two letters.
fn is_sample(line: &[u8]) -> bool {
    let mut parts = line.split(|&byte| byte == b'\t').map(<[u8]>::trim_ascii);
    let is_number = |part: &[u8]| part == b"." || decimal(part).is_some();
    let is_time = parts.next().is_some_and(|time| time.first().is_some_and(u8::is_ascii_digit) && is_number(time));
    let count = parts.by_ref().take_while(|part| is_number(part)).count();
    is_time && count >= 3 && line.trim_ascii_end().ends_with(b"...")
}

/// The eyes and columns of the block that is being read.
#[derive(Clone, Copy, Default, PartialEq)]
enum Columns {
    /// No header says which eyes there are: the flags or the number of columns do.
    #[default]
    Unknown,
    One(Eye),
    Two,
}

pub(crate) fn read(input: &Input<'_>, messages: &Messages, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let mut lines = input.lines()?;
    let mut reader =
        Reader { input, builder, trials: TrialMessages::new(messages), columns: Columns::Unknown, open: None };
    match reader.read_all(&mut lines) {
        // The last line of a file that was cut off may be anything.
        Err(_) if lines.is_cut => reader.builder.cut_short(Some(lines.line)),
        other => other?,
    }
    if let Some(start) = reader.open {
        let path = input.path.display();
        reader
            .builder
            .note(format!("{path}: the recording that starts at {start} ms has no end; the file may be cut off"));
    }
    Ok(())
}

struct Reader<'a, 'b, 'c> {
    input: &'a Input<'a>,
    builder: &'b mut Builder<'c>,
    trials: TrialMessages<'a>,
    columns: Columns,
    /// The start of the block that has not ended.
    open: Option<f64>,
}

impl Reader<'_, '_, '_> {
    fn read_all(&mut self, lines: &mut Lines<impl Read>) -> Result<(), DataError> {
        loop {
            let number = lines.line + 1;
            let Some(line) = lines.next().map_err(|cause| self.input.io(cause))? else { return Ok(()) };
            match line.first() {
                Some(b'0'..=b'9') => self.sample(line, number)?,
                Some(b'A'..=b'Z') => self.event(line, number)?,
                Some(b'*') => self.header(line),
                _ => {}
            }
        }
    }

    fn header(&mut self, line: &[u8]) {
        let line = text(line);
        if let Some(device) = line.strip_prefix("** ").filter(|rest| rest.starts_with("EYELINK")) {
            self.builder.recording.device.get_or_insert_with(|| device.trim().to_owned());
        }
    }

    fn sample(&mut self, line: &[u8], number: usize) -> Result<(), DataError> {
        let mut values = [f64::NAN; 8];
        let mut count = 0;
        let mut flags = 0;
        for field in line.split(|byte| matches!(byte, b'\t' | b' ')).filter(|field| !field.is_empty()) {
            match field {
                b"." => {}
                [b'0'..=b'9' | b'-', ..] => {
                    let value = decimal(field);
                    let wrong = || self.input.value(number, "a sample", "numbers or points", &text(line));
                    values[count] = value.ok_or_else(wrong)?;
                }
                // The flags end the columns that matter here.
                _ => {
                    flags = field.len();
                    break;
                }
            }
            count += 1;
            if count == values.len() {
                break;
            }
        }
        if count < 3 {
            return Err(self.input.value(number, "a sample", "time, x and y", &text(line)));
        }
        let [time, x, y, pupil, x2, y2, pupil2, _] = values;
        let mut sample = Sample::at(time);
        let gaze = Gaze { x, y, pupil };
        let is_two = match self.columns {
            Columns::Two => count >= 7,
            Columns::One(_) => false,
            Columns::Unknown => flags == 5 || (flags != 3 && count >= 7),
        };
        match self.columns {
            _ if is_two => {
                (sample.left, sample.right) = (gaze, Gaze { x: x2, y: y2, pupil: pupil2 });
                if self.columns == Columns::Unknown {
                    self.builder.eye(Eye::Left);
                    self.builder.eye(Eye::Right);
                    self.builder.note("no header says which eyes were recorded; by their columns these are both");
                }
            }
            Columns::One(Eye::Left) => sample.left = gaze,
            Columns::One(Eye::Right) => sample.right = gaze,
            _ => {
                sample.both = gaze;
                self.builder.eye(Eye::Both);
                self.builder.note("samples of one eye stand where no header says which eye it is");
            }
        }
        self.builder.sample(sample);
        Ok(())
    }

    fn event(&mut self, line: &[u8], number: usize) -> Result<(), DataError> {
        let end = line.iter().position(|byte| matches!(byte, b'\t' | b' ')).unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        match word {
            b"MSG" => self.message(rest, number)?,
            b"EFIX" => {
                let (eye, [start, end, duration, x, y, pupil, ..]) = self.interval(rest, number, 3)?;
                let known = |value: f64| value.is_finite().then_some(value);
                let fixation = DeviceFixation {
                    eye,
                    x,
                    y,
                    start_ms: known(start),
                    duration_ms: known(duration),
                    pupil: known(pupil),
                    trial: None,
                    line: number,
                };
                self.builder.fixation(fixation, known(end));
            }
            b"EBLINK" | b"ESACC" => {
                let (eye, [start_ms, _, duration_ms, ..]) = self.interval(rest, number, 3)?;
                let interval = Interval { eye, start_ms, duration_ms };
                if word == b"EBLINK" { self.builder.blink(interval) } else { self.builder.saccade(interval) }
            }
            b"START" => {
                let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
                self.open = words.next().and_then(decimal);
                // Until the line SAMPLES says better.
                self.columns = self.eyes(words);
            }
            b"END" => self.open = None,
            b"SAMPLES" | b"EVENTS" => {
                let words: Vec<&[u8]> = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
                let eyes = self.eyes(words.iter().copied());
                if word == b"SAMPLES" && eyes != Columns::Unknown {
                    self.columns = eyes;
                }
                let rate = words.iter().position(|word| *word == b"RATE").and_then(|place| words.get(place + 1));
                if let Some(rate) = rate.and_then(|rate| decimal(rate)).filter(|rate| *rate > 0.0) {
                    let known = self.builder.recording.stated_rate_hz.get_or_insert(rate);
                    if known.to_bits() != rate.to_bits() {
                        let note = format!("the rate changes from {known} to {rate} Hz within the file");
                        self.builder.note(note);
                    }
                }
                if words.first().is_some_and(|kind| matches!(*kind, b"HREF" | b"PUPIL")) {
                    let kind = words.first().map(|kind| text(kind).into_owned()).unwrap_or_default();
                    self.builder.space(Space::Scene, Unit::Pixels);
                    self.builder.note(format!(
                        "positions are {kind} data and not gaze on the screen; convert the recording again with gaze"
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes the eyes that a line names.
    fn eyes<'w>(&mut self, words: impl Iterator<Item = &'w [u8]>) -> Columns {
        let (mut left, mut right) = (false, false);
        for word in words {
            left |= word == b"LEFT";
            right |= word == b"RIGHT";
        }
        for (eye, is_there) in [(Eye::Left, left), (Eye::Right, right)] {
            if is_there {
                self.builder.eye(eye);
            }
        }
        match (left, right) {
            (true, true) => Columns::Two,
            (true, false) => Columns::One(Eye::Left),
            (false, true) => Columns::One(Eye::Right),
            (false, false) => Columns::Unknown,
        }
    }

    /// Reads the eye and the numbers of an event, of which the first `needed` have to be there; others may be points.
    fn interval(&mut self, rest: &[u8], number: usize, needed: usize) -> Result<(Eye, [f64; 8]), DataError> {
        let mut fields = rest.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
        let eye = match fields.next() {
            Some(b"L") => Eye::Left,
            Some(b"R") => Eye::Right,
            _ => return Err(self.input.value(number, "an event", "the eye L or R", &text(rest))),
        };
        self.builder.eye(eye);
        let mut values = [f64::NAN; 8];
        let mut count = 0;
        for (value, field) in values.iter_mut().zip(fields) {
            if field != b"." {
                let wrong = || self.input.value(number, "an event", "numbers or points", &text(rest));
                *value = decimal(field).ok_or_else(wrong)?;
            }
            count += 1;
        }
        if count < needed {
            return Err(self.input.value(number, "an event", "a start, an end and a duration", &text(rest)));
        }
        Ok((eye, values))
    }

    fn message(&mut self, rest: &[u8], number: usize) -> Result<(), DataError> {
        let rest = rest.trim_ascii();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let wrong = || self.input.value(number, "a message", "the time", &text(rest));
        let time = decimal(&rest[..end]).ok_or_else(wrong)?;
        let body = text(rest[end..].trim_ascii());
        let (time, body) = with_offset(time, &body);
        self.trials.take(time, body, self.builder);
        Ok(())
    }
}

/// Applies the offset that a message begins with: `-14 Target_display` happened 14 ms after the time of its line.
fn with_offset(time: f64, body: &str) -> (f64, &str) {
    let Some((first, rest)) = body.split_once(' ') else { return (time, body) };
    match first.parse::<i32>() {
        Ok(offset) if !rest.trim().is_empty() => (time - f64::from(offset), rest.trim()),
        _ => (time, body),
    }
}
