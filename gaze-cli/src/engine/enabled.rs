//! This build has libtorch.

/// One line about what networks run on.
pub(crate) fn describe() -> String {
    let libtorch = gaze_model::libtorch();
    let gpu = if libtorch.cuda { "with a GPU" } else { "without a GPU" };
    format!("libtorch {}, {gpu}, {} threads", libtorch.version, libtorch.threads)
}
