//! One line about what networks run on, in builds with and without libtorch.

/// Describes in one line what networks run on: libtorch's version, GPU and threads, or that this build has no libtorch.
#[must_use]
#[cfg(feature = "libtorch")]
pub fn describe() -> String {
    let libtorch = crate::libtorch();
    let gpu = if libtorch.cuda { "with a GPU" } else { "without a GPU" };
    format!(
        "gaze-lite on the processor; DeepGaze on libtorch {}, {gpu}, {} threads",
        libtorch.version, libtorch.threads
    )
}

/// Describes in one line what networks run on: libtorch's version, GPU and threads, or that this build has no libtorch.
#[must_use]
#[cfg(not(feature = "libtorch"))]
pub fn describe() -> String {
    "gaze-lite on the processor; DeepGaze needs libtorch, which this program was built without".to_owned()
}
