//! What the workspace's tests share with `cargo xtask`: made-up weights, images and center biases.

pub mod random;
pub mod synthetic;
