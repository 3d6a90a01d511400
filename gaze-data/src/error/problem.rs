//! A part of a file that is not what it should be, before it is known which file that is.

use std::path::Path;

use crate::DataError;

/// A part of a file with what it should be and what it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    place: String,
    expected: String,
    found: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, expected: &str, found: &impl ToString) -> Self {
        Self { place: place.into(), expected: expected.to_owned(), found: found.to_string() }
    }

    /// Turns the problem into an error of the file at `path`.
    pub(crate) fn at(self, path: &Path) -> DataError {
        let Self { place, expected, found } = self;
        DataError::Content { path: path.to_owned(), place, expected, found }
    }
}

/// Joins the first few names of a list, and says how many more there are.
pub(crate) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
