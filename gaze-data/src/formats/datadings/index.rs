//! Finds the samples of a file: by its side files, or by walking through it.

use std::{
    collections::BTreeSet,
    io::BufReader,
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use super::{
    reader::{Datadings, LARGEST, parse, unexpected},
    sums::{Sums, hex},
};
use crate::{
    DataError, Provenance, StimulusEntry,
    contract::Index,
    error::Problem,
    files::{
        folder, image,
        msgpack::{
            Value,
            scan::{self, Stop},
        },
        place::Place,
    },
    formats::shared::stimuli::GROUP,
};

/// Locates the samples and lists them.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let files = place.files(&["msgpack"])?;
    let source = match files.as_slice() {
        [] => return Ok(None),
        [source] => source.clone(),
        [first, second, ..] => {
            let (first, second) = (first.clone(), second.clone());
            return Err(DataError::Ambiguous { key: "the dataset".to_owned(), first, second });
        }
    };
    let name = source.to_string_lossy().into_owned();
    let length = place.root.join(&source).metadata().map_err(|cause| folder::io_error(&source, cause))?.len();
    let sums = Sums::read(&place.root, &name)?;
    let (keys, mut offsets) = match side_files(&place.root, &name, &sums)? {
        Some(index) => index,
        None => walk(&place.root, &source, length)?,
    };
    if offsets.len() == keys.len() {
        offsets.push(length);
    }
    let ascending = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    if offsets.len() != keys.len() + 1 || !ascending || offsets.last().is_none_or(|&end| end > length) {
        let expected = format!("{} ascending places within the {length} bytes of {name}", keys.len() + 1);
        let found = format!("{} places", offsets.len());
        return Err(Problem::new("the index", &expected, &found).at(&source));
    }
    let mut seen = BTreeSet::new();
    let stems: Vec<_> = keys.iter().map(|key| without_extension(key)).collect();
    let unique = stems.iter().all(|stem| seen.insert(*stem));
    let entry = |number: usize| {
        let key = if unique { stems[number].to_owned() } else { keys[number].clone() };
        StimulusEntry::inside(key, place.root.join(&source))
    };
    // The numbers of the samples are sorted in natural order of their names.
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|&a, &b| folder::natural_order(&keys[a], &keys[b]));
    let stimuli = order.iter().map(|&number| entry(number)).collect();
    let samples = order.iter().map(|&number| (keys[number].clone(), offsets[number], offsets[number + 1])).collect();
    Ok(Some(Index {
        name: place.file.as_deref().map_or_else(|| place.name(), |_| without_extension(&name).to_owned()),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images: source.clone(),
        notes: Vec::new(),
        reader: Box::new(Datadings { root: place.root.clone(), source, samples, sums }),
    }))
}

/// Removes the extension of a picture from a name.
pub(super) fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_known(&extension.to_ascii_lowercase()) => stem,
        _ => name,
    }
}

fn is_known(extension: &str) -> bool {
    extension == "msgpack" || image::EXTENSIONS.contains(&extension)
}

/// The names and first bytes of the samples.
type Places = (Vec<String>, Vec<u64>);

/// Finds the samples in the file itself.
fn walk(root: &Path, source: &Path, length: u64) -> Result<Places, DataError> {
    let file = folder::open(root, source)?;
    let samples = scan::samples(BufReader::with_capacity(1 << 16, file), length);
    let samples = samples.map_err(|stop| match stop {
        Stop::Io(cause) => folder::io_error(source, cause),
        Stop::Syntax(cause) => DataError::Msgpack { path: source.to_owned(), cause },
    });
    Ok(samples?.into_iter().unzip())
}

/// Reads the names and places of the samples from the side files; returns `None` if there are no side files.
fn side_files(root: &Path, name: &str, sums: &Sums) -> Result<Option<Places>, DataError> {
    let path = |suffix: &str| PathBuf::from(format!("{name}{suffix}"));
    let read = |path: &Path| {
        let bytes = folder::read_in(root, path, LARGEST)?;
        sums.check(path, || Ok(hex(Md5::digest(&bytes))))?;
        Ok(bytes)
    };
    let (keys, offsets) = (path(".keys"), path(".offsets"));
    match read(&keys) {
        Err(DataError::NotFound { .. }) => {}
        bytes => {
            let bytes = bytes?;
            let value = parse(&bytes, &keys)?;
            let names: Option<Vec<_>> =
                value.array().and_then(|names| names.iter().map(|name| name.text().map(str::to_owned)).collect());
            let names = names.ok_or_else(|| unexpected(&keys, "a list of names"))?;
            let bytes = read(&offsets)?;
            let places = bytes.chunks_exact(8).map(|bytes| bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)));
            return Ok(Some((names, places.collect())));
        }
    }
    let index = path(".index");
    let bytes = match read(&index) {
        Err(DataError::NotFound { .. }) => return Ok(None),
        bytes => bytes?,
    };
    let Value::Map(pairs) = parse(&bytes, &index)? else {
        return Err(unexpected(&index, "a map of names to places"));
    };
    let pair = |(name, place): &(Value<'_>, Value<'_>)| Some((name.text()?.to_owned(), place.integer()?));
    let mut pairs: Vec<_> =
        pairs.iter().map(pair).collect::<Option<_>>().ok_or_else(|| unexpected(&index, "a map of names to places"))?;
    pairs.sort_by_key(|(_, place)| *place);
    Ok(Some(pairs.into_iter().unzip()))
}
