//! The outcome of a command, from which the exit status is made.

use std::io::{self, ErrorKind};

/// The outcome of a command that was not ended by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    DoneWithProblems,
    /// The user pressed Ctrl-C.
    Interrupted,
}

/// Tells whether an error means that the reader of the output had enough of it.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io_error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
