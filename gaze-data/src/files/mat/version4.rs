//! MATLAB files of version 4: matrices after one another, each with a header of five numbers.
//!
//! ```text
//! type    M·1000 + P·10 + T: M is the byte order (0 little, 1 big), P the type of the numbers, T 0 full, 1 text, 2 sparse
//! rows, columns, imaginary (0 or 1), length of the name with its zero byte
//! name, then the numbers, column by column
//! ```
//!
//! A sparse matrix is stored as a full one of three columns: row, column and value of each element, counted from 1; its last row
//! holds the size.
//!
//! Source: MATLAB documentation, *MAT-File Format*, section "Level 4 MAT-File Format".

use super::{
    Numbers, Value,
    array::Elements,
    element::{DOUBLE, INT16, INT32, Reader, SINGLE, UINT8, UINT16, numeric, width},
    parse::LARGEST_SPARSE,
};
use crate::MatError;

/// The storage types in the order of P.
const TYPES: [u32; 6] = [DOUBLE, SINGLE, INT32, INT16, UINT16, UINT8];

/// The largest type that a header can state.
const LARGEST_TYPE: u32 = 4052;

/// Reads all variables; `None` if the file does not begin as one of version 4.
pub(super) fn parse(file: &[u8]) -> Option<Result<Vec<(String, Value)>, MatError>> {
    let first = Reader { bytes: file, at: 0, big_endian: false };
    let big_endian = match [false, true].map(|big_endian| header(&mut Reader { big_endian, ..first })) {
        [Some(_), _] => false,
        [None, Some(_)] => true,
        [None, None] => return None,
    };
    Some(variables(Reader { big_endian, ..first }))
}

struct Header {
    kind: u32,
    layout: u32,
    rows: u32,
    columns: u32,
    is_complex: bool,
    name: u32,
}

/// Reads a header; `None` if it is none.
fn header(reader: &mut Reader<'_>) -> Option<Header> {
    let mut next = || reader.u32().ok();
    let [type_, rows, columns, imaginary, name] = [next()?, next()?, next()?, next()?, next()?];
    let order = if reader.big_endian { 1 } else { 0 };
    let (number, layout) = (type_ % 100 / 10, type_ % 10);
    let is_one = type_ <= LARGEST_TYPE
        && type_ / 1000 == order
        && type_ % 1000 < 100
        && layout <= 2
        && imaginary <= 1
        && (1..=256).contains(&name)
        && rows >> 31 == 0
        && columns >> 31 == 0;
    let kind = *TYPES.get(number as usize)?;
    is_one.then_some(Header { kind, layout, rows, columns, is_complex: imaginary == 1, name })
}

fn variables(mut reader: Reader<'_>) -> Result<Vec<(String, Value)>, MatError> {
    let mut variables = Vec::new();
    while !reader.rest().is_empty() {
        let at = reader.at;
        let damaged = MatError::Unexpected { at, expected: "the header of a matrix of version 4", found: 0 };
        let header = header(&mut reader).ok_or(damaged)?;
        let name = reader.take(header.name.into())?;
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        let name = String::from_utf8_lossy(&name[..end]).into_owned();
        let each = width(header.kind).unwrap_or(8) as u64;
        let count = u64::from(header.rows).checked_mul(header.columns.into());
        let length = count.and_then(|count| count.checked_mul(each)).unwrap_or(u64::MAX);
        let bytes = reader.take(length)?;
        if header.is_complex {
            reader.take(length)?;
        }
        let values = numeric(header.kind, bytes, reader.big_endian).unwrap_or_default();
        let shape = vec![header.rows as usize, header.columns as usize];
        let value = match (header.layout, header.is_complex) {
            (_, true) => Value::Other("a complex array"),
            (1, _) => {
                let letter = |value: &f64| char::from_u32(code(*value)).unwrap_or('\u{fffd}');
                Value::Text(values.iter().map(letter).collect())
            }
            (2, _) => sparse(&values, header.rows as usize, header.columns as usize, at)?,
            _ => Value::Numbers(Numbers { shape, elements: Elements::Doubles(values) }),
        };
        variables.push((name, value));
    }
    Ok(variables)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a code that is none becomes a sign for it"
)]
fn code(value: f64) -> u32 {
    value as u32
}

