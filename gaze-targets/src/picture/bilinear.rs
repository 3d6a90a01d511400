//! Sums of bilinear samples of a picture with three channels, in whole numbers: the loop in which a turned picture spends its time.
//!
//! A sample lies between two rows and two columns. The rows are mixed first, all channels of both columns at once, then the columns:
//!
//! ```text
//! mixed  = ⌊2⁸ · upper · above / 2¹⁶⌋ + ⌊2⁸ · lower · below / 2¹⁶⌋           above + below = 2¹⁶ − 1
//! sample = ⌊(⌊left / 2⌋ · (2¹⁴ − right) + ⌊right / 2⌋ · right) / 2¹³⌋         in units of 2⁻⁸ level
//! ```
//!
//! A sample is at most 3/256 of a level too low. Every implementation makes the same whole numbers.

#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, x86::V3};

/// A sampled place: the weights of the four pixels around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    /// The weight of the lower row, of 2¹⁶ − 1.
    pub(super) below: u16,
    /// The weight of the right column, of 2¹⁴.
    pub(super) right: u16,
}

impl Between {
    /// Takes the fractions of a place in units of 2⁻³² pixel.
    #[inline(always)]
    pub(super) fn of(x: u32, y: u32) -> Self {
        Self { below: (y >> 16) as u16, right: (x >> 18) as u16 }
    }
}

/// Six bytes, of two pixels side by side, and two more that do not count.
pub(super) type Pair = [u8; 8];

/// A way to add up samples.
pub(super) trait Adder: Copy {
    /// The sums of three channels.
    type Sums: Copy;

    fn nothing(self) -> Self::Sums;

    /// Adds the sample between two pairs of pixels, in units of 2⁻⁸ level.
    fn add(self, sums: Self::Sums, upper: Pair, lower: Pair, between: Between) -> Self::Sums;

    fn sums(self, sums: Self::Sums) -> [u32; 3];
}

/// Work that is done with an [`Adder`].
pub(super) trait WithAdder {
    fn run(self, adder: impl Adder);
}

/// Does some work with the fastest adder of this processor.
pub(super) fn with_adder(work: impl WithAdder) {
    #[cfg(target_arch = "x86_64")]
    if let Some(vectors) = V3::try_new() {
        return vectors.vectorize(Vectorized { vectors, work });
    }
    work.run(Portable);
}

#[cfg(target_arch = "x86_64")]
struct Vectorized<W> {
    vectors: V3,
    work: W,
}

#[cfg(target_arch = "x86_64")]
impl<W: WithAdder> NullaryFnOnce for Vectorized<W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.work.run(self.vectors);
    }
}

/// Adds up with plain arithmetic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Adder for Portable {
    type Sums = [u32; 3];

    #[inline(always)]
    fn nothing(self) -> [u32; 3] {
        [0; 3]
    }

    #[inline(always)]
    fn add(self, sums: [u32; 3], upper: Pair, lower: Pair, between: Between) -> [u32; 3] {
        let Between { below, right } = between;
        let (above, below) = (u32::from(!below), u32::from(below));
        let (left, right) = ((1 << 14) - u32::from(right), u32::from(right));
        let mixed = |place: usize| {
            let (upper, lower) = (u32::from(upper[place]) << 8, u32::from(lower[place]) << 8);
            ((upper * above) >> 16) + ((lower * below) >> 16)
        };
        let sample = |channel: usize| ((mixed(channel) >> 1) * left + (mixed(channel + 3) >> 1) * right) >> 13;
        std::array::from_fn(|channel| sums[channel] + sample(channel))
    }

    #[inline(always)]
    fn sums(self, sums: [u32; 3]) -> [u32; 3] {
        sums
    }
}

#[cfg(target_arch = "x86_64")]
impl Adder for V3 {
    type Sums = std::arch::x86_64::__m128i;

    #[inline(always)]
    fn nothing(self) -> Self::Sums {
        self.sse2._mm_setzero_si128()
    }

