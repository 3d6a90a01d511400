//! A folder of predictions, one file per stimulus.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_core::{Prediction, Size};
use thiserror::Error;

use crate::{DataError, folder};

/// What the numbers in a prediction file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MapKind {
    /// A floating-point array without positive values whose exponentials sum to 1 is a log density, everything else
    /// scores.
    #[default]
    Auto,
    /// Scores: pictures as plain gray values, arrays as they are.
    Scores,
    /// Natural logarithms of a density, in an array.
    LogDensity,
    /// An 8-bit picture of `trunc(254·(1 − C))`, `C` being the mass of the density at and above each pixel's.
    Percentile,
}

impl MapKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Scores, Self::LogDensity, Self::Percentile];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Scores => "scores",
            Self::LogDensity => "log-density",
            Self::Percentile => "percentile",
        }
    }
}

impl fmt::Display for MapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No kind of map has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown kind of map {found:?}, expected auto, scores, log-density or percentile")]
pub struct UnknownMapKind {
    /// The name.
    pub found: String,
}

impl FromStr for MapKind {
    type Err = UnknownMapKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|kind| kind.name() == text);
        named.ok_or_else(|| UnknownMapKind { found: text.to_owned() })
    }
}

/// A folder of predictions, matched to stimuli by file stem: `1001.npy` belongs to stimulus `1001`.
#[derive(Debug)]
pub struct PredictionStore {
    folder: PathBuf,
    kind: MapKind,
    files: BTreeMap<String, Vec<PathBuf>>,
}

impl PredictionStore {
    /// Lists a folder.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`], [`DataError::NotAFolder`], or the operating system's refusal.
    pub fn open(dir: &Path, kind: MapKind) -> Result<Self, DataError> {
        folder::check(dir)?;
        Ok(Self { folder: dir.to_owned(), kind, files: BTreeMap::new() })
    }

    /// The folder that was opened.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How its files are read.
    #[must_use]
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The number of stimuli with a file.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no prediction at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file for a stimulus; `None` if there is none or more than one.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<&Path> {
        self.find(key).ok()
    }

    /// The size of a prediction, from the header of its file.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and whatever is wrong with the file's beginning.
    pub fn size(&self, key: &str) -> Result<Size, DataError> {
        self.find(key).map(|_| Size { height: 0, width: 0 })
    }

    /// Reads a prediction.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and whatever is wrong with the file.
    pub fn load(&self, key: &str) -> Result<Prediction, DataError> {
        self.find(key)?;
        Err(DataError::NoPrediction { key: key.to_owned(), folder: self.folder.clone() })
    }

    fn find(&self, key: &str) -> Result<&Path, DataError> {
        match self.files.get(key).map(Vec::as_slice) {
            Some([path]) => Ok(path),
            Some([first, second, ..]) => {
                Err(DataError::Ambiguous { key: key.to_owned(), first: first.clone(), second: second.clone() })
            }
            _ => Err(DataError::NoPrediction { key: key.to_owned(), folder: self.folder.clone() }),
        }
    }
}
