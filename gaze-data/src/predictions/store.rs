//! Predictions for the stimuli of a dataset: a folder or an archive with a file per stimulus, or an HDF5 file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use gaze_core::{Prediction, Size};
use rayon::prelude::*;

use super::{
    MapKind, MapMeaning, MapName, MapOptions, StoredMap,
    decode::{EXTENSIONS, LARGEST_MAP, dataset, decode, is_map},
    pattern::pattern,
    stored::LogSum,
};
use crate::{
    DataError,
    files::{
        archive::Archive,
        folder,
        hdf5::Hdf5,
        image,
        names::{composed, split},
        npy, plane,
    },
};

/// A store of predictions, which are matched to stimuli by name.
///
/// A store is a folder, a `.zip`, `.tar`, `.tar.gz` or `.npz` file, or an HDF5 file with a data set per stimulus. The map of a
/// stimulus is the one whose path, without its extension, ends in the stimulus's key: `maps/1001.npy` belongs to stimulus
/// `1001`, `Action/001.png` to `Action/001`. Two maps that belong to the same stimulus are ambiguous. Where all maps have
/// something more in their names (`1001_saliency.png`, `1001.jpg.npy`), [`PredictionStore::settle`] finds the pattern.
///
/// Folders in the folder are searched too, but not links to folders; a link to a file outside is refused. Maps are files of
/// every type that [`read_map`](crate::read_map) reads; other files are ignored.
///
/// A picture gives its gray values as they are stored: 0 to 255, or 0 to 65,535 for 16 bits; transparency is ignored. A
/// picture with three channels counts as gray if they are equal everywhere. Otherwise it is refused, as the colors of a
/// heat map have no order. A data set of an HDF5 file with the attribute `original_shape`, as pysaliency writes it, was
/// stored smaller and is enlarged as pysaliency enlarges it.
#[derive(Debug)]
pub struct PredictionStore {
    path: PathBuf,
    options: MapOptions,
    backing: Backing,
    /// The name of each map in the store, extension included; in a folder, the path of its file.
    names: Vec<PathBuf>,
    /// The positions in `names` of the maps with each stem, in composed letters.
    stems: BTreeMap<String, Vec<usize>>,
}

enum Backing {
    Folder,
    Archive(Archive),
    Hdf5(Hdf5),
}

impl std::fmt::Debug for Backing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Folder => "Folder",
            Self::Archive(_) => "Archive",
            Self::Hdf5(_) => "Hdf5",
        })
    }
}

