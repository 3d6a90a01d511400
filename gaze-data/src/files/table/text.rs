//! Tables of text: columns separated by commas or tabs.

use std::path::Path;

use super::TakeRows;
use crate::DataError;

/// Reads a table that is in memory; `source` is its name in errors.
pub(crate) fn read(table: &[u8], source: &Path, delimiter: u8, rows: &mut impl TakeRows) -> Result<(), DataError> {
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(table);
    // The CSV reader refuses nothing in a table in memory but text that is not UTF-8.
    let not_text =
        |error: &csv::Error| DataError::NotText { path: source.to_owned(), line: line_of(table, error.position()) };
    let header = reader.headers().map_err(|error| not_text(&error))?.clone();
    rows.header(&header)?;
    for record in reader.records() {
        let record = record.map_err(|error| not_text(&error))?;
        let line = line_of(table, record.position());
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            return Err(DataError::Columns { path: source.to_owned(), line, expected, found });
        }
        rows.push(&record, line)?;
    }
    Ok(())
}

/// Returns the line of a record, counted from 1. The reader's own positions lie before the empty lines that it skipped.
pub(crate) fn line_of(table: &[u8], position: Option<&csv::Position>) -> usize {
    let Some(position) = position else { return 1 };
    let to_usize = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let record = table.get(to_usize(position.byte())..).unwrap_or_default();
    let skipped = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n');
    to_usize(position.line()) + skipped.count()
}

/// Parses a finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
