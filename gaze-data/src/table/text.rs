//! Tables of text: columns separated by commas or tabs.

use super::rows::Rows;
use crate::DataError;

/// Reads a table that is in memory.
pub(super) fn read(table: &[u8], delimiter: u8, rows: &mut Rows<'_>) -> Result<(), DataError> {
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(table);
    // In memory, text that is not UTF-8 is all that the CSV reader can complain about.
    let not_text = |path, error: &csv::Error| DataError::NotText { path, line: line_of(table, error.position()) };
    let source = rows.source.to_owned();
    let header = reader.headers().map_err(|error| not_text(source.clone(), &error))?.clone();
    rows.header(&header)?;
    for record in reader.records() {
        let record = record.map_err(|error| not_text(source.clone(), &error))?;
        let line = line_of(table, record.position());
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            return Err(DataError::Columns { path: source, line, expected, found });
        }
        rows.push(&record, line)?;
    }
    Ok(())
}

/// The line of a record, counted from 1. The reader's own positions lie before the empty lines that it skipped.
pub(crate) fn line_of(table: &[u8], position: Option<&csv::Position>) -> usize {
    let Some(position) = position else { return 1 };
    let to_usize = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let record = table.get(to_usize(position.byte())..).unwrap_or_default();
    let skipped = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n');
    to_usize(position.line()) + skipped.count()
}
