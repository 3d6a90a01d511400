//! A map as a picture to look at.

use ndarray::{Array2, ArrayView2};

/// A map in 256 levels of gray, from its smallest finite value (0) to its largest (255).
///
/// A constant map is 0; a value that is not finite is 0 too.
#[must_use]
pub fn gray_levels<T: Copy + Into<f64>>(map: ArrayView2<'_, T>) -> Array2<u8> {
    let finite = || map.iter().map(|&value| value.into()).filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, and NaN is 0")]
    map.mapv(|value| {
        let value: f64 = value.into();
        if value.is_finite() { ((value - low) * scale).round() as u8 } else { 0 }
    })
}

/// A map as the bytes of a picture file, in levels of gray from its smallest value to its largest.
///
/// The format is PGM (binary, 8 bits), which every viewer of pictures reads. crumpets' function of this name opens a
/// window; this crate touches neither windows nor files, so whoever calls it writes the bytes.
///
/// ```
/// use gaze_targets::show;
/// use ndarray::array;
///
/// let picture = show(array![[0.0f32, 0.5], [1.0, 0.0]].view());
/// assert_eq!(picture, b"P5\n2 2\n255\n\x00\x80\xff\x00");
/// ```
#[must_use]
pub fn show<T: Copy + Into<f64>>(map: ArrayView2<'_, T>) -> Vec<u8> {
    let (height, width) = map.dim();
    let mut picture = format!("P5\n{width} {height}\n255\n").into_bytes();
    picture.extend(gray_levels(map));
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn levels_span_the_map() {
        assert_eq!(gray_levels(array![[-1.0, 0.0, 1.0]].view()), array![[0, 128, 255]]);
        assert_eq!(gray_levels(array![[3.0f32, 3.0]].view()), array![[0, 0]]);
        assert_eq!(gray_levels(array![[f64::NEG_INFINITY, 1.0, 2.0, f64::NAN]].view()), array![[0, 0, 255, 0]]);
    }

    #[test]
    fn rows_are_written_from_the_top_whatever_the_layout() {
        let picture = show(array![[0.0, 1.0], [0.2, 0.4], [0.6, 0.8]].t());
        assert_eq!(picture, b"P5\n3 2\n255\n\x00\x33\x99\xff\x66\xcc");
    }
}
