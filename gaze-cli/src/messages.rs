//! What is said on standard error.
//!
//! A problem with one input does not stop a run. Problems are told when all stimuli are done, in the order of the dataset,
//! and the first few only: `summary.json` has them all.

use std::fmt::Display;

/// How many problems are printed one by one.
const SHOWN: usize = 12;

/// Says one thing.
#[expect(clippy::print_stderr, reason = "the one place where the program speaks to a person")]
pub(crate) fn say(line: &dyn Display) {
    eprintln!("gaze: {}", printable(&line.to_string()));
}

/// Text from data, without the characters that would steer a terminal or break a line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Tells the problems met in a run, in the order of the dataset.
pub(crate) fn problems(problems: &[String]) {
    for problem in problems.iter().take(SHOWN) {
        say(problem);
    }
    if let Some(more @ 1..) = problems.len().checked_sub(SHOWN) {
        say(&format_args!("… and {more} more problems; summary.json lists them all"));
    }
}
