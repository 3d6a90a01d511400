//! A tensor that threads may share.

use std::ops::Deref;

use tch::Tensor;

/// A tensor that is only read.
///
/// `tch` does not let threads share a tensor, because a shallow clone of one can be written to in place. Never make a
/// shallow clone of a constant.
#[derive(Debug)]
pub(crate) struct Constant(Tensor);

impl From<Tensor> for Constant {
    fn from(tensor: Tensor) -> Self {
        Self(tensor)
    }
}

impl Deref for Constant {
    type Target = Tensor;

    fn deref(&self) -> &Tensor {
        &self.0
    }
}

#[expect(unsafe_code, reason = "that nothing writes to the tensor is this crate's promise, which Rust cannot check")]
// SAFETY: libtorch counts references atomically and reads the same tensor from several threads without harm; in place
// operations of `tch` need `&mut Tensor`, which `Deref` does not give, and no shallow clone of a constant is made.
unsafe impl Sync for Constant {}
