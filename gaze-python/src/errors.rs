//! The exceptions of the package, and how errors of Rust become exceptions.

use std::{error::Error, io};

use gaze_metrics::MetricError as NoValue;
use pyo3::{
    create_exception,
    exceptions::{PyFileNotFoundError, PyRuntimeError, PyValueError},
    prelude::*,
};

create_exception!(gaze, MetricError, PyValueError, "A metric has no value for this case; the message says why.");
create_exception!(
    gaze,
    DataError,
    PyValueError,
    "A file or a dataset cannot be read; the message names the file and, where there is one, the line."
);
create_exception!(
    gaze,
    ModelError,
    PyRuntimeError,
    "A model cannot be opened, or cannot predict a picture; the message says why."
);

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("MetricError", py.get_type::<MetricError>())?;
    module.add("DataError", py.get_type::<DataError>())?;
    module.add("ModelError", py.get_type::<ModelError>())
}

/// The message of an error with those of its causes. A cause whose words are already there is not repeated.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

/// `ValueError`, for an argument that is not what it must be.
pub(crate) fn value(error: impl Error) -> PyErr {
    PyValueError::new_err(chain(&error))
}

/// `MetricError`.
pub(crate) fn metric(error: NoValue) -> PyErr {
    MetricError::new_err(chain(&error))
}

/// `FileNotFoundError` where a file is missing, else `DataError`.
pub(crate) fn data(error: gaze_data::DataError) -> PyErr {
    if matches!(error, gaze_data::DataError::NotFound { .. }) || is_missing_file(&error) {
        PyFileNotFoundError::new_err(chain(&error))
    } else {
        DataError::new_err(chain(&error))
    }
}

/// `FileNotFoundError` where a file is missing, else `ModelError`.
pub(crate) fn model(error: &(dyn Error + 'static)) -> PyErr {
    if is_missing_file(error) { PyFileNotFoundError::new_err(chain(error)) } else { ModelError::new_err(chain(error)) }
}

fn is_missing_file(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::NotFound) {
            return true;
        }
        next = cause.source();
    }
    false
}
