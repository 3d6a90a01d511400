//! MATLAB files of version 4, of version 5 (also called 6 and 7), compressed or not, and of version 7.3, which is HDF5.
//!
//! Cells, structs, text and real numeric arrays, sparse ones too, are read. Anything else that a file may hold (objects,
//! complex arrays, function handles) is skipped and named. No memory is allocated on the word of a size field: every
//! count is compared with the bytes that are left, nesting and inflated bytes have limits, and every problem is a
//! [`MatError`](crate::MatError).
//!
//! The crates that existed when this was written read numeric arrays only and skip cells and structs in silence
//! (`matfile` 0.5), or wrap a C library.
//!
//! Source: MATLAB documentation, *MAT-File Format*, section "Level 5 MAT-File Format".

pub(crate) use array::Numbers;
#[cfg(feature = "mat")]
pub(crate) use read::{check_enabled, read, read_bytes, read_inflating};
pub(crate) use value::{Value, variable};
#[cfg(not(feature = "mat"))]
pub(crate) use without::{check_enabled, read, read_bytes, read_inflating};

mod array;
#[cfg(feature = "mat")]
mod element;
#[cfg(feature = "mat")]
mod parse;
#[cfg(feature = "mat")]
mod read;
mod value;
#[cfg(feature = "mat")]
mod version4;
#[cfg(all(feature = "mat", feature = "hdf5"))]
mod version73;
#[cfg(not(feature = "mat"))]
mod without;
#[cfg(feature = "mat")]
#[cfg(test)]
pub(crate) mod writing;

/// The most bytes that all compressed variables of a file together may inflate to.
/// Values take up to eight times the memory: an empty array is 8 bytes of a file.
#[cfg(feature = "mat")]
const INFLATED: u64 = 1 << 26;
