//! The reasons why bytes from another machine are refused.

use thiserror::Error;

/// Bytes that are no part or first pass of this study.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TravelError {
    /// The bytes are not those that were sent, or something else altogether.
    #[error("these bytes are no {kind} of a study, or were damaged on the way")]
    Damaged {
        /// The expected thing, in words.
        kind: &'static str,
    },
    /// The bytes were made by another version of the program, which may compute other values.
    #[error("version {found} of gaze made this {kind}, and here is version {}", env!("CARGO_PKG_VERSION"))]
    Version {
        /// The thing, in words.
        kind: &'static str,
        /// The version that made it.
        found: String,
    },
    /// The bytes belong to a study with another plan, other weights or other gaze.
    #[error("this {kind} belongs to another study{}", told(difference))]
    OtherStudy {
        /// The thing, in words.
        kind: &'static str,
        /// The first setting in which the plans differ, if they do.
        difference: Option<String>,
    },
}

fn told(difference: &Option<String>) -> String {
    difference.as_ref().map_or_else(String::new, |difference| format!(" ({difference})"))
}
