//! Gaze in large JSON files: opening notes where each record stands, and it is read from there when it is asked for.

use std::{
    io::BufReader,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::{
    DataError, GroupGaze, RawScanpath, StimulusEntry,
    collected::{GROUP, Problem},
    dataset::GazeReader,
    folder,
    json_scan::{self, Element, Range, Stop},
};

/// What a format writes for one observer and image.
pub(crate) trait Record: DeserializeOwned {
    /// The scanpath, or what is wrong with the record that begins at a byte of its file.
    fn scanpath(self, at: u64) -> Result<RawScanpath, Problem>;
}

/// Hands over every element of a file; `path` is relative to `root`.
pub(crate) fn scan(
    root: &Path,
    path: &Path,
    take: impl FnMut(Element<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = folder::open(root, path)?;
    json_scan::scan(BufReader::with_capacity(1 << 16, file), take).map_err(|stop| match stop {
        Stop::Own(error) => error,
        Stop::Io(cause) => folder::io_error(path, cause),
        Stop::Syntax(at, expected) => Problem::new(format!("byte {at}"), expected, &"something else").at(path),
    })
}

/// Reads an element of the file at `path` as what it should be.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, DataError> {
    serde_json::from_slice(bytes).map_err(|cause| DataError::Json { path: path.to_owned(), cause })
}

/// An observer's name, which the files write as text or number.
pub(crate) fn subject(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Reads the records of a stimulus from the files.
pub(crate) struct JsonGaze<R> {
    root: PathBuf,
    sources: Vec<PathBuf>,
    /// In the order of the stimuli.
    gaze: Vec<Vec<Range>>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> JsonGaze<R> {
    /// `gaze` has the places of each stimulus's records in the `sources`, which are relative to `root`.
    pub(crate) fn new(root: &Path, sources: Vec<PathBuf>, gaze: Vec<Vec<Range>>) -> Self {
        Self { root: root.to_owned(), sources, gaze, record: PhantomData }
    }

    fn read(&self, range: &Range) -> Result<RawScanpath, DataError> {
        let path = &self.sources[range.source];
        let bytes = range.read(&self.root.join(path)).map_err(|cause| folder::io_error(path, cause))?;
        parse::<R>(&bytes, path)?.scanpath(range.at).map_err(|problem| problem.at(path))
    }
}

impl<R: Record> GazeReader for JsonGaze<R> {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let ranges = self.gaze.get(index).map(Vec::as_slice).unwrap_or_default();
        let Some(first) = ranges.first() else { return Vec::new() };
        let source = self.sources[first.source].clone();
        let scanpaths = ranges.iter().map(|range| self.read(range)).collect();
        vec![GroupGaze { group: GROUP.to_owned(), source, scanpaths }]
    }
}
