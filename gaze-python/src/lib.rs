//! The native part of the Python package `gaze`: the module `gaze._gaze`.
//!
//! This crate converts values, releases the interpreter while Rust computes, and turns errors into Python exceptions. It has no
//! mathematics of its own.

#![expect(clippy::doc_markdown, reason = "the doc comments are the docstrings of Python")]

mod convert;
mod datasets;
mod errors;
mod evaluate;
mod memory;
mod metrics;
mod models;
mod pictures;
mod study;
mod study_model;
mod study_observer;
mod targets;

use pyo3::prelude::*;

/// The native part of gaze; use the package `gaze`.
#[pymodule]
fn _gaze(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    memory::keep_for_a_while();
    errors::register(module)?;
    metrics::register(module)?;
    evaluate::register(module)?;
    study::register(module)?;
    models::register(module)?;
    pictures::register(module)?;
    datasets::register(module)?;
    targets::register(module)
}
