//! The group and the name of the observer of a recording.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{
    DataError,
    files::{folder, names::stem, table::line_of},
    formats::shared::stimuli::GROUP,
    recordings::{RecordingFormat, RecordingOptions, options::names_of},
};

const PARTICIPANTS: &str = "participants.tsv";
const GROUP_COLUMN: &str = "group";
const ID: &str = "participant_id";

/// The rule by which recordings belong to groups.
pub(super) struct Groups {
    pattern: Option<String>,
    /// The group of each participant, by the identifier without `sub-`.
    participants: BTreeMap<String, String>,
    /// Whether the folders of the recordings are the groups.
    by_folder: bool,
}

impl Groups {
    pub(super) fn new(
        root: &Path,
        files: &[(PathBuf, RecordingFormat)],
        options: &RecordingOptions,
        group_column: Option<&str>,
    ) -> Result<Self, DataError> {
        let participants = participants(root, group_column)?;
        let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (path, format) in files {
            *folders.entry(base(path, *format).parent().map(Path::to_owned).unwrap_or_default()).or_default() += 1;
        }
        let by_folder = folders.len() > 1 && folders.values().all(|&count| count > 1);
        Ok(Self { pattern: options.names.clone(), participants, by_folder })
    }

    /// Returns the group and the name of the observer of a file; `participant` is the one that the file names.
    pub(super) fn of(&self, path: &Path, participant: Option<&str>) -> (String, String) {
        let name = name(path);
        let (group, observer) =
            self.pattern.as_deref().and_then(|pattern| names_of(pattern, &name)).unwrap_or_default();
        let is_named = |name: &&str| !name.is_empty();
        let observer = observer.filter(is_named).or(participant.filter(is_named)).unwrap_or(&name).to_owned();
        if let Some(group) = group.filter(is_named) {
            return (group.to_owned(), observer);
        }
        let identifiers = [observer.as_str(), &name];
        let known = identifiers.iter().find_map(|id| self.participants.get(identifier(id)));
        let folder = || path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let group = match known {
            Some(group) => Some(group.clone()),
            None if self.by_folder => folder(),
            None => None,
        };
        (group.unwrap_or_else(|| GROUP.to_owned()), observer)
    }
}

/// Returns the path of a recording: the file, or the folder of a recording of several files.
fn base(path: &Path, format: RecordingFormat) -> PathBuf {
    match format {
        RecordingFormat::PupilCloud | RecordingFormat::PupilCore => {
            path.parent().map(Path::to_owned).unwrap_or_default()
        }
        _ => path.to_owned(),
    }
}

/// Returns the name of a recording: the stem of its file, or the name of the folder where files are called alike.
pub(crate) fn name(path: &Path) -> String {
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let own = stem(file);
    let is_general = ["gaze", "fixations", "gaze_positions", "livedata.json", "gazedata", "ET_Eyetracker"]
        .contains(&own)
        || own.contains("_on_surface_");
    let mut folders = path.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    let is_named = |name: &&str| !["surfaces", "exports", "segments"].contains(name) && name.parse::<u32>().is_err();
    let folder = if is_general { folders.find(is_named) } else { None };
    folder.unwrap_or(own).to_owned()
}

/// Returns the part of an identifier that counts: BIDS writes `sub-` before it, and more behind an underscore.
fn identifier(id: &str) -> &str {
    let id = id.strip_prefix("sub-").map_or(id, |rest| rest.split('_').next().unwrap_or(rest));
    id.trim()
}

fn participants(root: &Path, column: Option<&str>) -> Result<BTreeMap<String, String>, DataError> {
    let path = PathBuf::from(PARTICIPANTS);
    let missing = |found: String| {
        let expected = format!("with the columns {ID} and {}", column.unwrap_or(GROUP_COLUMN));
        DataError::Header { path: path.clone(), line: 1, expected, found }
    };
    if !root.join(&path).is_file() {
        return if column.is_some() { Err(missing("no such file".to_owned())) } else { Ok(BTreeMap::new()) };
    }
    let bytes = folder::read_in(root, &path, 1 << 26)?;
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_reader(bytes.as_slice());
    let not_text = |line| DataError::NotText { path: path.clone(), line };
    let header = reader.headers().map_err(|_| not_text(1))?.clone();
    let find = |name: &str| header.iter().position(|found| found.trim() == name);
    let (id, group) = match (find(ID), find(column.unwrap_or(GROUP_COLUMN))) {
        (Some(id), Some(group)) => (id, group),
        _ if column.is_some() => return Err(missing(header.iter().collect::<Vec<_>>().join(" "))),
        _ => return Ok(BTreeMap::new()),
    };
    let mut groups = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| not_text(line_of(&bytes, error.position())))?;
        if let (Some(id), Some(group)) = (record.get(id), record.get(group))
            && !group.trim().is_empty()
            && seen.insert(identifier(id).to_owned())
        {
            groups.insert(identifier(id).to_owned(), group.trim().to_owned());
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_called_by_their_file_or_folder() {
        for (path, expected) in [
            ("p01.asc", "p01"),
            ("ASD/p01.asc", "p01"),
            ("p02/exports/000/gaze_positions.csv", "p02"),
            ("p02/exports/000/surfaces/fixations_on_surface_A.csv", "p02"),
            ("neon_3/gaze.csv", "neon_3"),
            ("gaze.csv", "gaze"),
        ] {
            assert_eq!(name(Path::new(path)), expected, "{path}");
        }
    }
}
