//! The output folder: every file in it appears whole or not at all.

use std::{
    fmt::Write as _,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use gaze_core::LogDensity;
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;
use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile};

const TEMPORARY: (&str, &str) = (".gaze-", ".tmp");

/// Writes a file under another name and moves it into place.
pub(crate) fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let attempt = || -> Result<()> {
        let folder = path.parent().context("a file lies in a folder")?;
        let mut file = temporary(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
        let mut writer = BufWriter::new(file.as_file_mut());
        content(&mut writer)?;
        writer.flush()?;
        drop(writer);
        file.persist(path).map_err(|refused| refused.error)?;
        Ok(())
    };
    attempt().with_context(|| format!("writing {}", path.display()))
}

/// A file that does not appear before it is complete.
#[derive(Debug)]
pub(crate) struct Pending {
    file: NamedTempFile,
    path: PathBuf,
}

impl Pending {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let folder = path.parent().context("a file lies in a folder")?;
        let file = temporary(folder).with_context(|| format!("writing {}", path.display()))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// To write to.
    pub(crate) fn file(&mut self) -> &mut fs::File {
        self.file.as_file_mut()
    }

    /// Moves it into place.
    pub(crate) fn persist(self) -> Result<()> {
        let moved = self.file.persist(&self.path).map(drop).map_err(|refused| refused.error);
        moved.with_context(|| format!("writing {}", self.path.display()))
    }
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    // What any other program would give a new file; the process's mask still applies.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Whether a folder can be written to.
pub(crate) fn probe(folder: &Path) -> io::Result<()> {
    temporary(folder).map(drop)
}

/// Checks that a file can be written, before the work that it is for.
pub(crate) fn probe_file(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    probe(folder).with_context(|| path.display().to_string())?;
    ensure!(!path.is_dir(), "{} is a folder", path.display());
    Ok(())
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Writes bytes.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, |writer| Ok(writer.write_all(bytes)?))
}

/// Copies a file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = fs::File::open(from).with_context(|| from.display().to_string())?;
    write(to, |writer| io::copy(&mut source, writer).map(drop).with_context(|| from.display().to_string()))
}

/// A log density as an npy file of 32-bit numbers.
pub(crate) fn npy(density: &LogDensity) -> Result<Vec<u8>> {
    #[expect(clippy::cast_possible_truncation, reason = "maps are stored in 32 bits")]
    let values: Array2<f32> = density.values().mapv(|value| value as f32);
    let mut bytes = Vec::new();
    values.write_npy(&mut bytes).context("npy")?;
    Ok(bytes)
}

/// The name of a file that another writer makes, until it is whole; like those of [`write`].
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{}{name}{}", TEMPORARY.0, TEMPORARY.1))
}

/// Removes what an interrupted [`write`] left behind in a folder.
pub(crate) fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_leftover(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file is one that an interrupted [`write`] left behind.
fn is_leftover(name: &str) -> bool {
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// The longest name before its suffix: with `_heatmap.png` it stays below the 255 bytes of common file systems.
const LONGEST: usize = 200;

/// A file name for a stimulus: letters, digits, `-`, `_` and inner dots stay, every other byte becomes `%XX`, so that
/// no name leads out of its folder and no two names meet. What would be too long ends in `~` and a hash of the key.
pub(crate) fn file_name(key: &str) -> String {
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
        match io::Read::read(&mut file, &mut buffer)? {
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
pub(crate) fn stimulus_file(folder: &Path, key: &str, suffix: &str) -> PathBuf {
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
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        write_bytes(&path, b"old").unwrap();
        let error = write(&path, |writer| {
            writer.write_all(b"half of the ne")?;
            anyhow::bail!("the disk is full")
        });
        assert!(format!("{:#}", error.unwrap_err()).ends_with("scores.csv: the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
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
