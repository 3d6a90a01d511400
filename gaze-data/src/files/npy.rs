//! NumPy arrays (`.npy`, format versions 1 to 3).
//!
//! Integers, truth values and floating-point numbers of 16, 32 or 64 bits are read, in either byte order and memory order.
//! NumPy has no name for bfloat16: the package `ml_dtypes` saves it as elements of 2 bytes without a type (`V2`), which are
//! therefore read as bfloat16.
//! The size that the header promises is compared with the size of the file before anything is allocated. Objects,
//! which are pickled programs, are refused.
//!
//! Source: NumPy Enhancement Proposal 1 and the documentation of `numpy.lib.format`.

use half::{bf16, f16};
use ndarray::Array2;

use crate::{
    NpyError,
    files::plane::{Numbers, described},
};

/// The longest header that is read; NumPy itself stops at 10,000 unless told otherwise.
pub(crate) const LONGEST_HEADER: usize = 10_000;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Element {
    kind: Kind,
    width: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    Brain,
}

/// The content of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    element: Element,
    /// NumPy's name of the type.
    name: String,
    fortran_order: bool,
    /// The array's shape.
    pub(crate) shape: Vec<usize>,
    /// The byte at which the data begin.
    data: usize,
}

impl Header {
    /// Parses the header. `file` is the whole file, or a beginning of at least 12 + [`LONGEST_HEADER`] bytes.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, NpyError> {
        let (start, length) = match file {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, u32::from(u16::from_le_bytes([*a, *b]))),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
                (12, u32::from_le_bytes([*a, *b, *c, *d]))
            }
            _ => return Err(NpyError::Magic),
        };
        let length = (length as usize).min(LONGEST_HEADER + 1);
        let text = file.get(start..start + length).filter(|text| text.len() <= LONGEST_HEADER);
        let text = String::from_utf8_lossy(text.unwrap_or(&file[start..])).into_owned();
        let damaged = || NpyError::Header { found: text.chars().take(80).collect() };
        if file.len() < start + length || length > LONGEST_HEADER {
            return Err(damaged());
        }

        let descr = value(&text, "descr").ok_or_else(damaged)?;
        let (element, name) = Element::parse(descr)?;
        let fortran_order = match value(&text, "fortran_order").ok_or_else(damaged)? {
            order if order.starts_with("True") => true,
            order if order.starts_with("False") => false,
            _ => return Err(damaged()),
        };
        let shape = value(&text, "shape").and_then(|shape| shape.strip_prefix('(')?.split(')').next());
        let shape: Option<Vec<usize>> = shape.and_then(|shape| {
            let sides = shape.split(',').map(str::trim).filter(|side| !side.is_empty());
            sides.map(|side| side.parse().ok()).collect()
        });
        let shape = shape.ok_or_else(damaged)?;
        Ok(Self { element, name, fortran_order, shape, data: start + length })
    }

    /// Describes an array that holds no map.
    pub(crate) fn no_map(&self) -> NpyError {
        NpyError::Axes { found: described(&self.shape, &self.name) }
    }
}

impl Element {
    fn parse(descr: &str) -> Result<(Self, String), NpyError> {
        let quote = descr.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        let name = quote.and_then(|quote| descr[1..].split(quote).next()).unwrap_or(descr);
        let error = || NpyError::Type { found: name.chars().take(40).collect() };
        let mut characters = name.chars();
        let (order, kind, width) = (characters.next(), characters.next(), characters.as_str());
        let big_endian = match order {
            Some('<' | '|') => false,
            Some('>') => true,
            _ => return Err(error()),
        };
        let (kind, widths) = match kind {
            Some('b') => (Kind::Bool, &["1"][..]),
            Some('i') => (Kind::Signed, &["1", "2", "4", "8"][..]),
            Some('u') => (Kind::Unsigned, &["1", "2", "4", "8"][..]),
            Some('f') => (Kind::Float, &["2", "4", "8"][..]),
            Some('V') => (Kind::Brain, &["2"][..]),
            _ => return Err(error()),
        };
        match width.parse() {
            Ok(bytes) if widths.contains(&width) => Ok((Self { kind, width: bytes, big_endian }, name.to_owned())),
            _ => Err(error()),
        }
    }

