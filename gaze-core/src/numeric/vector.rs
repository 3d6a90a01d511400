//! Loops compiled for the vector instructions that the processor has.
//!
//! A binary for every x86-64 processor may use two lanes of 64 bits; nearly all have four, many eight. A [`Loop`] is compiled
//! for each, and one is picked at run time. The order of additions is that of the source, and products are not fused with
//! sums, so the values are the same to the last bit.

use pulp::{Arch, Simd, WithSimd};

/// A loop over numbers that takes microseconds or more: for a shorter one the choice of instructions costs more than it gains.
pub trait Loop {
    /// The result of the loop.
    type Output;

    /// Runs the loop. An implementation is `#[inline(always)]`, and so is what it calls: only what is inlined is compiled for
    /// the wider instructions.
    fn run(self) -> Self::Output;
}

/// Runs a loop with the widest instructions.
pub fn vectorized<L: Loop>(work: L) -> L::Output {
    Arch::new().dispatch(Vectorized(work))
}

struct Vectorized<L>(L);

impl<L: Loop> WithSimd for Vectorized<L> {
    type Output = L::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> L::Output {
        self.0.run()
    }
}
