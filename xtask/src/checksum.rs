//! Checksums of files.

use std::{fs, io::Read, path::Path};

use anyhow::{Context, Result};
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::progress::Progress;

/// What is known of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// In lower-case hexadecimal, as all of them.
    Sha256(&'static str),
    /// Tells damage; it does not tell a forgery, for which files with one MD5 can be made.
    Md5(&'static str),
    /// Nobody has published one.
    Unknown,
}

impl Checksum {
    /// The name of the algorithm, and the value.
    pub(crate) fn parts(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Sha256(value) => Some(("SHA-256", value)),
            Self::Md5(value) => Some(("MD5", value)),
            Self::Unknown => None,
        }
    }

    /// How a file differs, in words; `None` if it is right, or if nothing is known.
    pub(crate) fn difference(self, path: &Path) -> Result<Option<String>> {
        let Some((name, expected)) = self.parts() else { return Ok(None) };
        let found = if matches!(self, Self::Md5(_)) { digest::<Md5>(path)? } else { sha256(path)? };
        Ok((found != expected).then(|| format!("{name} {found} instead of {expected}")))
    }

    /// What a check has shown, for a person.
    pub(crate) fn verdict(self) -> String {
        self.parts().map_or_else(|| "no checksum is known".to_owned(), |(name, _)| format!("{name} is right"))
    }
}

/// The SHA-256 of a file's bytes in lower-case hexadecimal.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    digest::<Sha256>(path)
}

fn digest<D: Digest>(path: &Path) -> Result<String> {
    let context = || format!("reading {}", path.display());
    let mut file = fs::File::open(path).with_context(context)?;
    let total = file.metadata().with_context(context)?.len();
    let mut progress = Progress::new("      checking", total);
    let mut hasher = D::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(context)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        progress.add(read as u64);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_definitions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1, and RFC 1321, appendix A.5.
        let sha256 = Checksum::Sha256("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let md5 = Checksum::Md5("900150983cd24fb0d6963f7d28e17f72");
        assert_eq!([sha256, md5, Checksum::Unknown].map(|sum| sum.difference(&path).unwrap()), [const { None }; 3]);
        fs::write(&path, "abd").unwrap();
        let message = md5.difference(&path).unwrap().unwrap();
        assert_eq!(message, "MD5 4911e516e5aa21d327512e0c8b197616 instead of 900150983cd24fb0d6963f7d28e17f72");
        assert!(sha256.difference(&path).unwrap().is_some());
    }
}
