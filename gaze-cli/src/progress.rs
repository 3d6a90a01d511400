//! How far the work is: a bar on a terminal, JSON lines for a program, or nothing.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::messages;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressKind {
    Auto,
    Json,
    None,
}

/// Between two lines of JSON.
const INTERVAL: Duration = Duration::from_millis(500);

/// A bar for `length` steps of the named work, with rate and time left; absent where there is no terminal.
pub(crate) fn bar(work: &'static str, length: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix:>12} {bar:30} {pos}/{len} {per_sec} {eta} left{msg}")
        .expect("the template is a constant")
        .progress_chars("━╸─");
    ProgressBar::new(length as u64).with_style(style).with_prefix(work)
}

/// The progress of a command that has several stages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    kind: ProgressKind,
}

impl Progress {
    pub(crate) fn new(kind: ProgressKind, quiet: bool) -> Self {
        let kind = if quiet && kind == ProgressKind::Auto { ProgressKind::None } else { kind };
        messages::as_json(kind == ProgressKind::Json);
        Self { kind }
    }

    /// Begins a stage of so many steps.
    pub(crate) fn stage(&self, work: &'static str, steps: usize) -> Stage {
        let start = Instant::now();
        let told = (self.kind == ProgressKind::Json).then(|| Mutex::new(start));
        let bar = bar(work, steps, self.kind != ProgressKind::Auto);
        Stage { work, steps, bar, start, told, done: AtomicUsize::new(0), problems: AtomicUsize::new(0) }
    }
}

/// A stage in progress; threads share it.
#[derive(Debug)]
pub(crate) struct Stage {
    work: &'static str,
    steps: usize,
    bar: ProgressBar,
    start: Instant,
    /// When the last line of JSON was written, if any are.
    told: Option<Mutex<Instant>>,
    done: AtomicUsize,
    problems: AtomicUsize,
}

impl Stage {
    /// One step is done, with so many problems.
    pub(crate) fn done(&self, problems: usize) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if problems > 0 {
            let all = self.problems.fetch_add(problems, Ordering::Relaxed) + problems;
            self.bar.set_message(format!(", {all} {}", if all == 1 { "problem" } else { "problems" }));
        }
        self.bar.inc(1);
        let Some(told) = &self.told else { return };
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= INTERVAL {
            *told = Instant::now();
            self.tell("progress");
        }
    }

    /// The stage ends, complete or not.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
        if self.told.is_some() {
            self.tell("stage");
        }
    }

    fn tell(&self, event: &str) {
        let (done, seconds) = (self.done.load(Ordering::Relaxed), self.start.elapsed().as_secs_f64());
        let rate = done as f64 / seconds;
        let left = (self.steps - done.min(self.steps)) as f64 / rate;
        messages::say_json(&json!({
            "event": event,
            "stage": self.work,
            "done": done,
            "total": self.steps,
            "problems": self.problems.load(Ordering::Relaxed),
            "per_second": rate.is_finite().then_some(rate),
            "seconds_left": left.is_finite().then_some(left),
        }));
    }
}