/// Fills a matrix from its rows of row, column and value.
fn sparse(values: &[f64], rows: usize, columns: usize, at: usize) -> Result<Value, MatError> {
    let unexpected = |expected| MatError::Unexpected { at, expected, found: rows as u64 };
    if columns != 3 || rows == 0 {
        return Err(unexpected("a sparse matrix of three columns"));
    }
    let place = |value: f64| {
        let whole = value.is_finite() && value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0;
        whole.then(|| code(value) as usize)
    };
    let column = |column: usize, row: usize| values.get(column * rows + row).copied().unwrap_or_default();
    let sides = (place(column(0, rows - 1)), place(column(1, rows - 1)));
    let (Some(height), Some(width)) = sides else { return Err(unexpected("the size of a sparse matrix")) };
    let count = height.checked_mul(width).filter(|&count| count <= LARGEST_SPARSE);
    let mut elements = vec![0.0; count.ok_or_else(|| unexpected("a sparse matrix of fewer elements"))?];
    for row in 0..rows - 1 {
        let at = match (place(column(0, row)), place(column(1, row))) {
            (Some(i @ 1..), Some(j @ 1..)) if i <= height && j <= width => (j - 1) * height + i - 1,
            _ => return Err(unexpected("the place of an element within the matrix")),
        };
        if let Some(element) = elements.get_mut(at) {
            *element = column(2, row);
        }
    }
    Ok(Value::Numbers(Numbers { shape: vec![height, width], elements: Elements::Doubles(elements) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;

    fn matrix(type_: u32, rows: u32, columns: u32, name: &str, data: &[u8]) -> Vec<u8> {
        let big = type_ >= 1000;
        let length = u32::try_from(name.len()).unwrap() + 1;
        let number = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let header = [type_, rows, columns, 0, length].map(number).concat();
        [header.as_slice(), name.as_bytes(), &[0], data].concat()
    }

    fn sample() -> Vec<u8> {
        let doubles = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0].map(f64::to_le_bytes).concat();
        let sparse = [1.0f64, 2.0, 2.0, 3.0, 1.0, 3.0, 7.0, 9.0, 0.0].map(f64::to_le_bytes).concat();
        [
            matrix(0, 2, 3, "map", &doubles),
            matrix(50, 1, 2, "bytes", &[7, 255]),
            matrix(51, 1, 2, "text", b"hi"),
            matrix(2, 3, 3, "s", &sparse),
        ]
        .concat()
    }

    fn numbers(rows: usize, columns: usize, values: &[f64]) -> Value {
        Value::Numbers(Numbers { shape: vec![rows, columns], elements: Elements::Doubles(values.to_vec()) })
    }

    #[test]
    fn matrices_of_every_kind_are_read() {
        let variables = parse(&sample()).unwrap().unwrap();
        let expected = [
            ("map".to_owned(), numbers(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            ("bytes".to_owned(), numbers(1, 2, &[7.0, 255.0])),
            ("text".to_owned(), Value::Text("hi".to_owned())),
            // Elements (1, 3) = 7 and (2, 1) = 9 of a matrix of 2 x 3.
            ("s".to_owned(), numbers(2, 3, &[0.0, 9.0, 0.0, 0.0, 7.0, 0.0])),
        ];
        assert_eq!(variables, expected);
        let shorts = matrix(1040, 1, 2, "m", &[0, 7, 1, 0]);
        assert_eq!(parse(&shorts).unwrap().unwrap()[0].1, numbers(1, 2, &[7.0, 256.0]));
    }

    #[test]
    fn a_cut_file_is_an_error_or_has_fewer_variables() {
        let file = sample();
        for length in 0..file.len() {
            if let Some(Ok(variables)) = parse(&file[..length]) {
                assert!(variables.len() < 4);
            }
        }
        assert!(parse(b"no matrix of any version, but text that is long enough").is_none());
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        for bytes in damaged(&sample(), 20_000, 3) {
            let _ = parse(&bytes);
        }
    }
}
