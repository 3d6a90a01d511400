//! The errors of NumPy files.

use thiserror::Error;

/// An error of a NumPy file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The file does not begin as a NumPy file of a known version.
    #[error("not a NumPy file of version 1, 2 or 3")]
    Magic,
    /// The header is cut off, too long, or not of the form that NumPy writes.
    #[error("the header of the NumPy file is damaged: {found:?}")]
    Header {
        /// The beginning of the header.
        found: String,
    },
    /// The elements are not plain numbers.
    #[error("expected an array of real numbers, found elements of type {found:?}")]
    Type {
        /// NumPy's description of the type.
        found: String,
    },
    /// The array does not have two axes.
    #[error("expected an array of shape (height, width), found {found} axes")]
    Axes {
        /// The number of axes.
        found: usize,
    },
    /// The data are shorter or longer than the header says.
    #[error("the header promises {expected} bytes of data, found {found}")]
    Length {
        /// The number of bytes that the header promises; `usize::MAX` if it is larger still.
        expected: usize,
        /// The number of bytes after the header.
        found: usize,
    },
}
