//! Zip and tar archives of maps: listed once, each file read when it is asked for and never unpacked to disk by name.
//!
//! A name that leads out of the archive is refused, as is a file that is larger than a limit once it is decompressed,
//! whatever its header says. `__MACOSX` and hidden files are left out, as are links. A `.tar.gz` can only be read from
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

use crate::{DataError, folder};

/// How many files an archive may have.
const FILES: usize = 1 << 20;

/// How large a `.tar.gz` may be once it is decompressed, in bytes.
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
    /// Lists an archive; `None` if the file's name is that of none.
    pub(crate) fn open(path: &Path, shown: &Path) -> Result<Option<Self>, DataError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let error = |cause| folder::io_error(shown, cause);
        let (content, mut files) = if name.ends_with(".zip") {
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

    /// The names of its files, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Reads a file of at most `limit` bytes.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, DataError> {
        let shown = self.shown.join(name);
        let error = |cause| folder::io_error(&shown, cause);
        let missing = || DataError::NotFound { path: shown.clone() };
        // A panic of another thread cannot have left half a position behind: every read begins with one of its own.
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
                file.take(length).read_to_end(&mut bytes).map_err(error)?
            }
        };
        if read as u64 > limit {
            return Err(DataError::TooLarge { path: shown, limit, found: read as u64 });
        }
        Ok(bytes)
    }
}

/// Whether a file takes part; an error if its name leads out of the archive.
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

/// The content of a gzip file in a temporary one, which vanishes when it is closed.
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
