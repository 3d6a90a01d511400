//! Logarithm and exponential without branches, so that a loop of them becomes vector instructions.

use super::{Loop, vectorized};

// The logarithm of 2 in two parts, the first short enough that its product with an exponent is exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The natural logarithm of a positive normal number, without branches, so that a loop of it becomes vector
/// instructions: `x = 2ᵉ m` with `√½ ≤ m < √2`, and `ln m = 2 artanh s` with `s = (m − 1) / (m + 1)`, `|s| < 0.172`.
///
/// Within two units in the last place of the true value (of the result, or of 1 near `x = 1`).
#[must_use]
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const MANTISSA: u64 = (1 << 52) - 1;
    const BIAS: u64 = 1 << 10;
    /// 2⁵²: a number in its last bits is a whole number.
    const WHOLE: u64 = 0x4330_0000_0000_0000;

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

/// Replaces non-negative finite values by their logarithms, that of 0 by `-∞`. As exact as [`ln`].
pub(crate) fn take_logarithms(values: &mut [f64]) {
    vectorized(Logarithms { values });
}

struct Logarithms<'a> {
    values: &'a mut [f64],
}

impl Loop for Logarithms<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        /// Makes every positive number a normal one.
        const SCALE: f64 = 18_014_398_509_481_984.0;
        const LN_SCALE: f64 = 54.0 * std::f64::consts::LN_2;
        for value in self.values {
            let (scale, shift) = if *value < f64::MIN_POSITIVE { (SCALE, LN_SCALE) } else { (1.0, 0.0) };
            let logarithm = ln(*value * scale) - shift;
            *value = if *value > 0.0 { logarithm } else { f64::NEG_INFINITY };
        }
    }
}

/// The exponentials of all values, each within two units in the last place. One below e⁻⁷⁰⁸, where 64 bits begin to lose
/// digits, is 0.
#[must_use]
pub fn exponentials(values: &[f64]) -> Vec<f64> {
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

/// The exponential without branches: `x = k ln 2 + r` with `|r| ≤ ½ ln 2`, and `eˣ = 2ᵏ eʳ`.
///
/// Within two units in the last place of the true value; 0 below −708, NaN for NaN.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const LEAST: f64 = -708.0;
    /// A number whose exponential is beyond the range.
    const MOST: f64 = 710.0;
    /// 1.5 · 2⁵²: a small number added to it is rounded to a whole one, which its last bits hold.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    /// The exponent bias, one less than that of the format: `2ᵏ` itself may be beyond the range.
    const BIAS: u64 = 1022;

    let inside = if x < LEAST { LEAST } else { x };
    let inside = if inside > MOST { MOST } else { inside };
    let shifted = inside * std::f64::consts::LOG2_E + WHOLE;
    let exponent = shifted - WHOLE;
    let r = (inside - exponent * LN_2_HIGH) - exponent * LN_2_LOW;
    // The series beyond 1 + r + r² / 2, by Horner's rule.
    let mut series = 1.0 / 6_227_020_800.0;
    for factorial in [479_001_600.0, 39_916_800.0, 3_628_800.0, 362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0] {
        series = series * r + 1.0 / factorial;
    }
    let of_r = 1.0 + (r + r * r * (0.5 + r * series));
    let half = of_r * f64::from_bits(shifted.to_bits().wrapping_add(BIAS) << 52);
    if x < LEAST { 0.0 } else { half + half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_exponential_of_almost_nothing_is_nothing() {
        let found = exponentials(&[f64::NEG_INFINITY, f64::MIN, -708.1, 0.0]);
        assert_eq!(found, [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn the_exponential_of_too_much_is_infinite() {
        let found = exponentials(&[709.79, 710.0, 1e6, f64::MAX, f64::INFINITY]);
        assert_eq!(found, [f64::INFINITY; 5]);
        assert!(exponentials(&[f64::NAN])[0].is_nan());
    }

    #[test]
    fn nothing_has_a_logarithm_of_minus_infinity() {
        let mut values = [0.0, -0.0, f64::from_bits(1), f64::MIN_POSITIVE / 4.0, 1.0, 3.5];
        let expected = values.map(|value| value.abs().ln());
        take_logarithms(&mut values);
        assert_eq!(values[..2], [f64::NEG_INFINITY; 2]);
        for (found, expected) in values.iter().zip(expected).skip(2) {
            assert!((found - expected).abs() <= 2.0 * f64::EPSILON * expected.abs(), "{found} {expected}");
        }
    }

    proptest! {
        #[test]
        fn the_logarithm_is_that_of_the_standard_library(x in prop::num::f64::POSITIVE | prop::num::f64::NORMAL) {
            let x = x.abs();
            let expected = x.ln();
            prop_assert!((ln(x) - expected).abs() <= 2.0 * f64::EPSILON * expected.abs().max(f64::EPSILON));
        }

        #[test]
        fn the_exponential_is_that_of_the_standard_library(x in -707.9f64..709.78, small in -1e-3f64..1e-3) {
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
