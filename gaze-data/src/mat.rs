//! MATLAB files of version 5 (also called 6 and 7), compressed or not.
//!
//! Read are cells, structs, text and real numeric arrays; what else a file may hold (objects, sparse and complex
//! arrays, function handles) is skipped and named. Version 7.3 is HDF5 and read in `version73.rs`. Nothing is allocated on
//! the word of a size field: every count is compared with the bytes that are left, nesting and inflated bytes have
//! limits, and every problem is a [`MatError`].
//!
//! The crates that existed when this was written read numeric arrays only and skip cells and structs in silence
//! (`matfile` 0.5), or wrap a C library.
//!
//! Source: MATLAB documentation, *MAT-File Format*, section "Level 5 MAT-File Format".

use std::{
    fmt,
    io::{self, Read},
    path::Path,
};

use flate2::read::ZlibDecoder;
use thiserror::Error;

use crate::{DataError, collected::Problem, dataset::some_of, folder, hdf5};

pub(crate) use array::{Elements, Numbers};
use element::{
    COMPRESSED, INT8, INT32, MATRIX, Reader, UINT8, UINT16, UINT32, UTF8, UTF16, numbers, numeric, u16_of, u32_of,
};

mod array;
mod element;
mod version73;
#[cfg(test)]
pub(crate) mod writing;

/// How deep cells and structs may be nested.
const DEPTH: usize = 16;

/// How many bytes all compressed variables of a file may inflate to.
/// Values take up to some eight times the memory: an empty array is 8 bytes of a file.
pub(crate) const INFLATED: u64 = 1 << 26;

const HEADER: usize = 128;

/// What is wrong with a MATLAB file.
///
/// Places are counted in bytes from the beginning of the file, or of the inflated variable in a compressed one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MatError {
    /// It does not begin as a MATLAB 5 file.
    #[error("expected a MATLAB file of version 5, found {found}")]
    Version {
        /// What it looks like.
        found: &'static str,
    },
    /// A size promises more than there is.
    #[error("at byte {at}: expected {expected} more bytes, found {found}")]
    Truncated {
        /// Where.
        at: usize,
        /// How many bytes the file promises.
        expected: u64,
        /// How many are left.
        found: usize,
    },
    /// Something else stands where the format demands one thing.
    #[error("at byte {at}: expected {expected}, found {found}")]
    Unexpected {
        /// Where.
        at: usize,
        /// What the format demands.
        expected: &'static str,
        /// The number that is there.
        found: u64,
    },
    /// A compressed variable is damaged.
    #[error("at byte {at}: a compressed variable cannot be inflated: {cause}")]
    Inflate {
        /// Where it begins.
        at: usize,
        /// What the decompressor says.
        cause: io::Error,
    },
    /// The compressed variables inflate to more than this crate is ready to read.
    #[error("the compressed variables inflate to more than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Cells and structs are nested deeper than this crate is ready to read.
    #[error("at byte {at}: cells and structs are nested more than {limit} deep")]
    TooDeep {
        /// Where.
        at: usize,
        /// The limit.
        limit: usize,
    },
}

/// A MATLAB value. Elements are in MATLAB's order, the first axis running fastest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Real numbers or truth values of any class.
    Numbers(Numbers),
    /// A character array.
    Text(String),
    /// A cell array.
    Cells(Vec<Value>),
    /// A struct array: the names of its fields, and for each element the values in that order.
    Structs { fields: Vec<String>, elements: Vec<Vec<Value>> },
    /// Anything else, by name.
    Other(&'static str),
}

impl Value {
    /// The field of a 1x1 struct.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Structs { fields, elements } if elements.len() == 1 => {
                elements[0].get(fields.iter().position(|field| field == name)?)
            }
            _ => None,
        }
    }
}

impl Value {
    /// A field of an element of a struct array, counted from 0.
    pub(crate) fn element(&self, index: usize, name: &str) -> Option<&Self> {
        match self {
            Self::Structs { fields, elements } => {
                elements.get(index)?.get(fields.iter().position(|field| field == name)?)
            }
            _ => None,
        }
    }

    /// The text of a character array.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Numbers of any class.
    pub(crate) fn numbers(&self) -> Option<&Numbers> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }
}

/// The variable of a name.
pub(crate) fn variable<'a>(variables: &'a [(String, Value)], name: &str) -> Result<&'a Value, Problem> {
    let found = variables.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value).ok_or_else(|| {
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
        Problem::new(name, "a variable of this name", &format!("({})", some_of(&names)))
    })
}

