//! Tables in Parquet, as pandas, polars, `DuckDB` and R's arrow write them.
//!
//! Errors name a row, counted from 1, where those of text name a line. Columns that have a meaning are read, if they hold
//! text or numbers of any type; a missing value counts as empty. Other columns are not read.
//!
//! The crate `parquet` decodes. It believes counts and sizes that a file states, so these are checked before: the
//! description of the file (`thrift.rs`), the sizes of its pages (`pages.rs`), and their content (`encoded.rs`).
//!
//! Source: Apache Parquet, "File format" (parquet.apache.org/docs/file-format).

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use bytes::Bytes;
use csv::StringRecord;
use parquet::{
    errors::ParquetError,
    file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData},
    schema::types::ColumnDescPtr,
};

use super::{LARGEST_TABLE, TakeRows};
use crate::{DataError, files::folder};
use column::Column;
use pages::Pages;
use thrift::Value;

mod column;
mod cursor;
mod encoded;
mod pages;
mod thrift;

/// The number of rows that a file may have for each of its bytes, and the number that any file may have. Fixations differ,
/// so a row takes bytes; a file that claims to be a column of equal values takes few, but its rows would take memory here.
const ROWS_PER_BYTE: u64 = 4;
const ROWS: u64 = 1 << 16;

/// The largest description of a file, in bytes; that of a million rows has a few thousand.
const LARGEST_FOOTER: u64 = 1 << 23;

/// The number of bytes with which a file ends: the length of its description, and four letters.
const TAIL: u64 = 8;

/// The greatest depth to which columns may be nested.
const DEPTH: usize = 16;

/// The number of rows that are in memory as text at a time.
const BATCH: usize = 1024;

/// Reads a table from a file; `source` is its name in errors.
pub(crate) fn read(mut file: File, source: &Path, rows: &mut impl TakeRows) -> Result<(), DataError> {
    let io_error = |cause| folder::io_error(source, cause);
    let error = |cause: ParquetError| DataError::Parquet { path: source.to_owned(), cause: Box::new(cause) };
    let length = file.metadata().map_err(io_error)?.len();
    if length > LARGEST_TABLE {
        return Err(DataError::TooLarge { path: source.to_owned(), limit: LARGEST_TABLE, found: length });
    }
    let metadata = metadata(&mut file, length).map_err(error)?;
    let most = ROWS + ROWS_PER_BYTE * length;
    let claimed = metadata
        .row_groups()
        .iter()
        .try_fold(0u64, |sum, group| u64::try_from(group.num_rows()).ok().and_then(|rows| sum.checked_add(rows)));
    if claimed.is_none_or(|claimed| claimed > most) {
        return Err(error(general(format!("more than {most} rows in a file of {length} bytes"))));
    }

    let schema = metadata.file_metadata().schema_descr();
    let header: StringRecord = schema.root_schema().get_fields().iter().map(|field| field.name()).collect();
    rows.header(&header)?;
    let mut wanted = Vec::new();
    for (place, field) in schema.root_schema().get_fields().iter().enumerate() {
        if rows.reads(field.name()) {
            let single = |column: &ColumnDescPtr| {
                column.path().parts() == [field.name()] && column.max_rep_level() == 0 && column.max_def_level() <= 1
            };
            let number = schema.columns().iter().position(single);
            let nested = || error(general(format!("the column {} should hold single values", field.name())));
            wanted.push((place, number.ok_or_else(nested)?));
        }
    }
    let mut line = 1;
    for group in metadata.row_groups() {
        let mut columns = wanted
            .iter()
            .map(|&(place, number)| Ok((place, column(&mut file, length, group, number)?)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(error)?;
        let mut left = usize::try_from(group.num_rows()).unwrap_or_default();
        while left > 0 {
            let count = left.min(BATCH);
            let mut texts = vec![vec![String::new(); header.len()]; count];
            for (place, column) in &mut columns {
                for (row, text) in texts.iter_mut().zip(column.texts(count).map_err(error)?) {
                    row[*place] = text;
                }
            }
            for row in texts {
                rows.push(&StringRecord::from(row), line)?;
                line += 1;
            }
            left -= count;
        }
    }
    Ok(())
}

fn general(what: String) -> ParquetError {
    ParquetError::General(what)
}

fn bytes_at(file: &mut File, start: u64, length: u64) -> Result<Vec<u8>, ParquetError> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ParquetError::EOF("the file became shorter".to_owned())) }
}

/// Reads the description of a file, which is at its end.
fn metadata(file: &mut File, length: u64) -> Result<ParquetMetaData, ParquetError> {
    let tail = length.checked_sub(TAIL).map(|start| bytes_at(file, start, TAIL)).transpose()?.unwrap_or_default();
    let &[a, b, c, d, b'P', b'A', b'R', b'1'] = tail.as_slice() else {
        return Err(general("Invalid Parquet file: it does not end with PAR1".to_owned()));
    };
    let found = u64::from(u32::from_le_bytes([a, b, c, d]));
    if found > LARGEST_FOOTER.min(length - TAIL) {
        let limit = LARGEST_FOOTER.min(length - TAIL);
        return Err(general(format!("its description has {found} bytes, more than the {limit} that it may have")));
    }
    let footer = bytes_at(file, length - TAIL - found, found)?;
    let (fields, _) = thrift::parse(&footer).ok_or_else(|| general("its description is damaged".to_owned()))?;
    let mut elements = fields.list(2).unwrap_or_default().iter();
    if !is_tree(&mut elements, DEPTH) || elements.next().is_some() {
        return Err(general("its columns are not described as a tree, or are nested too deep".to_owned()));
    }
    ParquetMetaDataReader::decode_metadata(&footer)
}

/// Tells whether the next element is followed by as many elements below it as it states.
fn is_tree(elements: &mut std::slice::Iter<'_, Value>, depth: usize) -> bool {
    let (Some(Value::Struct(element)), Some(depth)) = (elements.next(), depth.checked_sub(1)) else { return false };
    let children = element.integer(5).unwrap_or(0);
    children >= 0 && children <= elements.len() as i64 && (0..children).all(|_| is_tree(elements, depth))
}

/// Opens a column of a group of rows.
fn column(file: &mut File, length: u64, group: &RowGroupMetaData, number: usize) -> Result<Column, ParquetError> {
    let descriptor = group.schema_descr().column(number);
    let chunk = group.columns().get(number);
    let outside = || general(format!("the column {} is said to lie outside the file", descriptor.name()));
    let (start, size) = chunk.and_then(range).ok_or_else(outside)?;
    if start.checked_add(size).is_none_or(|end| end > length) {
        return Err(outside());
    }
    let bytes = Bytes::from(bytes_at(file, start, size)?);
    let codec = chunk.ok_or_else(outside)?.compression();
    let rows = usize::try_from(group.num_rows()).unwrap_or_default();
    Ok(Column::new(descriptor.clone(), Pages::new(bytes, codec, descriptor, rows)))
}

/// Returns the first byte of a column, with its dictionary if it has one, and its size in bytes.
fn range(chunk: &ColumnChunkMetaData) -> Option<(u64, u64)> {
    let start = chunk.dictionary_page_offset().filter(|&offset| offset > 0).unwrap_or(chunk.data_page_offset());
    Some((u64::try_from(start).ok()?, u64::try_from(chunk.compressed_size()).ok()?))
}
