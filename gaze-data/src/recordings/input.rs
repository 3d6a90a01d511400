//! The files of a recording, opened one by one: compressed or not, in any encoding.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use flate2::read::MultiGzDecoder;

use crate::{
    DataError,
    files::folder,
    recordings::text::{Lines, decoded},
};

/// The number of bytes at the beginning of a file that decide its format.
const HEAD: u64 = 1 << 16;

/// A file of a recording: a path relative to the folder that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    pub(crate) root: &'a Path,
    pub(crate) path: PathBuf,
}

impl<'a> Input<'a> {
    pub(crate) fn new(root: &'a Path, path: impl Into<PathBuf>) -> Self {
        Self { root, path: path.into() }
    }

    /// Returns the file of this name in the same folder, if there is one.
    pub(crate) fn sibling(&self, name: &str) -> Option<Self> {
        let path = self.path.with_file_name(name);
        self.root.join(&path).is_file().then(|| Self::new(self.root, path))
    }

    pub(crate) fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Opens the file as text, decompressed and without its byte order mark.
    pub(crate) fn open(&self) -> Result<impl Read + use<>, DataError> {
        let file = folder::open(self.root, &self.path)?;
        Ok(decoded(decompressed(file).map_err(|cause| self.io(cause))?))
    }

    pub(crate) fn lines(&self) -> Result<Lines<impl Read + use<>>, DataError> {
        Ok(Lines::new(self.open()?))
    }

    /// Reads the beginning of the file as text.
    pub(crate) fn head(&self) -> Result<Vec<u8>, DataError> {
        let mut head = Vec::new();
        match self.open()?.take(HEAD).read_to_end(&mut head) {
            // What was read before a compressed file turned out to be damaged may be enough.
            Err(cause) if head.is_empty() => Err(self.io(cause)),
            _ => Ok(head),
        }
    }

    /// Reads the whole file as text, if it has at most `limit` bytes.
    pub(crate) fn whole(&self, limit: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.open()?.take(limit + 1).read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
        if bytes.len() as u64 > limit {
            return Err(DataError::TooLarge { path: self.path.clone(), limit, found: bytes.len() as u64 });
        }
        Ok(bytes)
    }

    pub(crate) fn io(&self, cause: io::Error) -> DataError {
        folder::io_error(&self.path, cause)
    }

    /// Makes the error of a value that is not what it should be.
    pub(crate) fn value(&self, line: usize, column: &str, expected: &str, found: &str) -> DataError {
        let (column, expected) = (column.to_owned(), expected.to_owned());
        let found = found.chars().take(80).collect();
        DataError::Value { path: self.path.clone(), line, column, expected, found }
    }

    /// Makes the error of a header without the columns that are needed.
    pub(crate) fn header(&self, line: usize, expected: &str, found: &str) -> DataError {
        let found = found.chars().take(200).collect();
        DataError::Header { path: self.path.clone(), line, expected: expected.to_owned(), found }
    }
}

fn decompressed(mut file: File) -> io::Result<Box<dyn Read>> {
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    let is_gzip = magic == [0x1f, 0x8b];
    let whole = io::Cursor::new(magic).chain(file);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(BufReader::new(whole))) } else { Box::new(whole) })
}

/// Passes bytes on and remembers the last one, so that a file that ends in the middle of a row is noticed.
pub(crate) struct Tail<R> {
    reader: R,
    last: Rc<Cell<u8>>,
}

impl<R> Tail<R> {
    pub(crate) fn new(reader: R) -> (Self, Rc<Cell<u8>>) {
        let last = Rc::new(Cell::new(b'\n'));
        (Self { reader, last: Rc::clone(&last) }, last)
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(target)?;
        if let Some(&last) = target[..count].last() {
            self.last.set(last);
        }
        Ok(count)
    }
}
