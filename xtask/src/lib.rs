//! What the workspace's tests share with `cargo xtask`: made-up weights, images and center biases, and a server of files.

mod folder;
pub mod random;
pub mod server;
pub mod synthetic;

pub use crate::folder::{data_folder, weights_folder};
