//! Noise like that of a camera: green, of which a sensor has twice as many cells, has less and finer noise.

use rand::{Rng, RngExt as _};

/// Adds noise of a strength to an interleaved 8-bit picture; sums beyond 0 ..= 255 saturate, as on a sensor.
///
/// For three channels, noise of red and blue is drawn at half the size and enlarged bilinearly, and green's is drawn for
/// each pixel at half the strength; for one channel, it is drawn for each pixel. Draws are whole numbers, uniform in
/// `trunc(−256·s) .. trunc(255·s)`; where that is empty there is no noise.
pub(super) fn add_noise(
    canvas: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    strength: f64,
    noise: &mut Vec<f32>,
    random: &mut (impl Rng + ?Sized),
) {
    for channel in 0..channels {
        let fine = channels == 1 || channel == 1;
        let strength = if channels > 1 && channel == 1 { strength / 2.0 } else { strength };
        #[expect(clippy::cast_possible_truncation, reason = "the strength was checked to be at most 1")]
        let (low, high) = ((-256.0 * strength) as i16, (255.0 * strength) as i16);
        if low >= high {
            continue;
        }
        let (rows, columns) = if fine { (height, width) } else { (height.div_ceil(2), width.div_ceil(2)) };
        noise.clear();
        noise.extend((0..rows * columns).map(|_| f32::from(random.random_range(low..high))));
        let value = |row: usize, column: usize| noise[row * columns + column];
        for (row, line) in canvas.chunks_exact_mut(width * channels).enumerate() {
            let (above, below, down) = if fine { (row, row, 0.0) } else { neighbours(row, height, rows) };
            for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
                let (left, right, across) =
                    if fine { (column, column, 0.0) } else { neighbours(column, width, columns) };
                let upper = value(above, left) * (1.0 - across) + value(above, right) * across;
                let lower = value(below, left) * (1.0 - across) + value(below, right) * across;
                let sum = f32::from(pixel[channel]) + (upper * (1.0 - down) + lower * down).round_ties_even();
                pixel[channel] = super::color::level(sum);
            }
        }
    }
}

/// The place of an index of the large axis on the small one: two indices and the share of the second.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the axis")]
fn neighbours(at: usize, large: usize, small: usize) -> (usize, usize, f32) {
    let place = ((at as f64 + 0.5) * small as f64 / large as f64 - 0.5).max(0.0);
    let low = (place as usize).min(small - 1);
    (low, (low + 1).min(small - 1), (place - low as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn noise_has_the_spread_it_says() {
        let dim = (100, 100, 3);
        let mut canvas = vec![128; 100 * 100 * 3];
        add_noise(&mut canvas, dim, 0.1, &mut Vec::new(), &mut ChaCha8Rng::seed_from_u64(6));
        let channel = |c: usize| canvas.iter().skip(c).step_by(3).map(|&v| f64::from(v) - 128.0);
        // Uniform on -25 ..= 24 and on -12 ..= 11.
        let extremes = |c| (channel(c).fold(0.0, f64::min), channel(c).fold(0.0, f64::max));
        assert!(extremes(0).0 >= -25.0 && extremes(0).1 <= 24.0);
        assert_eq!(extremes(1), (-12.0, 11.0));
        let variance = channel(1).map(|v| v * v).sum::<f64>() / 1e4 - (channel(1).sum::<f64>() / 1e4).powi(2);
        let expected = (24.0f64.powi(2) - 1.0) / 12.0;
        // Five standard errors of a variance; a uniform distribution has a fourth moment of 1.8 variances squared.
        assert!((variance - expected).abs() < 5.0 * expected * (0.8f64 / 1e4).sqrt(), "{variance}");
    }

    #[test]
    fn noise_too_faint_for_a_level_is_none() {
        let mut canvas = vec![7; 12];
        add_noise(&mut canvas, (2, 2, 3), 0.003, &mut Vec::new(), &mut ChaCha8Rng::seed_from_u64(6));
        assert_eq!(canvas, [7; 12]);
    }
}
