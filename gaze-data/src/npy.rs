//! NumPy files (stub).

/// What is wrong with a NumPy file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {}
