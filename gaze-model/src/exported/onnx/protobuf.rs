//! A reader of protocol buffers that believes no length before it is compared with what is there.
//!
//! A message is a row of fields. A field is a number, a type, and a value: a whole number of variable length, 4 or 8 bytes, or
//! a length and as many bytes, which may be a message. See <https://protobuf.dev/programming-guides/encoding/>.

use crate::exported::error::NetworkProblem;

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Whole(u64),
    Four([u8; 4]),
    Eight([u8; 8]),
    Bytes(Message<'a>),
}

/// The bytes of a message, a text or packed numbers, with their place in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Message<'a> {
    pub(super) bytes: &'a [u8],
    /// The offset of the first byte in the file.
    pub(super) at: usize,
}

impl<'a> Message<'a> {
    pub(super) fn of_file(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn damaged(&self, what: &'static str) -> NetworkProblem {
        NetworkProblem::Damaged { format: "ONNX", what, at: self.at }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], NetworkProblem> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.damaged("it is cut short"))?;
        self.bytes = rest;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NetworkProblem> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were taken"))
    }

    fn whole(&mut self) -> Result<u64, NetworkProblem> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged("a number has too many digits"))
    }

    /// Reads the next field; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, NetworkProblem> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let tag = self.whole()?;
        let value = match tag & 7 {
            0 => Value::Whole(self.whole()?),
            1 => Value::Eight(self.array()?),
            2 => {
                let length = usize::try_from(self.whole()?).map_err(|_| self.damaged("it is cut short"))?;
                let at = self.at;
                Value::Bytes(Message { bytes: self.take(length)?, at })
            }
            5 => Value::Four(self.array()?),
            _ => return Err(self.damaged("a field has a type that ONNX does not use")),
        };
        Ok(Some((tag >> 3, value)))
    }

    pub(super) fn text(&self) -> Result<&'a str, NetworkProblem> {
        str::from_utf8(self.bytes).map_err(|_| self.damaged("a name is no text"))
    }

    /// Refuses a list that is longer than any network's.
    pub(super) fn bounded(&self, length: usize, most: usize) -> Result<(), NetworkProblem> {
        if length > most { Err(self.damaged("a list is longer than that of any network")) } else { Ok(()) }
    }
}

impl<'a> Value<'a> {
    pub(super) fn message(self, around: &Message<'_>) -> Result<Message<'a>, NetworkProblem> {
        if let Value::Bytes(message) = self { Ok(message) } else { Err(around.damaged("a field has the wrong type")) }
    }

    pub(super) fn number(self, around: &Message<'_>) -> Result<i64, NetworkProblem> {
        if let Value::Whole(number) = self {
            Ok(number.cast_signed())
        } else {
            Err(around.damaged("a field has the wrong type"))
        }
    }

    /// Passes on one whole number, or several that are packed.
    pub(super) fn each_number(self, around: &Message<'_>, mut take: impl FnMut(i64)) -> Result<(), NetworkProblem> {
        match self {
            Value::Whole(number) => take(number.cast_signed()),
            Value::Bytes(mut packed) => {
                while !packed.bytes.is_empty() {
                    take(packed.whole()?.cast_signed());
                }
            }
            _ => return Err(around.damaged("a field has the wrong type")),
        }
        Ok(())
    }

    /// Passes on one 32-bit number, or several that are packed.
    pub(super) fn each_float(self, around: &Message<'_>, mut take: impl FnMut(f32)) -> Result<(), NetworkProblem> {
        match self {
            Value::Four(bytes) => take(f32::from_le_bytes(bytes)),
            Value::Bytes(packed) => {
                let (numbers, rest) = packed.bytes.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(packed.damaged("numbers of 32 bits are cut short"));
                }
                numbers.iter().for_each(|&bytes| take(f32::from_le_bytes(bytes)));
            }
            _ => return Err(around.damaged("a field has the wrong type")),
        }
        Ok(())
    }
}
