//! MATLAB files (stub).

/// What is wrong with a MATLAB file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatError {}