    #[inline(always)]
    fn add(self, sums: Self::Sums, upper: Pair, lower: Pair, between: Between) -> Self::Sums {
        /// Brings the two values of a channel together. What follows the six values does not count.
        const PAIRS: [u8; 16] = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 0, 1, 0, 1];
        let Between { below, right } = between;
        let left = (1 << 14) - u32::from(right);
        let across = (left | u32::from(right) << 16).cast_signed();
        let across = self.avx2._mm_broadcastd_epi32(self.sse2._mm_cvtsi32_si128(across));
        let below = self.avx2._mm_broadcastw_epi16(self.sse2._mm_cvtsi32_si128(below.into()));
        let above = self.sse2._mm_xor_si128(below, self.sse2._mm_set1_epi16(-1));
        let row = |pair: Pair, weight| {
            let pair = pulp::cast([u64::from_le_bytes(pair), 0]);
            let shifted = self.sse2._mm_unpacklo_epi8(self.sse2._mm_setzero_si128(), pair);
            self.sse2._mm_mulhi_epu16(shifted, weight)
        };
        let mixed = self.sse2._mm_add_epi16(row(upper, above), row(lower, below));
        let pairs = self.ssse3._mm_shuffle_epi8(self.sse2._mm_srli_epi16::<1>(mixed), pulp::cast(PAIRS));
        let samples = self.sse2._mm_srli_epi32::<13>(self.sse2._mm_madd_epi16(pairs, across));
        self.sse2._mm_add_epi32(sums, samples)
    }

    #[inline(always)]
    fn sums(self, sums: Self::Sums) -> [u32; 3] {
        let [red, green, blue, _]: [u32; 4] = pulp::cast(sums);
        [red, green, blue]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(adder: impl Adder, upper: Pair, lower: Pair, between: Between) -> [u32; 3] {
        adder.sums(adder.add(adder.nothing(), upper, lower, between))
    }

    proptest! {
        #[test]
        fn a_sample_is_the_mean_of_four_pixels(upper in any::<Pair>(), lower in any::<Pair>(), x in any::<u32>(), y in any::<u32>()) {
            let found = sample(Portable, upper, lower, Between::of(x, y));
            let (x, y) = (f64::from(x) / 2f64.powi(32), f64::from(y) / 2f64.powi(32));
            for (channel, found) in found.into_iter().enumerate() {
                let row = |pair: Pair| f64::from(pair[channel]) * (1.0 - x) + f64::from(pair[channel + 3]) * x;
                let expected = row(upper) * (1.0 - y) + row(lower) * y;
                // Below by what is rounded down, above or below by the bits of the weights that are left out.
                let difference = f64::from(found) / 256.0 - expected;
                prop_assert!((-0.03..0.02).contains(&difference), "{difference}");
            }
        }

        #[test]
        fn vectors_give_the_same_numbers(pairs in prop::collection::vec(any::<(Pair, Pair, u32, u32)>(), 1..9)) {
            struct All<'a>(&'a [(Pair, Pair, u32, u32)], &'a mut [u32; 3]);
            impl WithAdder for All<'_> {
                fn run(self, adder: impl Adder) {
                    let add = |sums, &(upper, lower, x, y): &_| adder.add(sums, upper, lower, Between::of(x, y));
                    *self.1 = adder.sums(self.0.iter().fold(adder.nothing(), add));
                }
            }
            let (mut found, mut expected) = ([0; 3], [0; 3]);
            with_adder(All(&pairs, &mut found));
            All(&pairs, &mut expected).run(Portable);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_flat_picture_stays_what_it_is() {
        for level in [0u8, 1, 128, 200, 255] {
            for place in [0, 1, 1 << 16, 1 << 31, u32::MAX] {
                let [found, ..] = sample(Portable, [level; 8], [level; 8], Between::of(place, place.rotate_left(7)));
                let expected = u32::from(level) << 8;
                assert!((expected.saturating_sub(3)..=expected).contains(&found), "{level} {place}: {found}");
            }
        }
    }
}