/// Says what a value is, for messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(numbers) => write!(f, "{} numbers", numbers.len()),
            Self::Text(text) => write!(f, "the text {:?}", text.chars().take(40).collect::<String>()),
            Self::Cells(cells) => write!(f, "{} cells", cells.len()),
            Self::Structs { fields, elements } => {
                write!(f, "{} structs with the fields ({})", elements.len(), fields.join(", "))
            }
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// Reads all variables of a file of at most `limit` bytes, of any version; `source` is relative to `root`.
pub(crate) fn read(root: &Path, source: &Path, limit: u64) -> Result<Vec<(String, Value)>, DataError> {
    read_inflating(root, source, limit, INFLATED)
}

/// As [`read`], with a limit of its own for the bytes that compressed variables inflate to.
pub(crate) fn read_inflating(
    root: &Path,
    source: &Path,
    limit: u64,
    inflated: u64,
) -> Result<Vec<(String, Value)>, DataError> {
    read_any(folder::read_in(root, source, limit)?, source, inflated)
}

/// Reads all variables of a file of any version that is in memory.
pub(crate) fn read_bytes(bytes: Vec<u8>, source: &Path) -> Result<Vec<(String, Value)>, DataError> {
    read_any(bytes, source, INFLATED)
}

fn read_any(bytes: Vec<u8>, source: &Path, inflated: u64) -> Result<Vec<(String, Value)>, DataError> {
    if hdf5::is_hdf5(&bytes) {
        return version73::read(bytes, source);
    }
    parse_inflating(&bytes, inflated).map_err(|cause| DataError::Mat { path: source.to_owned(), cause })
}

/// Reads all variables of a file of version 5, in its order.
#[cfg(test)]
pub(crate) fn parse(file: &[u8]) -> Result<Vec<(String, Value)>, MatError> {
    parse_inflating(file, INFLATED)
}

fn parse_inflating(file: &[u8], limit: u64) -> Result<Vec<(String, Value)>, MatError> {
    let Some(header) = file.first_chunk::<HEADER>() else {
        return Err(MatError::Truncated { at: 0, expected: HEADER as u64, found: file.len() });
    };
    let big_endian = match (&header[126..], header.starts_with(b"\x89HDF")) {
        (_, true) => return Err(MatError::Version { found: "HDF5" }),
        (b"IM", _) => false,
        (b"MI", _) => true,
        _ => return Err(MatError::Version { found: "another format" }),
    };
    let version = if big_endian { [header[124], header[125]] } else { [header[125], header[124]] };
    match version {
        [1, _] => {}
        [2, _] => return Err(MatError::Version { found: "version 7.3 (HDF5)" }),
        _ => return Err(MatError::Version { found: "an unknown version" }),
    }

    let mut variables = Vec::new();
    let mut inflatable = limit;
    let mut outer = Reader { bytes: file, at: HEADER, big_endian };
    while outer.at < file.len() {
        let at = outer.at;
        let (kind, data) = outer.element()?;
        match kind {
            COMPRESSED => {
                let mut bytes = Vec::new();
                let inflated = ZlibDecoder::new(data.rest()).take(inflatable + 1).read_to_end(&mut bytes);
                let inflated = inflated.map_err(|cause| MatError::Inflate { at, cause })? as u64;
                inflatable = inflatable.checked_sub(inflated).ok_or(MatError::TooLarge { limit })?;
                let mut inner = Reader { bytes: &bytes, at: 0, big_endian };
                variables.push(inner.matrix(DEPTH)?);
            }
            MATRIX => variables.push(data.contents(DEPTH)?),
            _ => {}
        }
    }
    Ok(variables)
}

