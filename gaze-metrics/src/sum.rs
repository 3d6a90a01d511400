//! Sums over maps: exact to a few units in the last place, and several numbers at a time.
//!
//! Maps have large areas of one value. Adding the same number half a million times one after the other rounds the same
//! way each time, and the error grows with the number of pixels; halving the list keeps it logarithmic. Inside a block
//! eight sums are kept side by side, which the compiler turns into vector instructions.

use crate::vector::{Loop, vectorized};

const LANES: usize = 8;

/// Long enough that the recursion costs nothing, short enough that its own rounding does not count.
const BLOCK: usize = 512;

/// The sum of `term` over the values of a map.
pub(crate) fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let [sum] = sums(values, values, |value: f64, _: f64| [term(value)]);
    sum
}

/// The sum of `term(0) + … + term(count − 1)` for terms that are not in one list.
pub(crate) fn pairwise(count: usize, term: impl Fn(usize) -> f64) -> f64 {
    fn range(start: usize, end: usize, term: &impl Fn(usize) -> f64) -> f64 {
        if end - start <= 64 {
            return (start..end).map(term).sum();
        }
        let middle = start + (end - start) / 2;
        range(start, middle, term) + range(middle, end, term)
    }
    range(0, count, &term)
}

/// The sum of `term` over the pixels of two maps of one size.
pub(crate) fn sum2(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let [sum] = sums(a, b, |a: f64, b: f64| [term(a, b)]);
    sum
}

/// Several sums over the pixels of two maps of one size, in one pass.
pub(crate) fn sums<const K: usize>(a: &[f64], b: &[f64], term: impl Term<K>) -> [f64; K] {
    halves(a, b, &term)
}

/// What a pixel of two maps adds to each of several sums. A closure will do; one of more than a dozen operations is
/// better a type of its own whose method is `#[inline(always)]`, see [`Loop`].
pub(crate) trait Term<const K: usize> {
    fn of(&self, a: f64, b: f64) -> [f64; K];
}

impl<const K: usize, F: Fn(f64, f64) -> [f64; K]> Term<K> for F {
    #[inline(always)]
    fn of(&self, a: f64, b: f64) -> [f64; K] {
        self(a, b)
    }
}

fn halves<const K: usize>(a: &[f64], b: &[f64], term: &impl Term<K>) -> [f64; K] {
    let length = a.len().min(b.len());
    if length <= BLOCK {
        return vectorized(Block { a: &a[..length], b: &b[..length], term });
    }
    let middle = (length / 2).next_multiple_of(LANES);
    let (low, high) = (halves(&a[..middle], &b[..middle], term), halves(&a[middle..], &b[middle..], term));
    std::array::from_fn(|k| low[k] + high[k])
}

/// The sums over a few hundred pixels.
struct Block<'a, T, const K: usize> {
    a: &'a [f64],
    b: &'a [f64],
    term: &'a T,
}

impl<const K: usize, T: Term<K>> Loop for Block<'_, T, K> {
    type Output = [f64; K];

    #[inline(always)]
    fn run(self) -> [f64; K] {
        let ((a, a_rest), (b, b_rest)) = (self.a.as_chunks::<LANES>(), self.b.as_chunks::<LANES>());
        let mut lanes = [[0.0; LANES]; K];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                let terms = self.term.of(a[lane], b[lane]);
                for k in 0..K {
                    lanes[k][lane] += terms[k];
                }
            }
        }
        let mut total = lanes.map(|lanes| lanes.iter().sum::<f64>());
        for (&a, &b) in a_rest.iter().zip(b_rest) {
            let terms = self.term.of(a, b);
            for k in 0..K {
                total[k] += terms[k];
            }
        }
        total
    }
}

/// The natural logarithm of a positive normal number, without branches, so that a loop of it becomes vector
/// instructions: `x = 2ᵉ m` with `√½ ≤ m < √2`, and `ln m = 2 artanh s` with `s = (m − 1) / (m + 1)`, `|s| < 0.172`.
///
/// Within two units in the last place of the true value (of the result, or of 1 near `x = 1`).
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const MANTISSA: u64 = (1 << 52) - 1;
    const BIAS: u64 = 1 << 10;
    /// 2⁵²: a number in its last bits is a whole number.
    const WHOLE: u64 = 0x4330_0000_0000_0000;
    // ln 2 in two parts, the first short enough that its product with an exponent is exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = f64::from_bits((shifted.wrapping_add(BIAS << 52) >> 52) | WHOLE) - f64::from_bits(WHOLE | BIAS);
    let m = f64::from_bits((shifted & MANTISSA).wrapping_add(SQRT_HALF));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut series = 1.0 / 21.0;
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = series * z + 1.0 / odd;
    }
    let of_m = 2.0 * s + 2.0 * s * z * series;
    exponent * LN_2_HIGH + (of_m + exponent * LN_2_LOW)
}

