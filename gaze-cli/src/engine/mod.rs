//! libtorch, or its absence. Both halves have the same functions, so nothing else asks which one was built.

#[cfg(feature = "libtorch")]
mod budget;
#[cfg(not(feature = "libtorch"))]
mod disabled;
#[cfg(feature = "libtorch")]
mod enabled;
#[cfg(feature = "libtorch")]
mod inputs;

#[cfg(not(feature = "libtorch"))]
pub(crate) use disabled::{Network, describe};
#[cfg(feature = "libtorch")]
pub(crate) use enabled::{Network, describe};
