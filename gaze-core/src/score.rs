//! The number types in which a saliency map may hold its scores.

use std::fmt::Debug;

use crate::numeric::BLOCK;

mod sealed {
    pub trait Sealed {}

    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number type in which a [`SaliencyMap`](crate::SaliencyMap) holds its scores: `f64` or `f32`.
///
/// Widening a 32-bit number is exact, and all sums, extremes and comparisons are made in 64 bits. So a map of `f32` has the
/// same figures as the map of the same numbers in `f64`, to the last bit.
pub trait Score: sealed::Sealed + Copy + Debug + PartialEq + Into<f64> + Send + Sync + 'static {
    /// Returns the values in 64 bits: the slice itself if it holds `f64`, else a copy in `room`, whose memory is used again. Loops over
    /// whole maps call it for a few values at a time, so that no second map is made.
    fn widened<'a>(values: &'a [Self], room: &'a mut Vec<f64>) -> &'a [f64];
}

impl Score for f64 {
    #[inline(always)]
    fn widened<'a>(values: &'a [Self], _: &'a mut Vec<f64>) -> &'a [f64] {
        values
    }
}

impl Score for f32 {
    fn widened<'a>(values: &'a [Self], room: &'a mut Vec<f64>) -> &'a [f64] {
        room.clear();
        // The blocks of a map differ by a few values: there is room for the longest at once.
        room.reserve_exact(values.len().max(BLOCK));
        room.extend(values.iter().map(|&value| f64::from(value)));
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length_are_widened() {
        for count in [0u16, 1, 1023, 1024, 1025, 3000] {
            let narrow: Vec<f32> = (0..count).map(|i| f32::from(i) / 7.0).collect();
            let expected: Vec<f64> = narrow.iter().map(|&value| f64::from(value)).collect();
            assert_eq!(f32::widened(&narrow, &mut vec![7.0; 3]), expected);
            assert_eq!(f64::widened(&expected, &mut vec![7.0; 3]), expected);
        }
    }
}
