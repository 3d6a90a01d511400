//! Readers and writers of eye-movement datasets and saliency predictions as they lie on disk.
//!
//! | item | purpose |
//! |---|---|
//! | [`DatasetOptions`], [`GazeOptions`], [`MapOptions`] | how datasets, gaze and maps are written, where they do not say so |
//! | [`Dataset`] | the index of a dataset folder: its stimuli and groups; images and gaze are read when they are asked for |
//! | [`GroupGaze`], [`RawScanpath`], [`RawFixation`] | the gaze of one group of observers on one stimulus, as the source states it |
//! | [`GazeCheck`] | says which coordinates and times are not plausible, and what would mend them |
//! | [`scanpaths_within`], [`Dropped`] | the fixations that lie on the image, and each fixation that does not, with its line |
//! | [`Detector`] | finds fixations in raw gaze: I-VT, I-DT, Engbert & Kliegl, Nyström & Holmqvist |
//! | [`read_recording`], [`Recording`] | reads what the software of eye trackers exports, sample by sample |
//! | [`PredictionStore`] | a folder, archive or HDF5 file of saliency maps or densities, matched to stimuli by name |
//! | [`read_map`], [`read_fixations`], [`read_other_fixations`] | read one map and its fixations without a dataset |
//! | [`parse_regions`], [`RegionSpec`] | regions of a picture as people write them, in a file of JSON or CSV |
//! | [`write_dataset`], [`write_predictions`] | write a dataset or predictions in a format of other programs |
//! | [`DataError`] | an error with its file and line |
//!
//! # Coordinates
//!
//! All coordinates that leave this crate have `x` to the right and `y` down, in pixels from the top-left corner of the
//! image. Each reader converts from the convention of its format, for example from 1-based pixels.
//!
//! # Problems
//!
//! A bad file affects only its own stimulus and group: [`Dataset::open`] fails if no gaze at all can be read, and every
//! later call concerns one stimulus. A fixation outside its image is not clipped but reported as [`Dropped`]. The message
//! of a [`DataError`] includes its cause; paths in it are relative to the folder that was opened, so that the message does
//! not depend on where the data lies.
//!
//! # Features
//!
//! The Cargo features `archive`, `exr`, `hdf5`, `mat`, `msgpack`, `parquet` and `tiff`, all on by default, each enable the file
//! format of their name. Without a feature, the datasets that need it are refused with [`DataError::WithoutFeature`].
//!
//! # Where to find what
//!
//! `formats/` has a file or folder for each dataset format, which implements the contract in `contract.rs`. `files/` reads
//! file formats (MATLAB, HDF5, NumPy, …) and knows no dataset format. `recordings/` reads what eye trackers export, `events/`
//! finds fixations in samples, `predictions/` reads saliency maps, `write/` writes
//! datasets and predictions.
//!
//! # Example
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # std::fs::create_dir(folder.path().join("images"))?;
//! # image::RgbImage::new(6, 4).save(folder.path().join("images/cat.png"))?;
//! # std::fs::write(folder.path().join("fixations.csv"), "image,subject,x,y\ncat.png,ann,2.5,1\ncat.png,ann,6,1\n")?;
//! use gaze_data::{Dataset, scanpaths_within};
//!
//! // cat.png is 6 pixels wide; fixations.csv has one fixation at x = 2.5 and one at x = 6.
//! let dataset = Dataset::open(folder.path(), None)?;
//! for (index, stimulus) in dataset.stimuli().iter().enumerate() {
//!     let size = dataset.image_size(index)?;
//!     for gaze in dataset.gaze(index) {
//!         let (scanpaths, dropped) = scanpaths_within(&gaze.scanpaths?, size, &gaze.source);
//!         assert_eq!((stimulus.key(), scanpaths[0].fixations().len()), ("cat", 1));
//!         assert_eq!(
//!             dropped[0].to_string(),
//!             "fixations.csv:3: the fixation at x = 6, y = 1 lies outside the image of 4x6 (height x width) pixels"
//!         );
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::{
    background::{Background, NoColor},
    check::GazeCheck,
    contract::StimulusEntry,
    dataset::Dataset,
    error::{Attempt, DataError, MatError, MsgpackError, NpyError},
    events::{DetectError, Detector, GazeSample, UnknownDetector, Velocity, saccades},
    format::{Format, UnknownFormat},
    gaze::{DropReason, Dropped, GroupGaze, Provenance, RawFixation, RawScanpath, scanpaths_within},
    images::{ReadImage, StoredImage, Turning, decode_image, picture_size, read_image},
    options::{
        Columns, CoordinateUnit, DatasetOptions, GazeOptions, LostAt, NoColumns, NoPlace, NoUnits, TimeUnit, Units,
    },
    points::{OtherImage, ReadFixations, parse_fixations, read_fixations, read_other_fixations},
    predictions::{
        LogSum, MapKind, MapMeaning, MapName, MapOptions, NEARLY_NORMALIZED, NoMapName, PredictionStore, StoredMap,
        UnknownMapKind, decode_map, npy, percentile_map, read_array, read_map,
    },
    recordings::{
        DeviceFixation, Extent, Eye, EyeChoice, Gaze, Interval, Message, Messages, Placement, Recording,
        RecordingFormat, RecordingOptions, Rectangle, Sample, SampleCounts, Shown, ShownPicture, Space, Trial, Unit,
        UnknownEye, UnknownPlacement, read_recording, recording_format,
    },
    regions::{Length, RegionSpec, RegionsError, parse_regions, regions_json},
    write::{
        UnknownWriteFormat, WriteFormat, Written, WrittenBids, image_names, write_bids, write_dataset, write_maps,
        write_predictions,
    },
};

mod background;
mod check;
mod contract;
mod dataset;
mod error;
mod events;
mod files;
mod format;
mod formats;
mod gaze;
mod images;
mod options;
mod points;
mod predictions;
mod recordings;
mod regions;
#[cfg(test)]
mod testing;
mod turned;
mod write;

/// The example of the README, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
