//! Models by name: from a picture to a log density.

use gaze_core::{Fixation, LogDensity, Size};
use gaze_data::MapOptions;
use gaze_model::{TemplateCenterBias, UnknownDataset};
use gaze_study::{CenterBiasSpec, ModelOptions, ModelSpec, Question, listing};
use numpy::{IntoPyArray, PyArray2};
use pyo3::{exceptions::PyValueError, prelude::*};
use rayon::prelude::*;

use crate::{
    convert::{Numbers, Picture, View, points, size},
    errors,
    evaluate::in_threads,
};

type Any<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Model>()?;
    module.add_function(wrap_pyfunction!(load_model, module)?)?;
    module.add_function(wrap_pyfunction!(models, module)?)
}

/// A model that is opened: it predicts where people look on a picture. `load_model` makes it.
#[pyclass(frozen, module = "gaze")]
pub(crate) struct Model {
    model: gaze_study::Model,
    /// A center bias that was given as an array.
    center_bias: Option<TemplateCenterBias>,
}

fn template(value: &Any<'_>) -> PyResult<TemplateCenterBias> {
    match Numbers::of(value, "centerbias")?.view() {
        View::Wide(values) => TemplateCenterBias::new(values),
        View::Narrow(values) => TemplateCenterBias::new(values),
    }
    .map_err(errors::value)
}

/// Opens a model.
///
/// name: one of the names that `models` lists: "gaze-lite" (a small network inside the package), "uniform",
///     "center-bias:gaussian", or the path of a file of weights (.safetensors), of a calibration (.json) or of a network of
///     one's own (.onnx, with a description beside it).
/// centerbias: the center bias that a network is given: "model" (its own), "uniform", "gaussian", "mit1003", the path of an
///     .npy file, or an array (height, width) of natural log densities of any size, which is fitted to each picture. None for
///     the one that is usual for the network.
/// long_side: pixels along the longer side at which a network sees a picture. pixels_per_degree: pixels per degree of visual
///     angle of the pictures as they were shown; the network sees them at the scale of its training. None for the usual scale.
/// temperature: the factor by which a network's map is multiplied before it becomes a density; above 0.
/// dataset: the dataset whose biases "deepgaze-msdb" shall have: "mit1003", "cat2000", "coco-freeview", "daemons" or "figrim".
///     None for any other dataset.
///
/// Returns a Model. Raises ValueError for an unknown name, FileNotFoundError and ModelError where it cannot be opened.
#[pyfunction]
#[pyo3(signature = (name, *, centerbias=None, long_side=None, pixels_per_degree=None, temperature=None, dataset=None))]
fn load_model(
    py: Python<'_>,
    name: std::path::PathBuf,
    centerbias: Option<Any<'_>>,
    long_side: Option<u32>,
    pixels_per_degree: Option<f64>,
    temperature: Option<f64>,
    dataset: Option<&str>,
) -> PyResult<Model> {
    let name = name.to_str().ok_or_else(|| PyValueError::new_err("the name of the model is not text"))?.to_owned();
    let spec: ModelSpec = name.parse().map_err(errors::value)?;
    let (named, array) = match &centerbias {
        None => (None, None),
        Some(value) => match value.extract::<std::path::PathBuf>() {
            Ok(name) => {
                let name = name.to_string_lossy();
                let spec: CenterBiasSpec = name
                    .parse()
                    .map_err(|error| PyValueError::new_err(format!("centerbias={name:?} is not known: {error}")))?;
                (Some(spec), None)
            }
            Err(_) => (None, Some(template(value)?)),
        },
    };
    let dataset = dataset.map(|name| name.parse().map_err(|error: UnknownDataset| errors::value(error))).transpose()?;
    let network = gaze_model::Options { temperature, dataset, ..gaze_model::Options::default() };
    let options =
        ModelOptions { network, center_bias: named, long_side, pixels_per_degree, maps: MapOptions::default() };
    let model = py.detach(|| gaze_study::Model::open(&spec, &options, None).map_err(|error| errors::model(&error)))?;
    Ok(Model { model, center_bias: array })
}

/// The names of all models with a phrase about each: a list of tuples (name, summary). Capitals stand for a path.
#[pyfunction]
fn models() -> Vec<(String, &'static str)> {
    listing().into_iter().map(|model| (model.name, model.summary)).collect()
}

