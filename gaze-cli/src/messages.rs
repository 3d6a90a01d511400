//! What is said on standard error.
//!
//! A problem with one input does not stop a run. It is printed when it is met, with the progress bar out of the way,
//! and the first few of each kind only: a dataset with a thousand bad files must not bury the one that is different.

use std::fmt::Display;

use indicatif::ProgressBar;

/// How many problems are printed one by one.
const SHOWN: usize = 12;

#[expect(clippy::print_stderr, reason = "the one place where the program speaks to a person")]
fn say(line: &dyn Display) {
    eprintln!("gaze: {}", printable(&line.to_string()));
}

/// Text from data, without the characters that would steer a terminal or break a line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Says why nothing could be done.
pub(crate) fn error(message: &dyn Display) {
    say(message);
}

/// Says something a person should know.
pub(crate) fn note(message: &dyn Display) {
    say(message);
}

/// Tells the problems met in a run, in the order of the dataset.
pub(crate) fn problems(problems: &[String], bar: &ProgressBar) {
    bar.suspend(|| {
        for problem in problems.iter().take(SHOWN) {
            say(problem);
        }
        if let Some(more @ 1..) = problems.len().checked_sub(SHOWN) {
            say(&format_args!("… and {more} more problems; summary.json lists them all"));
        }
    });
}
