//! Predictions for the stimuli of a dataset: a folder or an archive with a file per stimulus, or an HDF5 file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use gaze_core::{Prediction, Size};
use ndarray::Array2;

use super::{
    MapKind,
    decode::{LARGEST_MAP, decode, from_array, is_map, is_mat, is_npy},
};
use crate::{
    DataError,
    files::{archive::Archive, folder, hdf5::Hdf5, image, names::split, npy},
};

/// A store of predictions, which are matched to stimuli by name.
///
/// A store is a folder, a `.zip`, `.tar` or `.tar.gz` file, or an HDF5 file with a data set per stimulus. The map of a
/// stimulus is the one whose path, without its extension, ends in the stimulus's key: `maps/1001.npy` belongs to stimulus
/// `1001`, `Action/001.png` to `Action/001`. Two maps that belong to the same stimulus are ambiguous.
///
/// Folders in the folder are searched too, but not links to folders; a link to a file outside is refused. Maps are `.npy`
/// arrays of shape `(height, width)`, MATLAB files with one matrix, and pictures (png, jpg, tiff, bmp). Other files are
/// ignored.
///
/// A picture gives its gray values as they are stored: 0 to 255, or 0 to 65,535 for 16 bits; transparency is ignored. A
/// picture with three channels counts as gray if they are equal everywhere. Otherwise it is refused, as the colors of a
/// heat map have no order.
#[derive(Debug)]
pub struct PredictionStore {
    path: PathBuf,
    kind: MapKind,
    backing: Backing,
    /// The name of each map in the store, extension included; in a folder, the path of its file.
    names: Vec<PathBuf>,
    /// The positions in `names` of the maps with each stem.
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
    pub fn open(path: &Path, kind: MapKind) -> Result<Self, DataError> {
        let data = std::fs::metadata(path).map_err(|cause| folder::io_error(path, cause))?;
        let shown = PathBuf::from(folder::name(path));
        let (backing, names) = if data.is_dir() {
            let extensions: Vec<&str> = image::EXTENSIONS.into_iter().chain(["npy", "mat"]).collect();
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
                stems.entry(stem.to_owned()).or_default().push(number);
            }
        }
        Ok(Self { path: path.to_owned(), kind, backing, names, stems })
    }

    /// Returns the folder or file that was opened.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// Returns the kind as which the maps are read.
    #[must_use]
    pub fn kind(&self) -> MapKind {
        self.kind
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
        match &self.backing {
            Backing::Folder if is_npy(name) => {
                let file = File::open(name).map_err(|cause| folder::io_error(&shown, cause))?;
                let mut beginning = Vec::new();
                let read = file.take(npy::LONGEST_HEADER as u64 + 12).read_to_end(&mut beginning);
                read.map_err(|cause| folder::io_error(&shown, cause))?;
                let header = npy::Header::parse(&beginning).map_err(|cause| DataError::Npy { path: shown, cause })?;
                Ok(header.size)
            }
            Backing::Folder if !is_mat(name) => image::size(name, &shown),
            Backing::Hdf5(file) => match *file.shape(&name.to_string_lossy())?.as_slice() {
                [height, width] => Ok(Size { height, width }),
                ref shape => {
                    Err(file.problem(&name.to_string_lossy(), "an array (height, width)", &format!("{shape:?}")))
                }
            },
            _ => Ok(self.load(key)?.size()),
        }
    }

    /// Reads the prediction for a stimulus.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], [`DataError::WrongKind`] if a file of its type cannot hold
    /// a map of the store's kind, [`DataError::Map`] if its values are not finite or a log density is not normalised, and
    /// other errors of the file.
    pub fn load(&self, key: &str) -> Result<Prediction, DataError> {
        let name = self.find(key)?;
        let shown = self.shown(name);
        match &self.backing {
            Backing::Folder => {
                let bytes = folder::read(name, &shown, LARGEST_MAP)?;
                decode(name, bytes, shown, self.kind)
            }
            Backing::Archive(archive) => {
                decode(name, archive.read(&name.to_string_lossy(), LARGEST_MAP)?, shown, self.kind)
            }
            Backing::Hdf5(file) => {
                let path = name.to_string_lossy();
                let array = file.numbers(&path)?;
                let values = match *array.shape.as_slice() {
                    [height, width] => Array2::from_shape_vec((height, width), array.values).ok(),
                    _ => None,
                };
                let wrong = || file.problem(&path, "an array (height, width)", &format!("{:?}", array.shape));
                from_array(values.ok_or_else(wrong)?, true, shown, self.kind)
            }
        }
    }

    fn find(&self, key: &str) -> Result<&Path, DataError> {
        let parts = split(key);
        let none = || DataError::NoPrediction { key: key.to_owned(), folder: self.path.clone() };
        // The last part of a key is a stem, which may contain points.
        let candidates = parts.last().and_then(|stem| self.stems.get(*stem)).ok_or_else(none)?;
        let ends_so = |name: &Path| {
            let below = if matches!(self.backing, Backing::Folder) { name.strip_prefix(&self.path) } else { Ok(name) };
            let below = below.unwrap_or(name).parent().unwrap_or(Path::new("")).to_string_lossy();
            split(&below).ends_with(&parts[..parts.len() - 1])
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
