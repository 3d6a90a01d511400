//! The step from the values of a pickle to tensors whose bytes lie in the file, with every size checked.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::weights::{
    FileProblem,
    pickle::{Pickle, Storage, Tensor, Value},
    tensor::{Record, check_overlap, span},
};

/// Lists the tensors of a state dict, in its order. `storages` has the place of each storage's bytes in the file.
pub(super) fn records(pickle: &Pickle<'_>, storages: &HashMap<&str, Range<usize>>) -> Result<Vec<Record>, FileProblem> {
    let Value::Dict(entries) = pickle.root() else {
        return Err(FileProblem::NotATensor { name: "the whole".into(), found: pickle.root().kind() });
    };
    let mut names = HashSet::new();
    let mut records = Vec::with_capacity(entries.len());
    for &(key, value) in entries {
        let name = match pickle.value(key) {
            Value::Text(name) => (*name).to_owned(),
            other => return Err(FileProblem::NotATensor { name: "a key".into(), found: other.kind() }),
        };
        let Value::Tensor(tensor) = pickle.value(value) else {
            return Err(FileProblem::NotATensor { name, found: pickle.value(value).kind() });
        };
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
