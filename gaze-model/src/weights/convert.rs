//! The conversion of PyTorch's files of weights to safetensors, which is done once and kept beside the original.
//!
//! `x.pth` becomes `x.pth.safetensors`, whose header identifies the original by its size, its time of change, and a
//! hash of its first and last bytes. (An archive ends in a directory with a checksum of every part, so the hash sees
//! each change of its content.) The file is written under another name and renamed, so it is complete or absent.

use std::{
    collections::HashMap,
    fmt, fs,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest, Sha256};

use crate::weights::{Weights, WeightsError};

/// The entry of the header that identifies the original.
const SOURCE: &str = "gaze.source";

/// The number of bytes of each end that are hashed: more than the directory of any archive of weights.
const END: u64 = 1 << 20;

/// The outcome of [`Weights::prepare`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Conversion {
    /// The file is safetensors already.
    NotNeeded,
    /// An earlier conversion was found.
    Found(PathBuf),
    /// The conversion was written.
    Written(PathBuf),
    /// The conversion could not be written, for example because the folder is read-only. The original file is used.
    Impossible {
        /// The path of the conversion.
        path: PathBuf,
        /// The refusal of the operating system.
        source: io::Error,
    },
}

impl fmt::Display for Conversion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNeeded => write!(formatter, "no conversion is needed"),
            Self::Found(path) => write!(formatter, "converted earlier to {}", path.display()),
            Self::Written(path) => write!(formatter, "converted to {}", path.display()),
            Self::Impossible { path, source } => {
                write!(formatter, "not converted to {} ({source}); the original is used", path.display())
            }
        }
    }
}

impl Weights {
    /// Opens a file as [`open`](Self::open) does. A file of PyTorch's is converted first, unless that was done before.
    ///
    /// # Errors
    ///
    /// The same as those of [`open`](Self::open). A conversion that cannot be written is no error; the result tells of
    /// it.
    pub fn prepare(path: impl AsRef<Path>) -> Result<(Self, Conversion), WeightsError> {
        let path = path.as_ref();
        let original = || Self::open(path);
        let source = fingerprint(path).map_err(|source| WeightsError::Io { path: path.to_owned(), source })?;
        let Some(source) = source else {
            return Ok((original()?, Conversion::NotNeeded));
        };
        let converted = beside(path);
        let mut ours = true;
        if converted.exists() {
            match Self::open(&converted) {
                Ok(weights) if weights.metadata(SOURCE) == Some(&source) => {
                    return Ok((weights, Conversion::Found(converted)));
                }
                found => ours = found.is_ok_and(|weights| weights.metadata(SOURCE).is_some()),
            }
        }
        let weights = original()?;
        let written = if ours { write(&weights, source, &converted) } else { Err(io::ErrorKind::AlreadyExists.into()) };
        Ok(match written.and_then(|()| Self::open(&converted).map_err(io::Error::other)) {
            Ok(weights) => (weights, Conversion::Written(converted)),
            Err(source) => (weights, Conversion::Impossible { path: converted, source }),
        })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".safetensors");
    name.into()
}

/// Computes what identifies a file and its version; `None` for a safetensors file.
fn fingerprint(path: &Path) -> io::Result<Option<String>> {
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let mut ends = Vec::new();
    Read::take(&mut file, END).read_to_end(&mut ends)?;
    if super::is_safetensors(&ends) {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(metadata.len().saturating_sub(END)))?;
    Read::take(&mut file, END).read_to_end(&mut ends)?;
    // Where a file system has no times, size and hash remain.
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |time| time.as_nanos());
    let hash: String = Sha256::digest(&ends).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(format!("{} bytes, changed {modified}, ends {hash}", metadata.len())))
}

fn write(weights: &Weights, source: String, to: &Path) -> io::Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".gaze-weights-").suffix(".partial").tempfile_in(folder)?;
    let tensors = weights.tensors().map(|tensor| (tensor.name(), tensor));
    let metadata = HashMap::from([(SOURCE.to_owned(), source), ("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize_to_file(tensors, Some(metadata), temporary.path()).map_err(io::Error::other)?;
    // Temporary files are for their owner alone; this one may be read by whoever may read the original.
    fs::set_permissions(temporary.path(), fs::metadata(weights.path())?.permissions())?;
    fs::File::open(temporary.path())?.sync_all()?;
    temporary.persist(to)?;
    Ok(())
}