    fn number(self, bytes: &[u8]) -> f64 {
        // The number is widened to 8 little-endian bytes, with its sign.
        let little = |at: usize| if self.big_endian { bytes[self.width - 1 - at] } else { bytes[at] };
        let negative = self.kind == Kind::Signed && little(self.width - 1) & 0x80 != 0;
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        for (at, byte) in wide.iter_mut().enumerate().take(self.width) {
            *byte = little(at);
        }
        match self.kind {
            Kind::Bool => f64::from(u8::from(wide[0] != 0)),
            Kind::Signed => i64::from_le_bytes(wide) as f64,
            Kind::Unsigned => u64::from_le_bytes(wide) as f64,
            Kind::Brain => f64::from(bf16::from_le_bytes([wide[0], wide[1]])),
            Kind::Float if self.width == 2 => f64::from(f16::from_le_bytes([wide[0], wide[1]])),
            Kind::Float if self.width == 4 => f64::from(f32::from_le_bytes([wide[0], wide[1], wide[2], wide[3]])),
            Kind::Float => f64::from_le_bytes(wide),
        }
    }
}

/// Returns the text after `'name':` in a header, which is a Python dictionary on one line.
fn value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let quoted = [format!("'{name}'"), format!("\"{name}\"")];
    let (_, rest) = quoted.iter().find_map(|quoted| header.split_once(quoted.as_str()))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// Parses a whole file.
pub(crate) fn parse(file: &[u8]) -> Result<Numbers, NpyError> {
    let header = Header::parse(file)?;
    let data = file.get(header.data..).unwrap_or_default();
    let width = header.element.width;
    let count = header.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    let expected = count.and_then(|count| count.checked_mul(width)).unwrap_or(usize::MAX);
    if data.len() != expected {
        return Err(NpyError::Length { expected, found: data.len() });
    }
    Ok(Numbers {
        values: data.chunks_exact(width).map(|bytes| header.element.number(bytes)).collect(),
        first_axis_fastest: header.fortran_order,
        is_float: matches!(header.element.kind, Kind::Float | Kind::Brain),
        kind: header.name,
        shape: header.shape,
    })
}

/// Parses a whole file that holds one map.
pub(crate) fn parse_map(file: &[u8]) -> Result<(bool, Array2<f64>), NpyError> {
    let numbers = parse(file)?;
    let is_float = numbers.is_float;
    numbers.into_map().map(|map| (is_float, map)).map_err(|found| NpyError::Axes { found })
}

/// Writes a file of version 1, for tests.
#[cfg(test)]
pub(crate) fn encode(descr: &str, fortran_order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran_order = if fortran_order { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran_order}, 'shape': {shape}, }}");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    let header = format!("{header:<117}\n");
    file.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// Writes an array of 64-bit numbers, for tests.
