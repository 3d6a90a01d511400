//! Messages on standard error.
//!
//! A problem with one input does not stop a run. Problems are told when all stimuli are done, in the order of the dataset,
//! and the first few only: `summary.json` has them all.

use std::{
    fmt::Display,
    sync::atomic::{AtomicBool, Ordering},
};

use gaze_study::printable;
use serde_json::{Value, json};

/// The number of problems that are printed one by one.
const SHOWN: usize = 12;

/// True if a program listens, which reads JSON.
static JSON: AtomicBool = AtomicBool::new(false);

/// Says everything from now on as a JSON object per line, or as text.
pub(crate) fn as_json(json: bool) {
    JSON.store(json, Ordering::Relaxed);
}

/// Says one thing.
pub(crate) fn say(line: &dyn Display) {
    // A table in a message has lines that begin with two spaces; any other end of a line is part of a name.
    let text = line.to_string().split("\n  ").map(printable).collect::<Vec<_>>().join("\n  ");
    if JSON.load(Ordering::Relaxed) {
        say_json(&json!({ "event": "message", "text": text }));
    } else {
        write_line(&format_args!("gaze: {text}"));
    }
}

/// Says one thing, and the next times nothing: what concerns many inputs alike.
pub(crate) fn say_once(line: &dyn Display) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        say(line);
    }
}

/// Says something to a program.
pub(crate) fn say_json(value: &Value) {
    write_line(value);
}

#[expect(clippy::print_stderr, reason = "the one place where the program speaks beside its results")]
fn write_line(line: &dyn Display) {
    eprintln!("{line}");
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