impl PredictionStore {
    /// Opens a folder, an archive or an HDF5 file, and lists its maps.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`], [`DataError::NotAFolder`] for a file of another type, [`DataError::Escapes`] for a name
    /// or link that leads out of the store, [`DataError::WithoutFeature`] for a type of file whose Cargo feature is off,
    /// and [`DataError::Io`].
    pub fn open(path: &Path, options: impl Into<MapOptions>) -> Result<Self, DataError> {
        let data = std::fs::metadata(path).map_err(|cause| folder::io_error(path, cause))?;
        let shown = PathBuf::from(folder::name(path));
        let (backing, names) = if data.is_dir() {
            let extensions: Vec<&str> = image::EXTENSIONS.into_iter().chain(EXTENSIONS).collect();
            (Backing::Folder, folder::tree(path, &extensions)?)
        } else if let Some(archive) = Archive::open(path, &shown)? {
            let names = archive.names().filter(|name| is_map(Path::new(name))).map(PathBuf::from).collect();
            (Backing::Archive(archive), names)
        } else if folder::extension(path).is_some_and(|extension| ["hdf5", "h5", "hdf"].contains(&extension.as_str())) {
            let file = Hdf5::open(path, &shown)?;
            let names = file.datasets()?.into_iter().map(PathBuf::from).collect();
            (Backing::Hdf5(file), names)
        } else {
            return Err(DataError::NotAFolder { path: path.to_owned() });
        };
        let mut names: Vec<PathBuf> = names;
        names.sort();
        let mut stems: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, name) in names.iter().enumerate() {
            if let Some(stem) = name.file_stem().and_then(|stem| stem.to_str()) {
                stems.entry(composed(stem).into_owned()).or_default().push(number);
            }
        }
        Ok(Self { path: path.to_owned(), options: options.into(), backing, names, stems })
    }

    /// Settles, for all of these stimuli at once, by which pattern the maps are named and what their numbers mean, unless
    /// that was chosen when the store was opened. All maps are read for it, on the threads of the current rayon pool, unless
    /// they can only be scores. Returns sentences that a user should read.
    pub fn settle<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let keys: Vec<&str> = keys.into_iter().collect();
        let mut notes = Vec::new();
        if self.options.name.is_none() && !keys.iter().any(|key| self.find(key).is_ok()) {
            let stems: Vec<&str> = self.stems.keys().map(String::as_str).collect();
            self.options.name = pattern(&keys, &stems);
            notes.extend(self.options.name.as_ref().map(|name| format!("the maps are named {name}")));
        }
        if matches!(self.options.kind, MapKind::Scores | MapKind::Percentile) {
            return notes;
        }
        let kind = self.options.kind;
        // A map that cannot be read decides nothing; what is wrong with it is told where it is needed.
        let log_sum = |key: &&'a str| -> Option<(&'a str, Option<LogSum>)> {
            self.stored(key).ok().map(|map| (*key, map.log_sum(kind)))
        };
        let maps: Vec<_> = if kind == MapKind::Auto && self.are_pictures(&keys) {
            Vec::new()
        } else {
            keys.par_iter().filter_map(log_sum).collect()
        };
        let meaning = MapMeaning::of(kind, &maps);
        self.options.kind = meaning.kind;
        notes.extend(meaning.notes);
        notes
    }

    /// Returns the folder or file that was opened.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// Returns the kind as which the maps are read.
    #[must_use]
    pub fn kind(&self) -> MapKind {
        self.options.kind
    }

    /// Returns the pattern by which maps are named; `None` if they are named like their stimuli.
    #[must_use]
    pub fn name(&self) -> Option<&MapName> {
        self.options.name.as_ref()
    }

    /// Returns the number of different stems.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stems.len()
    }

    /// Tells whether the store has no prediction.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    /// Returns the file with the map of a stimulus, which may hold other maps, too; `None` if the stimulus has no map or
    /// more than one.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<&Path> {
        let name = self.find(key).ok()?;
        Some(if matches!(self.backing, Backing::Folder) { name } else { &self.path })
    }

    /// Reads the size of a prediction, from the header of its file where it has one.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and other errors of the file's beginning.
    pub fn size(&self, key: &str) -> Result<Size, DataError> {
        let name = self.find(key)?;
        let shown = self.shown(name);
        let extension = folder::extension(name).unwrap_or_default();
        match &self.backing {
            Backing::Folder if extension == "npy" => {
                let file = File::open(name).map_err(|cause| folder::io_error(&shown, cause))?;
                let mut beginning = Vec::new();
                let read = file.take(npy::LONGEST_HEADER as u64 + 12).read_to_end(&mut beginning);
                read.map_err(|cause| folder::io_error(&shown, cause))?;
                let error = |cause| DataError::Npy { path: shown.clone(), cause };
                let header = npy::Header::parse(&beginning).map_err(error)?;
                plane::sides(&header.shape).ok_or_else(|| error(header.no_map()))
            }
            Backing::Folder if !EXTENSIONS.contains(&extension.as_str()) && !extension.starts_with("tif") => {
                image::size(name, &shown)
            }
            _ => Ok(self.stored(key)?.size()),
        }
    }

    /// Reads the prediction for a stimulus.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and the errors of [`read_map`](crate::read_map) and
    /// [`StoredMap::prediction`].
    pub fn load(&self, key: &str) -> Result<Prediction, DataError> {
        self.stored(key)?.prediction(self.options.kind)
    }

    /// Reads the map of a stimulus as it is stored.
    fn stored(&self, key: &str) -> Result<StoredMap, DataError> {
        let name = self.find(key)?;
        let shown = self.shown(name);
        let variable = self.options.variable.as_deref();
        match &self.backing {
            Backing::Folder => {
                folder::check_link(&self.path, name.strip_prefix(&self.path).unwrap_or(name))?;
                decode(folder::read(name, &shown, LARGEST_MAP)?, shown, variable)
            }
            Backing::Archive(archive) => decode(archive.read(&name.to_string_lossy(), LARGEST_MAP)?, shown, variable),
            Backing::Hdf5(file) => Ok(StoredMap::new(dataset(file, &name.to_string_lossy(), file.shown())?, shown)),
        }
    }

    /// Tells whether the maps of these stimuli are pictures, which hold scores without a look at their content.
    fn are_pictures(&self, keys: &[&str]) -> bool {
        let is_picture = |name: &Path| {
            folder::extension(name)
                .is_some_and(|known| image::EXTENSIONS.contains(&known.as_str()) && !known.starts_with("tif"))
        };
        !matches!(self.backing, Backing::Hdf5(_)) && keys.iter().filter_map(|key| self.find(key).ok()).all(is_picture)
    }

    fn find(&self, key: &str) -> Result<&Path, DataError> {
        let key = &*composed(key);
        let parts = split(key);
        let none = || DataError::NoPrediction { key: key.to_owned(), folder: self.path.clone() };
        // The last part of a key is a stem, which may contain points.
        let stem = |stem: &&str| match &self.options.name {
            Some(name) => self.stems.get(&name.of(stem)),
            None => self.stems.get(*stem),
        };
        let candidates = parts.last().and_then(stem).ok_or_else(none)?;
        let ends_so = |name: &Path| {
            let below = if matches!(self.backing, Backing::Folder) { name.strip_prefix(&self.path) } else { Ok(name) };
            let below = below.unwrap_or(name).parent().unwrap_or(Path::new("")).to_string_lossy();
            split(&composed(&below)).ends_with(&parts[..parts.len() - 1])
        };
        let mut matching = candidates.iter().map(|&number| self.names[number].as_path()).filter(|name| ends_so(name));
        match (matching.next(), matching.next()) {
            (Some(name), None) => Ok(name),
            (Some(first), Some(second)) => {
                let (first, second) = (self.shown(first), self.shown(second));
                Err(DataError::Ambiguous { key: key.to_owned(), first, second })
            }
            _ => Err(none()),
        }
    }

    /// Returns a map's path below the store, after the store's own name: `deepgaze2e/12.png`.
    fn shown(&self, name: &Path) -> PathBuf {
        Path::new(&folder::name(&self.path)).join(name.strip_prefix(&self.path).unwrap_or(name))
    }
}
