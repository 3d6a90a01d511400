//! SMI: samples of the IDF Converter and BeGaze, events of the Event Detector and BeGaze, and BeGaze's event statistics.
//!
//! ```text
//! samples      ## Sample Rate: 500 …, then Time µs, Type SMP or MSG, Trial, L POR X [px], …, L Event Info, Stimulus
//! events       Fixation L, trial, number, start µs, end µs, duration µs, x, y …; Saccade R …; Blink L …; UserEvent …
//! statistics   Event Start Trial Time [ms], Event Duration [ms], Fixation Position X [px], Category, Stimulus, Participant
//! ```
//!
//! Positions are pixels of the screen. A lost eye stands at 0, 0. The text is Latin-1. A trial is a run of samples with one
//! number and one picture; the picture is a message with the name of a file, or a column. BeGaze writes the events of a
//! recording of one eye for both eyes, so that counts over both eyes are doubled.
//!
//! Source: SMI, *BeGaze Manual* 3.7 and *IDF Converter Manual*.

use std::io::Read;

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Extent, Eye, Gaze, Interval, Sample, Trial},
        rows::{Row, Rows, separator},
        text::{Lines, decimal, text},
        trial_messages::is_picture,
        trials::Runs,
    },
};

pub(crate) fn is_samples(head: &[u8]) -> bool {
    head.starts_with(b"## [iView]") || head.starts_with(b"## [BeGaze]") || head.starts_with(b"Time\tType\tTrial\t")
}

pub(crate) fn is_events(head: &[u8]) -> bool {
    head.starts_with(b"[iView]") || head.starts_with(b"[BeGaze]")
}

pub(crate) fn is_statistics(header: &str) -> bool {
    header.contains("Event Start Trial Time [ms]")
}

/// Takes a line of the description before the data.
fn describe(line: &str, builder: &mut Builder<'_>) {
    let Some((name, value)) = line.trim_start_matches('#').trim().split_once(':') else { return };
    let value = value.trim();
    let numbers: Vec<f64> = value.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    match (name.trim(), numbers.as_slice()) {
        ("Calibration Area", &[width, height]) => builder.screen(width, height),
        ("Sample Rate", &[rate]) if rate > 0.0 => builder.recording.stated_rate_hz = Some(rate),
        ("Stimulus Dimension [mm]", &[width, height]) => builder.recording.screen_mm = Some(Extent { width, height }),
        ("Head Distance [mm]", &[distance]) => builder.recording.distance_mm = Some(distance),
        ("Subject", _) if !value.is_empty() => builder.recording.participant = Some(value.to_owned()),
        ("Version", _) => builder.recording.device = Some(format!("SMI {value}")),
        _ => {}
    }
}

/// The text of a message without the words before it.
fn message(text: &str) -> &str {
    text.trim().strip_prefix("# Message:").unwrap_or(text).trim()
}

pub(crate) fn read_samples(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("SMI".to_owned());
    let mut lines = input.lines()?;
    let header = loop {
        let Some(line) = lines.next().map_err(|cause| input.io(cause))? else {
            return Err(input.header(1, "that begins with Time, Type, Trial", "no such line"));
        };
        if line.starts_with(b"Time\tType") {
            break line.to_vec();
        }
        describe(&text(line), builder);
    };
    let before = lines.line.saturating_sub(1);
    let rows = Rows::new(input, lines.rest_from(&header), b'\t', before)?;
    samples(rows, builder)
}

/// A run of samples that BeGaze calls a fixation.
struct Run {
    eye: Eye,
    first: f64,
    last: f64,
    sum: (f64, f64),
    count: usize,
    trial: Option<usize>,
    line: usize,
}

impl Run {
    fn fixation(self) -> DeviceFixation {
        DeviceFixation {
            eye: self.eye,
            x: self.sum.0 / self.count as f64,
            y: self.sum.1 / self.count as f64,
            start_ms: Some(self.first),
            duration_ms: Some(self.last - self.first),
            pupil: None,
            trial: self.trial,
            line: self.line,
        }
    }
}

