//! pysaliency's HDF5 files: stimuli, and fixations or scanpaths on them.
//!
//! The attributes `type` and `version` of a file state its content.
//!
//! | type | versions | holds |
//! |---|---|---|
//! | `FileStimuli` | 1.0, 2.0, 2.1 | `filenames`: absolute (1.0), or relative to the file |
//! | `Stimuli` | 1.0, 1.1 | the pixels, a dataset `0`, `1`, … per image, `(height, width[, 3])` |
//! | `Fixations` | 1.0, 1.1, 1.2 | a row per fixation: `x`, `y`, `t`, `n`, `subject` (`subjects` before 1.2) |
//! | `FixationTrains` | 1.0 to 1.3 | a row per scanpath, filled up with NaN: `train_xs`, …, `train_ns`, `train_subjects` |
//! | `Scanpaths` | 1.0 | such rows named `xs`, `ys`, `n`, `length`, and groups of attributes |
//! | `ScanpathFixations` | 1.0 | a group `scanpaths` with the content of `Scanpaths` |
//!
//! `n` counts stimuli from 0. Coordinates are taken as they stand, as pysaliency converts them when it imports a dataset.
//! Times and durations are in seconds. Times that only count the fixations (0, 1, 2, …) or are all 0 mean nothing and are
//! left out. Another version or type is refused by name.
//!
//! A folder may hold one file of stimuli and one of gaze, or several files, if one is called `stimuli` and one `fixations`
//! or `scanpaths`. A single file may be opened, too; its counterpart is looked for beside it.
//!
//! Source: pysaliency (github.com/matthias-k/pysaliency), the files that its `to_hdf5` writes and its `read_hdf5` accepts.

#[cfg(feature = "hdf5")]
pub(crate) use files::open;

#[cfg(feature = "hdf5")]
mod files;
#[cfg(feature = "hdf5")]
mod gaze;
#[cfg(feature = "hdf5")]
mod reader;
#[cfg(feature = "hdf5")]
#[cfg(test)]
mod tests;

pub(crate) const LAYOUT: &str = "an HDF5 file of stimuli, fixations or scanpaths with pysaliency's attributes";

const EXTENSIONS: [&str; 3] = ["hdf5", "h5", "hdf"];

/// Refuses a place with HDF5 files, as only the feature `hdf5` can tell whether they are pysaliency's.
#[cfg(not(feature = "hdf5"))]
pub(crate) fn open(place: &crate::files::place::Place) -> Result<Option<crate::contract::Index>, crate::DataError> {
    match place.files(&EXTENSIONS)?.into_iter().next() {
        Some(path) => Err(crate::DataError::WithoutFeature { path, feature: "hdf5" }),
        None => Ok(None),
    }
}
