//! Tables in Parquet, as pandas, polars, `DuckDB` and R's arrow write them.
//!
//! A row is counted from 1 where text has a line. Read are the columns that mean something, of text and numbers of any
//! type; a value that is missing counts as empty.

use std::{
    fs::File,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Arc,
};

use csv::StringRecord;
use parquet::{
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
    schema::types::Type,
};

use super::{LARGEST_TABLE, rows::Rows};
use crate::{DataError, folder};

/// How many rows a file may have for each of its bytes, and how many more: fixations differ, so a row takes bytes, but a
/// file that claims to be a column of equal values need not, and its rows take memory here.
const ROWS_PER_BYTE: u64 = 4;
const ROWS: u64 = 1 << 16;

/// Reads a table from a file.
pub(super) fn read(path: &Path, source: &Path, rows: &mut Rows<'_>) -> Result<(), DataError> {
    // The crate asserts, where others return an error, that a page is what its header says: of damaged files one in some
    // hundred makes it panic. That is a problem of the file, not of this program.
    panic::catch_unwind(AssertUnwindSafe(|| read_all(path, source, rows))).unwrap_or_else(|_| {
        let cause = Box::new(ParquetError::General("damaged: a part is not what its header says".to_owned()));
        Err(DataError::Parquet { path: source.to_owned(), cause })
    })
}

fn read_all(path: &Path, source: &Path, rows: &mut Rows<'_>) -> Result<(), DataError> {
    let io_error = |cause| folder::io_error(source, cause);
    let error = |cause: ParquetError| DataError::Parquet { path: source.to_owned(), cause: Box::new(cause) };
    let file = File::open(path).map_err(io_error)?;
    let length = file.metadata().map_err(io_error)?.len();
    if length > LARGEST_TABLE {
        return Err(DataError::TooLarge { path: source.to_owned(), limit: LARGEST_TABLE, found: length });
    }
    let reader = SerializedFileReader::new(file).map_err(error)?;
    let metadata = reader.metadata().file_metadata();
    let most = ROWS + ROWS_PER_BYTE * length;
    let claimed = reader
        .metadata()
        .row_groups()
        .iter()
        .try_fold(0u64, |sum, group| u64::try_from(group.num_rows()).ok().and_then(|rows| sum.checked_add(rows)));
    if claimed.is_none_or(|claimed| claimed > most) {
        return Err(error(ParquetError::General(format!("more than {most} rows in a file of {length} bytes"))));
    }

    let schema = metadata.schema();
    let header: StringRecord = schema.get_fields().iter().map(|field| field.name()).collect();
    rows.header(&header)?;
    // Of the columns that mean nothing no page is read.
    let (places, wanted): (Vec<usize>, Vec<Arc<Type>>) = schema
        .get_fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| rows.reads(field.name()))
        .map(|(place, field)| (place, Arc::clone(field)))
        .unzip();
    let projection = Type::group_type_builder(schema.name()).with_fields(wanted).build().map_err(error)?;
    for (line, row) in (1..).zip(reader.get_row_iter(Some(projection)).map_err(error)?) {
        let row = row.map_err(error)?;
        let mut texts = vec![String::new(); header.len()];
        for (&place, (name, field)) in places.iter().zip(row.get_column_iter()) {
            texts[place] = text(field).ok_or_else(|| DataError::Value {
                path: source.to_owned(),
                line,
                column: name.clone(),
                expected: "text or a number".to_owned(),
                found: field.to_string().chars().take(40).collect(),
            })?;
        }
        rows.push(&StringRecord::from(texts), line)?;
    }
    Ok(())
}

/// A value as it would be written in a table of text, from which the same number is read again.
fn text(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => String::new(),
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float16(value) => value.to_f64().to_string(),
        Field::Float(value) => f64::from(*value).to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(value) => value.trim().to_owned(),
        // Text that its writer did not declare as such.
        Field::Bytes(value) => str::from_utf8(value.data()).ok()?.trim().to_owned(),
        _ => return None,
    })
}
