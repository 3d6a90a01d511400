//! Zip and tar archives (`.npz` is a zip of arrays): listed once, with each file read when it is asked for. Nothing is unpacked to disk by name.
//!
//! A name that leads out of the archive is refused. So is a file that is larger than a limit once it is decompressed,
//! whatever its header says. `__MACOSX`, hidden files and links in a tar are left out. A `.tar.gz` can only be read from
//! the front, so it is decompressed once, into a temporary file without a name.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::{DataError, files::folder};

/// The most files that an archive may have.
const FILES: usize = 1 << 20;

/// The largest size of a `.tar.gz` once it is decompressed, in bytes.
const LARGEST: u64 = 1 << 36;

/// An open archive.
pub(crate) struct Archive {
    shown: PathBuf,
    content: Mutex<Content>,
    files: Vec<String>,
}

enum Content {
    Zip { archive: Box<ZipArchive<BufReader<File>>>, places: HashMap<String, usize> },
    Tar { file: File, places: HashMap<String, (u64, u64)> },
}

impl Archive {
    /// Lists an archive; returns `None` if the file does not have the name of an archive.
    pub(crate) fn open(path: &Path, shown: &Path) -> Result<Option<Self>, DataError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let error = |cause| folder::io_error(shown, cause);
        let (content, mut files) = if name.ends_with(".zip") || name.ends_with(".npz") {
            list_zip(File::open(path).map_err(error)?, shown)?
        } else if name.ends_with(".tar") {
            list_tar(File::open(path).map_err(error)?, shown)?
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            list_tar(decompressed(path, shown)?, shown)?
        } else {
            return Ok(None);
        };
        files.sort();
        Ok(Some(Self { shown: shown.to_owned(), content: Mutex::new(content), files }))
    }

    /// Returns the names of the files, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Reads a file of at most `limit` bytes.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, DataError> {
        let shown = self.shown.join(name);
        let error = |cause| folder::io_error(&shown, cause);
        let missing = || DataError::NotFound { path: shown.clone() };
        // A panic of another thread cannot have left a wrong position behind, as every read begins by setting its own.
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        let read = match &mut *content {
            Content::Zip { archive, places } => {
                let place = *places.get(name).ok_or_else(missing)?;
                let file = archive.by_index(place);
                let file = file.map_err(|cause| DataError::Zip { path: shown.clone(), cause: Box::new(cause) })?;
                if file.size() > limit {
                    return Err(DataError::TooLarge { path: shown, limit, found: file.size() });
                }
                file.take(limit + 1).read_to_end(&mut bytes).map_err(error)?
            }
            Content::Tar { file, places } => {
                let (start, length) = *places.get(name).ok_or_else(missing)?;
                if length > limit {
                    return Err(DataError::TooLarge { path: shown, limit, found: length });
                }
                file.seek(SeekFrom::Start(start)).map_err(error)?;
                let read = file.take(length).read_to_end(&mut bytes).map_err(error)?;
                if (read as u64) < length {
                    let cause = io::Error::other(format!("the archive ends after {read} of its {length} bytes"));
                    return Err(error(cause));
                }
                read
            }
        };
        if read as u64 > limit {
            return Err(DataError::TooLarge { path: shown, limit, found: read as u64 });
        }
        Ok(bytes)
    }
}

/// A zip archive in memory.
pub(crate) struct Bytes {
    shown: PathBuf,
    archive: ZipArchive<io::Cursor<Vec<u8>>>,
    files: Vec<String>,
}

impl Bytes {
    /// Lists an archive.
    pub(crate) fn open(bytes: Vec<u8>, shown: &Path) -> Result<Self, DataError> {
        let error = |cause| DataError::Zip { path: shown.to_owned(), cause: Box::new(cause) };
        let archive = ZipArchive::new(io::Cursor::new(bytes)).map_err(error)?;
        if archive.len() > FILES {
            return Err(too_many(shown, archive.len()));
        }
        let names = archive.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
        let mut files: Vec<String> = names.collect::<Result<_, _>>().map_err(error)?;
        files.sort();
        Ok(Self { shown: shown.to_owned(), archive, files })
    }

    /// Returns the names of the files, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Reads a file of at most `limit` bytes.
    pub(crate) fn read(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, DataError> {
        let shown = self.shown.join(name);
        let file = self.archive.by_name(name);
        let file = file.map_err(|cause| DataError::Zip { path: shown.clone(), cause: Box::new(cause) })?;
        let mut bytes = Vec::new();
        let read = file.take(limit + 1).read_to_end(&mut bytes).map_err(|cause| folder::io_error(&shown, cause))?;
        if read as u64 > limit {
            return Err(DataError::TooLarge { path: shown, limit, found: read as u64 });
        }
        Ok(bytes)
    }
}

/// Tells whether a file is listed; fails if its name leads out of the archive.
fn takes_part(name: &str, shown: &Path) -> Result<bool, DataError> {
    let mut hidden = false;
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => {
                let part = part.to_string_lossy();
                hidden |= part.starts_with('.') || part == "__MACOSX";
            }
            Component::CurDir => {}
            _ => return Err(DataError::Escapes { path: shown.to_owned(), name: name.to_owned() }),
        }
    }
    Ok(!hidden)
}

