//! Files that appear whole or not at all, and names that never lead out of their folder.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile};

use crate::error::StudyError;

/// The beginning and the end of the name of a file that is not whole yet.
const TEMPORARY: (&str, &str) = (".gaze-", ".tmp");

/// A file that does not appear before it is complete.
#[derive(Debug)]
pub(crate) struct Pending {
    file: NamedTempFile,
    path: PathBuf,
}

impl Pending {
    /// Creates the file under another name in the same folder.
    pub(crate) fn new(path: &Path) -> Result<Self, StudyError> {
        let file = temporary(folder_of(path)).map_err(StudyError::file("writing", path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// The file, to be written to.
    pub(crate) fn file(&mut self) -> &mut fs::File {
        self.file.as_file_mut()
    }

    /// The name that the file gets.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the file into place.
    pub(crate) fn persist(self) -> Result<(), StudyError> {
        let moved = self.file.persist(&self.path).map(drop).map_err(|refused| refused.error);
        moved.map_err(StudyError::file("writing", &self.path))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    // The permissions that any other program would give a new file; the process's mask still applies.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The folder that a file lies in; `.` for a bare name.
#[must_use]
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Checks that a folder can be written to.
///
/// # Errors
///
/// The system's, if no file can be created there.
pub fn probe(folder: &Path) -> io::Result<()> {
    temporary(folder).map(drop)
}

/// Checks that a file can be written, before the work that it is for.
///
/// # Errors
///
/// [`StudyError::File`] if its folder cannot be written to, or the path is a folder.
pub fn probe_file(path: &Path) -> Result<(), StudyError> {
    probe(folder_of(path)).map_err(StudyError::file("writing", path))?;
    if path.is_dir() {
        return Err(StudyError::file("writing", path)(io::ErrorKind::IsADirectory.into()));
    }
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
///
/// [`StudyError::File`] if it is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), StudyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StudyError::file("removing", path)(error)),
        _ => Ok(()),
    }
}

/// Writes bytes under another name and moves the file into place, so that nobody finds half of it.
///
/// # Errors
///
/// [`StudyError::File`] if the file cannot be written; one that was there before is then unchanged.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), StudyError> {
    let mut file = Pending::new(path)?;
    file.write_all(bytes).map_err(StudyError::file("writing", path))?;
    file.persist()
}

/// Copies a file; the copy appears whole or not at all.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), StudyError> {
    let mut source = fs::File::open(from).map_err(StudyError::file("reading", from))?;
    let mut copy = Pending::new(to)?;
    io::copy(&mut source, copy.file()).map_err(StudyError::file("writing", to))?;
    copy.persist()
}

/// The name of a file that another writer makes, until it is whole.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{}{name}{}", TEMPORARY.0, TEMPORARY.1))
}

/// Removes the unfinished files that an interrupted study left behind in a folder.
pub fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_leftover(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Tells whether a file is one that an interrupted study left behind.
fn is_leftover(name: &str) -> bool {
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// The length in bytes of the longest name before its suffix: with `_heatmap.png` it stays below the 255 bytes of common file systems.
const LONGEST: usize = 200;

/// A file name for a stimulus: letters, digits, `-`, `_` and inner dots stay, every other byte becomes `%XX`, so that
/// no name leads out of its folder and no two names meet. What would be too long ends in `~` and a hash of the key.
#[must_use]
pub fn file_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for (index, byte) in key.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if index > 0 => name.push('.'),
            _ => write!(name, "%{byte:02X}").expect("writing to a string does not fail"),
        }
    }
    if name.len() > LONGEST {
        let hash = hex(&Sha256::digest(key)[..16]);
        name.truncate(LONGEST - hash.len() - 1);
        name = format!("{name}~{hash}");
    }
    name
}

/// The SHA-256 of a file's content.
pub(crate) fn hash(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path of a stimulus's file in a subfolder.
#[must_use]
pub fn stimulus_file(folder: &Path, key: &str, suffix: &str) -> PathBuf {
    folder.join(format!("{}{suffix}", file_name(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_folder() {
        assert_eq!(file_name("1001"), "1001");
        assert_eq!(file_name("a b.c"), "a%20b.c");
        assert_eq!(file_name("../x"), "%2E.%2Fx");
        assert_eq!(file_name("é"), "%C3%A9");
        assert_ne!(file_name("a%20b"), file_name("a b"));
    }

    #[test]
    fn long_keys_have_short_names_that_do_not_meet() {
        let long = "ж".repeat(120);
        assert_eq!(file_name(&long).len(), LONGEST);
        assert_ne!(file_name(&long), file_name(&format!("{long}ж")));
        assert_eq!(file_name(&"a".repeat(LONGEST)), "a".repeat(LONGEST));
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_the_old_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        write_bytes(&path, b"old").unwrap();
        let mut file = Pending::new(&path).unwrap();
        file.write_all(b"half of the ne").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_bytes(&folder.path().join("absent/scores.csv"), b"new").unwrap_err();
        assert!(error.to_string().ends_with("absent/scores.csv"), "{error}");
    }

    #[test]
    fn leftovers_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".gaze-abc.tmp"), "half").unwrap();
        fs::write(folder.path().join("1_overlay.png"), "whole").unwrap();
        remove_leftovers(folder.path()).unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["1_overlay.png"]);
    }
}
