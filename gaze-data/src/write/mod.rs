//! Writes datasets and predictions in formats that other programs read.
//!
//! Images are copied as they are stored; pixels without a file format become PNG. One image is in memory at a time.
//! Fixations that do not lie on their image are left out and counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use ::image::ImageDecoder;
use gaze_core::Size;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    DataError, Dataset, DropReason, RawFixation,
    files::{
        folder,
        names::{below_common, split},
    },
    scanpaths_within,
};

mod bids;
#[cfg(feature = "msgpack")]
mod datadings;
mod predictions;
#[cfg(feature = "hdf5")]
mod pysaliency;
mod table;

/// A format that datasets are written in.
///
/// Its serialized form is the name that [`Display`](fmt::Display) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WriteFormat {
    /// pysaliency's `stimuli.hdf5` and `fixations.hdf5` in a folder, with the images beside them.
    Pysaliency,
    /// datadings' `MessagePack` file with its side files.
    Datadings,
    /// A folder with `fixations.csv`, `dataset.json` and a folder `images`.
    Csv,
    /// A folder with `fixations.parquet`, `dataset.json` and a folder `images`.
    Parquet,
    /// Recordings as BIDS has eye tracking: samples, events and trials; see [`write_bids`].
    Bids,
}

impl WriteFormat {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Pysaliency, Self::Datadings, Self::Csv, Self::Parquet, Self::Bids];

    fn name(self) -> &'static str {
        match self {
            Self::Pysaliency => "pysaliency",
            Self::Datadings => "datadings",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Bids => "bids",
        }
    }
}

impl fmt::Display for WriteFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown format {found:?}, expected one of {}", WriteFormat::ALL.map(WriteFormat::name).join(", "))]
pub struct UnknownWriteFormat {
    /// The name.
    pub found: String,
}

impl FromStr for WriteFormat {
    type Err = UnknownWriteFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = if text == "table" { "csv" } else { text };
        let named = Self::ALL.into_iter().find(|format| format.name() == text);
        named.ok_or_else(|| UnknownWriteFormat { found: text.to_owned() })
    }
}

/// The numbers of what was written, and of what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of images that were written.
    pub images: usize,
    /// The number of scanpaths that were written.
    pub scanpaths: usize,
    /// The number of fixations that were written.
    pub fixations: usize,
    /// The number of fixations that were left out, by reason: outside the image, not a number, initial fixation,
    /// before or after the image was shown.
    pub dropped: BTreeMap<&'static str, usize>,
    /// The stimuli that were left out, each with the reason: no image, or gaze that could not be read.
    pub problems: Vec<String>,
}

/// Writes a dataset to `out`: a new folder, or for [`WriteFormat::Datadings`] a new file.
///
/// # Errors
///
/// [`DataError::Exists`] if there is something at `out` already, [`DataError::WithoutFeature`] if the format's Cargo feature
/// is off, and [`DataError::Io`]. A stimulus without an image, or with gaze that cannot be read, is no error: it is left out
/// and listed in [`Written::problems`].
pub fn write_dataset(dataset: &Dataset, format: WriteFormat, out: &Path) -> Result<Written, DataError> {
    if out.exists() {
        return Err(DataError::Exists { path: out.to_owned() });
    }
    match format {
        #[cfg(feature = "hdf5")]
        WriteFormat::Pysaliency => pysaliency::write(dataset, out),
        #[cfg(not(feature = "hdf5"))]
        WriteFormat::Pysaliency => Err(DataError::WithoutFeature { path: out.to_owned(), feature: "hdf5" }),
        #[cfg(feature = "msgpack")]
        WriteFormat::Datadings => datadings::write(dataset, out),
        #[cfg(not(feature = "msgpack"))]
        WriteFormat::Datadings => Err(DataError::WithoutFeature { path: out.to_owned(), feature: "msgpack" }),
        WriteFormat::Csv => table::write_csv(dataset, out),
        #[cfg(feature = "parquet")]
        WriteFormat::Parquet => table::write_parquet(dataset, out),
        WriteFormat::Bids => {
            let expected = "another format; BIDS is written from recordings, by write_bids";
            Err(DataError::WrongKind { path: out.to_owned(), expected, found: "BIDS".to_owned() })
        }
        #[cfg(not(feature = "parquet"))]
        WriteFormat::Parquet => Err(DataError::WithoutFeature { path: out.to_owned(), feature: "parquet" }),
    }
}

pub use bids::{WrittenBids, write_bids};
pub use predictions::{write_maps, write_predictions};

/// The fixations of one observer on the image.
struct Scanpath {
    group: String,
    observer: Option<String>,
    fixations: Vec<RawFixation>,
}

/// A stimulus with its image and gaze, ready to be written.
struct Stimulus {
    /// The name of the image's file: relative, with extension, unique in the dataset.
    name: String,
    bytes: Vec<u8>,
    #[cfg_attr(not(feature = "hdf5"), expect(dead_code, reason = "pysaliency's files alone state it"))]
    size: Size,
    /// The number of channels: 1 for gray images, 3 otherwise.
    #[cfg_attr(not(feature = "hdf5"), expect(dead_code, reason = "pysaliency's files alone state it"))]
    channels: usize,
    scanpaths: Vec<Scanpath>,
}

