//! What a person pointed at: a folder, or one file in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{DataError, folder};

/// A folder, or one file in it.
pub(crate) struct Place {
    /// The folder.
    pub(crate) root: PathBuf,
    /// The name of the file in it that was pointed at.
    pub(crate) file: Option<String>,
}

impl Place {
    pub(crate) fn new(path: &Path) -> Result<Self, DataError> {
        let data = fs::metadata(path).map_err(|cause| folder::io_error(path, cause))?;
        if data.is_dir() {
            return Ok(Self { root: path.to_owned(), file: None });
        }
        let whole = std::path::absolute(path).map_err(|cause| folder::io_error(path, cause))?;
        let name = whole.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        match (whole.parent(), name) {
            (Some(root), Some(name)) => Ok(Self { root: root.to_owned(), file: Some(name) }),
            _ => Err(DataError::NotAFolder { path: path.to_owned() }),
        }
    }

    /// The folder, if it is what was pointed at.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.is_none().then_some(self.root.as_path())
    }

    /// The first of some folders below it, or the folder itself (`""`), that has all the parts.
    pub(crate) fn base(&self, bases: &[&str], parts: &[&str]) -> Option<PathBuf> {
        let root = self.folder()?;
        let complete = |base: &&&str| parts.iter().all(|part| root.join(base).join(part).exists());
        bases.iter().find(complete).map(PathBuf::from)
    }

    /// The name of the dataset where nothing better is known.
    pub(crate) fn name(&self) -> String {
        match &self.file {
            Some(file) => {
                Path::new(file).file_stem().map_or_else(|| file.clone(), |s| s.to_string_lossy().into_owned())
            }
            None => folder::name(&self.root),
        }
    }

    /// What there is, for a message.
    pub(crate) fn overview(&self) -> Result<Vec<String>, DataError> {
        match &self.file {
            None => folder::overview(&self.root),
            Some(name) => {
                let path = self.root.join(name);
                let data = fs::metadata(&path).map_err(|cause| folder::io_error(&path, cause))?;
                Ok(vec![format!("{name}, a file of {} bytes", data.len())])
            }
        }
    }
}
