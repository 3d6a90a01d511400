//! Progress bars on standard error: shown on a terminal, absent everywhere else.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for `length` steps of the named work, with rate and time left.
pub(crate) fn bar(work: &'static str, length: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:>12} {bar:30} {pos}/{len} {per_sec} {eta} left")
        .expect("the template is a constant")
        .progress_chars("━╸─");
    ProgressBar::new(length as u64).with_style(style).with_message(work)
}
