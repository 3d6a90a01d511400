//! This build has no libtorch.

/// One line about what networks run on.
pub(crate) fn describe() -> String {
    "none: this gaze-cli was built without libtorch (--no-default-features)".to_owned()
}
