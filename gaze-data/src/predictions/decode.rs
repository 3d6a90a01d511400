//! Decodes one prediction, from a NumPy array, a MATLAB matrix or a picture.

use std::path::{Path, PathBuf};

use ::image::DynamicImage;
use gaze_core::{LogDensity, Prediction, SaliencyMap};
use ndarray::{Array2, ShapeBuilder};

use super::{MapKind, percentile};
use crate::{
    DataError,
    error::Problem,
    files::{
        folder, image,
        mat::{self, Value},
        npy,
    },
};

/// The largest file of a map that is read, in bytes.
pub(super) const LARGEST_MAP: u64 = 1 << 30;

/// Reads one prediction from a file: a NumPy array of shape `(height, width)`, a MATLAB matrix or a picture, as in a
/// [`PredictionStore`](crate::PredictionStore).
///
/// # Errors
///
/// [`DataError`] for a file that cannot be read, as for [`PredictionStore::load`](crate::PredictionStore::load).
pub fn read_prediction(path: &Path, kind: MapKind) -> Result<Prediction, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    decode(path, folder::read(path, path, LARGEST_MAP)?, path.to_owned(), kind)
}

/// Reads one prediction from the bytes of a file, whose type is recognised by its first bytes; `name` is their name in
/// errors.
///
/// # Errors
///
/// The errors of [`read_prediction`].
pub fn decode_prediction(bytes: Vec<u8>, name: &Path, kind: MapKind) -> Result<Prediction, DataError> {
    let extension = match bytes.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "npy",
        [b'M', b'A', b'T', b'L', b'A', b'B', ..] => "mat",
        _ => "",
    };
    decode(Path::new(&format!("map.{extension}")), bytes, name.to_owned(), kind)
}

/// Reads a NumPy array of shape `(height, width)` without interpreting its numbers.
///
/// # Errors
///
/// [`DataError::Npy`] for a file that is not such an array, and other errors of a file that cannot be read.
pub fn read_array(path: &Path) -> Result<Array2<f64>, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    let file = folder::read(path, path, LARGEST_MAP)?;
    let (_, values) = npy::parse(&file).map_err(|cause| DataError::Npy { path: path.to_owned(), cause })?;
    Ok(values)
}

/// Decodes a map from the bytes of a file, whose type is that of the extension of `name`.
pub(super) fn decode(name: &Path, bytes: Vec<u8>, shown: PathBuf, kind: MapKind) -> Result<Prediction, DataError> {
    if is_npy(name) {
        let (header, values) = npy::parse(&bytes).map_err(|cause| DataError::Npy { path: shown.clone(), cause })?;
        return from_array(values, header.is_float(), shown, kind);
    }
    if is_mat(name) {
        return from_array(matrix(bytes, &shown)?, true, shown, kind);
    }
    let picture = image::decode_bytes(&bytes, &shown);
    match kind {
        MapKind::LogDensity => {
            let (expected, found) = ("a log density in a NumPy array", "a picture".to_owned());
            Err(DataError::WrongKind { path: shown, expected, found })
        }
        MapKind::Percentile => match picture? {
            DynamicImage::ImageLuma8(gray) => {
                let (width, height) = gray.dimensions();
                let values = Array2::from_shape_vec((height as usize, width as usize), gray.into_raw());
                let values = values.expect("a gray picture has one value per pixel");
                let density = percentile::density(&values);
                let error = |problem| DataError::NotPercentile { path: shown, problem };
                density.map(Prediction::Density).map_err(error)
            }
            other => {
                let (expected, found) = ("an 8-bit gray picture", format!("pixels of type {:?}", other.color()));
                Err(DataError::WrongKind { path: shown, expected, found })
            }
        },
        MapKind::Auto | MapKind::Scores => {
            let values = image::gray_values(&picture?, &shown)?;
            SaliencyMap::new(values).map(Prediction::Scores).map_err(|cause| DataError::Map { path: shown, cause })
        }
    }
}

/// Reads the only matrix in a MATLAB file.
fn matrix(bytes: Vec<u8>, shown: &Path) -> Result<Array2<f64>, DataError> {
    let variables = mat::read_bytes(bytes, shown)?;
    let mut named = variables.iter().filter(|(name, _)| !name.is_empty() && !name.starts_with("__"));
    match (named.next(), named.next()) {
        (Some((name, Value::Numbers(numbers))), None) => {
            let shape = (numbers.rows(), numbers.columns()).f();
            let values =
                Array2::from_shape_vec(shape, numbers.iter().collect()).ok().filter(|_| numbers.shape.len() == 2);
            // Maps are in row-major order everywhere else.
            let values = values.map(|values| values.as_standard_layout().into_owned());
            let wrong =
                || Problem::new(name, "a matrix (height, width)", &format!("shape {:?}", numbers.shape)).at(shown);
            values.ok_or_else(wrong)
        }
        (Some((name, other)), None) => Err(Problem::new(name, "a matrix (height, width)", other).at(shown)),
        _ => Err(Problem::new("the file", "one variable", &format!("{} variables", variables.len())).at(shown)),
    }
}

pub(super) fn is_npy(path: &Path) -> bool {
    folder::extension(path).as_deref() == Some("npy")
}

pub(super) fn is_mat(path: &Path) -> bool {
    folder::extension(path).as_deref() == Some("mat")
}

pub(super) fn is_map(path: &Path) -> bool {
    let picture = || folder::extension(path).is_some_and(|known| image::EXTENSIONS.contains(&known.as_str()));
    is_npy(path) || is_mat(path) || picture()
}

/// Takes an array as a prediction of this kind, as [`read_prediction`] takes an array from a file. `is_float` tells whether the
/// array held floating-point numbers: only such an array can be a log density by itself.
///
/// # Errors
///
/// [`DataError::Map`] for values that no map of the kind has, [`DataError::WrongKind`] for [`MapKind::Percentile`]. The array is
/// called `array` in their messages.
pub fn array_prediction(values: Array2<f64>, is_float: bool, kind: MapKind) -> Result<Prediction, DataError> {
    from_array(values, is_float, PathBuf::from("array"), kind)
}

pub(super) fn from_array(
    values: Array2<f64>,
    is_float: bool,
    shown: PathBuf,
    kind: MapKind,
) -> Result<Prediction, DataError> {
    let map_error = |cause| DataError::Map { path: shown.clone(), cause };
    match kind {
        MapKind::Percentile => {
            let (expected, found) = ("an 8-bit gray picture", "an array of numbers".to_owned());
            Err(DataError::WrongKind { path: shown, expected, found })
        }
        MapKind::LogDensity => LogDensity::new(values).map(Prediction::Density).map_err(map_error),
        _ => {
            // The signs are checked first, as that is cheap: few arrays are then copied for the sum.
            if kind == MapKind::Auto
                && is_float
                && values.iter().all(|&value| value <= 0.0)
                && let Ok(density) = LogDensity::new(values.clone())
            {
                return Ok(Prediction::Density(density));
            }
            SaliencyMap::new(values).map(Prediction::Scores).map_err(map_error)
        }
    }
}
