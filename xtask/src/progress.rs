//! One line that counts, on a terminal; silence where nobody watches.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// A count of bytes that overwrites itself on standard error.
pub(crate) struct Progress {
    label: String,
    total: u64,
    done: u64,
    shown: Option<Instant>,
    visible: bool,
}

impl Progress {
    /// `total` is 0 where it is not known.
    pub(crate) fn new(label: impl Into<String>, total: u64) -> Self {
        Self { label: label.into(), total, done: 0, shown: None, visible: stderr().is_terminal() }
    }

    /// Counts more bytes, and shows the count ten times a second at most.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        let due = self.shown.is_none_or(|shown| shown.elapsed() > Duration::from_millis(100));
        if self.visible && due {
            self.shown = Some(Instant::now());
            let whole = match self.total {
                0 => String::new(),
                total => format!(" of {} ({} %)", mb(total), 100 * self.done / total),
            };
            let mut stream = stderr().lock();
            // A terminal that has gone away must not stop the work.
            let _ = write!(stream, "\r\x1b[K{} {}{whole}", self.label, mb(self.done));
            let _ = stream.flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.visible && self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// A size that a person can read.
pub(crate) fn mb(bytes: u64) -> String {
    format!("{} MB", (bytes + 500_000) / 1_000_000)
}
