//! A constant of an ONNX file: its shape, whether its numbers are there, and few numbers themselves, which sizes depend on.

use half::f16;

use super::protobuf::Message;
use crate::exported::error::NetworkProblem;

/// The largest number of values that are kept: shapes have one for each axis.
const FEW: usize = 64;

/// A constant's shape and, if they are few, its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Constant {
    pub(super) shape: Vec<u64>,
    pub(super) numbers: Option<Vec<f64>>,
    /// Whether the numbers are whole.
    pub(super) whole: bool,
}

/// A part of another file that holds the numbers of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct External {
    pub(super) name: String,
    pub(super) location: String,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The types of numbers that are read: their size in bytes, and a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    F32,
    U8,
    I8,
    I32,
    I64,
    Bool,
    F16,
    F64,
}

impl Type {
    fn of(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F16 | Self::F64)
    }

    fn read(self, bytes: &[u8]) -> f64 {
        let wide: [u8; 8] = std::array::from_fn(|place| bytes.get(place).copied().unwrap_or(0));
        let [a, b, c, d, ..] = wide;
        match self {
            Self::U8 | Self::Bool => a.into(),
            Self::I8 => a.cast_signed().into(),
            Self::I32 => i32::from_le_bytes([a, b, c, d]).into(),
            Self::I64 => i64::from_le_bytes(wide) as f64,
            Self::F16 => f16::from_le_bytes([a, b]).into(),
            Self::F32 => f32::from_le_bytes([a, b, c, d]).into(),
            Self::F64 => f64::from_le_bytes(wide),
        }
    }
}

/// Reads a tensor and its name, and checks that as many numbers are there as its shape declares. Numbers that lie in another
/// file are noted in `external`.
pub(super) fn tensor(
    mut message: Message<'_>,
    external: &mut Vec<External>,
) -> Result<(String, Constant), NetworkProblem> {
    let (mut name, mut dims, mut kind) = ("", Vec::new(), 0);
    let (mut raw, mut typed, mut elsewhere) = (None, Typed::default(), None);
    let mut place = Place::default();
    while let Some((number, value)) = message.next()? {
        match number {
            1 => {
                value.each_number(&message, |side| dims.push(side))?;
                message.bounded(dims.len(), FEW)?;
            }
            2 => kind = value.number(&message)?,
            3 => return Err(message.damaged("a tensor comes in segments")),
            4 => value.each_float(&message, |number| typed.take(number.into()))?,
            5 | 7 => value.each_number(&message, |number| typed.take(number as f64))?,
            8 => name = value.message(&message)?.text()?,
            9 => raw = Some(value.message(&message)?),
            10 => {
                let (numbers, _) = value.message(&message)?.bytes.as_chunks::<8>();
                numbers.iter().for_each(|&bytes| typed.take(f64::from_le_bytes(bytes)));
            }
            13 => place.read(value.message(&message)?)?,
            14 => elsewhere = Some(value.number(&message)?),
            _ => {}
        }
    }
    let kind = Type::of(kind).ok_or_else(|| message.damaged("a tensor has a type of numbers that is not read"))?;
    let shape: Vec<u64> = dims
        .into_iter()
        .map(|side| u64::try_from(side).map_err(|_| message.damaged("a tensor has a negative side")))
        .collect::<Result<_, _>>()?;
    let count = shape.iter().fold(1_u128, |count, &side| count.saturating_mul(side.into()));
    let declared = count.saturating_mul(kind.size() as u128);
    let mut numbers = None;
    let found = if elsewhere.is_some_and(|place| place != 0) {
        let part = place.external(name, declared)?;
        let length = part.length;
        external.push(part);
        length
    } else if let Some(raw) = raw {
        if count <= FEW as u128 {
            numbers = Some(raw.bytes.chunks_exact(kind.size()).map(|bytes| kind.read(bytes)).collect());
        }
        raw.bytes.len() as u64
    } else {
        if kind == Type::F16 {
            // The bits of a half lie in a whole number.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
            typed.first.iter_mut().for_each(|bits| *bits = f16::from_bits(*bits as u16).into());
        }
        numbers = (typed.count <= FEW).then_some(typed.first);
        (typed.count * kind.size()) as u64
    };
    if u128::from(found) != declared {
        return Err(NetworkProblem::TensorSize { name: name.to_owned(), declared, found });
    }
    Ok((name.to_owned(), Constant { shape, numbers, whole: kind.is_whole() }))
}

/// The numbers of a tensor that stand in a list: their count, and the first of them.
#[derive(Debug, Default)]
struct Typed {
    count: usize,
    first: Vec<f64>,
}

impl Typed {
    fn take(&mut self, number: f64) {
        self.count += 1;
        if self.count <= FEW {
            self.first.push(number);
        }
    }
}

/// The place of numbers in another file, as its fields are read.
#[derive(Debug, Default)]
struct Place<'a> {
    location: &'a str,
    offset: Option<u64>,
    length: Option<u64>,
}

impl<'a> Place<'a> {
    fn read(&mut self, mut message: Message<'a>) -> Result<(), NetworkProblem> {
        let (mut key, mut text) = ("", "");
        while let Some((number, value)) = message.next()? {
            match number {
                1 => key = value.message(&message)?.text()?,
                2 => text = value.message(&message)?.text()?,
                _ => {}
            }
        }
        match key {
            "location" => self.location = text,
            "offset" => self.offset = text.parse().ok(),
            "length" => self.length = text.parse().ok(),
            _ => {}
        }
        Ok(())
    }

    fn external(self, name: &str, declared: u128) -> Result<External, NetworkProblem> {
        let refused =
            |reason| NetworkProblem::ExternalData { name: name.to_owned(), location: self.location.to_owned(), reason };
        let (Some(offset), Some(length)) = (self.offset, self.length) else {
            return Err(refused("without telling which part of it"));
        };
        if u128::from(length) != declared {
            return Err(NetworkProblem::TensorSize { name: name.to_owned(), declared, found: length });
        }
        Ok(External { name: name.to_owned(), location: self.location.to_owned(), offset, length })
    }
}
