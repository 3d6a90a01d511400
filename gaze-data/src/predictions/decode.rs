//! Decodes one map from the bytes of a file, whose type is recognised by its first bytes.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::stored::{Content, StoredMap};
use crate::{
    DataError,
    error::{Problem, some_of},
    files::{
        archive, exr, folder,
        hdf5::Hdf5,
        image,
        mat::{self, Value},
        npy,
        plane::{Numbers, enlarged},
        tiff,
    },
};

/// The largest file of a map that is read, in bytes.
pub(super) const LARGEST_MAP: u64 = 1 << 30;

/// The extensions of files of maps beside those of pictures, in lower case.
pub(super) const EXTENSIONS: [&str; 7] = ["npy", "npz", "mat", "h5", "hdf5", "hdf", "exr"];

/// Reads one map from a file: a NumPy array or archive (`.npy`, `.npz`), a MATLAB file, an HDF5 file with one data set,
/// OpenEXR with one channel, a picture in gray, or a TIFF of any kind of numbers. Arrays may have further axes of length 1.
///
/// `variable` names the array to read where a file holds several.
///
/// # Errors
///
/// [`DataError`] for a file that cannot be read, that holds no map, or that holds several of which none is named.
pub fn read_map(path: &Path, variable: Option<&str>) -> Result<StoredMap, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    decode(folder::read(path, path, LARGEST_MAP)?, path.to_owned(), variable)
}

/// Reads one map from the bytes of a file, as [`read_map`] does; `name` is their name in errors.
///
/// # Errors
///
/// The errors of [`read_map`].
pub fn decode_map(bytes: Vec<u8>, name: &Path, variable: Option<&str>) -> Result<StoredMap, DataError> {
    decode(bytes, name.to_owned(), variable)
}

/// Reads the numbers of a map without interpreting them, from a file of any type that [`read_map`] reads.
///
/// # Errors
///
/// The errors of [`read_map`], and [`DataError::NotGray`] for a picture with colors.
pub fn read_array(path: &Path) -> Result<Array2<f64>, DataError> {
    read_map(path, None)?.into_values()
}

/// Decodes a map from the bytes of a file.
pub(super) fn decode(bytes: Vec<u8>, shown: PathBuf, variable: Option<&str>) -> Result<StoredMap, DataError> {
    let content = match Container::of(&bytes, &shown) {
        Container::Npy => npy_map(&bytes, &shown)?,
        Container::Npz => npz_map(bytes, &shown, variable)?,
        Container::Mat => array(matrix(bytes, &shown, variable)?, true),
        Container::Hdf5 => only_dataset(bytes, &shown, variable)?,
        Container::Exr => of_numbers(exr::channel(&bytes, &shown, variable)?, "the picture", &shown)?,
        Container::Picture => match tiff::numbers(&bytes, &shown)? {
            Some(numbers) => of_numbers(numbers, "the picture", &shown)?,
            None => Content::Picture(image::decode(&bytes, &shown)?.0),
        },
    };
    Ok(StoredMap::new(content, shown))
}

/// A type of file that can hold a map.
enum Container {
    Npy,
    Npz,
    Mat,
    Hdf5,
    Exr,
    Picture,
}

impl Container {
    fn of(bytes: &[u8], shown: &Path) -> Self {
        match bytes {
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Self::Npy,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Npz,
            [b'M', b'A', b'T', b'L', b'A', b'B', ..] => Self::Mat,
            [0x89, b'H', b'D', b'F', ..] => Self::Hdf5,
            [0x76, 0x2f, 0x31, 0x01, ..] => Self::Exr,
            // MATLAB 4 begins with numbers like any other.
            _ if folder::extension(shown).as_deref() == Some("mat") => Self::Mat,
            _ => Self::Picture,
        }
    }
}

fn array(values: Array2<f64>, is_float: bool) -> Content {
    Content::Array { values, is_float, is_enlarged: false }
}

/// Takes an array of a file as a map; `place` is its name in errors.
pub(super) fn of_numbers(numbers: Numbers, place: &str, shown: &Path) -> Result<Content, DataError> {
    let is_float = numbers.is_float;
    let map = numbers.into_map();
    map.map(|map| array(map, is_float))
        .map_err(|found| Problem::new(place, "an array (height, width)", &found).at(shown))
}

