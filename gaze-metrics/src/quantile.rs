//! Quantiles of sorted values.

/// Finds a quantile of values in ascending order, interpolated linearly: type 7 of Hyndman & Fan (1996), as NumPy and
/// ndarray-stats' `Linear` have it. `fraction` is taken within 0 ..= 1. `None` without a value.
///
/// The values come sorted because ndarray-stats selects by a recursion that is as deep as there are equal values. Infinite
/// values are allowed, and infinite neighbours do not make the quantile NaN.
///
/// ```
/// use gaze_metrics::quantile_of_sorted;
///
/// assert_eq!(quantile_of_sorted(&[1.0, 2.0, 4.0, 8.0], 0.5), Some(3.0));
/// assert_eq!(quantile_of_sorted(&[], 0.5), None);
/// ```
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], fraction: f64) -> Option<f64> {
    let position = fraction.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ position ≤ len − 1")]
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    let (low, high, share) = (sorted[below], sorted[above], position.fract());
    // Infinite neighbours must not meet a weight of 0, nor each other with opposite weights.
    Some(if share <= 0.0 || below == above || low.is_infinite() { low } else { low + (high - low) * share })
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;
    use ndarray_stats::{Quantile1dExt, interpolate::Linear};
    use noisy_float::types::N64;

    use super::*;

    #[test]
    fn quantiles_are_those_of_linear_interpolation() {
        let values: Vec<f64> = (0..37).map(|i| f64::from(i * i % 41) / 7.0).collect();
        for length in [1, 2, 5, 37] {
            let mut theirs: Array1<N64> = values[..length].iter().map(|&value| N64::new(value)).collect();
            let mut sorted = values[..length].to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            for fraction in [0.0, 0.025, 0.3, 0.5, 0.975, 1.0] {
                let expected = theirs.quantile_mut(N64::new(fraction), &Linear).unwrap();
                let found = quantile_of_sorted(&sorted, fraction).unwrap();
                assert_eq!(found.to_bits(), expected.raw().to_bits(), "{length} {fraction}");
            }
        }
        let infinite = [f64::NEG_INFINITY, 1.0, f64::INFINITY];
        let found = [0.0, 0.2, 0.5, 0.6, 1.0].map(|fraction| quantile_of_sorted(&infinite, fraction).unwrap());
        let expected = [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, f64::INFINITY, f64::INFINITY];
        assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits));
    }

    #[test]
    fn many_equal_values_are_no_trouble() {
        assert_eq!(quantile_of_sorted(&vec![0.25; 1_000_000], 0.975), Some(0.25));
    }
}
