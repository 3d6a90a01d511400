//! Files of weights: opened without running anything that is in them, and checked against what a network needs.
//!
//! [`Weights::open`] reads safetensors and both layouts of PyTorch's `torch.save` (`.pth`, `.pt`), recognised by their
//! content. Of a TorchScript program (`torch.jit.save`) it reads the tensors alone. The file is mapped into memory: opening it does not read its numbers, which are read when they are asked
//! for. [`Weights::prepare`] does the same and leaves a safetensors file beside a `.pth`. [`Weights::reader`] is how a
//! network takes its tensors: see [`Reader`].
//!
//! # Safety of `.pth`
//!
//! Such a file is a pickle, a program that Python runs when it loads the file. This module runs no such program. It
//! reads the few instructions that a dictionary of tensors needs, and knows the functions it needs by name without
//! calling them. Everything else that a file asks for is refused and named. Sizes are checked before memory is
//! allocated, and every tensor must lie inside the file.

mod convert;
mod dtype;
mod error;
#[cfg(test)]
mod hostile;
mod identity;
mod pickle;
mod reader;
mod released;
mod state_dict;
mod stored;
mod tensor;
mod torch_file;

use std::{
    collections::HashMap,
    env, fs, io,
    ops::Deref,
    path::{Path, PathBuf},
};

use memmap2::Mmap;
use safetensors::SafeTensors;

pub(crate) use crate::weights::identity::Identity;
#[cfg(feature = "libtorch")]
pub(crate) use crate::weights::stored::write_whole;
pub use crate::weights::{
    convert::Conversion,
    dtype::Dtype,
    error::{FileProblem, Problem, Problems, WeightsError},
    reader::{Reader, Scope},
    released::{Released, ReleasedError},
    stored::Stored,
    tensor::TensorView,
};
use crate::weights::{
    tensor::Record,
    torch_file::{ARCHIVE, STREAM, read_archive, read_stream},
};

/// An open file of weights.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    file: Bytes,
    /// The tensors in the order of the file.
    records: Vec<Record>,
    places: HashMap<String, usize>,
    metadata: HashMap<String, String>,
}

/// A file's content: mapped into memory, or part of the program.
#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Embedded(&'static [u8]),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(file) => file,
            Self::Embedded(bytes) => bytes,
        }
    }
}

impl Weights {
    /// Opens a file and checks that every tensor lies inside it. No values are read.
    ///
    /// The file must not change while it is open, as with any file that is mapped into memory; replace it by renaming.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Io`] if the file cannot be read, and [`WeightsError::File`] if it is damaged, cut short, of
    /// another kind, or asks for a function that no dictionary of tensors needs.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, WeightsError> {
        let path = path.as_ref().to_owned();
        match map(&path) {
            Ok(file) => Self::from_bytes(path, Bytes::Mapped(file)),
            Err(source) => Err(WeightsError::Io { path, source }),
        }
    }

    /// Opens a file that is part of the program; `name` stands for its path in messages.
    ///
    /// # Errors
    ///
    /// [`WeightsError::File`] in the same cases as [`open`](Self::open).
    pub fn embedded(name: &str, bytes: &'static [u8]) -> Result<Self, WeightsError> {
        Self::from_bytes(name.into(), Bytes::Embedded(bytes))
    }

    fn from_bytes(path: PathBuf, file: Bytes) -> Result<Self, WeightsError> {
        match parse(&file) {
            Ok(Contents { records, metadata }) => {
                let places = records.iter().enumerate().map(|(place, record)| (record.name.clone(), place)).collect();
                Ok(Self { path, file, records, places, metadata })
            }
            Err(problem) => Err(WeightsError::File { path, problem }),
        }
    }

    /// The file's path, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists the names of all tensors, in the order of the file.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.records.iter().map(|record| record.name.as_str())
    }

    /// Lists all tensors, in the order of the file.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = TensorView<'_>> {
        self.records.iter().map(|record| TensorView { record, file: &self.file })
    }

    /// Finds the tensor of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<TensorView<'_>> {
        Some(TensorView { record: &self.records[*self.places.get(name)?], file: &self.file })
    }

    /// Makes a reader with which a network takes its tensors.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self)
    }

    /// Finds a remark in the header of a safetensors file.
    pub(crate) fn metadata(&self, key: &str) -> Option<&String> {
        self.metadata.get(key)
    }
}

#[expect(unsafe_code, reason = "a mapped file is memory that others may change, which Rust cannot check")]
fn map(path: &Path) -> io::Result<Mmap> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::Unsupported };
        return Err(kind.into());
    }
    let file = fs::File::open(path)?;
    // SAFETY: the map is read-only and its bytes are only ever read as numbers, for which every pattern of bits is
    // valid, and as text that is checked each time it is used. That nobody shortens the file in the meantime is the
    // caller's part, as `open` says; files of weights are replaced by renaming, which leaves the mapped one as it is.
    unsafe { Mmap::map(&file) }
}

/// The tensors and remarks of a file.
#[derive(Debug)]
struct Contents {
    records: Vec<Record>,
    metadata: HashMap<String, String>,
}

/// Finds the tensors in a file of any of the three kinds.
fn parse(file: &[u8]) -> Result<Contents, FileProblem> {
    let without_metadata = |records| Contents { records, metadata: HashMap::new() };
    if file.starts_with(ARCHIVE) {
        read_archive(file).map(without_metadata)
    } else if file.starts_with(STREAM) {
        read_stream(file).map(without_metadata)
    } else if is_safetensors(file) {
        read_safetensors(file)
    } else {
        Err(FileProblem::UnknownFormat)
    }
}

/// Tells whether a file is safetensors: behind the header's length comes the header, in JSON.
fn is_safetensors(file: &[u8]) -> bool {
    file.get(8) == Some(&b'{')
}

fn read_safetensors(file: &[u8]) -> Result<Contents, FileProblem> {
    let (length, header) =
        SafeTensors::read_metadata(file).map_err(|error| FileProblem::Safetensors(error.to_string()))?;
    let start = 8 + length;
    let mut records = Vec::new();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        let Some(dtype) = Dtype::from_safetensors(info.dtype) else {
            return Err(FileProblem::Dtype { name, dtype: info.dtype.to_string() });
        };
        let (from, to) = info.data_offsets;
        records.push(Record::row_major(name, dtype, info.shape.clone(), start + from, start + to));
    }
    Ok(Contents { records, metadata: header.metadata().clone().unwrap_or_default() })
}

/// Finds the folder in which files of weights are looked for, and into which `cargo xtask fetch-weights` puts them.
///
/// The folder is `$GAZE_WEIGHTS` if that is set. Otherwise it is `gaze/weights` in the user's folder for caches:
/// `$XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`. The result is `None` if
/// there is no such folder.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = || {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            Some(set("HOME")?.join("Library").join("Caches"))
        } else {
            set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute()).or_else(|| Some(set("HOME")?.join(".cache")))
        }
    };
    set("GAZE_WEIGHTS").or_else(|| Some(caches()?.join("gaze").join("weights")))
}
