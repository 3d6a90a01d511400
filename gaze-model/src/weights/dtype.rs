//! The number types that tensors in files may have, and their values as `f32`.

use std::{borrow::Cow, fmt};

use half::{bf16, f16};

/// The type in which a file stores a number. All types are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dtype {
    /// 64-bit floating point.
    F64,
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point of IEEE 754.
    F16,
    /// The upper half of a 32-bit floating-point number.
    Bf16,
    /// 64-bit signed integer.
    I64,
    /// 32-bit signed integer.
    I32,
    /// 16-bit signed integer.
    I16,
    /// 8-bit signed integer.
    I8,
    /// 8-bit unsigned integer.
    U8,
    /// A truth value in one byte.
    Bool,
}

impl Dtype {
    /// The size of one number in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Tells whether this is a floating-point type, as the parameters of networks are.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    /// The type's name in the format safetensors.
    pub(super) const fn safetensors(self) -> safetensors::Dtype {
        match self {
            Self::F64 => safetensors::Dtype::F64,
            Self::F32 => safetensors::Dtype::F32,
            Self::F16 => safetensors::Dtype::F16,
            Self::Bf16 => safetensors::Dtype::BF16,
            Self::I64 => safetensors::Dtype::I64,
            Self::I32 => safetensors::Dtype::I32,
            Self::I16 => safetensors::Dtype::I16,
            Self::I8 => safetensors::Dtype::I8,
            Self::U8 => safetensors::Dtype::U8,
            Self::Bool => safetensors::Dtype::BOOL,
        }
    }

    /// Finds the type with this name in the format safetensors; `None` if weights do not have it.
    pub(super) fn from_safetensors(dtype: safetensors::Dtype) -> Option<Self> {
        let all = [Self::F64, Self::F32, Self::F16, Self::Bf16, Self::I64, Self::I32, Self::I16, Self::I8, Self::U8];
        all.into_iter().chain([Self::Bool]).find(|known| known.safetensors() == dtype)
    }

    /// Reads numbers that lie one after another, rounded to `f32`. They are borrowed if they are `f32` already.
    ///
    /// Returns `None` for types that are not floating-point.
    pub(super) fn to_f32(self, bytes: &[u8]) -> Option<Cow<'_, [f32]>> {
        fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Cow<'_, [f32]> {
            Cow::Owned(bytes.as_chunks::<N>().0.iter().map(|&number| value(number)).collect())
        }
        Some(match self {
            Self::F32 => match bytemuck::try_cast_slice(bytes) {
                Ok(values) if cfg!(target_endian = "little") => Cow::Borrowed(values),
                _ => each(bytes, f32::from_le_bytes),
            },
            #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
            Self::F64 => each(bytes, |number| f64::from_le_bytes(number) as f32),
            Self::F16 => each(bytes, |number| f16::from_le_bytes(number).to_f32()),
            Self::Bf16 => each(bytes, |number| bf16::from_le_bytes(number).to_f32()),
            Self::I64 | Self::I32 | Self::I16 | Self::I8 | Self::U8 | Self::Bool => return None,
        })
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::F64 => "float64",
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::I64 => "int64",
            Self::I32 => "int32",
            Self::I16 => "int16",
            Self::I8 => "int8",
            Self::U8 => "uint8",
            Self::Bool => "bool",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dtype: Dtype, bytes: &[u8], expected: &[f32]) {
        assert_eq!(dtype.to_f32(bytes).unwrap().as_ref(), expected);
    }

    #[test]
    fn every_floating_point_type_is_read() {
        check(Dtype::F64, &(-2.5f64).to_le_bytes(), &[-2.5]);
        check(Dtype::F16, &[0x00, 0x3c, 0x00, 0xc5], &[1.0, -5.0]);
        check(Dtype::Bf16, &[0x80, 0x3f, 0xa0, 0xc0], &[1.0, -5.0]);
        check(Dtype::F32, &[], &[]);
    }

    #[test]
    fn aligned_numbers_are_borrowed_and_others_copied() {
        let values = [1.0f32, -2.0, 3.0];
        let mut bytes = [0; 16];
        let aligned = bytes.as_ptr().align_offset(4);
        for start in [aligned, (aligned + 1) % 4] {
            for (place, value) in bytes[start..].chunks_exact_mut(4).zip(values) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            let read = Dtype::F32.to_f32(&bytes[start..start + 12]).unwrap();
            assert_eq!(read.as_ref(), values);
            assert_eq!(matches!(read, Cow::Borrowed(_)), start == aligned && cfg!(target_endian = "little"));
        }
    }

    #[test]
    fn whole_numbers_are_no_parameters() {
        assert_eq!(Dtype::I64.to_f32(&[0; 8]), None);
    }

    #[test]
    fn every_type_has_one_name_in_safetensors() {
        for dtype in [Dtype::F64, Dtype::Bf16, Dtype::I8, Dtype::Bool] {
            assert_eq!(Dtype::from_safetensors(dtype.safetensors()), Some(dtype));
        }
        assert_eq!(Dtype::from_safetensors(safetensors::Dtype::F8_E4M3), None);
    }
}
