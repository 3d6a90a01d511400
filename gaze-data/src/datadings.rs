//! datadings: images and gaze of a dataset in one file of `MessagePack`, with side files to find a sample by.
//!
//! ```text
//! <set>.msgpack               samples one after another, maps of
//!   key          name of the image
//!   image        the image's file
//!   experiments  [{locations: array (n, 2) of x, y; map}]; with raw gaze also fixations: array (n, 2)
//! <set>.msgpack.offsets       where each sample begins, 64-bit big-endian, and the end of the file
//! <set>.msgpack.keys          the names
//! <set>.msgpack.index         in files of before 2021 instead of both: a map of names to places
//! <set>.msgpack.md5           MD5 of the file and of its side files
//! ```
//!
//! Side files are compared with their MD5 when they are read, the file itself when [`Dataset::verify`] is called. Without
//! side files the samples are found by walking through the file.
//!
//! [`Dataset::verify`]: crate::Dataset::verify
//!
//! Coordinates are pixels as they stand in the dataset that was converted: taken as they are, as the original's reader
//! does. `fixations` are preferred to `locations`, which are raw gaze where both exist. An experiment is an observer
//! without a name.
//!
//! Source: the documentation of datadings 3.4 (datadings.readthedocs.io), section "File format".

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use crate::{
    DataError, GroupGaze, MsgpackError, Provenance, RawFixation, RawScanpath, StimulusEntry,
    collected::{GROUP, Problem},
    dataset::{GazeReader, Image, Index, Picture},
    folder, image,
    msgpack::{
        self, Value,
        scan::{self, Stop},
    },
    place::Place,
};

pub(crate) const LAYOUT: &str = "a file .msgpack";

/// The largest file of sums that is read, in bytes.
const LARGEST_SUMS: u64 = 1 << 16;

/// The largest side file and the largest sample that are read, in bytes.
const LARGEST: u64 = 1 << 28;

/// Reads the side files.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let name = match &place.file {
        Some(name) => name.clone(),
        None => {
            let files = folder::files_by_stem(&place.root, Path::new(""), &["msgpack"])?;
            let mut names = files.values().filter_map(|path| path.file_name()?.to_str());
            match (names.next(), names.next()) {
                (Some(name), None) => name.to_owned(),
                (Some(first), Some(second)) => {
                    let (first, second) = (first.into(), second.into());
                    return Err(DataError::Ambiguous { key: "the dataset".to_owned(), first, second });
                }
                _ => return Ok(None),
            }
        }
    };
    let source = PathBuf::from(&name);
    if folder::extension(&source).as_deref() != Some("msgpack") {
        return Ok(None);
    }
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
    let entry = |number: usize| StimulusEntry {
        key: if unique { stems[number].to_owned() } else { keys[number].clone() },
        image: Some(Image::Inside(place.root.join(&source))),
    };
    // Numbers of the samples in natural order of their names.
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

/// A name without the extension of a picture.
fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_known(&extension.to_ascii_lowercase()) => stem,
        _ => name,
    }
}

fn is_known(extension: &str) -> bool {
    extension == "msgpack" || image::EXTENSIONS.contains(&extension)
}

/// What `.md5` says, by file.
struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Lines of a sum and a name; a file that does not exist says nothing.
    fn read(root: &Path, name: &str) -> Result<Self, DataError> {
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

    /// Compares the sum of what was read from a file, if one is known.
    fn check(&self, path: &Path, found: impl FnOnce() -> Result<String, DataError>) -> Result<(), DataError> {
        let Some(expected) = path.to_str().and_then(|name| self.0.get(name)) else { return Ok(()) };
        let found = found()?;
        if found == *expected {
            return Ok(());
        }
        Err(Problem::new("the MD5", &format!("{expected}, as in the file .md5"), &found).at(path))
    }
}

/// In lower-case hexadecimal, as in `.md5`.
fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names and places of the samples.
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

/// What the side files say; `None` if there are none.
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

fn parse<'a>(bytes: &'a [u8], path: &Path) -> Result<Value<'a>, DataError> {
    msgpack::parse(bytes).map_err(|cause| DataError::Msgpack { path: path.to_owned(), cause })
}

fn unexpected(path: &Path, expected: &'static str) -> DataError {
    DataError::Msgpack { path: path.to_owned(), cause: MsgpackError::Unexpected { at: 0, expected } }
}

struct Datadings {
    root: PathBuf,
    source: PathBuf,
    /// Name, first byte and end, in the order of the stimuli.
    samples: Vec<(String, u64, u64)>,
    sums: Sums,
}

