//! Readers of eye-movement datasets and prediction folders as they lie on disk.
//!
//! | type | what it is |
//! |---|---|
//! | [`Dataset`] | the index of a dataset folder: its stimuli, groups and observers; nothing is decoded before it is asked for |
//! | [`GroupGaze`], [`RawScanpath`], [`RawFixation`] | the gaze of one group of observers on one stimulus, as the source gives it |
//! | [`scanpaths_within`], [`Dropped`] | the fixations that lie on the image, and each one that does not, with its line |
//! | [`Detector`] | fixations from raw gaze, by a threshold of velocity or dispersion |
//! | [`PredictionStore`] | a folder of saliency maps or densities, matched to stimuli by file stem |
//! | [`read_prediction`], [`read_fixations`], [`read_other_fixations`] | one map and its fixations, without a dataset |
//! | [`DataError`] | what is wrong, in which file, on which line |
//!
//! # Coordinates
//!
//! Everything that leaves this crate has `x` to the right and `y` down, in pixels from the top-left corner of the
//! image. Formats with another convention (1-based pixels, for one) are converted by their reader and nowhere else.
//!
//! # Problems
//!
//! One bad file does not spoil a dataset: [`Dataset::open`] fails only if there is no dataset to speak of, and every
//! later call concerns one stimulus. A fixation outside its image is neither clipped nor forgotten, it is a
//! [`Dropped`]. The text of a [`DataError`] is complete, its cause included; paths in it are relative to the folder
//! that was opened, so that it reads the same wherever the data lies.
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
    dataset::{Dataset, Format, Provenance, StimulusEntry, UnknownFormat},
    error::DataError,
    events::{DetectError, Detector, GazeSample},
    gaze::{DropReason, Dropped, GroupGaze, RawFixation, RawScanpath, scanpaths_within},
    map_kind::{MapKind, UnknownMapKind},
    mat::MatError,
    msgpack::MsgpackError,
    npy::NpyError,
    percentile::percentile_map,
    points::{OtherImage, parse_fixations, read_fixations, read_other_fixations},
    predictions::{PredictionStore, decode_image, decode_prediction, read_array, read_image, read_prediction},
    stored::StoredImage,
    write::{UnknownWriteFormat, WriteFormat, Written, image_names, write_dataset, write_maps, write_predictions},
};

mod archive;
mod bids;
mod cat2000;
mod coco;
mod collected;
mod datadings;
mod dataset;
mod description;
mod error;
mod events;
mod figrim;
mod fixatons;
mod folder;
mod gaze;
mod hdf5;
mod image;
mod json_gaze;
mod json_scan;
mod judd;
mod map_kind;
mod mat;
mod mit1003;
mod mit300;
mod msgpack;
mod npy;
mod osie;
mod pascal_s;
mod percentile;
mod place;
mod points;
mod predictions;
mod pysaliency;
mod salicon;
mod saliency4asd;
mod stored;
mod table;
#[cfg(test)]
mod testing;
mod toronto;
mod unique;
mod write;
