//! The errors of reading files of weights.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use crate::weights::Dtype;

/// The reason why a file of weights cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The operating system refused, for example because there is no such file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// The file is damaged, is of another kind, or asks for a function that no file of weights needs.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: FileProblem,
    },
    /// The file is sound, but its tensors are not those of this model.
    #[error("{}: these are not the weights of this model: {problems}", path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// All problems, in the order of reading.
        problems: Problems,
    },
}

/// A problem of a file of weights as a file.
///
/// Offsets count bytes from the beginning of the file, or of the `data.pkl` in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The file is neither safetensors nor in one of PyTorch's two layouts.
    #[error("this is neither a safetensors file nor one that PyTorch's `torch.save` writes")]
    UnknownFormat,
    /// The header of a safetensors file is damaged, or the file is cut short.
    #[error("the safetensors file is damaged or cut short: {0}")]
    Safetensors(String),
    /// The archive's directory cannot be read; it stands at the end, so a file that was cut short has none.
    #[error("the archive is damaged or cut short: {0}")]
    Archive(String),
    /// The archive lacks a part that `torch.save` always writes.
    #[error("the archive holds no {0}")]
    NoSuchPart(String),
    /// A part of the archive is compressed or encrypted, which PyTorch never does.
    #[error("`{0}` is compressed or encrypted; PyTorch stores the parts of its archives as they are")]
    Compressed(String),
    /// The numbers are big-endian.
    #[error("the numbers are stored in the byte order `{0}`; only `little` is read")]
    ByteOrder(String),
    /// The file ends too early.
    #[error("cut short: {what} needs {needed} bytes from byte {at} on, but {found} are there")]
    CutShort {
        /// The thing that should be there.
        what: String,
        /// The offset at which it begins.
        at: usize,
        /// The length of it in bytes.
        needed: u64,
        /// The number of bytes that are left.
        found: usize,
    },
    /// The pickle names a function or class that no state dict needs. It was neither looked up nor run.
    #[error(
        "the pickle asks for `{name}` (byte {at}), which weights have no use for and which could run any code; \
         it is refused and nothing was run"
    )]
    RefusedGlobal {
        /// The module and the name.
        name: String,
        /// The offset at which it is asked for.
        at: usize,
    },
    /// The pickle uses an instruction that no state dict needs.
    #[error("the pickle has instruction {opcode:#04x} at byte {at}, which a state dict does not need; it is refused")]
    RefusedOpcode {
        /// The instruction.
        opcode: u8,
        /// The offset at which it stands.
        at: usize,
    },
    /// The pickle's instructions make no sense.
    #[error("the pickle is damaged at byte {at}: {what}")]
    Pickle {
        /// The offset of the instruction.
        at: usize,
        /// The problem.
        what: &'static str,
    },
    /// An entry of the dictionary is no tensor; the file may hold more than a state dict.
    #[error("`{name}` is {found}, not a tensor; save `model.state_dict()` alone")]
    NotATensor {
        /// The entry's name.
        name: String,
        /// The kind of value that it is.
        found: &'static str,
    },
    /// Two tensors have the same name.
    #[error("there are two tensors with the name `{0}`")]
    Twice(String),
    /// A tensor reaches beyond the numbers that are stored for it.
    #[error("`{name}` with shape {shape:?} reaches beyond the {stored} numbers that are stored for it")]
    OutOfStorage {
        /// The tensor's name.
        name: String,
        /// The shape of the tensor.
        shape: Vec<usize>,
        /// The number of values that are stored.
        stored: u64,
    },
    /// Two tensors share bytes of the file. No network of this crate does, and copies could exhaust the memory.
    #[error("`{one}` and `{other}` share stored numbers")]
    Overlap {
        /// The name of the tensor that begins first.
        one: String,
        /// The name of the tensor that begins inside it.
        other: String,
    },
    /// A stored part has another size than the tensors that use it say.
    #[error("the stored part `{key}` has {found} bytes, but {expected} are announced")]
    StorageSize {
        /// The part's name.
        key: String,
        /// The size according to the pickle, in bytes.
        expected: u64,
        /// The size in the file, in bytes.
        found: u64,
    },
    /// A tensor has a type of numbers that weights do not have, such as complex or quantised ones.
    #[error("`{name}` has numbers of type {dtype}, which is not supported")]
    Dtype {
        /// The tensor's name.
        name: String,
        /// The type's name.
        dtype: String,
    },
}

/// A tensor that is not as the model needs it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file has no such tensor.
    #[error("`{name}` of shape {expected:?} is missing")]
    Missing {
        /// The name of the tensor.
        name: String,
        /// The shape that the model needs.
        expected: Vec<usize>,
    },
    /// The tensor has another shape.
    #[error("`{name}` has shape {found:?} instead of {expected:?}")]
    Shape {
        /// The name of the tensor.
        name: String,
        /// The shape that the model needs.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// The tensor's numbers are not floating-point.
    #[error("`{name}` holds numbers of type {found}, not of a floating-point type")]
    NotFloat {
        /// The name of the tensor.
        name: String,
        /// The type in the file.
        found: Dtype,
    },
    /// The tensor's numbers are not whole numbers of 8 bits.
    #[error("`{name}` holds numbers of type {found}, not int8")]
    NotInt8 {
        /// The name of the tensor.
        name: String,
        /// The type in the file.
        found: Dtype,
    },
    /// A number of the tensor is NaN or infinite, so that no prediction could be made.
    #[error("`{name}` holds {found} at index {index} in row-major order")]
    NotFinite {
        /// The name of the tensor.
        name: String,
        /// The index of the first such number.
        index: usize,
        /// The number: `NaN`, `inf` or `-inf`.
        found: String,
    },
    /// The file has a tensor that the model does not have.
    #[error("`{name}` of shape {shape:?} is left over")]
    LeftOver {
        /// The name of the tensor.
        name: String,
        /// The shape in the file.
        shape: Vec<usize>,
    },
}

/// All problems of one file. Displayed are the first twenty, and the number of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    const SHOWN: usize = 20;
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(Self::SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{problem}")?;
        }
        match self.0.len().saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_problems_are_counted_and_twenty_shown() {
        let problem = |index: usize| Problem::LeftOver { name: format!("t{index}"), shape: vec![index] };
        let text = Problems((0..2).map(problem).collect()).to_string();
        assert_eq!(text, "`t0` of shape [0] is left over; `t1` of shape [1] is left over");
        let text = Problems((0..23).map(problem).collect()).to_string();
        assert!(text.contains("`t19`") && !text.contains("`t20`") && text.ends_with("; and 3 more"), "{text}");
    }
}
