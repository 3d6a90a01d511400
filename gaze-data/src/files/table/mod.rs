//! Tables with named columns: text in any dialect, and Parquet.
//!
//! Whoever reads a table implements [`TakeRows`] and is handed the names of the columns, then row by row as text.

use std::path::Path;

use csv::StringRecord;

use crate::{DataError, files::folder};
pub(crate) use text::{is_lost, line_of, number};

pub(crate) mod dialect;
#[cfg_attr(not(feature = "parquet"), path = "../without/parquet.rs")]
pub(crate) mod parquet;
pub(crate) mod text;

/// The largest table that is read, in bytes.
pub(crate) const LARGEST_TABLE: u64 = 1 << 30;

/// Takes the content of a table.
pub(crate) trait TakeRows {
    /// Takes the names of the columns, before any row.
    fn header(&mut self, header: &StringRecord) -> Result<(), DataError>;

    /// Tells whether the values of a column are used; those of other columns may be left empty.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "a table in text is read as a whole"))]
    fn reads(&self, column: &str) -> bool;

    /// Tells whether a column holds numbers, which may have decimal commas.
    fn is_number(&self, column: &str) -> bool;

    /// Takes a row, which has as many values as the header has names. `line` counts from 1: lines of a text, with the
    /// header, or rows of Parquet.
    fn push(&mut self, record: &StringRecord, line: usize) -> Result<(), DataError>;
}

/// The way in which a table is written.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Text with this byte between the columns.
    Text(u8),
    /// Parquet.
    Parquet,
}

impl Kind {
    /// Returns the kind that the extension of a file stands for; `None` for the extension of another file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match folder::extension(path)?.as_str() {
            "csv" => Some(Self::Text(b',')),
            "tsv" | "tab" => Some(Self::Text(b'\t')),
            "txt" => Some(Self::Text(b',')),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Reads all rows of the table at `source`, which is relative to `root`. Returns what was recognised in a table of text, in
/// words.
pub(crate) fn read(root: &Path, source: &Path, rows: &mut impl TakeRows) -> Result<Option<String>, DataError> {
    match Kind::of(source) {
        Some(Kind::Parquet) => parquet::read(folder::open(root, source)?, source, rows).map(|()| None),
        Some(Kind::Text(separator)) => {
            text::read(&folder::read_in(root, source, LARGEST_TABLE)?, source, separator, rows)
        }
        None => Ok(None),
    }
}

/// Finds a column by its name: letter by letter, or else without regard to upper and lower case. `None` if there is no such
/// column, or if several differ in case only.
pub(crate) fn column(header: &StringRecord, name: &str) -> Option<usize> {
    let exact = header.iter().position(|other| other == name);
    exact.or_else(|| {
        let mut alike = header.iter().enumerate().filter(|(_, other)| other.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        }
    })
}
