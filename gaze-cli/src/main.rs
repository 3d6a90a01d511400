//! The program `gaze-cli`; everything is in the library, where tests can reach it.

use std::process::ExitCode;

use libmimalloc_sys::{mi_option_set, mi_option_t};

/// Maps are large and short-lived: a third of a run without it went into pages that the system clears.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, by its place in the allocator's header: after how many milliseconds unused memory goes back to
/// the system; -1 for never. What one map leaves, the next one takes.
const PURGE_DELAY: mi_option_t = 15;

#[expect(unsafe_code, reason = "a call into the allocator, which is written in C")]
fn main() -> ExitCode {
    // SAFETY: the option exists, and it takes any number at any time.
    unsafe { mi_option_set(PURGE_DELAY, -1) };
    gaze_cli::main()
}
