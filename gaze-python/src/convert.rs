//! NumPy arrays in, and back out.

use std::{borrow::Cow, path::PathBuf};

use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, MapError, SaliencyMap, Size, Stimulus};
use gaze_data::{Background, Turning};
use ndarray::{ArrayView2, Axis, concatenate};
use numpy::{Element, PyArray, PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::PyTuple,
};

use crate::errors;

/// An array of numbers of shape `(height, width)`: the caller's own where it holds 64-bit or 32-bit floating-point numbers,
/// else a copy in 64 bits.
pub(crate) enum Numbers<'py> {
    Wide(PyReadonlyArray2<'py, f64>),
    Narrow(PyReadonlyArray2<'py, f32>),
}

/// The values of [`Numbers`], which may be read without the interpreter.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Wide(ArrayView2<'a, f64>),
    Narrow(ArrayView2<'a, f32>),
}

/// A saliency map that borrows its values from an array.
pub(crate) enum Map<'a> {
    Wide(SaliencyMap<'a>),
    Narrow(SaliencyMap<'a, f32>),
}

impl<'py> Numbers<'py> {
    /// Takes an array, or anything that NumPy makes an array of; `name` is the argument's name in errors.
    pub(crate) fn of(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        if let Ok(array) = value.cast::<PyArray2<f64>>()
            && is_aligned(array)
        {
            return readonly(array, name).map(Self::Wide);
        }
        if let Ok(array) = value.cast::<PyArray2<f32>>()
            && is_aligned(array)
        {
            return readonly(array, name).map(Self::Narrow);
        }
        let array = as_doubles(value, name)?;
        let Ok(array) = array.cast::<PyArray2<f64>>() else {
            let shape = array.getattr("shape")?;
            return Err(PyValueError::new_err(format!(
                "{name} must have the shape (height, width), this array has {shape}"
            )));
        };
        readonly(array, name).map(Self::Wide)
    }

    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Wide(array) => View::Wide(array.as_array()),
            Self::Narrow(array) => View::Narrow(array.as_array()),
        }
    }
}

impl<'a> View<'a> {
    /// A saliency map, in the numbers' own precision. An array that does not lie row after row is copied.
    pub(crate) fn map(self) -> Result<Map<'a>, MapError> {
        Ok(match self {
            Self::Wide(values) => Map::Wide(SaliencyMap::view(values)?),
            Self::Narrow(values) => Map::Narrow(SaliencyMap::view_f32(values)?),
        })
    }

    /// A saliency map in 64 bits.
    pub(crate) fn wide(self) -> Result<SaliencyMap<'a>, MapError> {
        self.map().map(Map::wide)
    }

    /// A log density.
    pub(crate) fn density(self) -> Result<LogDensity<'a>, MapError> {
        match self {
            Self::Wide(values) => LogDensity::view(values),
            Self::Narrow(values) => LogDensity::new(values.mapv(f64::from)),
        }
    }

    /// The values in an array of their own.
    pub(crate) fn to_owned(self) -> ndarray::Array2<f64> {
        match self {
            Self::Wide(values) => values.to_owned(),
            Self::Narrow(values) => values.mapv(f64::from),
        }
    }
}

impl<'a> Map<'a> {
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Wide(map) => map.size(),
            Self::Narrow(map) => map.size(),
        }
    }

    pub(crate) fn wide(self) -> SaliencyMap<'a> {
        match self {
            Self::Wide(map) => map,
            Self::Narrow(map) => map.to_f64(),
        }
    }
}

fn readonly<'py, T: Element>(array: &Bound<'py, PyArray2<T>>, name: &str) -> PyResult<PyReadonlyArray2<'py, T>> {
    array.try_readonly().map_err(|error| PyValueError::new_err(format!("{name} cannot be read: {error}")))
}

/// Tells whether the numbers of an array lie where the processor reads them; views into packed records may not.
fn is_aligned<T: Element, D: ndarray::Dimension>(array: &Bound<'_, PyArray<T, D>>) -> bool {
    let width = align_of::<T>();
    array.data().addr() % width == 0 && array.strides().iter().all(|stride| stride.unsigned_abs() % width == 0)
}

fn numpy(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind)).map(|module| module.bind(py))
}

/// A copy of real numbers in 64 bits, as NumPy makes it.
fn as_doubles<'py>(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let array = numpy(py)?.call_method1(intern!(py, "asarray"), (value,))?;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    // An empty list becomes an array of objects or of floats, and means no numbers either way.
    if !["b", "i", "u", "f"].contains(&kind.as_str()) {
        return Err(PyTypeError::new_err(format!("{name} must be an array of real numbers, not of {dtype}")));
    }
    array.call_method1(intern!(py, "astype"), (intern!(py, "float64"),))
}

