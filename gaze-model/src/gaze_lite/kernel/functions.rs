//! Functions of 32-bit numbers, in loops that the compiler makes vectors of.
//!
//! Products and sums are rounded one by one here, so that the bits are the same on all machines.

use gaze_core::numeric::Loop;

/// Computes `eˣ` to two units in the last place; zero below the smallest normal number, and infinity never: `x` is at
/// most 88.
///
/// Cody and Waite's reduction by the logarithm of 2 in two parts, and the Taylor polynomial of degree 7 of what remains.
#[inline(always)]
pub(in crate::gaze_lite) fn exp(x: f32) -> f32 {
    const LOWEST: f32 = -87.0;
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    /// Added and taken away, it leaves the nearest whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let inside = if x > LOWEST { x } else { LOWEST };
    let shifted = inside * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (inside - whole * HIGH) - whole * LOW;
    let mut sum = 1.0 / 5040.0;
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * rest + factor;
    }
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    if x > LOWEST { sum * scale } else { 0.0 }
}

/// Computes `ln(1 + u)` for `u` from 0 to 1, to a few units in the last place.
///
/// The series of the inverse hyperbolic tangent, `2 (s + s³/3 + s⁵/5 + …)` with `s = u / (2 + u)`, at most ⅓.
#[inline(always)]
fn ln_1p(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let square = s * s;
    let mut sum = 1.0 / 15.0;
    for factor in [1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 0.2, 1.0 / 3.0] {
        sum = sum * square + factor;
    }
    2.0 * s + 2.0 * s * square * sum
}

/// Computes `ln(1 + eˣ)`.
#[inline(always)]
pub(in crate::gaze_lite) fn softplus(x: f32) -> f32 {
    let positive = if x > 0.0 { x } else { 0.0 };
    positive + ln_1p(exp(-x.abs()))
}

/// Sums numbers and their squares in 64 bits, in as many parts as the widest vector has numbers.
pub(in crate::gaze_lite) struct Moments<'a>(pub(in crate::gaze_lite) &'a [f32]);

impl Loop for Moments<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn run(self) -> [f64; 2] {
        let (mut sums, mut squares) = ([0.0_f64; super::LANES], [0.0_f64; super::LANES]);
        let (blocks, rest) = self.0.as_chunks::<{ super::LANES }>();
        for block in blocks {
            for ((value, sum), square) in block.iter().zip(&mut sums).zip(&mut squares) {
                let value = f64::from(*value);
                *sum += value;
                *square += value * value;
            }
        }
        for (value, (sum, square)) in rest.iter().zip(sums.iter_mut().zip(&mut squares)) {
            let value = f64::from(*value);
            *sum += value;
            *square += value * value;
        }
        [sums.iter().sum(), squares.iter().sum()]
    }
}

/// Replaces each channel of samples by the softplus of its multiple and a shift.
pub(in crate::gaze_lite) struct ScaledSoftplus<'a> {
    pub(in crate::gaze_lite) samples: &'a mut [f32],
    pub(in crate::gaze_lite) scale: &'a [f32],
    pub(in crate::gaze_lite) shift: &'a [f32],
}

impl Loop for ScaledSoftplus<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for sample in self.samples.chunks_exact_mut(self.scale.len()) {
            for ((value, scale), shift) in sample.iter_mut().zip(self.scale).zip(self.shift) {
                *value = softplus(*value * scale + shift);
            }
        }
    }
}

/// Adds a multiple of numbers to as many others.
pub(in crate::gaze_lite) struct AddMultiple<'a> {
    pub(in crate::gaze_lite) to: &'a mut [f32],
    pub(in crate::gaze_lite) of: &'a [f32],
    pub(in crate::gaze_lite) factor: f32,
}

impl Loop for AddMultiple<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        add_multiple(self.to, self.of, self.factor);
    }
}

#[inline(always)]
pub(in crate::gaze_lite) fn add_multiple(to: &mut [f32], of: &[f32], factor: f32) {
    for (to, of) in to.iter_mut().zip(of) {
        *to += factor * of;
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    /// The distance to a value of 64 bits, in units of the last place of 32 bits.
    fn units(found: f32, expected: f64) -> f64 {
        (f64::from(found) - expected).abs() / (expected * f64::from(f32::EPSILON))
    }

    #[test]
    fn the_exponential_is_exact_to_two_units_wherever_it_is_not_zero() {
        let places = (-869_999..880_000).map(|step| step as f32 * 1e-4);
        let worst = places.map(|x| units(exp(x), f64::from(x).exp())).fold(0.0, f64::max);
        assert!(worst < 2.0, "{worst} units");
        assert_eq!([exp(-87.5), exp(f32::NEG_INFINITY), exp(0.0)], [0.0, 0.0, 1.0]);
    }

    #[test]
    fn softplus_is_exact_to_a_few_units() {
        let places = (-800_000..800_000).map(|step| step as f32 * 1e-4);
        let worst = places.map(|x| units(softplus(x), f64::from(x).exp().ln_1p())).fold(0.0, f64::max);
        assert!(worst < 4.0, "{worst} units");
        assert_eq!(softplus(200.0), 200.0);
    }

    #[test]
    fn moments_are_sums_of_values_and_squares() {
        let values: Vec<f32> = (0..37).map(|value| value as f32).collect();
        assert_eq!(gaze_core::numeric::vectorized(Moments(&values)), [666.0, 16_206.0]);
    }
}
