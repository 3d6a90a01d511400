//! A Python function as a model of a study.

use gaze_core::{ModelError, Prediction, SaliencyMap, SaliencyModel, Viewing};
use gaze_study::Model;
use numpy::ToPyArray;
use pyo3::prelude::*;

use crate::{convert::Numbers, errors::chain};

/// A function from a picture to scores or a log density.
#[derive(Debug)]
struct Function {
    function: Py<PyAny>,
    is_density: bool,
    version: Option<String>,
}

/// The model of a Python function: `function(image)` with an array of shape `(height, width, 3)` and 8-bit numbers.
/// `is_density` says what its answer is, and `version` tells one state of its parameters from another.
pub(crate) fn model(name: String, function: Py<PyAny>, is_density: bool, version: Option<String>) -> Model {
    Model::custom(name, Box::new(Function { function, is_density, version }))
}

impl Function {
    fn ask(&self, py: Python<'_>, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let picture = viewing.needs_picture()?.pixels().to_pyarray(py);
        // Exceptions become words here, where there is an interpreter.
        let told = |error: PyErr| ModelError::from(chain(&error));
        let answer = self.function.bind(py).call1((picture,)).map_err(told)?;
        let numbers = Numbers::of(&answer, "the model's answer").map_err(told)?;
        Ok(if self.is_density {
            Prediction::Density(numbers.view().density()?.into_owned())
        } else {
            Prediction::Scores(SaliencyMap::new(numbers.view().to_owned())?)
        })
    }
}

impl SaliencyModel for Function {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Python::attach(|py| self.ask(py, viewing))
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(self.version.clone())
    }
}
