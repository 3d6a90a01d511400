//! The values of a column as text, from which the same numbers are parsed again.

use half::f16;
use parquet::{
    basic::{ConvertedType, LogicalType},
    column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader},
    data_type::DataType,
    errors::ParquetError,
    schema::types::ColumnDescPtr,
};

use super::pages::Pages;

/// The longest text of a value, in bytes: that of a path.
const LONGEST_TEXT: usize = 4096;

/// The meaning of a whole number.
#[derive(Clone, Copy)]
enum Whole {
    Signed,
    Unsigned,
    /// A decimal number with this number of digits after the point.
    Decimal(u32),
}

/// A column in a group of rows.
pub(super) struct Column {
    reader: ColumnReader,
    descriptor: ColumnDescPtr,
}

impl Column {
    pub(super) fn new(descriptor: ColumnDescPtr, pages: Pages) -> Self {
        Self { reader: get_column_reader(descriptor.clone(), Box::new(pages)), descriptor }
    }

    /// Reads the next `count` values; a missing value gives an empty text.
    pub(super) fn texts(&mut self, count: usize) -> Result<Vec<String>, ParquetError> {
        let descriptor = &self.descriptor;
        let optional = descriptor.max_def_level() > 0;
        let whole = whole(descriptor);
        let half = descriptor.logical_type_ref() == Some(&LogicalType::Float16);
        match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => texts(reader, optional, count, |value| Some(value.to_string())),
            ColumnReader::Int32ColumnReader(reader) => texts(reader, optional, count, |&value| {
                Some(match whole? {
                    Whole::Signed => value.to_string(),
                    Whole::Unsigned => value.cast_unsigned().to_string(),
                    Whole::Decimal(digits) => format!("{value}e-{digits}"),
                })
            }),
            ColumnReader::Int64ColumnReader(reader) => texts(reader, optional, count, |&value| {
                Some(match whole? {
                    Whole::Signed => value.to_string(),
                    Whole::Unsigned => value.cast_unsigned().to_string(),
                    Whole::Decimal(digits) => format!("{value}e-{digits}"),
                })
            }),
            ColumnReader::FloatColumnReader(reader) => {
                texts(reader, optional, count, |&value| Some(f64::from(value).to_string()))
            }
            ColumnReader::DoubleColumnReader(reader) => texts(reader, optional, count, |value| Some(value.to_string())),
            ColumnReader::ByteArrayColumnReader(reader) => texts(reader, optional, count, |value| text(value.data())),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                texts(reader, optional, count, |value| match <[u8; 2]>::try_from(value.data()) {
                    Ok(bytes) if half => Some(f16::from_le_bytes(bytes).to_f64().to_string()),
                    _ => text(value.data()),
                })
            }
            ColumnReader::Int96ColumnReader(_) => Err(unreadable(descriptor)),
        }
        .and_then(|texts| texts.ok_or_else(|| unreadable(descriptor)))
    }
}

/// Returns the meaning of the whole numbers of a column; `None` for dates and times.
fn whole(descriptor: &ColumnDescPtr) -> Option<Whole> {
    use ConvertedType as Kind;
    match descriptor.converted_type() {
        Kind::NONE | Kind::INT_8 | Kind::INT_16 | Kind::INT_32 | Kind::INT_64 => Some(Whole::Signed),
        Kind::UINT_8 | Kind::UINT_16 | Kind::UINT_32 | Kind::UINT_64 => Some(Whole::Unsigned),
        Kind::DECIMAL => u32::try_from(descriptor.type_scale()).ok().map(Whole::Decimal),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = str::from_utf8(bytes).ok().map(str::trim)?;
    (text.len() <= LONGEST_TEXT).then(|| text.to_owned())
}

fn unreadable(descriptor: &ColumnDescPtr) -> ParquetError {
    let (name, kind) = (descriptor.name(), descriptor.physical_type());
    let meaning = descriptor.converted_type();
    let expected = format!("text of at most {LONGEST_TEXT} bytes in UTF-8, or numbers");
    ParquetError::General(format!("the column {name} should hold {expected}, found {kind} ({meaning})"))
}

fn texts<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    optional: bool,
    count: usize,
    text: impl Fn(&T::T) -> Option<String>,
) -> Result<Option<Vec<String>>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (rows, ..) = reader.read_records(count, Some(&mut levels), None, &mut values)?;
    if rows != count {
        return Err(ParquetError::General(format!("expected {count} more rows, found {rows}")));
    }
    let mut values = values.iter();
    let mut next = || values.next().map_or_else(|| Some(String::new()), &text);
    Ok(if optional {
        levels.iter().map(|&level| if level > 0 { next() } else { Some(String::new()) }).collect()
    } else {
        (0..count).map(|_| next()).collect()
    })
}
