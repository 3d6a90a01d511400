//! What the libtorch that this process loaded can do.

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

/// Asks libtorch.
///
/// ```
/// let libtorch = gaze_model::libtorch();
/// assert_eq!(libtorch.version, "2.11.0");
/// assert!(libtorch.threads >= 1);
/// ```
#[must_use]
pub fn libtorch() -> Libtorch {
    Libtorch {
        version: "2.11.0",
        cuda: utils::has_cuda() && Cuda::is_available(),
        threads: usize::try_from(tch::get_num_threads()).unwrap_or(1),
    }
}
