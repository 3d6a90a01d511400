//! Exports of Gazepoint Analysis: `NAME_all_gaze.csv`, and `NAME_fixations.csv` with the last row of each fixation.
//!
//! ```text
//! TIME(2022/09/19 13:34:49.156)   seconds from the start of the medium; the header holds the start of the recording
//! MEDIA_ID, MEDIA_NAME            the stimulus, which is the trial as well
//! BPOGX, BPOGY, BPOGV             gaze of the better eye as shares of the screen, and whether it is valid
//! FPOGX, FPOGY, FPOGS, FPOGD, FPOGID, FPOGV   the fixation so far: mean, start s, duration s, number, whether it is valid
//! BKID, BKDUR                     a blink while it lasts, and its duration (s) in the row after it
//! ```
//!
//! A row that is not valid repeats the last point, so the validity decides. The last valid row of a number is the fixation.
//! The size of the screen in pixels is not in the file.
//!
//! Source: Gazepoint, *Open Gaze API* 2.0 and *Gazepoint Analysis User Manual* 6.

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Gaze, Interval, Sample, Space, Trial, Unit},
        rows::Rows,
        trials::Runs,
    },
};

/// A table of someone else's may have the same names for coordinates; the exports have a validity with them.
pub(crate) fn is(header: &str) -> bool {
    header.contains("FPOGX") && header.contains("FPOGV")
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    builder.space(Space::Screen, Unit::Shares);
    builder.recording.device = Some("Gazepoint".to_owned());
    let are_fixations = holds_fixations(input)?;
    let mut rows = Rows::new(input, input.open()?, b',', 0)?;
    let time = rows.header().iter().position(|name| name == "TIME" || name.starts_with("TIME("));
    let [media, name] = ["MEDIA_ID", "MEDIA_NAME"].map(|name| rows.column(name));
    let [best_x, best_y, best_valid] = ["BPOGX", "BPOGY", "BPOGV"].map(|name| rows.column(name));
    let [fixation_x, fixation_y, start, duration, id, valid] =
        ["FPOGX", "FPOGY", "FPOGS", "FPOGD", "FPOGID", "FPOGV"].map(|name| rows.column(name));
    let eyes = [(Eye::Left, ["LPOGX", "LPOGY", "LPOGV", "LPMM"]), (Eye::Right, ["RPOGX", "RPOGY", "RPOGV", "RPMM"])]
        .map(|(eye, names)| (eye, names.map(|name| rows.column(name))));
    let [blink, blink_duration] = ["BKID", "BKDUR"].map(|name| rows.column(name));
    for (eye, [x, ..]) in &eyes {
        if x.is_some() {
            builder.eye(*eye);
        }
    }
    builder.eye(Eye::Both);
    let mut runs = Runs::default();
    let mut pending: Option<(Option<f64>, DeviceFixation)> = None;
    let mut blinking: Option<f64> = None;
    while let Some(row) = rows.next()? {
        let time_ms = row.number(time)?.map_or(f64::NAN, |time| time * 1000.0);
        let number = row.known(media).unwrap_or_default();
        let trial = runs.keyed(&number, builder, || {
            let shown = row.known(name).unwrap_or_default();
            let mut trial = Trial { name: shown.clone(), ..Trial::default() };
            (trial.start_ms, trial.onset_ms) = (Some(0.0), Some(0.0));
            trial.show(&shown, None);
            trial
        });
        let is_valid =
            |column: Option<usize>, value: Option<f64>| column.is_none() || value.is_some_and(|value| value > 0.0);
        if !are_fixations {
            let mut sample = Sample { trial, ..Sample::at(time_ms) };
            if is_valid(best_valid, row.number(best_valid)?) {
                sample.both = Gaze::at(row.coordinate(best_x)?, row.coordinate(best_y)?);
            }
            for (eye, [x, y, valid, pupil]) in eyes {
                let gaze = if eye == Eye::Left { &mut sample.left } else { &mut sample.right };
                if x.is_some() && is_valid(valid, row.number(valid)?) {
                    *gaze = Gaze::at(row.coordinate(x)?, row.coordinate(y)?);
                }
                gaze.pupil = row.coordinate(pupil)?;
            }
            builder.sample_of(sample);
        }
        let id = row.number(id)?;
        let is_other = |known: &(Option<f64>, DeviceFixation)| known.0 != id || known.1.trial != trial;
        if pending.as_ref().is_some_and(is_other)
            && let Some((_, fixation)) = pending.take()
        {
            builder.fixation_of(fixation);
        }
        if row.number(valid)?.is_some_and(|valid| valid > 0.0) {
            let fixation = DeviceFixation {
                eye: Eye::Both,
                x: row.coordinate(fixation_x)?,
                y: row.coordinate(fixation_y)?,
                start_ms: row.number(start)?.map(|start| start * 1000.0),
                duration_ms: row.number(duration)?.map(|duration| duration * 1000.0),
                pupil: None,
                trial,
                line: row.line,
            };
            pending = Some((id, fixation));
        }
        let is_blink = row.number(blink)?.is_some_and(|blink| blink > 0.0);
        match blinking {
            None if is_blink => blinking = Some(time_ms),
            Some(start_ms) if !is_blink => {
                let stated = row.number(blink_duration)?.filter(|duration| *duration > 0.0);
                let duration_ms = stated.map_or(time_ms - start_ms, |duration| duration * 1000.0);
                builder.blink(Interval { eye: Eye::Both, start_ms, duration_ms });
                blinking = None;
            }
            _ => {}
        }
    }
    if let Some((_, fixation)) = pending {
        builder.fixation_of(fixation);
    }
    if let Some(start_ms) = blinking {
        builder.blink(Interval { eye: Eye::Both, start_ms, duration_ms: f64::NAN });
    }
    builder.cut_short(rows.cut);
    Ok(())
}

/// Tells whether a file has one row for each fixation: the first rows are all valid and of different fixations.
fn holds_fixations(input: &Input<'_>) -> Result<bool, DataError> {
    let head = input.head()?;
    let mut rows = Rows::new(input, head.as_slice(), b',', 0)?;
    let [id, valid] = ["FPOGID", "FPOGV"].map(|name| rows.column(name));
    let mut ids = std::collections::HashSet::new();
    let mut count = 0;
    while let Some(row) = rows.next()? {
        if count == 20 {
            break;
        }
        count += 1;
        if row.bytes(valid) != b"1" || !ids.insert(row.bytes(id).to_vec()) {
            return Ok(false);
        }
    }
    Ok(count > 1)
}
