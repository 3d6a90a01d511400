//! Tests of networks in files: of small graphs whose values are computed by hand, and of one that PyTorch made.

#[cfg(any(feature = "onnx", feature = "libtorch"))]
mod golden;
#[cfg(feature = "onnx")]
mod habits;
#[cfg(feature = "onnx")]
mod hostile;
#[cfg(any(feature = "onnx", feature = "libtorch"))]
mod misfit;
#[cfg(feature = "onnx")]
mod origins;
#[cfg(feature = "libtorch")]
mod torchscript;
#[cfg(feature = "onnx")]
pub(super) mod writer;
