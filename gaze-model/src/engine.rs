//! One line about the engine that networks run on, in builds with and without libtorch.

/// Describes in one line what networks run on: libtorch's version, GPU and threads, or that this build has no libtorch.
#[must_use]
#[cfg(feature = "libtorch")]
pub fn describe() -> String {
    let libtorch = crate::libtorch();
    let gpu = if libtorch.cuda { "with a GPU" } else { "without a GPU" };
    format!("libtorch {}, {gpu}, {} threads", libtorch.version, libtorch.threads)
}

/// Describes in one line what networks run on: libtorch's version, GPU and threads, or that this build has no libtorch.
#[must_use]
#[cfg(not(feature = "libtorch"))]
pub fn describe() -> String {
    "none: this program was built without libtorch (--no-default-features)".to_owned()
}
