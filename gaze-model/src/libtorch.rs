//! The libtorch that this process loaded: its version and abilities, and its CUDA part, which is loaded only if a GPU
//! can be used.
//!
//! A build links the CPU part alone. The CUDA part is looked for at run time, so that the same program uses a GPU where
//! there is one. It is found in the folder that was linked (`cargo xtask setup --cuda` puts it there, and nothing need
//! be built again), or through `LD_LIBRARY_PATH`, for example in the `torch/lib` of an installed PyTorch 2.11.0.

use tch::{Cuda, utils};

/// A description of libtorch, for reports and bug reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Libtorch {
    /// The version of libtorch for which this program was built. Another version does not load.
    pub version: &'static str,
    /// Tells whether networks can run on a GPU: libtorch has its CUDA part, and there are a driver and a device.
    pub cuda: bool,
    /// The number of threads that one operation uses.
    pub threads: usize,
}

/// Describes libtorch. The first call loads its CUDA part if that and a driver are there.
///
/// ```
/// let libtorch = gaze_model::libtorch();
/// assert_eq!(libtorch.version, "2.11.0");
/// assert!(libtorch.threads >= 1);
/// ```
#[must_use]
pub fn libtorch() -> Libtorch {
    load_cuda();
    Libtorch {
        version: "2.11.0",
        cuda: utils::has_cuda() && Cuda::is_available(),
        threads: usize::try_from(tch::get_num_threads()).unwrap_or(1),
    }
}

/// Makes each of libtorch's operations use one thread, in this process and from now on.
///
/// Where whole pictures or networks run side by side on threads, more threads inside each operation would compete with
/// each other. With one thread per operation, results do not depend on the number of cores.
pub fn use_one_thread_per_operation() {
    tch::set_num_threads(1);
}

/// Applies the number of threads that was set to operations on the calling thread.
///
/// libtorch passes the number to a thread only when the thread asks for it, or runs a loop of libtorch's own. Until
/// then matrix products and convolutions would use all cores and sum in another order.
pub(crate) fn adopt_threads() {
    let _ = tch::get_num_threads();
}

/// Loads the CUDA part. This must happen before libtorch is first asked about CUDA, because it remembers the answer.
#[cfg(target_os = "linux")]
fn load_cuda() {
    static LOADED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    // Without a driver there is no GPU, and half a gigabyte need not be read to learn that.
    LOADED.get_or_init(|| load_for_good("libcuda.so.1") && load_for_good("libtorch_cuda.so"));
}

/// Does nothing: on other systems only the linked part of libtorch is used.
#[cfg(not(target_os = "linux"))]
fn load_cuda() {}

/// Loads a shared library until the process ends, and tells whether it was found.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a library's initialisers run when it is loaded, which Rust cannot check")]
fn load_for_good(name: &str) -> bool {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LAZY};
    // SAFETY: both names are libraries made to be loaded into running programs (PyTorch does), and none is unloaded.
    let library = unsafe { Library::open(Some(name), RTLD_LAZY | RTLD_GLOBAL) };
    library.map(std::mem::forget).is_ok()
}
