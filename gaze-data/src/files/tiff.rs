//! TIFF pictures of numbers that a picture in gray has no place for: floating-point, signed, and more than 16 bits.

use std::{io::Cursor, path::Path};

use tiff::{
    ColorType,
    decoder::{Decoder, DecodingResult, Limits},
    tags::Tag,
};

use super::{image, plane::Numbers};
use crate::DataError;

/// The formats of samples in tag 339: unsigned whole numbers, signed ones, and floating-point numbers.
const UNSIGNED: u16 = 1;

/// Reads the numbers of a TIFF with one channel whose samples are floating-point or signed numbers, or have more than 16
/// bits. `None` for other pictures, which are decoded as such.
pub(crate) fn numbers(bytes: &[u8], shown: &Path) -> Result<Option<Numbers>, DataError> {
    if !matches!(bytes, [b'I', b'I', ..] | [b'M', b'M', ..]) {
        return Ok(None);
    }
    // A file that this cannot read is refused where it is decoded as a picture.
    let Ok(decoder) = Decoder::new(Cursor::new(bytes)) else { return Ok(None) };
    let most = usize::try_from(image::most_memory(bytes.len() as u64)).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (most, most);
    let mut decoder = decoder.with_limits(limits);
    let format = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok().flatten();
    let format = format.and_then(|formats| formats.first().copied()).unwrap_or(UNSIGNED);
    let bits = match decoder.colortype() {
        Ok(ColorType::Gray(bits)) => bits,
        _ => return Ok(None),
    };
    if format == UNSIGNED && bits <= 16 {
        return Ok(None);
    }
    let error = |cause| DataError::Tiff { path: shown.to_owned(), cause: Box::new(cause) };
    let (width, height) = decoder.dimensions().map_err(error)?;
    image::check_pixels(u64::from(width), u64::from(height), shown)?;
    let read = decoder.read_image().map_err(error)?;
    let (values, is_float, kind) = match read {
        DecodingResult::U8(values) => (wide(values), false, "u8"),
        DecodingResult::U16(values) => (wide(values), false, "u16"),
        DecodingResult::U32(values) => (wide(values), false, "u32"),
        DecodingResult::I8(values) => (wide(values), false, "i8"),
        DecodingResult::I16(values) => (wide(values), false, "i16"),
        DecodingResult::I32(values) => (wide(values), false, "i32"),
        DecodingResult::U64(values) => (values.into_iter().map(|value| value as f64).collect(), false, "u64"),
        DecodingResult::I64(values) => (values.into_iter().map(|value| value as f64).collect(), false, "i64"),
        DecodingResult::F16(values) => (wide(values), true, "f16"),
        DecodingResult::F32(values) => (wide(values), true, "f32"),
        DecodingResult::F64(values) => (values, true, "f64"),
    };
    let shape = vec![height as usize, width as usize];
    Ok(Some(Numbers { shape, values, first_axis_fastest: false, kind: kind.to_owned(), is_float }))
}

fn wide<T: Into<f64>>(values: Vec<T>) -> Vec<f64> {
    values.into_iter().map(Into::into).collect()
}
