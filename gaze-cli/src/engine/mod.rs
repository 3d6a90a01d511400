//! libtorch, or its absence. Both halves have the same functions, so nothing else asks which one was built.

#[cfg(not(feature = "libtorch"))]
mod disabled;
#[cfg(feature = "libtorch")]
mod enabled;

#[cfg(not(feature = "libtorch"))]
pub(crate) use disabled::describe;
#[cfg(feature = "libtorch")]
pub(crate) use enabled::describe;
