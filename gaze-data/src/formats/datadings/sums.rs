//! The checksums that lie beside a file, in `.md5`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{DataError, error::Problem, files::folder};

/// The largest file of sums that is read, in bytes.
const LARGEST_SUMS: u64 = 1 << 16;

/// The checksums of files by name.
pub(super) struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Reads lines with a sum and a name; without the file there are no checksums.
    pub(super) fn read(root: &Path, name: &str) -> Result<Self, DataError> {
        let path = PathBuf::from(format!("{name}.md5"));
        let bytes = match folder::read_in(root, &path, LARGEST_SUMS) {
            Err(DataError::NotFound { .. }) => return Ok(Self(BTreeMap::new())),
            bytes => bytes?,
        };
        let text = str::from_utf8(&bytes).map_err(|_| DataError::NotText { path: path.clone(), line: 1 })?;
        let pair = |line: &str| {
            let (sum, name) = line.split_once(char::is_whitespace)?;
            Some((name.trim().trim_start_matches('*').to_owned(), sum.to_ascii_lowercase()))
        };
        Ok(Self(text.lines().filter_map(pair).collect()))
    }

    /// Compares the sum that `found` computes with the known one of a file, if there is one.
    pub(super) fn check(
        &self,
        path: &Path,
        found: impl FnOnce() -> Result<String, DataError>,
    ) -> Result<(), DataError> {
        let Some(expected) = path.to_str().and_then(|name| self.0.get(name)) else { return Ok(()) };
        let found = found()?;
        if found == *expected {
            return Ok(());
        }
        Err(Problem::new("the MD5", &format!("{expected}, as in the file .md5"), &found).at(path))
    }
}

/// Writes a digest in lower-case hexadecimal, as in `.md5`.
pub(super) fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
