//! Lets the tests and examples of this crate find libtorch where it was when they were linked.
//!
//! `gaze-model` says where that is; without its feature `libtorch` there is nothing to find.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(folder) = env::var("DEP_GAZE_LIBTORCH_LIB_DIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
