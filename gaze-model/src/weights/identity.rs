//! The SHA-256 of weights, which tells one set of parameters from any other.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
};

use sha2::{Digest, Sha256};

use crate::weights::{Bytes, Weights, WeightsError};

/// The place from which a model's parameters were read.
///
/// It keeps a file's path and not the mapped file, whose pages would count as this process's memory.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Files, one after the other.
    Files(Vec<PathBuf>),
    /// Bytes that are part of the program, one piece after the other.
    Embedded(Vec<&'static [u8]>),
}

impl Identity {
    /// Computes the SHA-256 of the bytes, in lower-case hexadecimal digits. Files are read again.
    pub(crate) fn sha256(&self) -> Result<String, WeightsError> {
        let mut hash = Sha256::new();
        match self {
            Self::Files(paths) => {
                for path in paths {
                    let io = |source| WeightsError::Io { path: path.clone(), source };
                    update(&mut hash, fs::File::open(path).map_err(io)?).map_err(io)?;
                }
            }
            Self::Embedded(pieces) => pieces.iter().for_each(|piece| hash.update(piece)),
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn update(hash: &mut Sha256, mut file: fs::File) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            length => hash.update(&buffer[..length]),
        }
    }
}

impl Identity {
    /// The place from which the parts of a model were read that lie in several files.
    #[cfg(feature = "libtorch")]
    pub(crate) fn of_all<const N: usize>(parts: [&Weights; N]) -> Self {
        Self::Files(parts.map(|weights| weights.path().to_owned()).to_vec())
    }
}

impl Weights {
    /// The place from which these weights are read.
    pub(crate) fn identity(&self) -> Identity {
        match &self.file {
            Bytes::Mapped(_) => Identity::Files(vec![self.path.clone()]),
            Bytes::Embedded(bytes) => Identity::Embedded(vec![bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_embedded_bytes_have_the_published_hash() {
        // The SHA-256 of "abc" in FIPS 180-4, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        fs::write(&path, "abc").unwrap();
        assert_eq!(Identity::Files(vec![path]).sha256().unwrap(), abc);
        let parts = ["a", "bc"].map(|part| folder.path().join(part));
        parts.iter().zip(["a", "bc"]).for_each(|(path, text)| fs::write(path, text).unwrap());
        assert_eq!(Identity::Files(parts.to_vec()).sha256().unwrap(), abc);
        assert_eq!(Identity::Embedded(vec![b"ab", b"c"]).sha256().unwrap(), abc);
        let missing = folder.path().join("missing");
        let error = Identity::Files(vec![missing.clone()]).sha256().unwrap_err().to_string();
        assert!(error.starts_with(&missing.display().to_string()), "{error}");
    }
}
