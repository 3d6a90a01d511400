//! The reasons why a question has no answer, as sentences for the person at the page.

use gaze_core::{MapError, OutOfBounds, Size, StimulusError};
use gaze_data::{DataError, RegionsError};
use gaze_metrics::{MetricError, RegionError};
use gaze_model::{ScaleError, gaze_lite::LiteError};
use gaze_picture::EncodeError;
use thiserror::Error;

/// A question that has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum WebError {
    /// The page asked for something that is not understood, which is a mistake of the page.
    #[error("the page asked for something unknown: {0}")]
    Question(#[from] serde_json::Error),
    /// The question needs a picture, and there is none.
    #[error("there is no picture yet")]
    NoPicture,
    /// A picture is larger than a browser has room for.
    #[error("the picture has {found} (height x width) pixels; this page takes at most {} million, gaze-cli takes more", limit / 1_000_000)]
    TooLarge {
        /// The picture's size.
        found: Size,
        /// The most pixels.
        limit: usize,
    },
    /// Pixels that the browser decoded do not fill the picture.
    #[error("{found} bytes are no picture of {size} (height x width)")]
    Pixels {
        /// The number of bytes.
        found: usize,
        /// The size that they should fill.
        size: Size,
    },
    /// A file of regions holds none.
    #[error("the file holds no region")]
    NoRegion,
    /// A region is not inside the picture.
    #[error("region {name}: {cause}")]
    Region {
        /// The name of the region.
        name: String,
        /// The reason.
        cause: RegionError,
    },
    /// A map of fixations is for a picture of another size.
    #[error("the map of fixations is {found}, the picture {expected} (height x width)")]
    OtherSize {
        /// The size of the map.
        found: Size,
        /// The size of the picture.
        expected: Size,
    },
    /// A table is about several pictures, none of which has the name of this one.
    #[error("the file has fixations on {found}, and none on a picture called {expected}")]
    OtherPictures {
        /// The first names.
        found: String,
        /// The name of this picture.
        expected: String,
    },
    /// No fixation lies on the picture.
    #[error("no fixation of the file lies on the picture, which has {size} (height x width) pixels")]
    NoFixation {
        /// The size of the picture.
        size: Size,
    },
    /// A file is no picture, map, or table.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file holds no regions.
    #[error(transparent)]
    Regions(#[from] RegionsError),
    /// A table cannot be read.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The model refuses the picture.
    #[error(transparent)]
    Model(#[from] LiteError),
    /// The picture cannot be shown to the model.
    #[error(transparent)]
    Scale(#[from] ScaleError),
    /// Pixels are no picture.
    #[error(transparent)]
    Stimulus(#[from] StimulusError),
    /// A fixation lies outside.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// A score has no value.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A map has no density.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A picture cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
