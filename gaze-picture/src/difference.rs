//! The difference of two densities: one color for each sign, over a pale picture.

use image::RgbImage;
use ndarray::Array2;

/// The color of places where the first density is larger, and of places where the second is. People who do not see red or
/// green can tell them apart.
const FIRST: [f64; 3] = [33.0, 102.0, 172.0];
const SECOND: [f64; 3] = [200.0, 80.0, 10.0];
/// The gray of no difference without a picture.
const PAPER: f64 = 244.0;

/// Draws `first − second` as a share of `limit`, over a picture of the same size if there is one.
pub fn difference(picture: Option<&[u8]>, values: &Array2<f64>, limit: f64) -> RgbImage {
    let mut pixels = Vec::with_capacity(3 * values.len());
    for (index, value) in values.iter().enumerate() {
        let under = picture.and_then(|picture| picture.as_chunks::<3>().0.get(index)).map_or(PAPER, |&[r, g, b]| {
            let gray = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
            // Pale, so that both colors stand out.
            120.0 + gray * 0.5
        });
        let share = if limit > 0.0 { (value / limit).clamp(-1.0, 1.0) } else { 0.0 };
        let color = if share >= 0.0 { FIRST } else { SECOND };
        let opacity = share.abs().sqrt() * 0.9;
        // Rounded by cutting off: `round` is a call for each channel of each pixel.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of values below 256")]
        pixels.extend(color.map(|over| (under + (over - under) * opacity + 0.5) as u8));
    }
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    RgbImage::from_raw(side(values.ncols()), side(values.nrows()), pixels).unwrap_or_default()
}

/// The largest absolute value.
pub fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |largest, value| value.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn each_sign_has_its_color_and_no_difference_none() {
        let picture = difference(None, &array![[1.0, 0.0, -0.5]], 1.0);
        let [[r0, _, b0], [r1, g1, b1], [r2, _, b2]] = [0, 1, 2].map(|x| picture.get_pixel(x, 0).0);
        assert!(b0 > r0 && r2 > b2);
        assert_eq!([r1, g1, b1], [244; 3]);
    }

    #[test]
    fn without_any_difference_the_picture_is_pale() {
        let picture = difference(Some(&[0, 0, 0]), &array![[0.0]], 0.0);
        assert_eq!(picture.get_pixel(0, 0).0, [120; 3]);
    }
}
