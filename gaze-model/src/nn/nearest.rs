//! Nearest-neighbour resampling with PyTorch's indices, which are computed in 32 bits and rounded accordingly.

/// Computes which of `source` samples stands at each of `target` places, as `interpolate(size=…, mode="nearest")` does.
///
/// The scale and the product are rounded to 32 bits: for 16 samples at 242 places, for instance, some index differs
/// from the exact `⌊i · 16 / 242⌋`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a floor of a product of non-negative numbers"
)]
pub(crate) fn indices(source: usize, target: usize) -> Vec<usize> {
    if source == target {
        return (0..source).collect();
    }
    let scale = source as f32 / target as f32;
    (0..target).map(|place| ((place as f32 * scale) as usize).min(source - 1)).collect()
}

/// Counts the places that each source sample takes.
pub(crate) fn multiplicities(indices: &[usize], source: usize) -> Vec<usize> {
    let mut counts = vec![0; source];
    for &index in indices {
        counts[index] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_factors_repeat_each_sample() {
        assert_eq!(indices(3, 6), [0, 0, 1, 1, 2, 2]);
        assert_eq!(indices(4, 2), [0, 2]);
        assert_eq!(indices(3, 3), [0, 1, 2]);
        assert_eq!(indices(1, 3), [0, 0, 0]);
        assert_eq!(indices(2, 5), [0, 0, 0, 1, 1]);
    }

    #[test]
    fn the_rounding_of_32_bits_is_kept() {
        // Pairs from real picture heights (484, 488) at which 32 bits and whole numbers disagree.
        for (source, target) in [(16, 242), (16, 244), (12, 183), (20, 305)] {
            let exact: Vec<usize> = (0..target).map(|place| place * source / target).collect();
            assert_ne!(indices(source, target), exact, "{source} at {target}");
        }
    }

    #[test]
    fn every_place_is_counted_once() {
        for (source, target) in [(8, 125), (11, 166), (166, 333), (5, 3)] {
            let counts = multiplicities(&indices(source, target), source);
            assert_eq!(counts.iter().sum::<usize>(), target);
        }
    }
}
