//! Weights, images and center biases that everybody can make again, bit for bit, from a seed.
//!
//! The released weights of the DeepGaze networks have up to 420 MB and no licence of their own, so no test can bring them
//! along. These have the same names and shapes, and numbers from a hash of each name, so that the same network can be compared with the
//! reference implementation to the last digits. What the network then predicts has no meaning.
//!
//! All whole numbers are 64-bit and wrap; all others are `f64` and are rounded to `f32` once, at the end.

mod inputs;
mod manifest;
mod msdb;
mod pickle;
mod write;

pub use self::{
    inputs::{center_bias, image},
    manifest::{Dtype, Entry, Network, entries},
    write::{Format, write},
};
