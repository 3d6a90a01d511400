//! The loops in which the network spends its time, in safe code, for whatever vectors the machine has.
//!
//! Numbers lie channels last. The channels of a sample are padded with zeros to a multiple of [`LANES`], the widest
//! vector there is, so that a sample is a whole number of vectors on every machine and its layout is the same on all of
//! them.
//!
//! A sum runs over its terms in one order, and each product is added with one rounding (a fused multiply-add) where the
//! machine has such an instruction. So vectors of 512, of 256 and of 128 bits give the same bits, as long as they have it;
//! SSE and WebAssembly do not.

pub(super) use self::{depthwise::Depthwise, pointwise::Pointwise, vectors::Vectors};

mod depthwise;
pub(super) mod functions;
mod pointwise;
mod vectors;

/// The number of 32-bit numbers in the widest vector.
pub(super) const LANES: usize = 16;

/// Computes the number of channels with which a sample is stored.
const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

/// Returns a number for each channel of a sample as it is stored.
fn with_zeros(numbers: &[f32]) -> Vec<f32> {
    let mut numbers = numbers.to_vec();
    numbers.resize(padded(numbers.len()), 0.0);
    numbers
}
