//! Fixation reports of EyeLink Data Viewer: one row for each fixation, with the columns that a person chose.
//!
//! ```text
//! RECORDING_SESSION_LABEL  the participant          CURRENT_FIX_START     ms from the start of the trial
//! TRIAL_INDEX, TRIAL_LABEL the trial                CURRENT_FIX_DURATION  ms
//! CURRENT_FIX_X, _Y        pixels of the screen     EYE_USED              the eye
//! image, stimulus, …       the trial's variables, among them the picture under the experimenter's own name
//! ```
//!
//! Columns are separated by tabs, commas or semicolons; numbers may have decimal commas, and `.` says that a value is
//! missing. Without a column that names the trial, one begins where the time falls. The size of the screen is not in the
//! file.
//!
//! Source: SR Research, *EyeLink Data Viewer User's Manual* 4.3, "Fixation Report".

use crate::{
    DataError,
    recordings::{
        builder::Builder,
        input::Input,
        model::{DeviceFixation, Eye, Trial},
        rows::{Row, Rows, separator},
        trial_messages::is_picture,
        trials::Runs,
    },
};

/// The names that experimenters give to the variable with the picture, in lower case.
pub(crate) const PICTURE_COLUMNS: [&str; 20] = [
    "image",
    "image_name",
    "imagename",
    "image_file",
    "imagefile",
    "img",
    "picture",
    "picture_name",
    "pic",
    "photo",
    "stimulus",
    "stimulus_name",
    "stimuli",
    "stim",
    "stim_file",
    "stimfile",
    "scene",
    "filename",
    "file_name",
    "page_name",
];

pub(crate) fn is(header: &str) -> bool {
    header.contains("CURRENT_FIX_X") || header.contains("CURRENT_FIX_DURATION")
}

pub(crate) fn read(input: &Input<'_>, builder: &mut Builder<'_>) -> Result<(), DataError> {
    let separator = separator(input.head()?.split(|&byte| byte == b'\n').next().unwrap_or_default());
    let mut rows = Rows::new(input, input.open()?, separator, 0)?;
    let (x, y) = (rows.need("CURRENT_FIX_X")?, rows.need("CURRENT_FIX_Y")?);
    let participant = rows.any(&["RECORDING_SESSION_LABEL", "Session_Name_", "DATA_FILE"]);
    let trial_column = rows.any(&["TRIAL_INDEX", "TRIAL_LABEL", "Trial_Index_"]);
    let index = rows.column("CURRENT_FIX_INDEX");
    let start = rows.column("CURRENT_FIX_START");
    let duration = rows.column("CURRENT_FIX_DURATION");
    let pupil = rows.column("CURRENT_FIX_PUPIL");
    let eye = rows.any(&["EYE_USED", "EYE_TRACKED", "EYE_REPORTED"]);
    if start.is_none() {
        builder.note("the report has no column CURRENT_FIX_START, so the times of the fixations are not known");
    }
    let header = rows.header().to_vec();
    let mut picture: Option<Option<usize>> = None;
    let mut runs = Runs::default();
    let (mut last_start, mut last_index) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let mut participants: Vec<String> = Vec::new();
    while let Some(row) = rows.next()? {
        let picture = *picture.get_or_insert_with(|| picture_column(&header, &row));
        let start_ms = row.number(start)?;
        let number = row.number(index)?;
        if trial_column.is_none()
            && (start_ms.is_some_and(|start| start < last_start) || number.is_some_and(|number| number < last_index))
        {
            runs.end();
        }
        (last_start, last_index) = (start_ms.unwrap_or(last_start), number.unwrap_or(last_index));
        let person = row.known(participant).unwrap_or_default();
        let name = row.known(trial_column).unwrap_or_default();
        let shown = row.known(picture).unwrap_or_default();
        let key = [person.as_str(), &name, &shown].join("\t");
        let trial = runs.run(&key, builder, || {
            let mut trial = Trial { name, participant: Some(person.clone()), start_ms: Some(0.0), ..Trial::default() };
            trial.show(&shown, None);
            trial
        });
        if !person.is_empty() && participants.len() < 2 && !participants.contains(&person) {
            participants.push(person);
        }
        let eye = match row.text(eye).to_ascii_uppercase().as_str() {
            "LEFT" | "L" => Eye::Left,
            "RIGHT" | "R" => Eye::Right,
            _ => Eye::Both,
        };
        builder.eye(eye);
        builder.fixation_of(DeviceFixation {
            eye,
            x: row.coordinate(Some(x))?,
            y: row.coordinate(Some(y))?,
            start_ms,
            duration_ms: row.number(duration)?,
            pupil: row.number(pupil)?,
            trial,
            line: row.line,
        });
    }
    builder.cut_short(rows.cut);
    if let [only] = participants.as_slice() {
        builder.recording.participant = Some(only.clone());
    }
    builder.recording.device = Some("EyeLink Data Viewer".to_owned());
    Ok(())
}

/// Returns the column with the picture: the first known name, or else the first whose value is the name of a picture.
fn picture_column(header: &[String], row: &Row<'_>) -> Option<usize> {
    let named = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let is_own = |column: &String| !["CURRENT_", "PREVIOUS_", "NEXT_"].iter().any(|front| column.starts_with(front));
    let valued = || (0..header.len()).find(|&place| is_own(&header[place]) && is_picture(&row.text(Some(place))));
    PICTURE_COLUMNS
        .iter()
        .filter_map(|name| named(name))
        .find(|&place| row.known(Some(place)).is_some())
        .or_else(valued)
}
