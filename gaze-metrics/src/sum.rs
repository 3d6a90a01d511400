//! Summation that stays exact to a few units in the last place.
//!
//! Maps have large areas of one value. Adding the same number half a million times one after the other rounds the
//! same way each time, and the error grows with the number of pixels; halving the list keeps it logarithmic.

/// The sum of `term(0) + … + term(count − 1)` by pairwise summation.
pub(crate) fn pairwise(count: usize, term: impl Fn(usize) -> f64) -> f64 {
    range(0, count, &term)
}

fn range(start: usize, end: usize, term: &impl Fn(usize) -> f64) -> f64 {
    /// Long enough that the recursion costs nothing, short enough that its own rounding does not count.
    const BLOCK: usize = 256;
    /// Sums kept side by side, so that the processor can add several at once.
    const LANES: usize = 8;
    if end - start > BLOCK {
        let middle = start + (end - start) / 2;
        return range(start, middle, term) + range(middle, end, term);
    }
    let mut lanes = [0.0; LANES];
    let whole = start + (end - start) / LANES * LANES;
    for block in (start..whole).step_by(LANES) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(block + lane);
        }
    }
    lanes.iter().sum::<f64>() + (whole..end).map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_added_once() {
        for count in [0, 1, 7, 8, 255, 256, 257, 1000, 4099] {
            let expected = (0..count).sum::<usize>() as f64;
            assert!((pairwise(count, |i| i as f64) - expected).abs() < 0.5, "{count}");
        }
    }

    #[test]
    fn equal_terms_do_not_add_up_their_rounding() {
        let count = 480_000;
        let naive: f64 = std::iter::repeat_n(0.1, count).sum();
        assert!((naive - 48_000.0).abs() > 1e-8);
        assert!((pairwise(count, |_| 0.1) - 48_000.0).abs() < 1e-10);
    }
}
