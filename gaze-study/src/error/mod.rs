//! The reasons why a study cannot be planned, run or finished.

use std::{io, path::PathBuf};

use gaze_core::ModelError;
use gaze_data::DataError;
use gaze_picture::EncodeError;
use gaze_targets::TargetError;
use thiserror::Error;

pub use self::{
    calibration::CalibrationError, fitting::FittingError, models::OpenModelError, plan::PlanError, travel::TravelError,
};

mod calibration;
mod fitting;
mod models;
mod plan;
mod travel;

/// The reason why a study ended without its results. A bad stimulus is no such reason: it is a row with its reason.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The plan makes no sense for the dataset and the models.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A model cannot be opened.
    #[error(transparent)]
    Model(#[from] OpenModelError),
    /// A model has no prediction where one is needed.
    #[error("{name}")]
    Prediction {
        /// The stimulus.
        name: String,
        /// The model's reason.
        source: ModelError,
    },
    /// The dataset, or a file that other programs read or write, cannot be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The center bias or another map of the gaze cannot be made.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A metric or a fit has no value.
    #[error(transparent)]
    Metric(#[from] gaze_metrics::MetricError),
    /// A map cannot be made of the numbers that it should hold.
    #[error(transparent)]
    Map(#[from] gaze_core::MapError),
    /// A map cannot be encoded as a picture.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A file cannot be read, written or removed.
    #[error("{action} {}", path.display())]
    File {
        /// The verb: reading, writing, removing.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A table or an archive cannot be written.
    #[error("writing {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The writer's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of the output folder was not written by this program.
    #[error("{} is not of this program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: serde_json::Error,
    },
    /// The output folder was written by another version of this program.
    #[error("{} is of another version of this program (schema {found}, here {expected})", path.display())]
    Version {
        /// The file that says so.
        path: PathBuf,
        /// The version of the file's structure.
        found: u32,
        /// The version that this program writes.
        expected: u32,
    },
    /// The output folder is a file.
    #[error("{}: this is a file, not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The output folder holds another study.
    #[error("{} holds another run ({difference})", path.display())]
    OtherStudy {
        /// The folder.
        path: PathBuf,
        /// The first setting in which the two differ, in words.
        difference: String,
    },
    /// The output folder holds files, and no study.
    #[error("{} is not empty ({entry:?} lies in it) and holds no run", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// The name of the first file found.
        entry: String,
    },
    /// Another process writes to the output folder.
    #[error("another gaze-cli is writing to {}", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// Stimuli have no part yet.
    #[error("{missing} of {all} stimuli are not scored, {first} first among them")]
    Unscored {
        /// The number of stimuli without a part.
        missing: usize,
        /// The number of stimuli.
        all: usize,
        /// The key of the first one without a part.
        first: String,
    },
    /// No shard has some stimuli.
    #[error(
        "{missing} of {all} stimuli are in none of the folders, {first} first among them: is a shard missing or unfinished?"
    )]
    MissingShard {
        /// The number of stimuli in no folder.
        missing: usize,
        /// The number of stimuli.
        all: usize,
        /// The key of the first one in no folder.
        first: String,
    },
    /// A folder that should hold a shard holds none.
    #[error("{} holds no shard of a run", path.display())]
    NoShard {
        /// The folder.
        path: PathBuf,
        /// The fault.
        source: Box<StudyError>,
    },
    /// Two shards belong to different studies.
    #[error("{} is of another run than {} ({difference})", other.display(), first.display())]
    OtherShard {
        /// The folder of the first shard.
        first: PathBuf,
        /// The folder of the shard that differs.
        other: PathBuf,
        /// The first setting in which the two differ, in words.
        difference: String,
    },
    /// Two shards were made of different data.
    #[error("{} saw other data than {}: fixations, sizes or names differ", other.display(), first.display())]
    OtherData {
        /// The folder of the first shard.
        first: PathBuf,
        /// The folder of the shard that differs.
        other: PathBuf,
    },
    /// There are no shards to merge.
    #[error("there are no shards to merge")]
    NoShards,
    /// Bytes that came from another machine are no part or first pass of this study.
    #[error(transparent)]
    Travel(#[from] TravelError),
    /// A model cannot be trained or calibrated with these data.
    #[error(transparent)]
    Fitting(#[from] FittingError),
}

impl StudyError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    pub(crate) fn write<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |error| Self::Write { path, source: error.into() }
    }
}
