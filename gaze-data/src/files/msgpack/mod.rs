//! `MessagePack`, read from memory under limits: the part of it that datadings writes.
//!
//! Values borrow from the bytes in which they stand. Counts are compared with the bytes that are left, nesting and the
//! number of values have limits, and every problem is a [`MsgpackError`].
//!
//! NumPy arrays are maps with the keys `nd`, `type`, `kind`, `shape` and `data`, as the package `msgpack-numpy` writes
//! them. Arrays of objects are stored as pickles, which are programs, and refused.
//!
//! Source: the `MessagePack` specification (github.com/msgpack/msgpack, `spec.md`).

use crate::{
    MsgpackError,
    error::msgpack::{DEPTH, VALUES},
};

pub(crate) mod scan;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Nil,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Extension,
}

/// Parses the one value that the bytes hold.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value<'_>, MsgpackError> {
    let mut reader = Reader { bytes, at: 0, left: VALUES };
    let value = reader.value(DEPTH)?;
    if reader.at < bytes.len() {
        return Err(MsgpackError::Unexpected { at: reader.at, expected: "the end" });
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], MsgpackError> {
        let rest = &self.bytes[self.at..];
        match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(MsgpackError::Truncated { at: self.at, expected: length, found: rest.len() }),
        }
    }

    /// Reads a big-endian number of up to 8 bytes.
    fn number(&mut self, width: u64) -> Result<u64, MsgpackError> {
        Ok(self.take(width)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn text(&mut self, length: u64) -> Result<Value<'a>, MsgpackError> {
        let at = self.at;
        let text = str::from_utf8(self.take(length)?);
        text.map(Value::Text).map_err(|_| MsgpackError::Unexpected { at, expected: "text in UTF-8" })
    }

    fn array(&mut self, count: u64, depth: usize) -> Result<Value<'a>, MsgpackError> {
        let (count, depth) = self.countable(count, 1, depth)?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.value(depth)?);
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, count: u64, depth: usize) -> Result<Value<'a>, MsgpackError> {
        let (count, depth) = self.countable(count, 2, depth)?;
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            pairs.push((self.value(depth)?, self.value(depth)?));
        }
        Ok(Value::Map(pairs))
    }

    /// Checks that `count` elements of `each` values can follow, as every value takes at least a byte, and returns the count
    /// with the depth that is left.
    fn countable(&mut self, count: u64, each: u64, depth: usize) -> Result<(usize, usize), MsgpackError> {
        let needed = count.saturating_mul(each);
        let found = self.bytes.len() - self.at;
        if needed > found as u64 {
            return Err(MsgpackError::Truncated { at: self.at, expected: needed, found });
        }
        let too_much = MsgpackError::TooMuch { at: self.at };
        let needed = usize::try_from(needed).map_err(|_| too_much.clone())?;
        self.left = self.left.checked_sub(needed).ok_or_else(|| too_much.clone())?;
        let depth = depth.checked_sub(1).ok_or(too_much)?;
        Ok((needed / usize::try_from(each).unwrap_or(1).max(1), depth))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, MsgpackError> {
        let at = self.at;
        let first = self.take(1)?[0];
        let small = u64::from(first);
        Ok(match first {
            0x00..=0x7f => Value::Integer(small.into()),
            0x80..=0x8f => self.map(small & 0x0f, depth)?,
            0x90..=0x9f => self.array(small & 0x0f, depth)?,
            0xa0..=0xbf => self.text(small & 0x1f)?,
            0xc0 => Value::Nil,
            0xc1 => return Err(MsgpackError::Unexpected { at, expected: "a value" }),
            0xc2 | 0xc3 => Value::Bool(first == 0xc3),
            0xc4..=0xc6 => {
                let length = self.number(1 << (first - 0xc4))?;
                Value::Bytes(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.number(1 << (first - 0xc7))?;
                self.take(length.saturating_add(1))?;
                Value::Extension
            }
            0xca => {
                let bits = u32::try_from(self.number(4)?).unwrap_or_default();
                Value::Float(f32::from_bits(bits).into())
            }
            0xcb => Value::Float(f64::from_bits(self.number(8)?)),
            0xcc..=0xcf => Value::Integer(self.number(1 << (first - 0xcc))?.into()),
            0xd0..=0xd3 => {
                let width = 1u32 << (first - 0xd0);
                let shift = 64 - 8 * width;
                Value::Integer((self.number(width.into())? << shift).cast_signed().wrapping_shr(shift).into())
            }
            0xd4..=0xd8 => {
                self.take((1 << (first - 0xd4)) + 1)?;
                Value::Extension
            }
            0xd9..=0xdb => {
                let length = self.number(1 << (first - 0xd9))?;
                self.text(length)?
            }
            0xdc | 0xdd => {
                let count = self.number(if first == 0xdc { 2 } else { 4 })?;
                self.array(count, depth)?
            }
            0xde | 0xdf => {
                let count = self.number(if first == 0xde { 2 } else { 4 })?;
                self.map(count, depth)?
            }
            0xe0..=0xff => Value::Integer(i128::from(first.cast_signed())),
        })
    }
}

impl<'a> Value<'a> {
    /// Returns the value of a key in a map; NumPy's keys are bytes, other keys are text.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        let named = |name: &Self| match name {
            Self::Text(text) => *text == key,
            Self::Bytes(bytes) => *bytes == key.as_bytes(),
            _ => false,
        };
        pairs.iter().find(|(name, _)| named(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    pub(crate) fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// Returns a number in a plain list.
    fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "coordinates are far below 2^52")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the points of a NumPy array of shape `(n, 2 or more)`, or of a list whose rows are lists or arrays.
    pub(crate) fn points(&self) -> Result<Vec<(f64, f64)>, MsgpackError> {
        const EXPECTED: &str = "numbers of shape (n, 2)";
        let wrong = |found: String| MsgpackError::Array { expected: EXPECTED, found };
        if let Self::Array(rows) = self {
            let point = |row: &Self| match row {
                Self::Array(values) => match values.as_slice() {
                    [x, y, ..] => x.number().zip(y.number()).ok_or_else(|| wrong("a list of something else".into())),
                    _ => Err(wrong(format!("a row of {} values", values.len()))),
                },
                row => match row.numpy(EXPECTED)?.1.as_slice() {
                    &[x, y, ..] => Ok((x, y)),
                    values => Err(wrong(format!("a row of {} values", values.len()))),
                },
            };
            return rows.iter().map(point).collect();
        }
        let (shape, values) = self.numpy(EXPECTED)?;
        match shape.as_slice() {
            [0, ..] => Ok(Vec::new()),
            &[_, columns] if columns >= 2 => {
                let columns = usize::try_from(columns).unwrap_or(usize::MAX);
                Ok(values.chunks_exact(columns).map(|row| (row[0], row[1])).collect())
            }
            shape => Err(wrong(format!("shape {shape:?}"))),
        }
    }

    /// Returns the shape and values of a NumPy array of numbers.
    fn numpy(&self, expected: &'static str) -> Result<(Vec<u64>, Vec<f64>), MsgpackError> {
        let wrong = |found: String| MsgpackError::Array { expected, found };
        let kind = self.get("type").and_then(Value::text).ok_or_else(|| wrong("no array".to_owned()))?;
        if kind.contains('O') || self.get("kind").and_then(Value::text) == Some("O") {
            return Err(MsgpackError::Pickle);
        }
        let shape: Option<Vec<u64>> =
            self.get("shape").and_then(Value::array).and_then(|sides| sides.iter().map(Value::integer).collect());
        let (Some(shape), Some(Value::Bytes(data))) = (shape, self.get("data")) else {
            return Err(wrong("no shape or data".to_owned()));
        };
        let converter = converter(kind).ok_or_else(|| wrong(format!("type {kind:?}")))?;
        let count = shape.iter().try_fold(u64::from(converter.width), |bytes, &side| bytes.checked_mul(side));
        if count != Some(data.len() as u64) {
            return Err(wrong(format!("shape {shape:?} and {} bytes", data.len())));
        }
        let values = data.chunks_exact(converter.width.into()).map(|bytes| converter.number(bytes));
        Ok((shape, values.collect()))
    }
}

/// Converts the bytes of a NumPy type to a number.
#[derive(Clone, Copy)]
struct Converter {
    kind: u8,
    width: u8,
    big_endian: bool,
}

fn converter(kind: &str) -> Option<Converter> {
    let &[order, kind, width] = kind.as_bytes() else { return None };
    let converter = Converter { kind, width: width.wrapping_sub(b'0'), big_endian: order == b'>' };
    let known = matches!((kind, converter.width), (b'f', 4 | 8) | (b'i' | b'u', 1 | 2 | 4 | 8));
    known.then_some(converter)
}

impl Converter {
    fn number(self, bytes: &[u8]) -> f64 {
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        let bits = if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) };
        let shift = 64 - 8 * u32::from(self.width);
        match (self.kind, self.width) {
            (b'f', 4) => f32::from_bits(u32::try_from(bits).unwrap_or_default()).into(),
            (b'f', _) => f64::from_bits(bits),
            (b'i', _) => (bits << shift).cast_signed().wrapping_shr(shift) as f64,
            _ => bits as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;

    #[track_caller]
    fn check(bytes: &[u8], expected: &Value<'_>) {
        assert_eq!(parse(bytes).as_ref(), Ok(expected));
    }

    #[test]
    fn every_width_is_read() {
        check(&[0x7f], &Value::Integer(127));
        check(&[0xe0], &Value::Integer(-32));
        check(&[0xcd, 1, 0], &Value::Integer(256));
        check(&[0xd0, 0xfe], &Value::Integer(-2));
        check(&[0xd1, 0xff, 0xfe], &Value::Integer(-2));
        check(&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &Value::Integer(u64::MAX.into()));
        check(&[0xca, 0x3f, 0xc0, 0, 0], &Value::Float(1.5));
        check(&[0xd9, 2, b'a', b'b'], &Value::Text("ab"));
        check(&[0xc5, 0, 1, 7], &Value::Bytes(&[7]));
        check(&[0x92, 0xc0, 0xc3], &Value::Array(vec![Value::Nil, Value::Bool(true)]));
        check(&[0x81, 0xa1, b'k', 1], &Value::Map(vec![(Value::Text("k"), Value::Integer(1))]));
        check(&[0xd4, 5, 6], &Value::Extension);
    }

    fn array(kind: &str, kind_of: &str, shape: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x85];
        let mut pair = |key: &str, value: &[u8]| {
            bytes.extend([0xc4, u8::try_from(key.len()).unwrap()]);
            bytes.extend(key.as_bytes());
            bytes.extend(value);
        };
        let text = |text: &str| [&[0xa0 + u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let binary = |data: &[u8]| [&[0xc4, u8::try_from(data.len()).unwrap()], data].concat();
        pair("nd", &[0xc3]);
        pair("type", &text(kind));
        pair("kind", &binary(kind_of.as_bytes()));
        pair("shape", &[&[0x90 + u8::try_from(shape.len()).unwrap()], shape].concat());
        pair("data", &binary(data));
        bytes
    }

    #[test]
    fn arrays_are_read_in_any_type_and_pickles_are_not() {
        let points = |bytes: &[u8]| parse(bytes).unwrap().points();
        let floats: Vec<u8> = [1.5f32, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(points(&array("<f4", "", &[1, 2], &floats)), Ok(vec![(1.5, 2.0)]));
        assert_eq!(points(&array(">i2", "", &[1, 2], &[0xff, 0xfe, 0, 3])), Ok(vec![(-2.0, 3.0)]));
        assert_eq!(points(&array("<f4", "", &[0, 2], &[])), Ok(vec![]));
        assert_eq!(points(&array("|O", "O", &[1, 2], b"pickle")), Err(MsgpackError::Pickle));
        assert_eq!(points(&array("|O8", "", &[1, 2], b"pickle")), Err(MsgpackError::Pickle));
        let message = points(&array("<f4", "", &[2, 2], &floats)).unwrap_err().to_string();
        assert_eq!(message, "expected a NumPy array of numbers of shape (n, 2), found shape [2, 2] and 8 bytes");
    }

    #[test]
    fn promises_are_checked_before_memory_is_taken() {
        let message = parse(&[0xdd, 0xff, 0xff, 0xff, 0xff]).unwrap_err().to_string();
        assert_eq!(message, "at byte 5: expected 4294967295 more bytes, found 0");
        let message = parse(&[0x91; 40]).unwrap_err().to_string();
        assert!(message.ends_with("nested more than 16 deep"), "{message}");
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        let floats: Vec<u8> = [1.5f32, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        for bytes in damaged(&array("<f4", "", &[1, 2], &floats), 20_000, 11) {
            if let Ok(value) = parse(&bytes) {
                let _ = value.points();
            }
        }
    }
}