fn samples(mut rows: Rows<'_, impl Read>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let (time, kind) = (rows.need("Time")?, rows.need("Type")?);
    let trial_column = rows.column("Trial");
    let eyes = [(Eye::Left, "L"), (Eye::Right, "R"), (Eye::Both, "B")].map(|(eye, letter)| {
        let pupil = ["Pupil Diameter [mm]", "Mapped Diameter [mm]", "Dia X [px]"];
        let pupil = pupil.iter().find_map(|name| rows.column(&format!("{letter} {name}")));
        let find =
            |axis: &str| ["POR", "Gaze"].iter().find_map(|name| rows.column(&format!("{letter} {name} {axis} [px]")));
        (eye, find("X"), find("Y"), pupil)
    });
    let columns = rows.header().len();
    // Counted from the right end of the row, because a column without data may be missing before it.
    let from_right = |name: &str| rows.column(name).map(|column| columns - column);
    let picture = from_right("Stimulus");
    let info = [(Eye::Both, "B Event Info"), (Eye::Left, "L Event Info"), (Eye::Right, "R Event Info")];
    let info = info.into_iter().find_map(|(eye, name)| Some((eye, from_right(name)?)));
    for (eye, x, ..) in &eyes {
        if x.is_some() {
            builder.eye(*eye);
        }
    }
    let mut runs = Runs::default();
    let mut last_picture = String::new();
    let mut run: Option<Run> = None;
    while let Some(row) = rows.next()? {
        if row.len() < 2 {
            continue;
        }
        let time_ms = row.needed(time)? / 1000.0;
        if row.bytes(Some(kind)) == b"MSG" {
            let text = row.text(Some(3)).into_owned();
            let text = message(&text);
            builder.message(time_ms, text);
            if picture.is_none() && is_picture(text) {
                text.clone_into(&mut last_picture);
                runs.end();
                let number = row.text(trial_column).into_owned();
                runs.run(&[number.as_str(), text].join("\t"), builder, || begin(&number, text, time_ms));
            }
            continue;
        }
        if row.len() < columns && row.len() + 1 >= columns && (picture.is_some() || info.is_some()) {
            builder.note("rows have fewer values than the header has names: a column without data is missing");
        }
        let at_right = |place: usize| Some(row.len().min(columns)).and_then(|length| length.checked_sub(place));
        let number = row.text(trial_column).into_owned();
        let shown = match picture {
            Some(place) => row.known(at_right(place)).unwrap_or_default(),
            None => last_picture.clone(),
        };
        let key = [number.as_str(), &shown].join("\t");
        let trial = runs.run(&key, builder, || begin(&number, &shown, time_ms));
        if let Some(trial) = trial.and_then(|trial| builder.recording.trials.get_mut(trial)) {
            trial.end_ms = Some(time_ms);
        }
        let mut sample = Sample { trial, ..Sample::at(time_ms) };
        for (eye, x, y, pupil) in eyes {
            let (place_x, place_y) = (row.coordinate(x)?, row.coordinate(y)?);
            let gaze = match eye {
                Eye::Left => &mut sample.left,
                Eye::Right => &mut sample.right,
                Eye::Both => &mut sample.both,
            };
            gaze.pupil = row.coordinate(pupil)?;
            // A lost eye stands at 0, 0, or within a pixel of it.
            if place_x.abs() >= 1.0 || place_y.abs() >= 1.0 {
                (gaze.x, gaze.y) = (place_x, place_y);
            }
        }
        builder.sample_of(sample);
        if let Some((eye, place)) = info {
            let is_fixation = matches!(row.bytes(at_right(place)), b"Fixation" | b"Visual Intake");
            let other = run.as_ref().is_some_and(|run| !is_fixation || run.trial != trial);
            if other && let Some(run) = run.take() {
                builder.fixation_of(run.fixation());
            }
            let gaze = match eye {
                Eye::Left => [sample.left, sample.right],
                Eye::Right => [sample.right, sample.left],
                Eye::Both => [sample.both, sample.left],
            };
            let gaze = gaze.into_iter().find(Gaze::is_valid);
            if is_fixation {
                let run = run.get_or_insert(Run {
                    eye,
                    first: time_ms,
                    last: time_ms,
                    sum: (0.0, 0.0),
                    count: 0,
                    trial,
                    line: row.line,
                });
                run.last = time_ms;
                if let Some(gaze) = gaze {
                    run.sum = (run.sum.0 + gaze.x, run.sum.1 + gaze.y);
                    run.count += 1;
                }
            }
        }
    }
    if let Some(run) = run {
        builder.fixation_of(run.fixation());
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn begin(number: &str, picture: &str, time_ms: f64) -> Trial {
    let mut trial = Trial { name: number.to_owned(), ..Trial::default() };
    (trial.start_ms, trial.onset_ms) = (Some(time_ms), Some(time_ms));
    trial.show(picture, None);
    trial
}

pub(crate) fn read_events(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("SMI".to_owned());
    let mut lines = input.lines()?;
    let mut reader = Events { input, builder, runs: Runs::default(), place: None, picture: String::new() };
    match reader.read_all(&mut lines) {
        Err(_) if lines.is_cut => builder.cut_short(Some(lines.line)),
        other => other?,
    }
    let both = |eye: Eye| builder.recording.fixations.iter().filter(move |fixation| fixation.eye == eye);
    let same = both(Eye::Left)
        .zip(both(Eye::Right))
        .filter(|(left, right)| (left.x.to_bits(), left.y.to_bits()) == (right.x.to_bits(), right.y.to_bits()));
    let (count, left) = (same.count(), both(Eye::Left).count());
    if left > 0 && count * 2 > left {
        builder.note(format!(
            "{count} of {left} fixations of the left eye equal those of the right eye: the file repeats one eye, so counts \
             over both eyes are doubled"
        ));
    }
    Ok(())
}

struct Events<'a, 'b, 'c> {
    input: &'a Input<'a>,
    builder: &'b mut Builder<'c>,
    runs: Runs,
    /// The positions of x and y in the rows of fixations, from the header of their table.
    place: Option<(usize, usize)>,
    picture: String,
}

impl Events<'_, '_, '_> {
    fn read_all(&mut self, lines: &mut Lines<impl Read>) -> Result<(), DataError> {
        let mut is_header_next = false;
        loop {
            let number = lines.line + 1;
            let Some(line) = lines.next().map_err(|cause| self.input.io(cause))? else { return Ok(()) };
            let line = text(line);
            let line = line.trim_end();
            let split = if line.contains('\t') { '\t' } else { ',' };
            let fields: Vec<&str> = line.split(split).map(str::trim).collect();
            if line.starts_with("Table Header for ") {
                is_header_next = line.contains("Fixations");
                // The old converter writes the names behind the colon.
                continue;
            }
            if is_header_next && line.starts_with("Event Type") {
                is_header_next = false;
                let find = |name: &str| fields.iter().position(|field| *field == name);
                self.place = find("Location X").zip(find("Location Y"));
                continue;
            }
            match fields.first().copied().unwrap_or_default().split_once(' ') {
                Some((kind @ ("Fixation" | "Saccade" | "Blink"), eye)) if fields.len() > 1 => {
                    let eye = match eye {
                        "L" => Eye::Left,
                        "R" => Eye::Right,
                        _ => Eye::Both,
                    };
                    self.event(kind, eye, &fields, number)?;
                }
                _ if fields.first() == Some(&"UserEvent") => self.user_event(&fields, number)?,
                _ => {
                    if let Some(picture) = line.strip_prefix("Stimulus:") {
                        picture.trim().clone_into(&mut self.picture);
                    }
                    describe(line, self.builder);
                }
            }
        }
    }

    fn number(&self, fields: &[&str], place: usize, line: usize) -> Result<f64, DataError> {
        let found = fields.get(place).copied().unwrap_or_default();
        decimal(found.as_bytes()).ok_or_else(|| self.input.value(line, "an event", "a number", found))
    }

    fn trial(&mut self, number: &str, time_ms: f64) -> Option<usize> {
        let picture = self.picture.clone();
        self.runs.keyed(number, self.builder, || begin(number, &picture, time_ms))
    }

    fn user_event(&mut self, fields: &[&str], line: usize) -> Result<(), DataError> {
        let time_ms = self.number(fields, 3, line)? / 1000.0;
        let text = message(fields.get(4).copied().unwrap_or_default()).to_owned();
        self.builder.message(time_ms, &text);
        if is_picture(&text) {
            self.picture.clone_from(&text);
        }
        if let Some(number) = fields.get(1).map(ToString::to_string)
            && let Some(trial) = self.trial(&number, time_ms)
            && is_picture(&text)
            && let Some(trial) = self.builder.recording.trials.get_mut(trial)
        {
            trial.pictures.clear();
            trial.show(&text, None);
            trial.onset_ms = Some(time_ms);
        }
        Ok(())
    }

    fn event(&mut self, kind: &str, eye: Eye, fields: &[&str], line: usize) -> Result<(), DataError> {
        self.builder.eye(eye);
        let start_ms = self.number(fields, 3, line)? / 1000.0;
        let duration_ms = self.number(fields, 5, line)? / 1000.0;
        let trial_name = fields.get(1).map(ToString::to_string).unwrap_or_default();
        let trial = self.trial(&trial_name, start_ms);
        let interval = Interval { eye, start_ms, duration_ms };
        match kind {
            "Blink" => self.builder.blink(interval),
            "Saccade" => self.builder.saccade(interval),
            _ => {
                let (x, y) = self.place.unwrap_or((6, 7));
                let (x, y) = (self.number(fields, x, line)?, self.number(fields, y, line)?);
                self.builder.fixation_of(DeviceFixation {
                    eye,
                    x,
                    y,
                    start_ms: Some(start_ms),
                    duration_ms: Some(duration_ms),
                    pupil: None,
                    trial,
                    line,
                });
            }
        }
        Ok(())
    }
}

