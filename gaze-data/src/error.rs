//! What can be wrong with a dataset or prediction folder.

use std::{io, path::PathBuf};

use gaze_core::{MapError, Size};
use thiserror::Error;

use crate::{MatError, MsgpackError, NpyError};

/// A folder, file or line that is not what it should be.
///
/// The text is complete: where another error is the cause, its text is part of the message, and
/// [`source`](std::error::Error::source) is `None`. Paths are relative to the opened folder, but for that folder itself.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is nothing at this path.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// Where something should be.
        path: PathBuf,
    },
    /// The path names a file where a folder is needed.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// What was being read.
        path: PathBuf,
        /// The refusal.
        cause: io::Error,
    },
    /// The folder has no layout that this crate knows.
    #[error(
        "{} is no dataset of a known format; looked for {}; found {}",
        path.display(), looked_for.join(", or "), listed(found)
    )]
    NotRecognised {
        /// The folder.
        path: PathBuf,
        /// One entry per format: what would have identified it.
        looked_for: Vec<String>,
        /// Names of what lies in the folder (folders end in `/`), at most a dozen.
        found: Vec<String>,
    },
    /// A file holds more than this crate is ready to read.
    #[error("{} has {found} bytes, more than the limit of {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
        /// Its size in bytes.
        found: u64,
    },
    /// A gaze file has no fixation in it.
    #[error("{} holds no fixation", path.display())]
    NoFixations {
        /// The file.
        path: PathBuf,
    },
    /// A line is not UTF-8.
    #[error("{}:{line}: not valid UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The first line is not the header of this format.
    #[error("{}:{line}: expected the header {expected}, found {found:?}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The header in words or as it is written.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A line has too few or too many values.
    #[error("{}:{line}: expected {expected} values, found {found}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// How many the header promises.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A value is not what its column holds.
    #[error("{}:{line}: {column} should be {expected}, found {found:?}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column's name.
        column: String,
        /// What it should be, in words.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A stimulus has gaze but no image.
    #[error("stimulus {key} has no image in {}", folder.display())]
    NoImage {
        /// The stimulus.
        key: String,
        /// Where the image should lie.
        folder: PathBuf,
    },
    /// Two files claim the same key.
    #[error("{key} is ambiguous: both {} and {} have this name", first.display(), second.display())]
    Ambiguous {
        /// The key.
        key: String,
        /// One file.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A picture cannot be decoded.
    #[error("{}: {cause}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        cause: ::image::ImageError,
    },
    /// A picture ends before it is complete.
    #[error("{}: the file ends before the picture does", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// A picture is used as a map of scores although it has colors.
    #[error(
        "{}: expected a gray picture, found red {}, green {}, blue {} at row {row}, column {column}",
        path.display(), found[0], found[1], found[2]
    )]
    NotGray {
        /// The file.
        path: PathBuf,
        /// Row of the first pixel with a color.
        row: usize,
        /// Its column.
        column: usize,
        /// Its red, green and blue values.
        found: [f64; 3],
    },
    /// A file of this type cannot hold a map of the requested kind.
    #[error("{}: expected {expected}, found {found}", path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// What the kind is stored in.
        expected: &'static str,
        /// What the file is.
        found: String,
    },
    /// A picture holds values that no percentile map can have.
    #[error("{}: not a percentile map: {problem}", path.display())]
    NotPercentile {
        /// The file.
        path: PathBuf,
        /// Which value is there, or missing.
        problem: String,
    },
    /// The values are no saliency map or density.
    #[error("{}: {cause}", path.display())]
    Map {
        /// The file.
        path: PathBuf,
        /// The broken promise.
        cause: MapError,
    },
    /// A NumPy file cannot be read.
    #[error("{}: {cause}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: NpyError,
    },
    /// A MATLAB file cannot be read.
    #[error("{}: {cause}", path.display())]
    Mat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: MatError,
    },
    /// An HDF5 file cannot be read.
    #[error("{}: {cause}", path.display())]
    Hdf5 {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        cause: Box<hdf5_pure::Error>,
    },
    /// A Parquet file cannot be read.
    #[error("{}: {cause}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        cause: Box<parquet::errors::ParquetError>,
    },
    /// A file of `MessagePack` cannot be read.
    #[error("{}: {cause}", path.display())]
    Msgpack {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: MsgpackError,
    },
    /// A JSON file cannot be read.
    #[error("{}: {cause}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Place and problem.
        cause: serde_json::Error,
    },
    /// An archive cannot be read.
    #[error("{}: {cause}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: Box<zip::result::ZipError>,
    },
    /// A version of a file format that this crate does not know.
    #[error("{}: {kind} of version {found:?} is not known, only {known}", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// What the file calls itself.
        kind: String,
        /// Its version.
        found: String,
        /// The versions that are known.
        known: &'static str,
    },
    /// Something would be overwritten.
    #[error("{} exists already; choose a new name, nothing is overwritten", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// A name in an archive or folder leads elsewhere.
    #[error("{}: {name:?} leads out of it", path.display())]
    Escapes {
        /// The archive or folder.
        path: PathBuf,
        /// The name, or the link.
        name: String,
    },
    /// A file holds something else than this dataset's variables.
    #[error("{}: {place} should be {expected}, found {found}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Which variable, with 1-based indices in MATLAB files: `fixations{3}.img`.
        place: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The description of a dataset is not valid.
    #[error("{}: {cause}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// Place and problem.
        cause: serde_json::Error,
    },
    /// No file of a prediction folder belongs to this stimulus.
    #[error("no prediction for {key} in {}", folder.display())]
    NoPrediction {
        /// The stimulus.
        key: String,
        /// The prediction folder.
        folder: PathBuf,
    },
    /// A picture has no pixel or more than this crate is ready to read.
    #[error("{}: a picture of {found} (height x width) pixels is beyond the limits of 1 to {limit} a side", path.display())]
    Sides {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: Size,
        /// The largest accepted side.
        limit: usize,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