/// The numbers of an array of one axis.
pub(crate) fn column(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<f64>> {
    let copy;
    let array = match value.cast::<PyArray1<f64>>() {
        Ok(array) if is_aligned(array) => array,
        _ => {
            copy = as_doubles(value, name)?;
            copy.cast::<PyArray1<f64>>().map_err(|_| {
                let shape = copy.getattr("shape").map(|shape| shape.to_string()).unwrap_or_default();
                PyValueError::new_err(format!("{name} must have one axis, this array has the shape {shape}"))
            })?
        }
    };
    Ok(array.try_readonly().map_err(errors::value)?.as_array().to_vec())
}

/// Points, as `x` and `y`, as one array of shape `(n, 2)`, or as a tuple of two arrays `(x, y)`.
pub(crate) fn points(first: &Bound<'_, PyAny>, y: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Vec<Fixation>> {
    let pair = |x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>| {
        let (x, y) = (column(x, "x")?, column(y, "y")?);
        if x.len() != y.len() {
            return Err(PyValueError::new_err(format!("x has {} numbers, y has {}", x.len(), y.len())));
        }
        Ok(x.into_iter().zip(y).map(|(x, y)| Fixation { x, y }).collect())
    };
    if let Some(y) = y {
        return pair(first, y);
    }
    if let Ok(tuple) = first.cast::<PyTuple>() {
        // A tuple of two points looks the same as a tuple of two coordinates, so only arrays are taken.
        let array = |item: &Bound<'_, PyAny>| item.hasattr("__array__").unwrap_or(false);
        return match (tuple.len(), tuple.get_item(0), tuple.get_item(1)) {
            (2, Ok(x), Ok(y)) if array(&x) && array(&y) => pair(&x, &y),
            _ => Err(PyTypeError::new_err(format!("{name} as a tuple must be two NumPy arrays (x, y)"))),
        };
    }
    let copy;
    let array = match first.cast::<PyArray2<f64>>() {
        Ok(array) if is_aligned(array) => array,
        _ => {
            copy = as_doubles(first, name)?;
            match copy.cast::<PyArray2<f64>>() {
                Ok(array) => array,
                Err(_) if copy.len().is_ok_and(|length| length == 0) => return Ok(Vec::new()),
                Err(_) => return Err(not_points(name, &copy)),
            }
        }
    };
    if array.shape()[1] != 2 {
        return Err(not_points(name, array.as_any()));
    }
    let array = array.try_readonly().map_err(errors::value)?;
    let array = array.as_array();
    Ok(array.axis_iter(Axis(0)).map(|point| Fixation { x: point[0], y: point[1] }).collect())
}

fn not_points(name: &str, array: &Bound<'_, PyAny>) -> PyErr {
    let shape = array.getattr("shape").map(|shape| shape.to_string()).unwrap_or_default();
    PyValueError::new_err(format!(
        "{name} must have the shape (n, 2) with x before y, or x and y are given as two arrays; this array has {shape}"
    ))
}

/// Fixations on other images: points, or the counts of a [`FixationMap`] as 32-bit unsigned integers.
pub(crate) enum Nonfixations {
    Points(Vec<Fixation>),
    Counts(ndarray::Array2<u32>),
}

impl Nonfixations {
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(counts) = value.cast::<PyArray2<u32>>() {
            return Ok(Self::Counts(counts.try_readonly().map_err(errors::value)?.as_array().to_owned()));
        }
        points(value, None, "nonfixations").map(Self::Points)
    }

    pub(crate) fn counted(self, size: Size) -> PyResult<FixationMap> {
        Ok(match self {
            Self::Counts(counts) => FixationMap::new(counts),
            Self::Points(points) => FixationMap::count(&Fixations::new(size, points).map_err(errors::value)?),
        })
    }
}

/// A picture as Python gives it. A file is read later, on the thread that needs it.
pub(crate) enum Picture {
    Pixels(Stimulus),
    File(PathBuf),
}

impl Picture {
    /// Takes a `uint8` array of shape `(height, width, 3)` or `(height, width)`, a Pillow image, or the path of a file.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = value.py();
        if let Ok(path) = value.extract::<PathBuf>() {
            return Ok(Self::File(path));
        }
        // A Pillow image has bands, and other color spaces than RGB.
        let converted;
        let value = if value.hasattr(intern!(py, "getbands"))? && value.hasattr(intern!(py, "convert"))? {
            converted = value.call_method1(intern!(py, "convert"), (intern!(py, "RGB"),))?;
            &converted
        } else {
            value
        };
        let array = numpy(py)?.call_method1(intern!(py, "asarray"), (value,))?;
        if let Ok(pixels) = array.cast::<PyArray3<u8>>() {
            let pixels = pixels.try_readonly().map_err(errors::value)?.as_array().to_owned();
            return Stimulus::new(pixels).map(Self::Pixels).map_err(errors::value);
        }
        if let Ok(gray) = array.cast::<PyArray2<u8>>() {
            let gray = gray.try_readonly().map_err(errors::value)?;
            let gray = gray.as_array().insert_axis(Axis(2));
            let pixels = concatenate(Axis(2), &[gray, gray, gray]).map_err(errors::value)?;
            return Stimulus::new(pixels).map(Self::Pixels).map_err(errors::value);
        }
        let (dtype, shape) = (array.getattr("dtype")?, array.getattr("shape")?);
        Err(PyTypeError::new_err(format!(
            "a picture is a uint8 array of shape (height, width, 3) or (height, width), a Pillow image or a path; this \
             array has the type {dtype} and the shape {shape}"
        )))
    }

    /// The picture, decoded.
    pub(crate) fn open(&self) -> PyResult<Cow<'_, Stimulus>> {
        match self {
            Self::Pixels(stimulus) => Ok(Cow::Borrowed(stimulus)),
            Self::File(path) => {
                let image = gaze_data::read_image(path, Turning::AsShown, Background::WHITE).map_err(errors::data)?;
                Ok(Cow::Owned(image.stimulus))
            }
        }
    }
}

/// A size as Python gives it: `(height, width)`.
pub(crate) fn size((height, width): (usize, usize)) -> Size {
    Size { height, width }
}

/// Finds the choice with this name; the error lists all names.
pub(crate) fn choose<T: Copy>(argument: &str, name: &str, choices: &[(&str, T)]) -> PyResult<T> {
    choices.iter().find(|(known, _)| *known == name).map(|&(_, choice)| choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|&(known, _)| known).collect();
        PyValueError::new_err(format!("{argument}={name:?} is not known; choose {}", names.join(", ")))
    })
}
