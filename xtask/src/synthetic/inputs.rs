//! Made-up images and center biases.

use crate::random::output;

/// Images of 8-bit values as a network takes them: all of red, then green, then blue, for each image in turn.
///
/// Each has a gradient, blocks of 24 × 24 pixels, noise, and a brighter disk, so that there is something to see at every
/// scale and no symmetry. Sizes up to 98,304 pixels a side are told apart by their blocks.
#[must_use]
pub fn image(seed: u64, count: usize, height: usize, width: usize) -> Vec<u8> {
    let mut values = Vec::with_capacity(count * 3 * height * width);
    let [height, width] = [height as u64, width as u64];
    for n in 0..count as u64 {
        let (center_x, center_y) = (width * (3 + 2 * (n % 2)) / 8, height * 5 / 8);
        let radius = height.min(width) / 6;
        for channel in 0..3 {
            let plane = n * 3 + channel as u64;
            for y in 0..height {
                for x in 0..width {
                    let pixel = output(seed, (plane * height + y) * width + x) >> 56;
                    let block = (plane * 4096 + y / 24) * 4096 + x / 24;
                    let block = output(seed ^ 0xa5a5_a5a5_a5a5_a5a5, block) >> 56;
                    // An image of one row or column has no gradient across it.
                    let across = (x * 255).checked_div(width - 1).unwrap_or(0);
                    let down = (y * 255).checked_div(height - 1).unwrap_or(0);
                    let gradient = [across, down, (across + 255 - down) / 2][channel];
                    let base = (2 * gradient + 4 * block + 2 * pixel) / 8;
                    let (dx, dy) = (x.abs_diff(center_x), y.abs_diff(center_y));
                    let value = if dx * dx + dy * dy < radius * radius { 192 + base / 4 } else { base };
                    values.push(u8::try_from(value).expect("both are below 256"));
                }
            }
        }
    }
    values
}

/// Log densities of Gaussians, for each image in turn; each is an eighth of the width further to the right.
#[must_use]
pub fn center_bias(count: usize, height: usize, width: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(count * height * width);
    let [rows, columns] = [height as f64, width as f64];
    for n in 0..count {
        let start = values.len();
        for y in 0..height {
            for x in 0..width {
                let dx = (x as f64 - (columns - 1.0) / 2.0 - 0.125 * columns * n as f64) / (0.24 * columns);
                let dy = (y as f64 - (rows - 1.0) / 2.0) / (0.28 * rows);
                values.push(-0.5 * (dx * dx + dy * dy));
            }
        }
        let map = &mut values[start..];
        let largest = map.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let normalizer = largest + map.iter().map(|value| (value - largest).exp()).sum::<f64>().ln();
        map.iter_mut().for_each(|value| *value -= normalizer);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix;

    /// Sum of all values, and their sum weighted by their place.
    fn sums(values: &[u8]) -> (u64, u64) {
        let weighted = (1..).zip(values).map(|(place, &value)| place * u64::from(value)).sum();
        (values.iter().map(|&value| u64::from(value)).sum(), weighted)
    }

    #[test]
    fn images_have_the_sums_of_the_definition() {
        assert_eq!(sums(&image(11, 1, 192, 256)), (19_805_165, 1_477_152_274_340));
        assert_eq!(sums(&image(12, 1, 250, 333)), (32_977_185, 4_109_815_155_723));
        assert_eq!(sums(&image(13, 1, 768, 1024)), (314_687_773, 374_135_975_432_999));
        assert_eq!(sums(&image(14, 1, 400, 600)), (96_327_386, 35_039_881_044_505));
        assert_eq!(sums(&image(15, 2, 128, 160)), (16_510_775, 1_023_236_507_727));
        assert_eq!(image(11, 1, 192, 256)[..8], [64, 61, 85, 77, 56, 81, 52, 96]);
    }

    #[test]
    fn tiny_images_can_be_made() {
        assert_eq!(image(1, 2, 1, 1).len(), 6);
        assert!(image(1, 1, 0, 5).is_empty());
    }

    #[test]
    fn center_biases_have_the_values_of_the_definition() {
        // Rounding of exp, ln and the order of the sum.
        const ROUNDING: f64 = 1e-12;
        let values = center_bias(1, 192, 256);
        let expected =
            [-13.556_545_676_873_796, -13.522_902_166_267_242, -13.489_523_565_193_023, -13.456_409_873_651_14];
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() < ROUNDING, "{value}");
        }
        assert!((values[96 * 256 + 128] - -9.825_581_448_734_624).abs() < ROUNDING);
        for map in center_bias(2, 12, 16).chunks(12 * 16) {
            assert!((map.iter().map(|value| value.exp()).sum::<f64>() - 1.0).abs() < ROUNDING);
        }
    }

    #[test]
    fn the_hash_of_a_pixel_is_that_of_its_place() {
        // Written out once as the definition has it.
        let g = 0x9e37_79b9_7f4a_7c15_u64;
        assert_eq!(output(7, 41), mix(42u64.wrapping_mul(g).wrapping_add(7)));
    }
}
