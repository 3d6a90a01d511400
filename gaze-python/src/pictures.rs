//! Predictions as pictures, in the colors of the program's.

use gaze_picture::{Palette, Shades, overlay};
use numpy::{IntoPyArray, PyArray3};
use pyo3::{exceptions::PyValueError, prelude::*};

use crate::{
    convert::{Numbers, Picture},
    errors::value,
    evaluate::{kind_of, prediction_of},
};

type Any<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(heat_map, module)?)
}

/// Draws a prediction as a heat map, or laid over its picture, as `gaze-cli predict` does.
///
/// prediction: array (height, width): finite scores, or natural log probabilities.
/// image: the picture to lay it over, of the same size: a uint8 array, a Pillow image or a path; None draws the colors alone.
/// palette: "inferno", "viridis", "magma", "plasma", "cividis", "turbo" or "hot".
/// kind: "auto" (as in `evaluate`), "scores" or "log-density".
///
/// Returns a uint8 array (height, width, 3) in RGB; the lowest value has the first color, the highest the last.
/// Raises ValueError for a picture of another size and for values that are not finite.
#[pyfunction]
#[pyo3(signature = (prediction, image=None, *, palette="inferno", kind="auto"))]
fn heat_map<'py>(
    prediction: &Any<'py>,
    image: Option<&Any<'py>>,
    palette: &str,
    kind: &str,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let py = prediction.py();
    let palette: Palette = palette.parse().map_err(|_| {
        PyValueError::new_err(format!(
            "palette={palette:?} is not known; choose inferno, viridis, magma, plasma, cividis, turbo, hot"
        ))
    })?;
    let (numbers, kind) = (Numbers::of(prediction, "prediction")?, kind_of(kind)?);
    let (view, picture) = (numbers.view(), image.map(Picture::of).transpose()?);
    let drawn = py.detach(|| {
        let map = prediction_of(view, kind)?.into_saliency_map();
        let shades = Shades::of(&map);
        let Some(picture) = &picture else { return Ok(shades.picture(palette)) };
        let picture = picture.open()?;
        if picture.size() != map.size() {
            let (found, expected) = (picture.size(), map.size());
            return Err(PyValueError::new_err(format!(
                "the picture is {found}, the prediction {expected} (height x width)"
            )));
        }
        Ok(overlay(&picture, &shades, palette))
    })?;
    let (width, height) = drawn.dimensions();
    let shape = (height as usize, width as usize, 3);
    let colors = ndarray::Array3::from_shape_vec(shape, drawn.into_raw()).map_err(value)?;
    Ok(colors.into_pyarray(py))
}