pub(crate) fn read_statistics(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.recording.device = Some("SMI BeGaze".to_owned());
    let separator = separator(input.head()?.split(|&byte| byte == b'\n').next().unwrap_or_default());
    let mut rows = Rows::new(input, input.open()?, separator, 0)?;
    let start = rows.need("Event Start Trial Time [ms]")?;
    let duration = rows.column("Event Duration [ms]");
    let x = rows.any(&["Fixation Position X [px]", "Visual Intake Position X [px]"]);
    let y = rows.any(&["Fixation Position Y [px]", "Visual Intake Position Y [px]"]);
    let [category, picture, participant, trial_column, eye] =
        ["Category", "Stimulus", "Participant", "Trial", "Eye L/R"].map(|name| rows.column(name));
    let mut runs = Runs::default();
    while let Some(row) = rows.next()? {
        let start_ms = row.needed(start)?;
        let duration_ms = row.number(duration)?;
        let [shown, person, name] =
            [picture, participant, trial_column].map(|column| row.known(column).unwrap_or_default());
        let key = [person.as_str(), &name, &shown].join("\t");
        let trial = runs.keyed(&key, builder, || {
            let mut trial = begin(&name, &shown, 0.0);
            trial.participant = Some(person.clone()).filter(|person| !person.is_empty());
            trial
        });
        let eye = eye_of(&row, eye);
        builder.eye(eye);
        let category = row.text(category);
        let is = |word: &str| category.starts_with(word);
        if is("Fixation") || is("Visual Intake") {
            let (x, y) = (row.coordinate(x)?, row.coordinate(y)?);
            let start_ms = Some(start_ms);
            let line = row.line;
            builder.fixation_of(DeviceFixation { eye, x, y, start_ms, duration_ms, pupil: None, trial, line });
        } else {
            let interval = Interval { eye, start_ms, duration_ms: duration_ms.unwrap_or(f64::NAN) };
            if is("Blink") { builder.blink(interval) } else { builder.saccade(interval) }
        }
    }
    builder.cut_short(rows.cut);
    Ok(())
}

fn eye_of(row: &Row<'_>, column: Option<usize>) -> Eye {
    match row.text(column).as_ref() {
        "Left" | "L" => Eye::Left,
        "Right" | "R" => Eye::Right,
        _ => Eye::Both,
    }
}
