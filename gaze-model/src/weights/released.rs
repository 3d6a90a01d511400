//! Files that other projects released, and the place where `cargo xtask fetch-weights` puts them.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::weights::default_folder;

/// A file that another project released and `cargo xtask fetch-weights` downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Released {
    /// The weights of DeepGaze I.
    DeepGazeI,
    /// The weights of DeepGaze IIE.
    DeepGazeIie,
    /// The weights of DeepGaze III.
    DeepGazeIii,
    /// The weights of DeepGaze MSDB without those of its backbones, which are the next two.
    DeepGazeMsdb,
    /// The weights of CLIP RN50x64, a program for PyTorch of which only the numbers are read.
    ClipRn50x64,
    /// The weights of DINOv2 ViT-B/14.
    DinoV2VitB14,
    /// The center bias of the dataset MIT1003: log densities in an NPY array of 1024 × 1024, for
    /// [`TemplateCenterBias`](crate::TemplateCenterBias).
    Mit1003CenterBias,
}

/// A released file that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReleasedError {
    /// There is no folder in which to look.
    #[error("there is no home folder to look for weights in; set GAZE_WEIGHTS")]
    NoFolder,
    /// The folder does not hold the file.
    #[error("{} is not there: `cargo xtask fetch-weights --model {model}` downloads it", path.display())]
    NotFetched {
        /// The path at which the file is expected.
        path: PathBuf,
        /// The model with which the file is downloaded.
        model: &'static str,
    },
}

impl Released {
    /// All released files.
    pub const ALL: [Self; 7] = [
        Self::DeepGazeI,
        Self::DeepGazeIie,
        Self::DeepGazeIii,
        Self::DeepGazeMsdb,
        Self::ClipRn50x64,
        Self::DinoV2VitB14,
        Self::Mit1003CenterBias,
    ];

    /// The name under which the file was released.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::DeepGazeI => "deepgaze1.pth",
            Self::DeepGazeIie => "deepgaze2e.pth",
            Self::DeepGazeIii => "deepgaze3.pth",
            Self::DeepGazeMsdb => "deepgazemsdb.pth",
            Self::ClipRn50x64 => "RN50x64.pt",
            Self::DinoV2VitB14 => "dinov2_vitb14_pretrain.pth",
            Self::Mit1003CenterBias => "centerbias_mit1003.npy",
        }
    }

    /// The model with which `cargo xtask fetch-weights` downloads the file; the center bias comes with each.
    fn model(self) -> &'static str {
        match self {
            Self::DeepGazeI => "deepgaze-i",
            Self::DeepGazeIie | Self::Mit1003CenterBias => "deepgaze-iie",
            Self::DeepGazeIii => "deepgaze-iii",
            Self::DeepGazeMsdb | Self::ClipRn50x64 | Self::DinoV2VitB14 => "deepgaze-msdb",
        }
    }

    /// Finds the file in [`default_folder`].
    ///
    /// # Errors
    ///
    /// [`ReleasedError`] if there is no such folder, or no such file in it.
    pub fn find(self) -> Result<PathBuf, ReleasedError> {
        self.find_in(&default_folder().ok_or(ReleasedError::NoFolder)?)
    }

    /// Finds the file in a folder.
    pub(crate) fn find_in(self, folder: &Path) -> Result<PathBuf, ReleasedError> {
        let path = folder.join(self.file_name());
        if path.exists() { Ok(path) } else { Err(ReleasedError::NotFetched { path, model: self.model() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_not_fetched_is_named_with_the_way_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        for file in Released::ALL {
            let path = folder.path().join(file.file_name());
            let error = file.find_in(folder.path()).unwrap_err().to_string();
            let command = format!("cargo xtask fetch-weights --model {}", file.model());
            assert_eq!(error, format!("{} is not there: `{command}` downloads it", path.display()));
            std::fs::write(&path, "").unwrap();
            assert_eq!(file.find_in(folder.path()), Ok(path));
        }
    }
}
