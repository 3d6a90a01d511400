//! The two layouts in which `torch.save` has written files: an archive, and before PyTorch 1.6 a stream.
//!
//! - **Archive**: a zip file whose parts are stored as they are: `NAME/data.pkl` with the pickle, `NAME/data/KEY` with
//!   the numbers of each storage, and since PyTorch 1.12 `NAME/byteorder`. `torch.jit.save` writes the same with a program
//!   in `NAME/code/`, which is not read; the pickle then holds the modules of the program.
//! - **Stream**: three pickles (a magic number, the layout's version, and the machine's properties), the pickle itself,
//!   a pickled list of keys, and then for each key the storage's length as a 64-bit number, and its numbers.
//!
//! Both give the same: a pickle, and the place of each storage's bytes in the file.

#[cfg(not(target_family = "wasm"))]
use std::io::Cursor;
use std::{collections::HashMap, ops::Range};

#[cfg(not(target_family = "wasm"))]
use zip::{CompressionMethod, ZipArchive};

use crate::weights::{
    FileProblem,
    pickle::{Pickle, Value},
    state_dict,
    tensor::Record,
};

/// The first bytes of an archive.
pub(super) const ARCHIVE: &[u8] = b"PK\x03\x04";

/// The first bytes of a stream: protocol 2, and the number 0x1950a86a20f9469cfc6c.
pub(super) const STREAM: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Finds the tensors of an archive.
pub(super) fn read_archive(file: &[u8]) -> Result<Vec<Record>, FileProblem> {
    let parts = parts(file)?;
    let root = parts.keys().find_map(|name| name.strip_suffix("data.pkl").filter(|root| is_root(root)));
    let root = root.ok_or_else(|| FileProblem::NoSuchPart("data.pkl".into()))?;
    if let Some(order) = parts.get(&format!("{root}byteorder")) {
        check_byte_order(&String::from_utf8_lossy(&file[order.clone()]))?;
    }
    let folder = format!("{root}data/");
    let storages: HashMap<&str, Range<usize>> =
        parts.iter().filter_map(|(name, range)| Some((name.strip_prefix(&folder)?, range.clone()))).collect();
    let pickle = Pickle::read(&file[parts[&format!("{root}data.pkl")].clone()], 0)?;
    state_dict::records(&pickle, &storages)
}

/// Finds the name of the archive's one folder; empty if there is none.
fn is_root(root: &str) -> bool {
    root.is_empty() || root.find('/') == Some(root.len() - 1)
}

fn check_byte_order(order: &str) -> Result<(), FileProblem> {
    if order == "little" { Ok(()) } else { Err(FileProblem::ByteOrder(order.to_owned())) }
}

/// Refuses an archive: there are no files to read in a browser.
#[cfg(target_family = "wasm")]
fn parts(_: &[u8]) -> Result<HashMap<String, Range<usize>>, FileProblem> {
    Err(FileProblem::Archive("archives are not read in WebAssembly".to_owned()))
}

/// Finds the place of each part of an archive.
#[cfg(not(target_family = "wasm"))]
fn parts(file: &[u8]) -> Result<HashMap<String, Range<usize>>, FileProblem> {
    let broken = |error: zip::result::ZipError| FileProblem::Archive(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    let mut parts = HashMap::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        if name.split_once('/').is_some_and(|(_, part)| part.starts_with("code/")) {
            continue;
        }
        if part.compression() != CompressionMethod::Stored || part.encrypted() || part.size() != part.compressed_size()
        {
            return Err(FileProblem::Compressed(name));
        }
        let start = part.data_start().ok_or_else(|| FileProblem::Archive(format!("`{name}` has no beginning")))?;
        let range = range(&name, file, start, part.size())?;
        if parts.insert(name.clone(), range).is_some() {
            return Err(FileProblem::Twice(name));
        }
    }
    Ok(parts)
}

/// Checks that the file has `length` bytes from `start` on.
fn range(what: &str, file: &[u8], start: u64, length: u64) -> Result<Range<usize>, FileProblem> {
    let at = usize::try_from(start).unwrap_or(usize::MAX).min(file.len());
    let found = file.len() - at;
    match usize::try_from(length) {
        Ok(length) if length <= found => Ok(at..at + length),
        _ => Err(FileProblem::CutShort { what: format!("`{what}`"), at, needed: length, found }),
    }
}

/// Finds the tensors of a stream.
pub(super) fn read_stream(file: &[u8]) -> Result<Vec<Record>, FileProblem> {
    let version = Pickle::read(file, STREAM.len())?;
    if *version.root() != Value::Int(1001) {
        return Err(FileProblem::Pickle { at: STREAM.len(), what: "the layout's version is not 1001" });
    }
    let machine = Pickle::read(file, version.end)?;
    check_byte_order(if is_little(&machine) { "little" } else { "big" })?;
    let pickle = Pickle::read(file, machine.end)?;
    let keys = Pickle::read(file, pickle.end)?;
    let Value::List(list) = keys.root() else {
        return Err(FileProblem::Pickle { at: pickle.end, what: "the keys of the storages are no list" });
    };
    let described: HashMap<&str, _> = pickle.storages().map(|storage| (storage.key, storage)).collect();
    let mut storages = HashMap::new();
    let mut at = keys.end;
    for &id in list {
        let known = if let Value::Text(key) = keys.value(id) { described.get(key) } else { None };
        let wrong = FileProblem::Pickle { at: pickle.end, what: "a key of a storage belongs to no tensor" };
        let storage = *known.ok_or(wrong)?;
        let head = range("the length of a storage", file, at as u64, 8)?;
        let length = u64::from_le_bytes(file[head.clone()].try_into().expect("eight bytes"));
        if length != storage.length {
            let key = storage.key.to_owned();
            return Err(FileProblem::StorageSize { key, expected: storage.length, found: length });
        }
        let length = state_dict::byte_length(storage.key, storage)?;
        let numbers = range(storage.key, file, head.end as u64, length)?;
        at = numbers.end;
        storages.insert(storage.key, numbers);
    }
    state_dict::records(&pickle, &storages)
}

fn is_little(machine: &Pickle<'_>) -> bool {
    let Value::Dict(properties) = machine.root() else { return false };
    let property = properties.iter().find(|(key, _)| *machine.value(*key) == Value::Text("little_endian"));
    property.is_some_and(|&(_, value)| *machine.value(value) == Value::Bool(true))
}
