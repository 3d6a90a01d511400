//! The errors of MATLAB files.

use std::io;

use thiserror::Error;

/// An error of a MATLAB file.
///
/// Places are counted in bytes from the beginning of the file, or of the inflated variable in a compressed one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MatError {
    /// The file does not begin as a MATLAB 5 file.
    #[error("expected a MATLAB file of version 5, found {found}")]
    Version {
        /// The format that the file seems to have.
        found: &'static str,
    },
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
    /// A number is not the one that the format demands.
    #[error("at byte {at}: expected {expected}, found {found}")]
    Unexpected {
        /// The byte at which this was found.
        at: usize,
        /// The demand of the format, in words.
        expected: &'static str,
        /// The number that was found.
        found: u64,
    },
    /// A compressed variable is damaged.
    #[error("at byte {at}: a compressed variable cannot be inflated: {cause}")]
    Inflate {
        /// The byte at which the variable begins.
        at: usize,
        /// The error of the decompressor.
        cause: io::Error,
    },
    /// The compressed variables inflate to more bytes than this crate reads.
    #[error("the compressed variables inflate to more than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Cells and structs are nested deeper than this crate reads.
    #[error("at byte {at}: cells and structs are nested more than {limit} deep")]
    TooDeep {
        /// The byte at which this was found.
        at: usize,
        /// The greatest depth that is read.
        limit: usize,
    },
}
