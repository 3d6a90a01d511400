//! The place that a person names: a folder, or one file in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    DataError,
    files::{folder, names},
};

/// A folder, or one file in it.
pub(crate) struct Place {
    /// The folder.
    pub(crate) root: PathBuf,
    /// The name of the file in the folder, if a file was named.
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

    /// Returns the folder, unless a file in it was named.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.is_none().then_some(self.root.as_path())
    }

    /// Returns the first of the folders `bases` (`""` is the folder itself) that contains all of `parts`.
    pub(crate) fn base(&self, bases: &[&str], parts: &[&str]) -> Option<PathBuf> {
        let root = self.folder()?;
        let complete = |base: &&&str| parts.iter().all(|part| root.join(base).join(part).exists());
        bases.iter().find(complete).map(PathBuf::from)
    }

    /// Lists the names of the files with one of the extensions: those of the folder, or the file that was named.
    pub(crate) fn files(&self, extensions: &[&str]) -> Result<Vec<PathBuf>, DataError> {
        let known = |path: &Path| folder::extension(path).is_some_and(|known| extensions.contains(&known.as_str()));
        match &self.file {
            Some(name) => Ok([PathBuf::from(name)].into_iter().filter(|path| known(path)).collect()),
            None => {
                let files = folder::files_by_stem(&self.root, Path::new(""), extensions)?;
                Ok(files.into_values().filter_map(|path| path.file_name().map(PathBuf::from)).collect())
            }
        }
    }

    /// Returns a name for the dataset: that of the folder, or the stem of the file.
    pub(crate) fn name(&self) -> String {
        match &self.file {
            Some(file) => names::stem(file).to_owned(),
            None => folder::name(&self.root),
        }
    }

    /// Describes the content of the place, for a message.
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