/// Calls `take` with every stimulus that can be written, in the dataset's order.
fn for_each(dataset: &Dataset, mut take: impl FnMut(Stimulus) -> Result<(), DataError>) -> Result<Written, DataError> {
    let mut written = Written::default();
    let names = image_names(dataset);
    for (index, entry) in dataset.stimuli().iter().enumerate() {
        if !entry.has_image() {
            written.problems.push(format!("{}: no image", entry.key()));
            continue;
        }
        match stimulus(dataset, index, &names[index], &mut written) {
            Ok(stimulus) => {
                written.images += 1;
                written.scanpaths += stimulus.scanpaths.len();
                written.fixations += stimulus.scanpaths.iter().map(|path| path.fixations.len()).sum::<usize>();
                take(stimulus)?;
            }
            Err(error) => written.problems.push(format!("{}: {error}", entry.key())),
        }
    }
    Ok(written)
}

/// Returns a file name for each image, in the dataset's order: the path below the folder that all images have in common,
/// with extension, or the stimulus's key where there is no file.
#[must_use]
pub fn image_names(dataset: &Dataset) -> Vec<String> {
    let files: Vec<String> = dataset
        .stimuli()
        .iter()
        .map(|entry| entry.image().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default())
        .collect();
    let different = files.iter().collect::<BTreeSet<_>>().len() == files.len();
    let names = if different { below_common(&files) } else { Vec::new() };
    let from_key = |index: usize| dataset.stimuli()[index].key().to_owned();
    (0..files.len())
        .map(|index| names.get(index).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| from_key(index)))
        .map(|name| split(&name).into_iter().filter(|part| *part != "..").collect::<Vec<_>>().join("/"))
        .collect()
}

fn stimulus(dataset: &Dataset, index: usize, name: &str, written: &mut Written) -> Result<Stimulus, DataError> {
    let size = dataset.image_size(index)?;
    let stored = dataset.stored_image(index)?;
    let format = ::image::guess_format(stored.bytes()).ok().filter(|_| {
        ::image::ImageReader::new(io::Cursor::new(stored.bytes())).with_guessed_format().is_ok_and(|reader| {
            reader
                .into_dimensions()
                .is_ok_and(|(width, height)| (height as usize, width as usize) == (size.height, size.width))
        })
    });
    let (extension, channels, bytes) = match format {
        Some(format) => {
            let gray = ::image::ImageReader::with_format(io::Cursor::new(stored.bytes()), format)
                .into_decoder()
                .is_ok_and(|picture| picture.color_type().channel_count() < 3);
            let extension = format.extensions_str().first().copied().unwrap_or("png");
            (extension, if gray { 1 } else { 3 }, stored.into_bytes())
        }
        None => ("png", 3, png(&stored.decode()?, name)?),
    };
    let has_extension = Path::new(name).extension().and_then(|known| known.to_str()).is_some_and(|known| {
        let known = known.to_ascii_lowercase();
        format.is_some_and(|format| format.extensions_str().contains(&known.as_str()))
    });
    let name = if has_extension { name.to_owned() } else { format!("{name}.{extension}") };
    let mut scanpaths = Vec::new();
    for gaze in dataset.gaze(index) {
        let raw = gaze.scanpaths?;
        let (_, dropped) = scanpaths_within(&raw, size, &gaze.source);
        let mut left_out = BTreeSet::new();
        for fixation in &dropped {
            *written.dropped.entry(reason(fixation.reason)).or_default() += 1;
            left_out.insert((fixation.scanpath, fixation.index));
        }
        for (number, path) in raw.into_iter().enumerate() {
            let kept =
                path.fixations.into_iter().enumerate().filter(|(place, _)| !left_out.contains(&(number, *place)));
            let fixations = kept.map(|(_, fixation)| fixation).collect();
            scanpaths.push(Scanpath { group: gaze.group.clone(), observer: path.observer, fixations });
        }
    }
    Ok(Stimulus { name, bytes, size, channels, scanpaths })
}

fn reason(reason: DropReason) -> &'static str {
    match reason {
        DropReason::OutsideImage { .. } => "outside the image",
        DropReason::Lost => "the coordinates of a lost sample",
        DropReason::NotANumber => "not a number",
        DropReason::InitialFixation => "initial fixation",
        DropReason::BeforeStimulus => "began before the image appeared",
        DropReason::AfterStimulus => "began after the image had disappeared",
    }
}

/// Encodes an image as PNG, for pixels without a file format.
fn png(stimulus: &gaze_core::Stimulus, name: &str) -> Result<Vec<u8>, DataError> {
    let size = stimulus.size();
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let pixels: Vec<u8> = stimulus.pixels().iter().copied().collect();
    let mut bytes = io::Cursor::new(Vec::new());
    let written = ::image::write_buffer_with_format(
        &mut bytes,
        &pixels,
        side(size.width),
        side(size.height),
        ::image::ExtendedColorType::Rgb8,
        ::image::ImageFormat::Png,
    );
    written.map_err(|cause| DataError::Image { path: PathBuf::from(name), cause })?;
    Ok(bytes.into_inner())
}

/// Writes a new file, and makes its folder if that is missing.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let error = |cause| folder::io_error(path, cause);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(error)?;
    }
    let mut file = File::create_new(path).map_err(error)?;
    file.write_all(bytes).map_err(error)
}

#[cfg(test)]
mod tests;
