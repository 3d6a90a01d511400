//! The parser of MATLAB files of version 5.

use std::io::Read;

use flate2::read::ZlibDecoder;

#[cfg(test)]
use super::INFLATED;
use super::{
    Numbers, Value,
    array::Elements,
    element::{
        COMPRESSED, INT8, INT32, MATRIX, Reader, UINT8, UINT16, UINT32, UTF8, UTF16, numbers, numeric, u16_of, u32_of,
    },
    version4,
};
use crate::MatError;

/// The greatest depth to which cells and structs may be nested.
pub(super) const DEPTH: usize = 16;

/// The most elements of a sparse array, which becomes a full one here: 128 MB.
pub(super) const LARGEST_SPARSE: usize = 1 << 24;

/// The length of the header of a file, in bytes.
const HEADER: usize = 128;

/// Reads all variables of a file of version 5, in its order.
#[cfg(test)]
fn parse(file: &[u8]) -> Result<Vec<(String, Value)>, MatError> {
    parse_inflating(file, INFLATED)
}

pub(super) fn parse_inflating(file: &[u8], limit: u64) -> Result<Vec<(String, Value)>, MatError> {
    if let Some(variables) = version4::parse(file) {
        return variables;
    }
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

    /// Reads the inside of an array element: its name and value.
    fn contents(mut self, depth: usize) -> Result<(String, Value), MatError> {
        if self.rest().is_empty() {
            // MATLAB writes this for `[]` in a cell or field that was never set.
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
            5 if complex => Value::Other("a complex array"),
            5 => self.sparse(&sides)?,
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

    /// Reads a sparse array: the rows of the elements, the place where each column begins among them, and the elements.
    fn sparse(&mut self, sides: &[u32]) -> Result<Value, MatError> {
        let place = self.at;
        let unexpected = |expected, found: usize| MatError::Unexpected { at: place, expected, found: found as u64 };
        let &[height, width] = sides else { return Err(unexpected("a sparse array of two axes", sides.len())) };
        let (height, width) = (height as usize, width as usize);
        let count = height.checked_mul(width).filter(|&count| count <= LARGEST_SPARSE);
        let count = count.ok_or_else(|| unexpected("a sparse array of at most 2^24 elements", height))?;
        let mut indices = |expected| {
            let data = self.expect(INT32, expected)?;
            Ok(numbers(INT32, data.rest(), self.big_endian, u32_of))
        };
        let rows: Vec<u32> = indices("the rows of a sparse array (5)")?;
        let columns: Vec<u32> = indices("the columns of a sparse array (5)")?;
        let (kind, data) = self.element()?;
        let values = numeric(kind, data.rest(), self.big_endian);
        let values = values.ok_or_else(|| unexpected("numbers (1 to 13)", kind as usize))?;
        if columns.len() != width + 1 {
            return Err(unexpected("a beginning for every column and an end", columns.len()));
        }
        let mut elements = vec![0.0; count];
        for (column, ends) in columns.windows(2).enumerate() {
            for entry in ends[0] as usize..ends[1] as usize {
                let (Some(&row), Some(&value)) = (rows.get(entry), values.get(entry)) else {
                    return Err(unexpected("a row and a value for every element", entry));
                };
                match elements.get_mut(column * height + row as usize).filter(|_| (row as usize) < height) {
                    Some(element) => *element = value,
                    None => return Err(unexpected("rows within a sparse array", row as usize)),
                }
            }
        }
        Ok(Value::Numbers(Numbers { shape: vec![height, width], elements: Elements::Doubles(elements) }))
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
        // A character may take several bytes, so there may be fewer elements than bytes.
        if count > found as u64 {
            return Err(MatError::Unexpected {
                at: place,
                expected: "a character for every element",
                found: found as u64,
            });
        }
        Ok(Value::Text(text))
    }

    /// Checks that `count` array elements can follow, as each takes at least the 8 bytes of its tag.
    fn countable(&self, count: u64) -> Result<usize, MatError> {
        let found = self.rest().len();
        match usize::try_from(count) {
            Ok(count) if count <= found / 8 => Ok(count),
            _ => Err(MatError::Truncated { at: self.at, expected: count.saturating_mul(8), found }),
        }
    }
}

/// Returns the name that ends before the first zero byte.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        files::mat::{
            element::{DOUBLE, INT16, INT64, SINGLE, UINT64},
            writing::Writer,
        },
        testing::damaged,
    };

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
        // Elements (1, 3) = 7 and (3, 1) = 9.
        let (rows, columns) = ([2u32, 0], [0u32, 1, 1, 2]);
        let bytes = |numbers: &[u32]| -> Vec<u8> {
            let bytes = |number: &u32| if writer.big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
            numbers.iter().flat_map(bytes).collect()
        };
        let values: Vec<u8> = [9.0f64, 7.0]
            .iter()
            .flat_map(|value| if writer.big_endian { value.to_be_bytes() } else { value.to_le_bytes() })
            .collect();
        let sparse = [
            writer.element(INT32, &bytes(&rows)),
            writer.element(INT32, &bytes(&columns)),
            writer.element(DOUBLE, &values),
        ]
        .concat();
        let sparse = writer.matrix(5, [3, 3], "s", &sparse);
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
        let elements = Elements::Doubles(vec![0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0]);
        let sparse = Value::Numbers(Numbers { shape: vec![3, 3], elements });
        vec![("c".to_owned(), cells), ("s".to_owned(), sparse)]
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
        let variable = writer.matrix(3, [1, 1], "z", &vec![0; 1 << 24]);
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
