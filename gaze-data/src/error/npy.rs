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
    #[error("expected an array of real numbers, found elements of type {found:?}{}", remedy(found))]
    Type {
        /// NumPy's description of the type.
        found: String,
    },
    /// The array does not hold one map: beside axes of length 1 it has other than two axes.
    #[error("expected an array that holds one map, of shape (height, width), found {found}")]
    Axes {
        /// The shape and the type of the array, in words.
        found: String,
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

/// Says how an array of a type that is not read becomes one that is.
fn remedy(kind: &str) -> &'static str {
    match kind.trim_start_matches(['<', '>', '|', '=']) {
        "O" => " (pickled objects); save the array itself, as in np.save(name, array.astype('float32'))",
        "f16" | "f12" => "; save array.astype('float64')",
        _ => "",
    }
}