impl Model {
    fn predict(
        &self,
        picture: &Picture,
        center_bias: Option<&TemplateCenterBias>,
        history: &[Fixation],
        alone: bool,
    ) -> PyResult<LogDensity<'static>> {
        let picture = picture.open()?;
        let center_bias = center_bias.or(self.center_bias.as_ref());
        let question = Question { center_bias, history, alone, ..Question::of_picture(&picture) };
        self.model.log_density(&question).map_err(|error| errors::model(error.as_ref()))
    }
}

#[pymethods]
impl Model {
    /// The name in tables and files.
    #[getter]
    fn name(&self) -> &str {
        self.model.name()
    }

    /// Sentences that a user should see, for example about pictures far from the scale of the training.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.model.notes()
    }

    /// Whether the predictions depend on the fixations made so far, as those of a model of scanpaths do.
    #[getter]
    fn takes_history(&self) -> bool {
        self.model.takes_history()
    }

    /// Predicts where people look on a picture.
    ///
    /// image: a uint8 array (height, width, 3) in RGB or (height, width) in gray, a Pillow image (converted to RGB), or a path.
    /// centerbias: an array (height, width) of natural log densities for this picture, fitted to its size; None for the one
    ///     that the model was opened with.
    /// history: the fixations made so far, the oldest first: an array (n, 2) of x and y in pixels of the picture. A model of
    ///     scanpaths (`takes_history`) predicts the next fixation from them, and without any the very first one.
    ///
    /// Returns a float64 array (height, width) of the picture's size: natural logarithms of probabilities that sum to 1.
    /// Raises TypeError and ValueError for another kind of image and for a history where the model takes none,
    /// FileNotFoundError and DataError for a file, ModelError if the model cannot predict the picture or takes no center bias.
    #[pyo3(signature = (image, *, centerbias=None, history=None))]
    fn log_density<'py>(
        &self,
        py: Python<'py>,
        image: &Any<'py>,
        centerbias: Option<&Any<'py>>,
        history: Option<&Any<'py>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (picture, center_bias) = (Picture::of(image)?, centerbias.map(template).transpose()?);
        let history = match history {
            Some(_) if !self.model.takes_history() => {
                return Err(PyValueError::new_err(format!(
                    "{} predicts one map for a picture and takes no history",
                    self.model.name()
                )));
            }
            Some(history) => points(history, None, "history")?,
            None => Vec::new(),
        };
        let density = py.detach(|| self.predict(&picture, center_bias.as_ref(), &history, true))?;
        Ok(density.into_values().into_pyarray(py))
    }

    /// Predicts many pictures in threads: a list of arrays as of `log_density`, in the order of the pictures.
    ///
    /// images: a list of pictures as `log_density` takes them; files are decoded in the threads.
    /// threads: the number of threads; None takes one per core. It changes no value.
    ///
    /// Raises the first picture's error that there is.
    #[pyo3(signature = (images, *, centerbias=None, threads=None))]
    fn log_densities<'py>(
        &self,
        py: Python<'py>,
        images: Vec<Any<'py>>,
        centerbias: Option<&Any<'py>>,
        threads: Option<usize>,
    ) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        let pictures = images.iter().map(Picture::of).collect::<PyResult<Vec<_>>>()?;
        let center_bias = centerbias.map(template).transpose()?;
        let predicted = in_threads(py, threads, || {
            let few = pictures.len() < rayon::current_num_threads();
            let one = |picture: &Picture| self.predict(picture, center_bias.as_ref(), &[], few);
            if few {
                pictures.iter().map(one).collect::<Vec<_>>()
            } else {
                pictures.par_iter().with_max_len(1).map(one).collect()
            }
        })?;
        predicted.into_iter().map(|density| Ok(density?.into_values().into_pyarray(py))).collect()
    }

    /// The center bias that the model is given for a picture of `size` (height, width): an array of natural log densities, or
    /// None if the model takes none. Raises ModelError if it cannot be made.
    fn center_bias<'py>(&self, py: Python<'py>, size: (usize, usize)) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        let size: Size = self::size(size);
        let given = match &self.center_bias {
            Some(template) => Some(template.density(size).map_err(errors::value)?),
            None => {
                self.model.center_bias(size).map_err(|error| errors::model(error.as_ref()))?.map(|(_, given)| given)
            }
        };
        Ok(given.map(|density| density.into_values().into_pyarray(py)))
    }

    fn __repr__(&self) -> String {
        format!("<gaze.Model {}>", self.model.name())
    }
}
