//! The errors of `MessagePack` files, with the limits that they name.

use thiserror::Error;

/// The greatest depth to which arrays and maps may be nested.
pub(crate) const DEPTH: usize = 16;

/// The most values that one sample or side file may hold.
pub(crate) const VALUES: usize = 1 << 22;

/// An error of a `MessagePack` file.
///
/// Places are counted in bytes from the beginning of the sample or side file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MsgpackError {
    /// A size promises more bytes than there are.
    #[error("at byte {at}: expected {expected} more bytes, found {found}")]
    Truncated {
        /// The byte at which this was found.
        at: usize,
        /// The number of bytes that the size promises.
        expected: u64,
        /// The number of bytes that are left.
        found: usize,
    },
    /// A value is not the one that must stand there.
    #[error("at byte {at}: expected {expected}")]
    Unexpected {
        /// The byte at which this was found.
        at: usize,
        /// The value that must stand there, in words.
        expected: &'static str,
    },
    /// Arrays and maps are nested too deep, or hold too many values.
    #[error("at byte {at}: more than {VALUES} values, or nested more than {DEPTH} deep")]
    TooMuch {
        /// The byte at which this was found.
        at: usize,
    },
    /// A NumPy array holds objects, which are stored as a pickled program.
    #[error("an array of objects, which is a pickle, a program; it is not read")]
    Pickle,
    /// A value is not the NumPy array that it should be.
    #[error("expected a NumPy array of {expected}, found {found}")]
    Array {
        /// The content that the array should have, in words.
        expected: &'static str,
        /// The content that it states, in words.
        found: String,
    },
}
