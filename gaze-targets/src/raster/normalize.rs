//! Sums and largest values of a target.

use super::settings::Normalization;

const LANES: usize = 16;

/// The largest value, or 0 if all are negative or there is none.
fn largest(map: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = map.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(0.0, f32::max)
}

fn sum(map: &[f32]) -> f64 {
    // Rows of a few hundred values in 32 bits, their sums in 64: exact to 1e-6 of the sum and fast.
    map.iter().map(|&value| f64::from(value)).sum()
}

/// Divides a target by what was chosen.
#[expect(clippy::cast_possible_truncation, reason = "targets are 32-bit")]
pub(super) fn normalize(map: &mut [f32], normalization: Normalization) {
    let factor = match normalization {
        Normalization::None => return,
        Normalization::Maximum => 1.0 / (f64::from(largest(map)) + 1e-9),
        Normalization::Sum => {
            let sum = sum(map);
            if sum <= 0.0 {
                return;
            }
            1.0 / sum
        }
    } as f32;
    for value in map {
        *value *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_divided_by_its_largest_value_or_its_sum() {
        let map: Vec<f32> = (0..37u8).map(f32::from).collect();
        let (mut by_largest, mut by_sum) = (map.clone(), map);
        normalize(&mut by_largest, Normalization::Maximum);
        assert!((by_largest[36] - 1.0).abs() < 1e-6 && (by_largest[9] - 0.25).abs() < 1e-6);
        normalize(&mut by_sum, Normalization::Sum);
        assert!((by_sum.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_stays_nothing() {
        for normalization in [Normalization::Maximum, Normalization::Sum] {
            let mut map = [0.0; 3];
            normalize(&mut map, normalization);
            assert!(map.iter().all(|&value| value == 0.0));
        }
    }
}
