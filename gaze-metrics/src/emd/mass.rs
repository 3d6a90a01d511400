//! Maps as masses in whole numbers.
//!
//! Flows are sums and differences of masses. In whole numbers they come out exactly, and an arc that runs empty
//! is one whose flow is 0, not one whose flow is 1e-19.

use crate::MetricError;
use gaze_core::numeric::sum;

/// The mass of a whole map, 2^58: a bin is rounded by less than 2e-18 of it, and no sum overflows.
pub(crate) const TOTAL: i64 = 1 << 58;

/// The largest accepted sum of absolute values of a map that sums to 1. Bicubic ringing stays below 1.6.
const LARGEST_VARIATION: f64 = 8.0;

/// Scales a map to sum to [`TOTAL`].
pub(crate) fn masses(values: &[f64], map: &'static str) -> Result<Vec<i64>, MetricError> {
    let total = sum(values, |value| value);
    let variation = sum(values, f64::abs);
    // Also rejects NaN.
    if !(total > 0.0 && variation <= LARGEST_VARIATION * total) {
        return Err(MetricError::NoMass { map });
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 2^61, as the variation is bounded")]
    let mut masses: Vec<i64> = values.iter().map(|value| (value / total * TOTAL as f64).round() as i64).collect();
    // The roundings add up to a few units per bin, and the largest bin is far larger.
    let missing = TOTAL - masses.iter().sum::<i64>();
    if let Some(largest) = masses.iter_mut().max() {
        *largest += missing;
    }
    Ok(masses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_sum_to_the_total() {
        for values in [vec![1.0], vec![1e-300, 1.0], vec![0.1; 7], vec![-0.01, 0.5, 0.3], vec![5e-324, 1e-323]] {
            assert_eq!(masses(&values, "map").unwrap().iter().sum::<i64>(), TOTAL, "{values:?}");
        }
    }

    #[test]
    fn proportions_are_kept() {
        assert_eq!(masses(&[3.0, 0.0, 1.0], "map"), Ok(vec![TOTAL / 4 * 3, 0, TOTAL / 4]));
    }

    #[test]
    fn no_mass_is_an_error() {
        let error = Err(MetricError::NoMass { map: "map" });
        for values in [vec![0.0, 0.0], vec![-1.0, 1.0], vec![-2.0, 1.0], vec![1.0, -0.9, 0.01], vec![f64::NAN, 1.0]] {
            assert_eq!(masses(&values, "map"), error, "{values:?}");
        }
    }
}
