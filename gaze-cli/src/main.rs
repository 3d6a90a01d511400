//! The program `gaze-cli`; everything is in the library, where tests can reach it.

use std::process::ExitCode;

/// Maps are large and short-lived: a third of a run without it went into pages that the system clears.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gaze_cli::main()
}