fn too_many(shown: &Path, found: usize) -> DataError {
    let cause = io::Error::other(format!("{found} files, more than the limit of {FILES}"));
    DataError::Io { path: shown.to_owned(), cause }
}

fn list_zip(file: File, shown: &Path) -> Result<(Content, Vec<String>), DataError> {
    let error = |cause| DataError::Zip { path: shown.to_owned(), cause: Box::new(cause) };
    let archive = ZipArchive::new(BufReader::new(file)).map_err(error)?;
    if archive.len() > FILES {
        return Err(too_many(shown, archive.len()));
    }
    let mut places = HashMap::new();
    let names = archive.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(error)?;
    for name in names {
        if takes_part(&name, shown)? && !name.ends_with('/') {
            let place = archive.index_for_name(&name).unwrap_or_default();
            places.insert(name, place);
        }
    }
    let files = places.keys().cloned().collect();
    Ok((Content::Zip { archive: Box::new(archive), places }, files))
}

fn list_tar(file: File, shown: &Path) -> Result<(Content, Vec<String>), DataError> {
    let error = |cause| folder::io_error(shown, cause);
    let mut archive = tar::Archive::new(BufReader::new(&file));
    let mut places = HashMap::new();
    for (count, entry) in archive.entries_with_seek().map_err(error)?.enumerate() {
        if count > FILES {
            return Err(too_many(shown, count));
        }
        let entry = entry.map_err(error)?;
        if entry.header().entry_type().is_file() {
            let name = entry.path().map_err(error)?.to_string_lossy().into_owned();
            if takes_part(&name, shown)? {
                places.insert(name, (entry.raw_file_position(), entry.size()));
            }
        }
    }
    let files = places.keys().cloned().collect();
    Ok((Content::Tar { file, places }, files))
}

/// Decompresses a gzip file into a temporary file, which vanishes when it is closed.
fn decompressed(path: &Path, shown: &Path) -> Result<File, DataError> {
    let error = |cause| folder::io_error(shown, cause);
    let source = BufReader::new(File::open(path).map_err(error)?);
    let mut target = tempfile::tempfile().map_err(error)?;
    let copied = io::copy(&mut MultiGzDecoder::new(source).take(LARGEST + 1), &mut target).map_err(error)?;
    if copied > LARGEST {
        return Err(DataError::TooLarge { path: shown.to_owned(), limit: LARGEST, found: copied });
    }
    target.seek(SeekFrom::Start(0)).map_err(error)?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write};

    /// Makes a tar with a name that the `tar` crate's writer would refuse.
    fn tar(name: &[u8], kind: tar::EntryType, content: &[u8], claimed: u64) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(claimed);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
        bytes
    }

    fn open(name: &str, bytes: &[u8]) -> Result<Archive, DataError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        Archive::open(&folder.path().join(name), Path::new(name)).map(|archive| archive.expect("a name of an archive"))
    }

    fn zip(name: &str, content: &[u8]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_that_decompresses_to_more_than_the_limit_is_refused() {
        let bytes = zip("a.png", &vec![0; 1 << 20]);
        let archive = open("maps.zip", &bytes).unwrap();
        assert_eq!(archive.read("a.png", 1 << 20).unwrap().len(), 1 << 20);
        let message = archive.read("a.png", 1000).unwrap_err().to_string();
        assert_eq!(message, "maps.zip/a.png has 1048576 bytes, more than the limit of 1000");
        // The same with a size of 10 bytes in both headers.
        let (old, new) = ((1u32 << 20).to_le_bytes(), 10u32.to_le_bytes());
        let mut lying = bytes;
        let places: Vec<_> = (0..lying.len() - 4).filter(|&at| lying[at..at + 4] == old).collect();
        assert_eq!(places.len(), 2);
        for at in places {
            lying[at..at + 4].copy_from_slice(&new);
        }
        assert!(open("maps.zip", &lying).unwrap().read("a.png", 1000).is_err());
        let regular = tar::EntryType::Regular;
        let message = open("maps.tar", &tar(b"a.png", regular, b"map", 3)).unwrap().read("a.png", 2).unwrap_err();
        assert_eq!(message.to_string(), "maps.tar/a.png has 3 bytes, more than the limit of 2");
    }

    #[test]
    fn names_that_lead_out_are_refused_and_links_left_alone() {
        let regular = tar::EntryType::Regular;
        for name in ["../a.png", "maps/../../a.png", "/etc/a.png"] {
            let expected =
                format!("maps.tar: {name:?} leads out of it, and what lies outside is not read; copy it there");
            assert_eq!(
                open("maps.tar", &tar(name.as_bytes(), regular, b"map", 3)).err().unwrap().to_string(),
                expected
            );
            let expected =
                format!("maps.zip: {name:?} leads out of it, and what lies outside is not read; copy it there");
            assert_eq!(open("maps.zip", &zip(name, b"map")).err().unwrap().to_string(), expected);
        }
        let archive = open("maps.tar", &tar(b"a.png", tar::EntryType::Symlink, b"", 0)).unwrap();
        assert_eq!(archive.names().count(), 0);
        // A size beyond the end.
        let archive = open("maps.tar", &tar(b"a.png", regular, b"map", 9999)).unwrap();
        let message = archive.read("a.png", 1 << 30).unwrap_err().to_string();
        assert_eq!(message, "maps.tar/a.png: the archive ends after 1536 of its 9999 bytes");
    }
}
