//! The place that a person names: a folder, or one file in it.

use std::{
    cell::RefCell,
    fs, mem,
    path::{Path, PathBuf},
};

use crate::{
    Attempt, DataError, DatasetOptions, Format,
    files::{folder, names},
};

/// A folder, or one file in it, with the choices about the way in which its gaze is written.
pub(crate) struct Place {
    /// The folder.
    pub(crate) root: PathBuf,
    /// The name of the file in the folder, if a file was named.
    pub(crate) file: Option<String>,
    pub(crate) options: DatasetOptions,
    /// The layouts that the format at hand looked for: the parts of each, and whether they are there.
    looked: RefCell<Vec<Vec<(String, bool)>>>,
}

impl Place {
    pub(crate) fn new(path: &Path, options: &DatasetOptions) -> Result<Self, DataError> {
        let data = fs::metadata(path).map_err(|cause| folder::io_error(path, cause))?;
        let of = |root: &Path, file| {
            let (root, options) = (root.to_owned(), options.clone());
            Self { root, file, options, looked: RefCell::default() }
        };
        if data.is_dir() {
            return Ok(of(path, None));
        }
        let whole = std::path::absolute(path).map_err(|cause| folder::io_error(path, cause))?;
        let name = whole.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        match (whole.parent(), name) {
            (Some(root), Some(name)) => Ok(of(root, Some(name))),
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
        let found = |base: &str| parts.iter().map(|part| root.join(base).join(part).exists()).collect::<Vec<_>>();
        let all: Vec<Vec<bool>> = bases.iter().map(|base| found(base)).collect();
        // A message names what is lacking where the most is there.
        let best = all.iter().rev().max_by_key(|found| found.iter().filter(|&&there| there).count());
        let parts = parts.iter().zip(best.into_iter().flatten());
        self.look(parts.map(|(part, &there)| ((*part).to_owned(), there)));
        let complete = all.iter().position(|found| found.iter().all(|&there| there));
        complete.map(|place| PathBuf::from(bases[place]))
    }

    /// Notes the parts of a layout and whether they are there, for the message about a folder of no format.
    pub(crate) fn look(&self, parts: impl IntoIterator<Item = (String, bool)>) {
        self.looked.borrow_mut().push(parts.into_iter().collect());
    }

    /// Returns what a format that did not fit looked for. Where it looked for several layouts, that is the one of which the
    /// most is there.
    pub(crate) fn attempt(&self, format: Format, layout: &'static str) -> Attempt {
        let looked = mem::take(&mut *self.looked.borrow_mut());
        let count = |parts: &Vec<(String, bool)>| parts.iter().filter(|(_, there)| *there).count();
        let best = looked.into_iter().rev().max_by_key(count).unwrap_or_default();
        let (there, missing): (Vec<_>, Vec<_>) = best.into_iter().partition(|(_, there)| *there);
        let names = |parts: Vec<(String, bool)>| parts.into_iter().map(|(part, _)| part).collect();
        Attempt { format, layout, there: names(there), missing: names(missing) }
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