#[cfg(test)]
pub(crate) fn encode_f64(values: &Array2<f64>) -> Vec<u8> {
    let data: Vec<_> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    encode("<f8", false, &format!("({}, {})", values.nrows(), values.ncols()), &data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;
    use ndarray::array;

    #[track_caller]
    fn check(descr: &str, data: &[u8], expected: &[f64]) {
        let file = encode(descr, false, &format!("({}, 1)", expected.len()), data);
        assert_eq!(parse(&file).unwrap().values, expected);
    }

    #[test]
    fn every_type_of_number_is_read_in_either_byte_order() {
        check("|b1", &[0, 1, 1], &[0.0, 1.0, 1.0]);
        check("|i1", &[0xff, 0x7f], &[-1.0, 127.0]);
        check("|u1", &[0xff], &[255.0]);
        check("<i2", &[0xfe, 0xff], &[-2.0]);
        check(">i2", &[0xff, 0xfe], &[-2.0]);
        check(">u4", &[0, 0, 1, 2], &[258.0]);
        check("<i8", &(-3i64).to_le_bytes(), &[-3.0]);
        check(">u8", &u64::MAX.to_be_bytes(), &[u64::MAX as f64]);
        // 1.5 has the same bits in either half precision but for the length of the exponent: 0x3e00 and 0x3fc0.
        check("<f2", &[0x00, 0x3e, 0x00, 0xfc], &[1.5, f64::NEG_INFINITY]);
        check(">f2", &[0x3e, 0x00], &[1.5]);
        check("<V2", &[0xc0, 0x3f], &[1.5]);
        check("|V2", &[0xc0, 0xbf], &[-1.5]);
        check("<f4", &1.5f32.to_le_bytes(), &[1.5]);
        check(">f8", &(-0.1f64).to_be_bytes(), &[-0.1]);
    }

    #[test]
    fn both_memory_orders_give_rows_and_columns() {
        let data = [1, 2, 3, 4, 5, 6];
        let expected = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        assert_eq!(parse_map(&encode("|u1", false, "(2, 3)", &data)).unwrap(), (false, expected.clone()));
        for shape in ["(2, 3)", "(1, 2, 3)", "(2, 3, 1)"] {
            let (_, values) = parse_map(&encode("|u1", true, shape, &[1, 4, 2, 5, 3, 6])).unwrap();
            assert_eq!(values, expected);
            assert!(values.is_standard_layout());
        }
    }

    #[test]
    fn later_versions_have_a_longer_length() {
        for version in [2, 3] {
            let mut file = encode("|u1", false, "(1, 2)", &[7, 8]);
            file[6] = version;
            file.splice(10..10, [0, 0]);
            assert_eq!(parse_map(&file).unwrap().1, array![[7.0, 8.0]]);
        }
    }

    #[track_caller]
    fn check_error(file: &[u8], expected: &str) {
        assert_eq!(parse_map(file).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_is_no_plane_of_numbers_says_so() {
        check_error(b"PK\x03\x04", "not a NumPy file of version 1, 2 or 3");
        check_error(
            &encode("|O", false, "(1, 1)", &[]),
            "expected an array of real numbers, found elements of type \"|O\" (pickled objects); save the \
             array itself, as in np.save(name, array.astype('float32'))",
        );
        check_error(
            &encode("<c16", false, "(1, 1)", &[]),
            "expected an array of real numbers, found elements of type \"<c16\"",
        );
        check_error(
            &encode("<f16", false, "(1, 1)", &[0; 16]),
            "expected an array of real numbers, found elements of type \"<f16\"; save \
             array.astype('float64')",
        );
        let expected = "expected an array that holds one map, of shape (height, width), found shape ";
        check_error(&encode("<f8", false, "(3,)", &[0; 24]), &format!("{expected}(3) of type <f8"));
        check_error(&encode("<f8", false, "()", &[0; 8]), &format!("{expected}() of type <f8"));
        check_error(&encode("|u1", false, "(1, 2, 3)", &[0; 5]), "the header promises 6 bytes of data, found 5");
        check_error(&encode("|u1", false, "(3, 1, 2)", &[0; 6]), &format!("{expected}(3, 1, 2) of type |u1"));
        check_error(&encode("|u1", false, "(2, 3)", &[0; 5]), "the header promises 6 bytes of data, found 5");
        check_error(&encode("|u1", false, "(2, 3)", &[0; 7]), "the header promises 6 bytes of data, found 7");
        check_error(
            &encode("<f8", false, "(9999999999999, 9999999999999)", &[0; 8]),
            "the header promises 18446744073709551615 bytes of data, found 8",
        );
        check_error(b"\x93NUMPY\x01\x00\x10\x00{'descr'", "the header of the NumPy file is damaged: \"{'descr'\"");
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let file = encode_f64(&array![[0.5, -1.0], [2.0, 3.0]]);
        assert!((0..file.len()).all(|length| parse(&file[..length]).is_err()));
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        for bytes in damaged(&encode_f64(&array![[0.5, -1.0], [2.0, 3.0]]), 20_000, 6) {
            let _ = parse(&bytes);
        }
        for bytes in damaged(&encode("<f8", false, "(2, 2)", &[]), 20_000, 7) {
            let _ = parse(&bytes);
        }
    }
}
