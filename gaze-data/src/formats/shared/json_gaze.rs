//! Gaze in large JSON files: opening notes the place of each record, which is read when its stimulus is asked for.

use std::{
    io::BufReader,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::{
    DataError, GroupGaze, RawScanpath, StimulusEntry,
    contract::GazeReader,
    error::Problem,
    files::{
        folder,
        json_scan::{self, Element, Range, Stop},
    },
    formats::shared::stimuli::GROUP,
};

/// The record that a format writes for one observer and image.
pub(crate) trait Record: DeserializeOwned {
    /// Converts the record to a scanpath; `at` is the byte of its file at which it begins.
    fn scanpath(self, at: u64) -> Result<RawScanpath, Problem>;
}

/// Calls `take` with every element of a file; `path` is relative to `root`.
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

/// Parses an element of the file at `path`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, DataError> {
    serde_json::from_slice(bytes).map_err(|cause| DataError::Json { path: path.to_owned(), cause })
}

/// Returns an observer's name, which the files write as text or number.
pub(crate) fn subject(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Reads the records of one stimulus at a time.
pub(crate) struct JsonGaze<R> {
    root: PathBuf,
    sources: Vec<PathBuf>,
    /// The places of the records of each stimulus.
    gaze: Vec<Vec<Range>>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> JsonGaze<R> {
    /// Makes a reader of files that are relative to `root`; `gaze` has the places of the records of each stimulus.
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
