//! What the workspace's tests share with `cargo xtask`: made-up weights, images and center biases, a server of files, and the
//! browser that opens them.

pub mod browser;
mod folder;
pub mod random;
pub mod server;
pub mod synthetic;

pub use crate::folder::{data_folder, weights_folder};