impl Datadings {
    fn bytes(&self, index: usize) -> Result<Vec<u8>, DataError> {
        let (_, start, end) = &self.samples[index];
        let (limit, found) = (LARGEST, end - start);
        if found > limit {
            return Err(DataError::TooLarge { path: self.shown(index), limit, found });
        }
        let io_error = |cause| folder::io_error(&self.source, cause);
        let mut file = folder::open(&self.root, &self.source)?;
        file.seek(SeekFrom::Start(*start)).map_err(io_error)?;
        let mut bytes = Vec::new();
        file.take(found).read_to_end(&mut bytes).map_err(io_error)?;
        Ok(bytes)
    }

    /// What a sample is called in errors.
    fn shown(&self, index: usize) -> PathBuf {
        self.source.join(&self.samples[index].0)
    }

    fn sample<'a>(&self, index: usize, bytes: &'a [u8]) -> Result<Value<'a>, DataError> {
        let shown = self.shown(index);
        let value = parse(bytes, &shown)?;
        let key = value.get("key").and_then(Value::text).unwrap_or_default();
        if key != self.samples[index].0 {
            return Err(Problem::new("key", &format!("{:?}, as in the index", self.samples[index].0), &key).at(&shown));
        }
        Ok(value)
    }

    fn scanpaths(&self, index: usize) -> Result<Vec<RawScanpath>, DataError> {
        let shown = self.shown(index);
        let bytes = self.bytes(index)?;
        let sample = self.sample(index, &bytes)?;
        let experiments = sample.get("experiments").and_then(Value::array);
        let experiments = experiments.ok_or_else(|| unexpected(&shown, "a list of experiments"))?;
        let mut scanpaths = Vec::with_capacity(experiments.len());
        for experiment in experiments {
            let gaze = experiment.get("fixations").or_else(|| experiment.get("locations"));
            let points = match gaze {
                None | Some(Value::Nil) => Vec::new(),
                Some(array) => array.points().map_err(|cause| DataError::Msgpack { path: shown.clone(), cause })?,
            };
            let fixation = |(x, y)| RawFixation::from_origin(0.0, x, y, None, None);
            scanpaths.push(RawScanpath { observer: None, fixations: points.into_iter().map(fixation).collect() });
        }
        Ok(scanpaths)
    }
}