impl Reader<'_> {
    fn matrix(&mut self, depth: usize) -> Result<(String, Value), MatError> {
        self.expect(MATRIX, "an array (14)")?.contents(depth)
    }

    /// Reads what is inside an array element: its name and value.
    fn contents(mut self, depth: usize) -> Result<(String, Value), MatError> {
        if self.rest().is_empty() {
            // What MATLAB writes for `[]` in a cell or field that was never set.
            return Ok((String::new(), Value::Numbers(Numbers::default())));
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Err(MatError::TooDeep { at: self.at, limit: DEPTH });
        };
        let flags = self.expect(UINT32, "array flags (6)")?.u32()?;
        let (class, complex) = (flags & 0xff, flags & 0x800 != 0);
        let place = self.at;
        let sides = self.expect(INT32, "dimensions (5)")?;
        let sides = numbers(INT32, sides.rest(), self.big_endian, u32_of);
        let count = sides.iter().try_fold(1u64, |product, &side| product.checked_mul(side.into()));
        let Some(count) = count.filter(|_| sides.len() >= 2 && sides.iter().all(|&side| side >> 31 == 0)) else {
            let found = sides.len() as u64;
            return Err(MatError::Unexpected { at: place, expected: "2 or more dimensions of sensible size", found });
        };
        let name = text(self.expect(INT8, "a name (1)")?.rest());

        let value = match class {
            1 => {
                let count = self.countable(count)?;
                let mut cells = Vec::with_capacity(count);
                for _ in 0..count {
                    cells.push(self.matrix(depth)?.1);
                }
                Value::Cells(cells)
            }
            2 => self.structs(count, depth)?,
            3 => Value::Other("an object"),
            4 => self.text(count)?,
            5 => Value::Other("a sparse array"),
            6..=15 if complex => Value::Other("a complex array"),
            6..=15 => {
                let place = self.at;
                let (kind, data) = self.element()?;
                let values = if kind == UINT8 {
                    Elements::Bytes(data.rest().to_vec())
                } else if let Some(values) = numeric(kind, data.rest(), self.big_endian) {
                    Elements::Doubles(values)
                } else {
                    return Err(MatError::Unexpected { at: place, expected: "numbers (1 to 13)", found: kind.into() });
                };
                let found = values.len() as u64;
                if found != count {
                    return Err(MatError::Unexpected { at: place, expected: "a number for every element", found });
                }
                let shape = sides.iter().map(|&side| side as usize).collect();
                Value::Numbers(Numbers { shape, elements: values })
            }
            16 => Value::Other("a function handle"),
            17 | 18 => Value::Other("an object of a newer kind (table, string, datetime, map)"),
            _ => return Err(MatError::Unexpected { at: place, expected: "a class from 1 to 18", found: class.into() }),
        };
        Ok((name, value))
    }

    fn structs(&mut self, count: u64, depth: usize) -> Result<Value, MatError> {
        let length = self.expect(INT32, "the length of field names (5)")?.u32()? as usize;
        let names = self.expect(INT8, "field names (1)")?;
        if length == 0 || !names.rest().len().is_multiple_of(length) {
            return Err(names.unexpected("field names of equal length", length as u64));
        }
        let fields: Vec<_> = names.rest().chunks_exact(length).map(text).collect();
        self.countable(count.saturating_mul(fields.len() as u64))?;
        let count = if fields.is_empty() { 0 } else { self.countable(count)? };
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            let mut values = Vec::with_capacity(fields.len());
            for _ in &fields {
                values.push(self.matrix(depth)?.1);
            }
            elements.push(values);
        }
        Ok(Value::Structs { fields, elements })
    }

    fn text(&mut self, count: u64) -> Result<Value, MatError> {
        let place = self.at;
        let (kind, data) = self.element()?;
        let bytes = data.rest();
        let (text, found) = match kind {
            INT8 | UINT8 | UTF8 => (String::from_utf8_lossy(bytes).into_owned(), bytes.len()),
            UINT16 | UTF16 => {
                let units = numbers(UINT16, bytes, self.big_endian, u16_of);
                (String::from_utf16_lossy(&units), units.len())
            }
            _ => return Err(MatError::Unexpected { at: place, expected: "text", found: kind.into() }),
        };
        // A character of UTF-8 may take several bytes.
        if count > found as u64 {
            return Err(MatError::Unexpected {
                at: place,
                expected: "a character for every element",
                found: found as u64,
            });
        }
        Ok(Value::Text(text))
    }

    /// The count of array elements that must follow, if so many can: each takes at least the 8 bytes of its tag.
    fn countable(&self, count: u64) -> Result<usize, MatError> {
        let found = self.rest().len();
        match usize::try_from(count) {
            Ok(count) if count <= found / 8 => Ok(count),
            _ => Err(MatError::Truncated { at: self.at, expected: count.saturating_mul(8), found }),
        }
    }
}