fn npy_map(bytes: &[u8], shown: &Path) -> Result<Content, DataError> {
    let parsed = npy::parse_map(bytes).map_err(|cause| DataError::Npy { path: shown.to_owned(), cause });
    parsed.map(|(is_float, map)| array(map, is_float))
}

/// Chooses an array of a file by its name, or takes the only one. `None` if there is another number than one and none is
/// named.
fn chosen(names: &[&str], variable: Option<&str>, shown: &Path) -> Result<usize, DataError> {
    let found = match variable {
        Some(wanted) => names.iter().position(|name| *name == wanted),
        None if names.len() == 1 => Some(0),
        None => None,
    };
    found.ok_or_else(|| {
        let expected = match variable {
            Some(wanted) => format!("the array {wanted}"),
            None => "one array, or several of which --variable names one".to_owned(),
        };
        let found = if names.is_empty() { "none".to_owned() } else { some_of(names) };
        Problem::new("the file", &format!("a file with {expected}"), &found).at(shown)
    })
}

fn npz_map(bytes: Vec<u8>, shown: &Path, variable: Option<&str>) -> Result<Content, DataError> {
    let mut files = archive::Bytes::open(bytes, shown)?;
    let names: Vec<String> = files.names().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let name = names[chosen(&names, variable, shown)?];
    npy_map(&files.read(&format!("{name}.npy"), LARGEST_MAP)?, &shown.join(name))
}

fn only_dataset(bytes: Vec<u8>, shown: &Path, variable: Option<&str>) -> Result<Content, DataError> {
    let file = Hdf5::from_bytes(bytes, shown)?;
    let names = file.datasets()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let name = names[chosen(&names, variable, shown)?];
    dataset(&file, name, shown)
}

/// Reads a data set of an HDF5 file as a map; one that was stored smaller is enlarged to its original shape.
pub(super) fn dataset(file: &Hdf5, name: &str, shown: &Path) -> Result<Content, DataError> {
    let content = of_numbers(file.numbers(name)?, name, shown)?;
    match (content, file.original_size(name)?) {
        (Content::Array { values, is_float, .. }, Some(size)) => {
            Ok(Content::Array { values: enlarged(values, size), is_float, is_enlarged: true })
        }
        (content, _) => Ok(content),
    }
}

/// Reads a matrix of a MATLAB file: the only variable, the one that is named, or the only field of a struct.
fn matrix(bytes: Vec<u8>, shown: &Path, variable: Option<&str>) -> Result<Array2<f64>, DataError> {
    let variables = mat::read_bytes(bytes, shown)?;
    let variables: Vec<_> = variables.iter().filter(|(name, _)| !name.is_empty() && !name.starts_with("__")).collect();
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    let (first, fields) = match variable.and_then(|path| path.split_once('.')) {
        Some((first, fields)) => (Some(first), Some(fields)),
        None => (variable, None),
    };
    let (name, value) = variables[chosen(&names, first, shown)?];
    let mut value = value;
    let mut place = name.clone();
    for field in fields.into_iter().flat_map(|fields| fields.split('.')) {
        let missing = || Problem::new(&place, &format!("a struct with the field {field}"), value).at(shown);
        value = value.field(field).ok_or_else(missing)?;
        place = format!("{place}.{field}");
    }
    while let Value::Structs { fields, elements } = value {
        let ([field], [inner]) = (fields.as_slice(), elements.as_slice()) else {
            let expected = format!("a matrix (height, width), or --variable {place}.FIELD names one");
            return Err(Problem::new(&place, &expected, value).at(shown));
        };
        place = format!("{place}.{field}");
        value = inner.first().ok_or_else(|| Problem::new(&place, "a matrix", &"nothing").at(shown))?;
    }
    let Value::Numbers(numbers) = value else {
        return Err(Problem::new(&place, "a matrix (height, width)", value).at(shown));
    };
    let numbers = Numbers {
        shape: numbers.shape.clone(),
        values: numbers.iter().collect(),
        first_axis_fastest: true,
        kind: "number".to_owned(),
        is_float: true,
    };
    numbers.into_map().map_err(|found| Problem::new(&place, "a matrix (height, width)", &found).at(shown))
}

/// Tells whether a file may hold a map, by its extension.
pub(crate) fn is_map(path: &Path) -> bool {
    folder::extension(path)
        .is_some_and(|known| EXTENSIONS.contains(&known.as_str()) || image::EXTENSIONS.contains(&known.as_str()))
}
