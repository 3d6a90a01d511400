//! Where the memory of maps comes from. It is Rust's alone: Python and NumPy have their own.
//!
//! Maps of some megabytes come and go by the hundred. The system's allocator gives their memory back at once and gets it anew,
//! cleared; workers of Dask ask it to do so even more eagerly (`MALLOC_TRIM_THRESHOLD_`).

use libmimalloc_sys::{mi_option_set, mi_option_t};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, by its place in the allocator's header.
const PURGE_DELAY: mi_option_t = 15;
/// After how many milliseconds unused memory goes back to the system. What one map leaves, the next one takes; a notebook that
/// rests keeps nothing.
const MILLISECONDS: std::ffi::c_long = 1000;

#[expect(unsafe_code, reason = "a call into the allocator, which is written in C")]
pub(crate) fn keep_for_a_while() {
    // SAFETY: the option exists, and it takes any number at any time.
    unsafe { mi_option_set(PURGE_DELAY, MILLISECONDS) };
}
