//! Thrift's compact protocol, in which Parquet writes the description of a file and the header of every page.
//!
//! The crate `parquet` reads both, but believes some of the counts in them. Here a structure is read first, with every
//! count compared with the bytes that are left, so that its claims can be checked.
//!
//! Source: Apache Thrift, "Thrift compact protocol encoding" (`doc/specs/thrift-compact-protocol.md`).

use super::cursor::Cursor;

/// The greatest depth to which structures and lists may be nested; those of Parquet reach about ten.
const DEPTH: usize = 32;

/// The most values that a structure may hold, those of inner structures included.
const VALUES: usize = 1 << 21;

/// A value; texts are not kept.
#[derive(Debug)]
pub(super) enum Value {
    Integer(i64),
    Bool(bool),
    List(Vec<Value>),
    Struct(Struct),
    Other,
}

/// A structure: its fields with their numbers.
#[derive(Debug, Default)]
pub(super) struct Struct(Vec<(i64, Value)>);

impl Struct {
    fn field(&self, number: i64) -> Option<&Value> {
        self.0.iter().find(|(other, _)| *other == number).map(|(_, value)| value)
    }

    pub(super) fn integer(&self, number: i64) -> Option<i64> {
        match self.field(number) {
            Some(Value::Integer(integer)) => Some(*integer),
            _ => None,
        }
    }

    pub(super) fn bool(&self, number: i64) -> Option<bool> {
        match self.field(number) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn list(&self, number: i64) -> Option<&[Value]> {
        match self.field(number) {
            Some(Value::List(values)) => Some(values),
            _ => None,
        }
    }

    pub(super) fn structure(&self, number: i64) -> Option<&Self> {
        match self.field(number) {
            Some(Value::Struct(inner)) => Some(inner),
            _ => None,
        }
    }
}

/// Reads the structure with which the bytes begin, and returns it with its length in bytes; `None` if it is damaged or
/// larger than is read.
pub(super) fn parse(bytes: &[u8]) -> Option<(Struct, usize)> {
    let mut reader = Reader { cursor: Cursor::new(bytes), left: VALUES };
    let structure = reader.structure(DEPTH)?;
    Some((structure, reader.cursor.at))
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    left: usize,
}

impl Reader<'_> {
    fn structure(&mut self, depth: usize) -> Option<Struct> {
        let mut fields = Vec::new();
        let mut number = 0;
        loop {
            let head = self.cursor.byte()?;
            if head == 0 {
                return Some(Struct(fields));
            }
            number = if head >> 4 == 0 { self.cursor.integer()? } else { number + i64::from(head >> 4) };
            let value = match head & 0x0f {
                kind @ (1 | 2) => Value::Bool(kind == 1),
                kind => self.value(kind, depth)?,
            };
            fields.push((Some(number).filter(|number| (0..=0x7fff).contains(number))?, value));
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        Some(match kind {
            // A truth value in a list takes a byte.
            1 | 2 => Value::Bool(self.cursor.byte()? == 1),
            3 => Value::Integer(i64::from(self.cursor.byte()?.cast_signed())),
            4..=6 => Value::Integer(self.cursor.integer()?),
            7 => {
                self.cursor.take(8)?;
                Value::Other
            }
            8 => {
                let length = usize::try_from(self.cursor.varint()?).ok()?;
                self.cursor.take(length)?;
                Value::Other
            }
            9 | 10 => {
                let head = self.cursor.byte()?;
                let count = if head >> 4 == 15 { self.cursor.varint()? } else { u64::from(head >> 4) };
                // Every element takes at least a byte.
                let count = usize::try_from(count).ok().filter(|&count| count <= self.cursor.left())?;
                Value::List((0..count).map(|_| self.value(head & 0x0f, depth)).collect::<Option<_>>()?)
            }
            12 => Value::Struct(self.structure(depth)?),
            // Parquet has no maps or unique identifiers.
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;

    /// Fields 1: -3, 2: true, 4: [1, 2], 5: {1: 300}, 30: text.
    const SAMPLE: &[u8] = b"\x15\x05\x11\x29\x25\x02\x04\x1c\x15\xd8\x04\x00\x08\x3c\x02ab\x00rest";

    #[test]
    fn fields_are_found_by_number() {
        let (sample, length) = parse(SAMPLE).unwrap();
        assert_eq!(
            (length, sample.integer(1), sample.bool(2), sample.integer(3)),
            (SAMPLE.len() - 4, Some(-3), Some(true), None)
        );
        assert!(matches!(sample.list(4), Some([Value::Integer(1), Value::Integer(2)])));
        assert_eq!(sample.structure(5).unwrap().integer(1), Some(300));
        assert!(matches!(sample.field(30), Some(Value::Other)));
    }

    #[test]
    fn counts_are_compared_with_what_there_is() {
        // A list of 2^31 - 1 truth values; one of 16 million of which there are none; text beyond the end.
        assert!(parse(b"\x19\xf1\xff\xff\xff\xff\x07\x01\x00").is_none());
        assert!(parse(b"\x19\xf5\x80\x80\x80\x08\x00").is_none());
        assert!(parse(b"\x18\xff\xff\xff\xff\x0fab\x00").is_none());
        let deep = |depth: usize| [vec![0x1c; depth], vec![0; depth + 1]].concat();
        assert!(parse(&deep(DEPTH)).is_some());
        assert!(parse(&deep(DEPTH + 1)).is_none());
        let many = |count: usize| [vec![0x15; 1], vec![0; 1], [0x15, 0].repeat(count - 1), vec![0]].concat();
        assert!(parse(&many(1000)).is_some());
        // Numbers of fields end at 32,767.
        assert!(parse(&many(40_000)).is_none());
    }

    #[test]
    fn no_damage_makes_the_reader_panic_or_pass_the_end() {
        for bytes in damaged(SAMPLE, 20_000, 14) {
            if let Some((_, length)) = parse(&bytes) {
                assert!(length <= bytes.len());
            }
        }
    }
}