/// The exponentials of all values. One below e⁻⁷⁰⁸, where 64 bits begin to lose digits, is 0.
pub(crate) fn exponentials(values: &[f64]) -> Vec<f64> {
    let mut result = vec![0.0; values.len()];
    vectorized(Exponentials { values, result: &mut result });
    result
}

struct Exponentials<'a> {
    values: &'a [f64],
    result: &'a mut [f64],
}

impl Loop for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (result, &value) in self.result.iter_mut().zip(self.values) {
            *result = exp(value);
        }
    }
}

/// The exponential of a number up to 709, without branches as [`ln`]: `x = k ln 2 + r` with `|r| ≤ ½ ln 2`, and
/// `eˣ = 2ᵏ eʳ`.
///
/// Within two units in the last place of the true value; 0 below −708.
#[inline(always)]
fn exp(x: f64) -> f64 {
    const LEAST: f64 = -708.0;
    /// 1.5 · 2⁵²: a small number added to it is rounded to a whole one, which its last bits hold.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    const BIAS: u64 = 1023;
    // ln 2 in two parts, the first short enough that its product with an exponent is exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

    let inside = if x > LEAST { x } else { LEAST };
    let shifted = inside * std::f64::consts::LOG2_E + WHOLE;
    let exponent = shifted - WHOLE;
    let r = (inside - exponent * LN_2_HIGH) - exponent * LN_2_LOW;
    // The series beyond 1 + r + r² / 2, by Horner's rule.
    let mut series = 1.0 / 6_227_020_800.0;
    for factorial in [479_001_600.0, 39_916_800.0, 3_628_800.0, 362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0] {
        series = series * r + 1.0 / factorial;
    }
    let of_r = 1.0 + (r + r * r * (0.5 + r * series));
    let power = f64::from_bits(shifted.to_bits().wrapping_add(BIAS) << 52);
    if x > LEAST { of_r * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_term_is_added_once() {
        for count in [0, 1, 7, 8, 511, 512, 513, 1000, 4099] {
            let values: Vec<f64> = (0..count).map(f64::from).collect();
            let expected = (0..i64::from(count)).sum::<i64>() as f64;
            let [a, b] = sums(&values, &values, |a: f64, b: f64| [a, 2.0 * b]);
            assert!((pairwise(values.len(), |i| values[i]) - expected).abs() < 0.5);
            assert!((a - expected).abs() < 0.5 && (b - 2.0 * expected).abs() < 0.5, "{count}");
        }
    }

    #[test]
    fn equal_terms_do_not_add_up_their_rounding() {
        let values = vec![0.1; 480_000];
        assert!((values.iter().sum::<f64>() - 48_000.0).abs() > 1e-8);
        assert!((sum(&values, |value| value) - 48_000.0).abs() < 1e-10);
    }

    #[test]
    fn the_exponential_of_almost_nothing_is_nothing() {
        let found = exponentials(&[f64::NEG_INFINITY, f64::MIN, -708.1, 0.0]);
        assert_eq!(found, [0.0, 0.0, 0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn the_logarithm_is_that_of_the_standard_library(x in prop::num::f64::POSITIVE | prop::num::f64::NORMAL) {
            let x = x.abs();
            let expected = x.ln();
            prop_assert!((ln(x) - expected).abs() <= 2.0 * f64::EPSILON * expected.abs().max(f64::EPSILON));
        }

        #[test]
        fn the_exponential_is_that_of_the_standard_library(x in -707.9f64..709.0, small in -1e-3f64..1e-3) {
            for x in [x, small] {
                let expected = x.exp();
                prop_assert!((exp(x) - expected).abs() <= 2.0 * f64::EPSILON * expected, "{} {}", exp(x), expected);
            }
        }

        #[test]
        fn the_logarithm_is_exact_near_one(offset in -0.4f64..0.4) {
            let expected = (1.0 + offset).ln();
            prop_assert!((ln(1.0 + offset) - expected).abs() <= 2.0 * f64::EPSILON * expected.abs());
        }
    }
}
