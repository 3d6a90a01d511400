//! Tables of text, in the dialects of spreadsheets, eye trackers and statistics programs.

use std::path::Path;

use csv::StringRecord;

use super::{
    TakeRows,
    dialect::{decoded, is_decimal_comma, recognised},
};
use crate::DataError;

/// Reads a table that is in memory; `source` is its name in errors, and `usual` the separator that its name stands for. Returns
/// what was recognised beyond that, in words.
///
/// Rows and columns without any content are left out. In a table with decimal commas the numbers get points.
pub(crate) fn read(
    table: &[u8],
    source: &Path,
    usual: u8,
    rows: &mut impl TakeRows,
) -> Result<Option<String>, DataError> {
    if let Some(found) = no_text(table) {
        return Err(DataError::NoTable { path: source.to_owned(), found });
    }
    let (text, encoding) = decoded(table);
    let (text, mut dialect) = recognised(&text, encoding, usual);
    let bytes = text.as_bytes();
    // Names may have colors of a terminal (0x1b), which no message repeats.
    let is_odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | 0x0b | 0x0c | 0x1a | 0x1b);
    if let Some(place) = bytes.iter().position(is_odd) {
        let line = bytes[..place].iter().filter(|&&byte| byte == b'\n').count() + dialect.skipped + 1;
        return Err(DataError::NotText { path: source.to_owned(), line });
    }
    let open = || {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(dialect.separator).flexible(true).trim(csv::Trim::All).from_reader(bytes)
    };
    let mut reader = open();
    // The CSV reader refuses nothing in a table in memory but text that is not UTF-8, which this is.
    let skipped = dialect.skipped;
    let line_of = |position: Option<&csv::Position>| line_of(bytes, position) + skipped;
    let not_text = |error: &csv::Error| DataError::NotText { path: source.to_owned(), line: line_of(error.position()) };
    let mut header = reader.headers().map_err(|error| not_text(&error))?.clone();
    let named = (0..header.len()).rev().find(|&place| !header[place].is_empty()).map_or(0, |last| last + 1);
    header.truncate(named);
    rows.header(&header)?;
    let numeric: Vec<usize> =
        header.iter().enumerate().filter(|(_, name)| rows.is_number(name)).map(|(place, _)| place).collect();
    let may_have_commas = dialect.separator != b',' && bytes.contains(&b',') || bytes.contains(&b'"');
    if may_have_commas {
        let mut record = StringRecord::new();
        let (mut commas, mut points) = (false, false);
        let mut reader = open();
        while let Ok(true) = reader.read_record(&mut record) {
            for value in numeric.iter().filter_map(|&place| record.get(place)) {
                commas |= is_decimal_comma(value);
                points |= value.contains('.') && value.parse::<f64>().is_ok();
            }
        }
        dialect.has_decimal_commas = commas && !points;
    }
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| not_text(&error))? {
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = line_of(record.position());
        if record.iter().skip(header.len()).all(str::is_empty) {
            record.truncate(header.len());
        }
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            return Err(DataError::Columns { path: source.to_owned(), line, expected, found });
        }
        if dialect.has_decimal_commas {
            let value = |(place, value): (usize, &str)| {
                if numeric.contains(&place) { value.replace(',', ".") } else { value.to_owned() }
            };
            let values: StringRecord = record.iter().enumerate().map(value).collect();
            rows.push(&values, line)?;
        } else {
            rows.push(&record, line)?;
        }
    }
    Ok(dialect.note(usual))
}

/// Names the type of a file that is no text by its first bytes.
fn no_text(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some("an Excel or OpenDocument workbook or another zip archive"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some("an Excel workbook of an old version"),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [b'F', b'E', b'A', b'1', ..] => Some("an Arrow or Feather file"),
        [b'P', b'A', b'R', b'1', ..] => Some("a Parquet file whose name does not end in .parquet"),
        [0x1f, 0x8b, ..] => Some("a compressed file (gzip)"),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => Some("a picture"),
        _ => None,
    }
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

/// Tells whether a text stands for a lost value: what trackers and statistics programs write where there is none.
pub(crate) fn is_lost(text: impl AsRef<[u8]>) -> bool {
    const LOST: [&str; 14] =
        ["", ".", "-", "na", "n/a", "#n/a", "nan", "none", "null", "inf", "+inf", "-inf", "infinity", "-infinity"];
    let text = text.as_ref();
    // Most values are numbers, and no word for nothing begins with a digit.
    let is_number = text.first().is_some_and(u8::is_ascii_digit);
    !is_number && LOST.iter().any(|lost| text.eq_ignore_ascii_case(lost.as_bytes()))
}
