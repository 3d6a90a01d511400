//! Progress: a bar on a terminal, JSON lines for a program, or nothing.

use std::{
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::ValueEnum;
use gaze_study::{Observer, Work};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::messages;

/// The ways to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressKind {
    Auto,
    Json,
    None,
}

/// The time between two lines of JSON.
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

/// An observer that shows a study on the terminal, or as JSON lines to a program.
#[derive(Debug)]
pub(crate) struct Progress {
    kind: ProgressKind,
    /// The stage at work.
    stage: RwLock<Option<Stage>>,
    /// Whether the user wants the work to stop; `None` if Ctrl-C ends the program at once.
    interrupted: Option<&'static AtomicBool>,
}

impl Progress {
    pub(crate) fn new(kind: ProgressKind, quiet: bool) -> Self {
        let kind = if quiet && kind == ProgressKind::Auto { ProgressKind::None } else { kind };
        messages::as_json(kind == ProgressKind::Json);
        Self { kind, stage: RwLock::new(None), interrupted: None }
    }

    /// Lets the first Ctrl-C cancel the study, so that what is done is kept in order. A second one ends the program at once;
    /// nothing is lost by that either.
    pub(crate) fn cancelled_by_ctrl_c(self) -> Self {
        static INTERRUPTED: AtomicBool = AtomicBool::new(false);
        // Where no handler can be installed, Ctrl-C ends the program.
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        Self { interrupted: Some(&INTERRUPTED), ..self }
    }

    fn with_stage(&self, act: impl FnOnce(&Stage)) {
        if let Some(stage) = self.stage.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            act(stage);
        }
    }
}

impl Observer for Progress {
    fn begin(&self, work: Work, steps: usize) {
        let stage = Stage::new(self.kind, work.name(), steps);
        *self.stage.write().unwrap_or_else(PoisonError::into_inner) = Some(stage);
    }

    fn step(&self, problems: usize) {
        self.with_stage(|stage| stage.done(problems));
    }

    fn end(&self) {
        self.with_stage(Stage::finish);
    }

    fn say(&self, sentence: &str) {
        messages::say(&sentence);
    }

    fn is_cancelled(&self) -> bool {
        self.interrupted.is_some_and(|interrupted| interrupted.load(Ordering::Relaxed))
    }
}

/// A stage in progress; threads share it.
#[derive(Debug)]
struct Stage {
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
    fn new(kind: ProgressKind, work: &'static str, steps: usize) -> Self {
        let start = Instant::now();
        let told = (kind == ProgressKind::Json).then(|| Mutex::new(start));
        let bar = bar(work, steps, kind != ProgressKind::Auto);
        Self { work, steps, bar, start, told, done: AtomicUsize::new(0), problems: AtomicUsize::new(0) }
    }

    /// One step is done, with so many problems.
    fn done(&self, problems: usize) {
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
    fn finish(&self) {
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
