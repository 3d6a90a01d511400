//! The errors of networks that are files: damaged and hostile files, wrong descriptions, and runs that fail.

use std::{io, path::PathBuf};

use gaze_core::{MapError, Size};
use thiserror::Error;

use super::misfit::SizeAdvice;
use crate::ScaleError;

/// The reason why the file of a network cannot be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct NetworkError {
    /// The file: the network's own, or its description.
    pub path: PathBuf,
    /// The problem with it.
    pub problem: NetworkProblem,
}

/// A problem of a network's file or of its description.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkProblem {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The model is none that a description explains.
    #[error("only networks in FILE.onnx and FILE.pt have a description")]
    NoNetwork,
    /// The file is larger than any network that is opened.
    #[error("the file has {bytes} bytes; at most {most} are read")]
    TooLarge {
        /// The size of the file in bytes.
        bytes: u64,
        /// The largest size in bytes that is read.
        most: u64,
    },
    /// The file is damaged or cut short.
    #[error("this is no sound {format} file: {what} (byte {at})")]
    Damaged {
        /// The format that was expected.
        format: &'static str,
        /// The thing that is wrong.
        what: &'static str,
        /// The offset in the file at which it was noticed.
        at: usize,
    },
    /// A tensor of the file declares another size than it has.
    #[error("the tensor `{name}` declares {declared} bytes of numbers, and {found} are there")]
    TensorSize {
        /// The name of the tensor.
        name: String,
        /// The size in bytes that follows from its shape.
        declared: u128,
        /// The size in bytes that is stored.
        found: u64,
    },
    /// The numbers of a tensor lie in another file, which is not opened.
    #[error("the numbers of `{name}` lie in `{location}`, {reason}")]
    ExternalData {
        /// The name of the tensor.
        name: String,
        /// The other file, as it is named.
        location: String,
        /// The reason why that file is not opened.
        reason: &'static str,
    },
    /// The graph has an operator that is not supported.
    #[error("the operator {operator} is not supported")]
    Operator {
        /// The operator, with its domain if that is not ONNX's own.
        operator: String,
    },
    /// The size of a value cannot be computed before the network runs, or makes no sense.
    #[error("the size of what {operator} `{name}` makes cannot be computed: {reason}")]
    UnknownSize {
        /// The operator.
        operator: String,
        /// The name of the value.
        name: String,
        /// The reason.
        reason: &'static str,
    },
    /// A run would take too much memory.
    #[error(
        "a run with an input of {} would take about {} MB, and at most {} MB are allowed; a smaller `input.size` takes less",
        sides(input), needed >> 20, most >> 20
    )]
    Memory {
        /// The shape of the input.
        input: Vec<usize>,
        /// The memory in bytes that a run would take.
        needed: u64,
        /// The largest number of bytes that is allowed.
        most: u64,
    },
    /// The network does not run with an input of this size, and perhaps takes others.
    #[error("with an input of {}, {problem}; {advice}", sides(input))]
    Misfit {
        /// The shape of the input.
        input: Vec<usize>,
        /// The problem in the words of the engine, or of what is computed before it runs.
        problem: Box<Self>,
        /// The part of the description that helps.
        advice: SizeAdvice,
    },
    /// A part of a TorchScript archive is not as PyTorch writes it.
    #[error("the part `{part}` of the archive {reason}")]
    Archive {
        /// The name of the part.
        part: String,
        /// The reason why it is refused.
        reason: String,
    },
    /// The library that runs the network refuses it.
    #[error("{engine} refuses it: {message}")]
    Engine {
        /// The library.
        engine: &'static str,
        /// Its message, in one line.
        message: String,
    },
    /// The description has a field that is unknown, or a value that it cannot have.
    #[error("{}{message}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Field {
        /// The field, with the names of those that it lies in: `input.range`. Empty if the text is no JSON.
        field: String,
        /// The problem with it.
        message: String,
    },
    /// Neither the description nor the graph tells something that must be known.
    #[error("{}; a file {} says it (`gaze-cli models {} --save` writes one to fill in)", unclear.join("; "), sidecar.display(), network.display())]
    Unclear {
        /// The fields that are missing, each with the reason why it must be given.
        unclear: Vec<String>,
        /// The file that should describe the network.
        sidecar: PathBuf,
        /// The network.
        network: PathBuf,
    },
}

impl NetworkProblem {
    /// Adds the file.
    pub(super) fn of(self, path: impl Into<PathBuf>) -> NetworkError {
        NetworkError { path: path.into(), problem: self }
    }

    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Field { field: field.to_owned(), message: message.into() }
    }

    pub(super) fn engine(engine: &'static str, message: impl ToString) -> Self {
        let message = message.to_string();
        let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
        Self::Engine { engine, message: lines.join(" ") }
    }
}

/// The reason why a network that is open has no prediction for a picture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The network cannot be run at this size, or failed.
    #[error(transparent)]
    Network(#[from] NetworkProblem),
    /// The picture cannot be brought to the size that the network sees.
    #[error(transparent)]
    Scale(#[from] ScaleError),
    /// The output is no map.
    #[error(
        "the output has the shape {}, which is no map of one channel: `output.name` chooses another output",
        sides(found)
    )]
    NoMap {
        /// The shape of the output.
        found: Vec<usize>,
    },
    /// There is no output of the name.
    #[error("the network gives no output `{0}` (`output.name`)")]
    NoOutput(String),
    /// The numbers of the output are not of the kind that the description says.
    #[error("output.kind: the output is no map of {kind}: {problem}")]
    Kind {
        /// The kind.
        kind: &'static str,
        /// The problem with the numbers.
        problem: MapError,
    },
    /// The output says that it is a log density, and its probabilities do not sum to 1.
    #[error(
        "output.kind: the probabilities of a log-density sum to 1, and the logarithm of their sum is {log_sum}; logits need not"
    )]
    NotNormalized {
        /// The natural logarithm of the sum.
        log_sum: f64,
    },
    /// The center bias has another size than the answer.
    #[error("the center bias is {found}, the answer {expected} (height x width)")]
    CenterBias {
        /// The size of the center bias.
        found: Size,
        /// The size of the answer.
        expected: Size,
    },
}

/// Writes a shape: "1x3x288x384".
pub(super) fn sides(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}
