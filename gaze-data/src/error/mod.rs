//! The errors of this crate.

use std::{io, path::PathBuf};

use gaze_core::{MapError, Size};
use thiserror::Error;

use crate::Format;

pub use attempt::Attempt;
pub use mat::MatError;
pub use msgpack::MsgpackError;
pub use npy::NpyError;
pub(crate) use problem::{Problem, some_of};

pub(crate) mod msgpack;

mod attempt;
mod mat;
mod npy;
mod problem;

/// An error of a folder, file or line that is not what it should be.
///
/// The message is complete: where another error is the cause, its text is part of the message, and
/// [`source`](std::error::Error::source) is `None`. Paths are relative to the folder that was opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// No file or folder exists at this path.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// The path names a file where a folder is needed.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Choices that concern recordings were made for a dataset of another format.
    #[error("--stimuli, --events and the like concern recordings and not the format {format}")]
    NotRecordings {
        /// The format that was asked for.
        format: Format,
    },
    /// The operating system refused to read or write.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The folder has no layout that this crate knows.
    #[error("{} is no dataset of a known format\n  found    {}{}", path.display(), listed(found), attempt::nearest(tried))]
    NotRecognised {
        /// The folder.
        path: PathBuf,
        /// The formats that were tried.
        tried: Vec<Attempt>,
        /// The names of at most a dozen files and folders in the folder; names of folders end in `/`.
        found: Vec<String>,
    },
    /// A file has more bytes than this crate reads.
    #[error("{} has {found} bytes, more than the limit of {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
        /// The size of the file in bytes.
        found: u64,
    },
    /// A file of gaze holds no fixation.
    #[error("{} holds no fixation", path.display())]
    NoFixations {
        /// The file.
        path: PathBuf,
    },
    /// A line is no text.
    #[error("{}:{line}: not text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A file that is no table of text is used as one.
    #[error("{} is {found}; save the table as CSV or Parquet", path.display())]
    NoTable {
        /// The file.
        path: PathBuf,
        /// The type of the file, in words.
        found: &'static str,
    },
    /// The first line is not the header of this format.
    #[error("{}:{line}: expected the header {expected}, found {found:?}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The expected header, in words or as it is written.
        expected: String,
        /// The text that was found.
        found: String,
    },
    /// A line has too few or too many values.
    #[error(
        "{}:{line}: expected {expected} values, found {found}{}", path.display(),
        if found > expected { "; a value with a separator in it, such as a decimal comma, needs quotes" } else { "" }
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The number of values that the header promises.
        expected: usize,
        /// The number of values that were found.
        found: usize,
    },
    /// A value is not of the kind that its column holds.
    #[error("{}:{line}: {column} should be {expected}, found {found:?}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column's name.
        column: String,
        /// The kind of value that the column holds, in words.
        expected: String,
        /// The text that was found.
        found: String,
    },
    /// A stimulus has gaze but no image.
    #[error("stimulus {key} has no image in {}", folder.display())]
    NoImage {
        /// The stimulus.
        key: String,
        /// The folder in which the image should lie.
        folder: PathBuf,
    },
    /// Two files have a claim to the same key.
    #[error("{key} is ambiguous: both {} and {} have this name", first.display(), second.display())]
    Ambiguous {
        /// The key.
        key: String,
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
    },
    /// A picture cannot be decoded.
    #[error("{}: {cause}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// The error of the decoder.
        cause: ::image::ImageError,
    },
    /// A file is no picture of a type that this crate reads.
    #[error("{}: {found} are not read; save it as png, jpg, tiff, webp, gif, bmp or pnm", path.display())]
    NoPicture {
        /// The file.
        path: PathBuf,
        /// The type of the file, in words in the plural.
        found: &'static str,
    },
    /// A picture has more pixels than this crate reads.
    #[error(
        "{}: a picture of {found} (height x width) has {} pixels, more than the limit of {limit}", path.display(),
        found.pixels()
    )]
    Pixels {
        /// The file.
        path: PathBuf,
        /// The size of the picture.
        found: Size,
        /// The largest number of pixels that is read.
        limit: usize,
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
        /// The row of the first pixel with a color, from 0.
        row: usize,
        /// The column of that pixel, from 0.
        column: usize,
        /// The red, green and blue values of that pixel.
        found: [f64; 3],
    },
    /// A file of this type cannot hold a map of the requested kind.
    #[error("{}: expected {expected}, found {found}", path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The type of file that can hold such a map.
        expected: &'static str,
        /// The type of the file.
        found: String,
    },
    /// A picture holds values that no percentile map can have.
    #[error("{}: not a percentile map: {problem}", path.display())]
    NotPercentile {
        /// The file.
        path: PathBuf,
        /// The value that is there or is missing, in words.
        problem: String,
    },
    /// The values do not form a saliency map or density.
    #[error("{}: {cause}", path.display())]
    Map {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: MapError,
    },
    /// The probabilities of a log density are far from a sum of 1.
    #[error(
        "{}: the probabilities do not sum to 1: the logarithm of their sum is {log_sum:.6}; --renormalise makes a density of \
         them, --map-kind scores takes the numbers as scores",
        path.display()
    )]
    NotNormalized {
        /// The file.
        path: PathBuf,
        /// The logarithm of the sum of the exponentials.
        log_sum: f64,
    },
    /// A NumPy file cannot be read.
    #[error("{}: {cause}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: NpyError,
    },
    /// A MATLAB file cannot be read.
    #[error("{}: {cause}", path.display())]
    Mat {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: MatError,
    },
    /// A TIFF of numbers cannot be read.
    #[cfg(feature = "tiff")]
    #[error("{}: {cause}", path.display())]
    Tiff {
        /// The file.
        path: PathBuf,
        /// The error of the TIFF reader.
        cause: Box<tiff::TiffError>,
    },
    /// An OpenEXR file cannot be read.
    #[cfg(feature = "exr")]
    #[error("{}: {cause}", path.display())]
    Exr {
        /// The file.
        path: PathBuf,
        /// The error of the OpenEXR reader, in words.
        cause: String,
    },
    /// An HDF5 file cannot be read.
    #[cfg(feature = "hdf5")]
    #[error("{}: {cause}{}", path.display(), newest_layout(cause))]
    Hdf5 {
        /// The file.
        path: PathBuf,
        /// The error of the HDF5 reader.
        cause: Box<hdf5_pure::Error>,
    },
    /// A Parquet file cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{}: {cause}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The error of the Parquet reader.
        cause: Box<parquet::errors::ParquetError>,
    },
    /// A file of `MessagePack` cannot be read.
    #[error("{}: {cause}", path.display())]
    Msgpack {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: MsgpackError,
    },
    /// A JSON file cannot be read.
    #[error("{}: {cause}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The error of the JSON parser, with line and column.
        cause: serde_json::Error,
    },
    /// An archive cannot be read.
    #[cfg(feature = "archive")]
    #[error("{}: {cause}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: Box<zip::result::ZipError>,
    },
    /// A file has a version of its format that this crate does not know.
    #[error("{}: {kind} of version {found:?} is not known, only {known}", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The type that the file states.
        kind: String,
        /// The version that the file states.
        found: String,
        /// The versions that are known.
        known: &'static str,
    },
    /// A file, or a place to write to, needs a Cargo feature that this build lacks.
    #[error("{}: this gaze was built without the feature `{feature}`", path.display())]
    WithoutFeature {
        /// The file.
        path: PathBuf,
        /// The feature of the crate `gaze-data`.
        feature: &'static str,
    },
    /// A file or folder exists where something should be written.
    #[error("{} exists already; choose a new name, nothing is overwritten", path.display())]
    Exists {
        /// The existing file or folder.
        path: PathBuf,
    },
    /// A name in an archive, or a link in a folder, leads out of it.
    #[error("{}: {name:?} leads out of it, and what lies outside is not read; copy it there", path.display())]
    Escapes {
        /// The archive or folder.
        path: PathBuf,
        /// The name or the link.
        name: String,
    },
    /// A link stands for the content of a file that was not fetched, as git-annex and `DataLad` have it.
    #[error("{} was not fetched: it is a link of git-annex without content here; `datalad get` or `git annex get` brings it", path.display())]
    NotFetched {
        /// The link.
        path: PathBuf,
    },
    /// A part of a file is not what the dataset's format demands.
    #[error("{}: {place} should be {expected}, found {found}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The part, in MATLAB files as an expression with 1-based indices: `fixations{3}.img`.
        place: String,
        /// The demand of the format, in words.
        expected: String,
        /// The content that was found, in words.
        found: String,
    },
    /// The description of a dataset, `dataset.json`, is not valid.
    #[error("{}: {cause}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// The error of the JSON parser, with line and column.
        cause: serde_json::Error,
    },
    /// A map of fixations has another size than its image.
    #[error("{}: the map of fixations is {found}, the image {expected} (height x width)", path.display())]
    OtherSize {
        /// The file of the map.
        path: PathBuf,
        /// The size of the image.
        expected: Size,
        /// The size of the map.
        found: Size,
    },
    /// No file of a prediction folder belongs to this stimulus.
    #[error("no prediction for {key} in {}", folder.display())]
    NoPrediction {
        /// The stimulus.
        key: String,
        /// The prediction folder.
        folder: PathBuf,
    },
    /// A picture has a side of no pixels, or of more than this crate reads.
    #[error("{}: a picture of {found} (height x width) pixels is beyond the limits of 1 to {limit} a side", path.display())]
    Sides {
        /// The file.
        path: PathBuf,
        /// The size of the picture.
        found: Size,
        /// The largest side that is read, in pixels.
        limit: usize,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Says how a file in a layout that the HDF5 reader does not know becomes one that it knows.
#[cfg(feature = "hdf5")]
fn newest_layout(cause: &hdf5_pure::Error) -> &'static str {
    let cause = cause.to_string();
    if cause.contains("layout version") || cause.contains("version 2 B-tree") {
        "; the file was written in the newest layout of HDF5: write it again with the default libver of h5py"
    } else {
        ""
    }
}