/// A name: up to the first zero byte.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{
        element::{DOUBLE, INT16, INT64, SINGLE, UINT64},
        writing::Writer,
        *,
    };
    use crate::testing::damaged;

    const WRITERS: [Writer; 4] = [
        Writer { big_endian: false, compressed: false },
        Writer { big_endian: true, compressed: false },
        Writer { big_endian: false, compressed: true },
        Writer { big_endian: true, compressed: true },
    ];

    fn sample(writer: &Writer) -> Vec<u8> {
        let inner = writer.structure(&[
            ("x", writer.doubles(&[1.5, -2.0, 1e300])),
            ("duration", writer.shorts(&[7, 65_535])),
            ("name", writer.text("é.jpg")),
            ("nothing", writer.element(MATRIX, &[])),
        ]);
        let sparse = writer.matrix(5, [3, 3], "s", &[]);
        writer.file(&[writer.cells("c", &[inner, writer.cells("", &[]), writer.doubles(&[])]), sparse])
    }

    fn expected() -> Vec<(String, Value)> {
        let fields = ["x", "duration", "name", "nothing"].map(str::to_owned).to_vec();
        let values = vec![
            Value::Numbers(Numbers::row(vec![1.5, -2.0, 1e300])),
            Value::Numbers(Numbers::row(vec![7.0, 65_535.0])),
            Value::Text("é.jpg".to_owned()),
            Value::Numbers(Numbers::default()),
        ];
        let structure = Value::Structs { fields, elements: vec![values] };
        let cells = Value::Cells(vec![structure, Value::Cells(vec![]), Value::Numbers(Numbers::row(vec![]))]);
        vec![("c".to_owned(), cells), ("s".to_owned(), Value::Other("a sparse array"))]
    }

    #[test]
    fn cells_structs_text_and_numbers_are_read_in_either_byte_order() {
        for writer in WRITERS {
            assert_eq!(parse(&sample(&writer)).unwrap(), expected());
        }
    }

    #[test]
    fn every_storage_type_keeps_its_sign() {
        let writer = Writer { big_endian: false, compressed: false };
        for (kind, bytes, value) in [
            (INT8, &[0xfe][..], -2.0),
            (UINT8, &[0xfe], 254.0),
            (INT16, &[0xfe, 0xff], -2.0),
            (INT32, &[0xfe, 0xff, 0xff, 0xff], -2.0),
            (UINT32, &[0xfe, 0xff, 0xff, 0xff], 4_294_967_294.0),
            (SINGLE, &1.5f32.to_le_bytes(), 1.5),
            (INT64, &(-2i64).to_le_bytes(), -2.0),
            (UINT64, &7u64.to_le_bytes(), 7.0),
        ] {
            let file = writer.file(&[writer.matrix(6, [1, 1], "v", &writer.element(kind, bytes))]);
            assert_eq!(parse(&file).unwrap()[0].1, Value::Numbers(Numbers::row(vec![value])));
        }
    }

    #[test]
    fn a_cut_file_is_an_error_or_has_fewer_variables() {
        for writer in WRITERS {
            let file = sample(&writer);
            for length in 0..file.len() {
                if let Ok(variables) = parse(&file[..length]) {
                    assert!(variables.len() < 2 || length + 8 > file.len(), "cut to {length} of {}", file.len());
                    assert_eq!(variables[..], expected()[..variables.len()]);
                }
            }
        }
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        for (seed, writer) in (0..).zip(WRITERS) {
            for bytes in damaged(&sample(&writer), 20_000, seed) {
                let _ = parse(&bytes);
            }
        }
    }

    #[track_caller]
    fn check_error(file: &[u8], expected: &str) {
        assert_eq!(parse(file).unwrap_err().to_string(), expected);
    }

    #[test]
    fn promises_are_checked_before_memory_is_taken() {
        let writer = Writer { big_endian: false, compressed: false };
        let huge = writer.matrix(1, [2_000_000_000, 2_000_000_000], "c", &[0; 16]);
        check_error(&writer.file(&[huge]), "at byte 176: expected 18446744073709551615 more bytes, found 16");
        let numbers = writer.matrix(6, [1_000_000, 1], "c", &writer.element(DOUBLE, &[0; 16]));
        check_error(&writer.file(&[numbers]), "at byte 176: expected a number for every element, found 2");
        let mut nested = writer.doubles(&[1.0]);
        for _ in 0..DEPTH {
            nested = writer.cells("", &[nested]);
        }
        let message = parse(&writer.file(&[nested])).unwrap_err().to_string();
        assert!(message.ends_with("cells and structs are nested more than 16 deep"), "{message}");
    }

    #[test]
    fn a_file_that_inflates_beyond_the_limit_is_refused() {
        let writer = Writer { big_endian: false, compressed: true };
        // Zeros shrink a thousandfold; 4 variables of just above 16 MiB are too many.
        let variable = writer.matrix(5, [1, 1], "z", &vec![0; 1 << 24]);
        let one = writer.file(std::slice::from_ref(&variable));
        let mut many = one.clone();
        for _ in 0..2 {
            many.extend(&one[HEADER..]);
        }
        assert_eq!(parse(&many).unwrap().len(), 3);
        many.extend(&one[HEADER..]);
        check_error(&many, "the compressed variables inflate to more than the limit of 67108864 bytes");
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        let mut file = Writer { big_endian: false, compressed: false }.file(&[]);
        check_error(&file[..100], "at byte 0: expected 128 more bytes, found 100");
        file[125] = 2;
        check_error(&file, "expected a MATLAB file of version 5, found version 7.3 (HDF5)");
        file[126] = b'?';
        check_error(&file, "expected a MATLAB file of version 5, found another format");
    }
}