impl GazeReader for Datadings {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        vec![GroupGaze { group: GROUP.to_owned(), source: self.shown(index), scanpaths: self.scanpaths(index) }]
    }

    fn verify(&self) -> Result<(), DataError> {
        self.sums.check(&self.source, || {
            let io_error = |cause| folder::io_error(&self.source, cause);
            let mut file = folder::open(&self.root, &self.source)?;
            let mut hasher = Md5::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match file.read(&mut buffer).map_err(io_error)? {
                    0 => return Ok(hex(hasher.finalize())),
                    read => hasher.update(&buffer[..read]),
                }
            }
        })
    }

    fn picture(&self, index: usize, _stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        let bytes = self.bytes(index)?;
        let sample = self.sample(index, &bytes)?;
        let shown = self.shown(index);
        match sample.get("image") {
            Some(Value::Bytes(image)) => Ok(Picture::Encoded { bytes: image.to_vec(), shown }),
            _ => Err(unexpected(&shown, "an image")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, testing};
    use std::fs;

    /// The real sample with its truth, in a folder of its own.
    fn sample(legacy: bool) -> Option<(tempfile::TempDir, serde_json::Value)> {
        let reference = testing::reference("crumpets")?;
        let folder = tempfile::tempdir().unwrap();
        let suffixes: &[(&str, &str)] =
            if legacy { &[(".index.legacy", ".index")] } else { &[(".offsets", ".offsets"), (".keys", ".keys")] };
        for (from, to) in suffixes.iter().chain(&[("", "")]) {
            let name = format!("sample.msgpack{from}");
            fs::write(folder.path().join(format!("sample.msgpack{to}")), fs::read(reference.join(name)).unwrap())
                .unwrap();
        }
        let truth = serde_json::from_slice(&fs::read(reference.join("sample.truth.json")).unwrap()).unwrap();
        Some((folder, truth))
    }

    #[test]
    fn the_real_file_holds_what_is_known_with_either_index() {
        for legacy in [false, true] {
            let Some((folder, truth)) = sample(legacy) else { return };
            let dataset = Dataset::open(&folder.path().join("sample.msgpack"), None).unwrap();
            assert_eq!((dataset.format(), dataset.name()), (Format::Datadings, "sample"));
            let samples = truth["samples"].as_array().unwrap();
            assert_eq!(dataset.stimuli().len(), samples.len());
            let mut points = 0;
            for sample in samples {
                let key = without_extension(sample["key"].as_str().unwrap());
                let index = dataset.stimuli().iter().position(|stimulus| stimulus.key() == key).unwrap();
                assert!(dataset.image(index).is_ok() && dataset.image_size(index).is_ok());
                assert_eq!(
                    dataset.image_bytes(index).unwrap().len() as u64,
                    sample["image"]["bytes"].as_u64().unwrap()
                );
                let gaze = dataset.gaze(index).remove(0).scanpaths.unwrap();
                let experiments = sample["experiments"].as_array().unwrap();
                assert_eq!(gaze.len(), experiments.len());
                for (scanpath, experiment) in gaze.iter().zip(experiments) {
                    let array = experiment.get("fixations").unwrap_or(&experiment["locations"]);
                    let mut values = Vec::new();
                    flatten(array, &mut values);
                    let found: Vec<_> = scanpath.fixations.iter().flat_map(|point| [point.x, point.y]).collect();
                    assert_eq!(found.len(), values.len());
                    points += found.len() / 2;
                    for (found, value) in found.iter().zip(values) {
                        // The truth has null for NaN, and serde_json may round the last bit of 64, not of 32.
                        #[expect(clippy::cast_possible_truncation, reason = "the file holds 32 bits")]
                        let bits = |value: f64| (value as f32).to_bits();
                        assert!(value.map_or(found.is_nan(), |value| bits(value) == bits(*found)));
                    }
                }
            }
            assert!(points > 100, "{points}");
        }
    }

    /// The numbers of an array, or of a list of lists and arrays.
    fn flatten(value: &serde_json::Value, values: &mut Vec<Option<f64>>) {
        match value {
            serde_json::Value::Array(parts) => parts.iter().for_each(|part| flatten(part, values)),
            serde_json::Value::Object(array) => flatten(&array["values"], values),
            number => values.push(number.as_f64()),
        }
    }

    #[test]
    fn side_files_that_do_not_fit_are_refused() {
        let Some((folder, _)) = sample(false) else { return };
        let path = folder.path().join("sample.msgpack");
        let offsets = folder.path().join("sample.msgpack.offsets");
        let bytes = fs::read(&offsets).unwrap();
        fs::write(&offsets, &bytes[..bytes.len() - 16]).unwrap();
        let message = Dataset::open(&path, None).unwrap_err().to_string();
        assert!(message.contains("the index should be 7 ascending places within the 51182 bytes"), "{message}");
        fs::remove_file(offsets).unwrap();
        let message = Dataset::open(&path, None).unwrap_err().to_string();
        assert_eq!(message, "sample.msgpack.offsets does not exist");
    }

    #[test]
    fn without_side_files_the_same_samples_are_found() {
        let Some((folder, _)) = sample(false) else { return };
        let path = folder.path().join("sample.msgpack");
        let keys = |dataset: &Dataset| dataset.stimuli().iter().map(|s| s.key().to_owned()).collect::<Vec<_>>();
        let indexed = Dataset::open(&path, None).unwrap();
        for suffix in ["offsets", "keys"] {
            fs::remove_file(folder.path().join(format!("sample.msgpack.{suffix}"))).unwrap();
        }
        for root in [&path, folder.path()] {
            let walked = Dataset::open(root, None).unwrap();
            assert_eq!(keys(&walked), keys(&indexed));
            for index in 0..walked.stimuli().len() {
                let [a, b] = [&walked, &indexed].map(|dataset| dataset.gaze(index).remove(0).scanpaths.unwrap().len());
                assert_eq!(a, b);
                assert_eq!(walked.image_bytes(index).unwrap(), indexed.image_bytes(index).unwrap());
            }
        }
        fs::write(&path, b"\x93\x01\x02\x03").unwrap();
        let message = Dataset::open(&path, None).unwrap_err().to_string();
        assert_eq!(message, "sample.msgpack: at byte 0: expected a sample, which is a map");
    }

    #[test]
    fn sums_are_compared_with_the_file_beside() {
        let Some((folder, _)) = sample(false) else { return };
        let path = folder.path().join("sample.msgpack");
        let sums = testing::reference("crumpets").unwrap().join("sample.msgpack.md5");
        let sums = fs::read_to_string(sums).unwrap();
        let write = |text: &str| fs::write(folder.path().join("sample.msgpack.md5"), text).unwrap();
        write(&sums);
        Dataset::open(&path, None).unwrap().verify().unwrap();
        // Another sum of the file, and then of the names.
        write(&sums.replace("1634701011eda8ef6d90a124ebd321f2", "0034701011eda8ef6d90a124ebd321f2"));
        let message = Dataset::open(&path, None).unwrap().verify().unwrap_err().to_string();
        let expected = "sample.msgpack: the MD5 should be 0034701011eda8ef6d90a124ebd321f2, as in the file .md5, found \
                        1634701011eda8ef6d90a124ebd321f2";
        assert_eq!(message, expected);
        write(&sums.replace("58087ac357056babf5fb604347b68c5d", "00087ac357056babf5fb604347b68c5d"));
        let message = Dataset::open(&path, None).unwrap_err().to_string();
        assert!(message.starts_with("sample.msgpack.keys: the MD5 should be 00087ac"), "{message}");
    }
}
