//! Loops over the values of maps: exact sums, logarithms and exponentials, with the widest vectors of the processor.
//!
//! [`SaliencyMap`](crate::SaliencyMap), [`LogDensity`](crate::LogDensity) and the metrics are computed with these functions.
//! Every value is that of the source's order of operations: it does not depend on how wide the vectors are.
//!
//! # Example
//!
//! ```
//! use gaze_core::numeric::{exponentials, sum};
//!
//! let probabilities = exponentials(&[0.25f64.ln(); 4]);
//! assert!((sum(&probabilities, |p| p) - 1.0).abs() < 1e-15);
//! ```

pub(crate) use self::{
    functions::{exp, take_logarithms},
    sum::{BLOCK, Parts, lane_sums, middle, total},
};
pub use self::{
    functions::{exponentials, ln},
    sum::{Term, pairwise, sum, sum2, sums},
    vector::{Loop, vectorized},
};

mod functions;
mod sum;
mod vector;
