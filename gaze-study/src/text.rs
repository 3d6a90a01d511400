//! Text that is safe to show, and errors in one line.

use std::iter;

/// Replaces the characters that would steer a terminal or break a line, so that names from data can be printed.
///
/// ```
/// assert_eq!(gaze_study::printable("a\u{1b}[31mb"), "a\u{fffd}[31mb");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
