//! A study at work while Python stays reachable: progress is told and Ctrl-C is heard.

use std::{
    panic,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use gaze_study::{Observer, Work};
use pyo3::prelude::*;

/// The time between two looks at signals, and between two reports of progress.
const INTERVAL: Duration = Duration::from_millis(100);

/// How far a study is. The study tells it without the interpreter; the thread that called from Python reads it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The stage and its number of steps.
    stage: Mutex<Option<(&'static str, usize)>>,
    done: AtomicUsize,
    problems: AtomicUsize,
    cancelled: AtomicBool,
}

impl Observer for Progress {
    fn begin(&self, work: Work, steps: usize) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        self.done.store(0, Ordering::Relaxed);
        self.problems.store(0, Ordering::Relaxed);
        *stage = Some((work.name(), steps));
    }

    fn step(&self, problems: usize) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.problems.fetch_add(problems, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Progress {
    /// Tells a Python function the stage, the steps done, all steps, and the problems so far.
    fn tell(&self, py: Python<'_>, listener: &Py<PyAny>) -> PyResult<()> {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((stage, steps)) = stage else { return Ok(()) };
        let [done, problems] = [&self.done, &self.problems].map(|count| count.load(Ordering::Relaxed));
        listener.call1(py, (stage, done, steps, problems)).map(drop)
    }
}

/// Does the work on a thread of its own without the interpreter. Meanwhile this thread, which is the one that Python sends
/// signals to, tells the listener of the progress. Ctrl-C, or an exception of the listener, cancels the work; the work ends in
/// order, and the exception is raised.
pub(crate) fn observed<T: Send>(
    py: Python<'_>,
    listener: Option<&Py<PyAny>>,
    work: impl FnOnce(&Progress) -> T + Send,
) -> PyResult<T> {
    let progress = &Progress::default();
    let look = |py: Python<'_>| {
        py.check_signals()?;
        listener.map_or(Ok(()), |listener| progress.tell(py, listener))
    };
    let (result, failure) = py.detach(|| {
        thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let worker = scope.spawn(move || {
                let result = work(progress);
                // The receiver waits until this thread ends.
                let _ = send.send(result);
            });
            let mut failure = None;
            let result = loop {
                match receive.recv_timeout(INTERVAL) {
                    Ok(result) => break result,
                    Err(RecvTimeoutError::Disconnected) => {
                        let panicked = worker.join().expect_err("a worker that ends in order has sent its result");
                        panic::resume_unwind(panicked)
                    }
                    Err(RecvTimeoutError::Timeout) if failure.is_some() => {}
                    Err(RecvTimeoutError::Timeout) => {
                        failure = Python::attach(look).err();
                        progress.cancelled.store(failure.is_some(), Ordering::Relaxed);
                    }
                }
            };
            (result, failure)
        })
    });
    match failure {
        Some(failure) => Err(failure),
        None => look(py).map(|()| result),
    }
}
