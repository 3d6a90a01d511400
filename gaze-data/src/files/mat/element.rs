//! The elements that a MATLAB file is made of: a tag, and the data it announces.

use crate::MatError;

pub(super) const INT8: u32 = 1;
pub(super) const UINT8: u32 = 2;
pub(super) const INT16: u32 = 3;
pub(super) const UINT16: u32 = 4;
pub(super) const INT32: u32 = 5;
pub(super) const UINT32: u32 = 6;
pub(super) const SINGLE: u32 = 7;
pub(super) const DOUBLE: u32 = 9;
pub(super) const INT64: u32 = 12;
pub(super) const UINT64: u32 = 13;
pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;
pub(super) const UTF8: u32 = 16;
pub(super) const UTF16: u32 = 17;

/// A reader of bytes, front to back. The reader of a part sees all bytes up to the end of the part, so that a position is
/// counted from the same beginning everywhere.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) big_endian: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], MatError> {
        let rest = self.rest();
        match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(MatError::Truncated { at: self.at, expected: length, found: rest.len() }),
        }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn u32(&mut self) -> Result<u32, MatError> {
        let bytes = self.take(4)?;
        Ok(numbers(UINT32, bytes, self.big_endian, u32_of).first().copied().unwrap_or_default())
    }

    pub(super) fn unexpected(&self, expected: &'static str, found: impl Into<u64>) -> MatError {
        MatError::Unexpected { at: self.at, expected, found: found.into() }
    }

    /// Reads a tag, and returns its kind with a reader that ends with the data that the tag announces.
    pub(super) fn element(&mut self) -> Result<(u32, Self), MatError> {
        let tag = self.u32()?;
        // Up to 4 bytes of data may share the 8 bytes of their tag; the upper half of its first number is then their length.
        let (kind, length, padding) = match (tag & 0xffff, tag >> 16) {
            (_, 0) => {
                let length = self.u32()?;
                // Elements fill multiples of 8 bytes, except compressed ones.
                (tag, length, if tag == COMPRESSED { 0 } else { length.wrapping_neg() % 8 })
            }
            (kind, length @ 1..=4) => (kind, length, 4 - length),
            (_, length) => return Err(self.unexpected("a small element of 1 to 4 bytes", length)),
        };
        let start = self.at;
        self.take(length.into())?;
        let data = Self { bytes: &self.bytes[..self.at], at: start, ..*self };
        // The last element of a file may lack its padding.
        self.at = (self.at + padding as usize).min(self.bytes.len());
        Ok((kind, data))
    }

    pub(super) fn expect(&mut self, kind: u32, expected: &'static str) -> Result<Self, MatError> {
        let at = self.at;
        let (found, data) = self.element()?;
        if found == kind { Ok(data) } else { Err(MatError::Unexpected { at, expected, found: found.into() }) }
    }
}

/// Returns the size in bytes of one number of a storage type.
pub(super) fn width(kind: u32) -> Option<usize> {
    match kind {
        INT8 | UINT8 => Some(1),
        INT16 | UINT16 => Some(2),
        INT32 | UINT32 | SINGLE => Some(4),
        DOUBLE | INT64 | UINT64 => Some(8),
        _ => None,
    }
}

/// Splits bytes into numbers of a storage type; `convert` is given each as little-endian bytes.
pub(super) fn numbers<T>(kind: u32, bytes: &[u8], big_endian: bool, convert: impl Fn([u8; 8]) -> T) -> Vec<T> {
    let chunks = bytes.chunks_exact(width(kind).unwrap_or(1));
    let little = |chunk: &[u8]| {
        let mut number = [0; 8];
        number[..chunk.len()].copy_from_slice(chunk);
        if big_endian {
            number[..chunk.len()].reverse();
        }
        number
    };
    chunks.map(|chunk| convert(little(chunk))).collect()
}

pub(super) fn u16_of([a, b, ..]: [u8; 8]) -> u16 {
    u16::from_le_bytes([a, b])
}

pub(super) fn u32_of([a, b, c, d, ..]: [u8; 8]) -> u32 {
    u32::from_le_bytes([a, b, c, d])
}

pub(super) fn numeric(kind: u32, bytes: &[u8], big_endian: bool) -> Option<Vec<f64>> {
    if !bytes.len().is_multiple_of(width(kind)?) {
        return None;
    }
    let convert = |bytes: [u8; 8]| match kind {
        INT8 => f64::from(i8::from_le_bytes([bytes[0]])),
        UINT8 => f64::from(bytes[0]),
        INT16 => f64::from(i16::from_le_bytes([bytes[0], bytes[1]])),
        UINT16 => f64::from(u16_of(bytes)),
        INT32 => f64::from(u32_of(bytes).cast_signed()),
        UINT32 => f64::from(u32_of(bytes)),
        SINGLE => f64::from(f32::from_bits(u32_of(bytes))),
        INT64 => i64::from_le_bytes(bytes) as f64,
        UINT64 => u64::from_le_bytes(bytes) as f64,
        _ => f64::from_le_bytes(bytes),
    };
    Some(numbers(kind, bytes, big_endian, convert))
}
