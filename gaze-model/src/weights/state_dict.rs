//! The step from the values of a pickle to tensors whose bytes lie in the file, with every size checked.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::weights::{
    FileProblem,
    pickle::{Id, Pickle, Storage, Tensor, Value},
    tensor::{Record, check_overlap, span},
};

/// The deepest nesting of a TorchScript program's modules, and the most bytes of the names of all their attributes. A few
/// objects that refer to each other could make endless names.
const DEEPEST: usize = 32;
const LONGEST_NAMES: usize = 1 << 24;

/// Lists the tensors of a state dict or a TorchScript program, in its order. `storages` has the place of each storage's bytes
/// in the file.
pub(super) fn records(pickle: &Pickle<'_>, storages: &HashMap<&str, Range<usize>>) -> Result<Vec<Record>, FileProblem> {
    let named = match pickle.root() {
        Value::Dict(entries) => of_state_dict(pickle, entries)?,
        Value::Object(_) => of_program(pickle)?,
        other => return Err(FileProblem::NotATensor { name: "the whole".into(), found: other.kind() }),
    };
    let mut names = HashSet::new();
    let mut records = Vec::with_capacity(named.len());
    for (name, tensor) in named {
        if !names.insert(name.clone()) {
            return Err(FileProblem::Twice(name));
        }
        let key = tensor.storage.key;
        let storage = storages.get(key).ok_or_else(|| FileProblem::NoSuchPart(format!("numbers `{key}`")))?;
        records.push(record(name, tensor, storage)?);
    }
    check_overlap(&records)?;
    Ok(records)
}

/// Lists the tensors of a dictionary that has nothing else.
fn of_state_dict<'p>(
    pickle: &'p Pickle<'_>,
    entries: &[(Id, Id)],
) -> Result<Vec<(String, &'p Tensor<'p>)>, FileProblem> {
    let tensor = |&(key, value): &(Id, Id)| {
        let name = name(pickle, key)?.to_owned();
        match pickle.value(value) {
            Value::Tensor(tensor) => Ok((name, &**tensor)),
            other => Err(FileProblem::NotATensor { name, found: other.kind() }),
        }
    };
    entries.iter().map(tensor).collect()
}

/// Lists the tensors of a TorchScript program's modules, which are attributes of attributes. Attributes of other kinds are no
/// parameters.
fn of_program<'p>(pickle: &'p Pickle<'_>) -> Result<Vec<(String, &'p Tensor<'p>)>, FileProblem> {
    let mut found = Vec::new();
    let mut seen = 0;
    // Each entry is a module, the name of its attributes up to theirs, and its depth.
    let mut waiting = vec![(pickle.root(), String::new(), 0)];
    while let Some((module, prefix, depth)) = waiting.pop() {
        let mut inner = Vec::new();
        for &(key, value) in pickle.attributes(module).unwrap_or_default() {
            let key = name(pickle, key)?;
            seen += prefix.len() + key.len();
            if depth > DEEPEST || seen > LONGEST_NAMES {
                return Err(FileProblem::Pickle { at: 0, what: "the modules of the program have no end" });
            }
            let name = format!("{prefix}{key}");
            match pickle.value(value) {
                Value::Tensor(tensor) => found.push((name, &**tensor)),
                module @ Value::Object(_) => inner.push((module, format!("{name}."), depth + 1)),
                _ => {}
            }
        }
        waiting.extend(inner.into_iter().rev());
    }
    Ok(found)
}

fn name<'p>(pickle: &'p Pickle<'_>, key: Id) -> Result<&'p str, FileProblem> {
    match pickle.value(key) {
        Value::Text(name) => Ok(name),
        other => Err(FileProblem::NotATensor { name: "a key".into(), found: other.kind() }),
    }
}

/// The length of a storage in bytes.
pub(super) fn byte_length(name: &str, storage: &Storage<'_>) -> Result<u64, FileProblem> {
    let dtype = storage.dtype.map_err(|dtype| FileProblem::Dtype { name: name.to_owned(), dtype: dtype.to_owned() })?;
    storage.length.checked_mul(dtype.size() as u64).ok_or(FileProblem::Pickle { at: 0, what: "a storage is too large" })
}

fn record(name: String, tensor: &Tensor<'_>, storage: &Range<usize>) -> Result<Record, FileProblem> {
    let Tensor { storage: described, offset, shape, strides } = tensor;
    let expected = byte_length(&name, described)?;
    if expected != storage.len() as u64 {
        let key = described.key.to_owned();
        return Err(FileProblem::StorageSize { key, expected, found: storage.len() as u64 });
    }
    let outside = |name: &str| FileProblem::OutOfStorage {
        name: name.to_owned(),
        shape: shape.clone(),
        stored: described.length,
    };
    let dtype = described.dtype.expect("its length in bytes is known");
    let stored = storage.len() / dtype.size();
    let span = span(shape, strides).ok_or_else(|| outside(&name))?;
    let end = offset.checked_add(span).filter(|&end| end <= stored).ok_or_else(|| outside(&name))?;
    // With a step of 0 a tensor of any size fits in one number.
    let count = if span == 0 { Some(0) } else { shape.iter().try_fold(1usize, |count, &axis| count.checked_mul(axis)) };
    if count.is_none_or(|count| count > span) {
        return Err(outside(&name));
    }
    let (start, end) = (storage.start + offset * dtype.size(), storage.start + end * dtype.size());
    Ok(Record { name, dtype, shape: shape.clone(), strides: strides.clone(), start, end })
}
