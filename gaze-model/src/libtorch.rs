//! What the libtorch that this process loaded can do, and its CUDA part, which is loaded only where it helps.
//!
//! A build links the CPU part alone. So that the same program uses a GPU where there is one, the CUDA part is looked for
//! at run time: in the folder that was linked (`cargo xtask setup --cuda` puts it there, and nothing need be built
//! again), or wherever `LD_LIBRARY_PATH` leads, for example to the `torch/lib` of an installed PyTorch 2.11.0.

use tch::{Cuda, utils};

/// A description of libtorch, for reports and bug reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Libtorch {
    /// The version whose interface this build speaks. Another one does not load.
    pub version: &'static str,
    /// Whether networks can run on a GPU: libtorch has its CUDA part, and a driver and a device answer.
    pub cuda: bool,
    /// How many threads one operation uses.
    pub threads: usize,
}

/// Asks libtorch, and before the first answer loads its CUDA part if that and a driver are there.
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
/// Where whole pictures or networks run side by side on threads of our own, more threads inside of each would only be in
/// each other's way; and with one thread results do not depend on the number of cores.
pub fn use_one_thread_per_operation() {
    tch::set_num_threads(1);
}

/// Makes the number of threads that was set hold on the calling thread, too.
///
/// libtorch hands the number on to a thread only when that asks for it, or runs a loop of libtorch's own; its matrix products
/// and convolutions would take all cores until then, and sum in another order.
pub(crate) fn adopt_threads() {
    let _ = tch::get_num_threads();
}

/// Must come before libtorch is first asked about CUDA: it remembers that it has none.
#[cfg(target_os = "linux")]
fn load_cuda() {
    static LOADED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    // Without a driver there is no GPU to use, and half a gigabyte need not be read to learn that.
    LOADED.get_or_init(|| load_for_good("libcuda.so.1") && load_for_good("libtorch_cuda.so"));
}

/// Elsewhere what is linked is all there is.
#[cfg(not(target_os = "linux"))]
fn load_cuda() {}

/// Whether a shared library is there; it stays loaded until the process ends.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a library's initialisers run when it is loaded, which Rust cannot check")]
fn load_for_good(name: &str) -> bool {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LAZY};
    // SAFETY: both names are libraries made to be loaded into running programs (PyTorch does), and none is unloaded.
    let library = unsafe { Library::open(Some(name), RTLD_LAZY | RTLD_GLOBAL) };
    library.map(std::mem::forget).is_ok()
}
