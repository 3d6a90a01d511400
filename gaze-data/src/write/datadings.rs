//! datadings' `MessagePack` file and its side files, byte for byte as the original writes them.
//!
//! | file | holds |
//! |---|---|
//! | `X.msgpack` | the samples |
//! | `.offsets` | the place at which each sample begins, and the end: 64-bit big-endian |
//! | `.keys` | their names |
//! | `.key_hashes` | a salt of 8 bytes, then 8 bytes of BLAKE2s of each name: with the first salt that leaves all different |
//! | `.filter` | a Bloom filter of the names (`simplebloom`): two hashes of a name, combined k times |
//! | `.md5` | MD5 of all of them |
//!
//! Coordinates are 32-bit floats.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use blake2s_simd::Params;
use md5::{Digest, Md5};

use super::{Stimulus, Written, for_each};
use crate::{DataError, Dataset, files::folder};

/// The number of salts that are tried, as in the original.
const SALTS: usize = 1000;

pub(super) fn write(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    let error = |cause| folder::io_error(out, cause);
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent).map_err(error)?;
    }
    let mut file = BufWriter::new(File::create_new(out).map_err(error)?);
    let (mut keys, mut offsets, mut hash) = (Vec::new(), vec![0u64], Md5::new());
    let written = for_each(dataset, |stimulus| {
        let bytes = sample(&stimulus);
        hash.update(&bytes);
        file.write_all(&bytes).map_err(error)?;
        offsets.push(offsets.last().copied().unwrap_or(0) + bytes.len() as u64);
        keys.push(stimulus.name);
        Ok(())
    })?;
    file.flush().map_err(error)?;
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut sums = format!("{}  {name}\n", hex(&hash.finalize()));
    let key_hashes = key_hashes(&keys);
    for (suffix, bytes) in [
        ("offsets", offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect()),
        ("keys", packed_keys(&keys)),
        ("key_hashes", key_hashes),
        ("filter", filter(&keys)),
    ] {
        let path = beside(out, suffix);
        sums += &format!("{}  {name}.{suffix}\n", hex(&Md5::digest(&bytes)));
        fs::write(&path, bytes).map_err(|cause| folder::io_error(&path, cause))?;
    }
    let path = beside(out, "md5");
    fs::write(&path, sums).map_err(|cause| folder::io_error(&path, cause))?;
    Ok(written)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Encodes a sample: key, image and a list of observers.
fn sample(stimulus: &Stimulus) -> Vec<u8> {
    let mut bytes = vec![0x83];
    text(&mut bytes, "key");
    text(&mut bytes, &stimulus.name);
    text(&mut bytes, "image");
    binary(&mut bytes, &stimulus.bytes);
    text(&mut bytes, "experiments");
    array(&mut bytes, stimulus.scanpaths.len());
    for scanpath in &stimulus.scanpaths {
        bytes.push(0x82);
        text(&mut bytes, "locations");
        #[expect(clippy::cast_possible_truncation, reason = "the format holds 32 bits")]
        let values: Vec<f32> = scanpath.fixations.iter().flat_map(|f| [f.x as f32, f.y as f32]).collect();
        numpy(&mut bytes, &values, 2);
        text(&mut bytes, "map");
        bytes.push(0xc0);
    }
    bytes
}

/// Appends a NumPy array of shape `(n, columns)` as msgpack-numpy writes it.
fn numpy(bytes: &mut Vec<u8>, values: &[f32], columns: usize) {
    bytes.push(0x85);
    binary(bytes, b"nd");
    bytes.push(0xc3);
    binary(bytes, b"type");
    text(bytes, "<f4");
    binary(bytes, b"kind");
    binary(bytes, b"");
    binary(bytes, b"shape");
    array(bytes, 2);
    integer(bytes, values.len() / columns);
    integer(bytes, columns);
    binary(bytes, b"data");
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    binary(bytes, &data);
}

/// Appends a marker and a length of 8, 16 or 32 bits, the smallest that holds it.
fn head(bytes: &mut Vec<u8>, length: usize, markers: [Option<u8>; 3]) {
    match (u8::try_from(length), u16::try_from(length), markers) {
        (Ok(length), _, [Some(marker), ..]) => bytes.extend([marker, length]),
        (_, Ok(length), [_, Some(marker), _]) => {
            bytes.push(marker);
            bytes.extend(length.to_be_bytes());
        }
        (.., markers) => {
            bytes.extend(markers[2]);
            bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length @ ..32) => bytes.push(0xa0 | length),
        _ => head(bytes, text.len(), [Some(0xd9), Some(0xda), Some(0xdb)]),
    }
    bytes.extend(text.as_bytes());
}

fn binary(bytes: &mut Vec<u8>, data: &[u8]) {
    head(bytes, data.len(), [Some(0xc4), Some(0xc5), Some(0xc6)]);
    bytes.extend(data);
}

fn array(bytes: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(length @ ..16) => bytes.push(0x90 | length),
        _ => head(bytes, length, [None, Some(0xdc), Some(0xdd)]),
    }
}

fn integer(bytes: &mut Vec<u8>, number: usize) {
    match u8::try_from(number) {
        Ok(number @ ..128) => bytes.push(number),
        _ => head(bytes, number, [Some(0xcc), Some(0xcd), Some(0xce)]),
    }
}

fn packed_keys(keys: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    array(&mut bytes, keys.len());
    for key in keys {
        text(&mut bytes, key);
    }
    bytes
}

/// Computes the first 8 bytes of a salted BLAKE2s.
fn hash(text: &str, salt: &[u8]) -> [u8; 8] {
    let digest = Params::new().salt(salt).hash(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    first
}

/// Returns the first salt with which all hashes differ, then the hashes.
fn key_hashes(keys: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..SALTS {
        let salt = hash(&number.to_string(), &[]);
        let hashes: Vec<_> = keys.iter().map(|key| hash(key, &salt)).collect();
        bytes = salt.into_iter().chain(hashes.iter().flatten().copied()).collect();
        if hashes.iter().collect::<BTreeSet<_>>().len() == hashes.len() {
            break;
        }
    }
    bytes
}

/// Makes a Bloom filter of n names, at least two, in which one other name in n is a false positive.
fn filter(keys: &[String]) -> Vec<u8> {
    let count = keys.len().max(2);
    let probability = 1.0 / count as f64;
    // -(ln 2)², as the original writes it.
    let bits = (count as f64 * probability.ln() / -0.480_453_013_918_201_5 / 8.0).ceil() * 8.0;
    let hashes = (bits / count as f64 * std::f64::consts::LN_2).round_ties_even();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive whole numbers")]
    let (bits, hashes) = (bits as u64, hashes as u64);
    const HEADER: u64 = 32;
    let mut bytes = b"SIMPBLOO".to_vec();
    bytes.extend((HEADER + bits / 8).to_be_bytes());
    bytes.extend((count as u64).to_be_bytes());
    bytes.extend(probability.to_be_bytes());
    let mut field = vec![0u8; usize::try_from(bits / 8).unwrap_or_default()];
    for key in keys {
        let digest = Params::new().hash(key.as_bytes());
        let half = |from: usize| {
            digest.as_bytes()[from..from + 8].iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte))
        };
        let (first, second) = (half(0), half(8));
        for k in 0..hashes {
            let bit = first.wrapping_add(k.wrapping_mul(second)) % bits;
            if let Some(byte) = usize::try_from(bit >> 3).ok().and_then(|place| field.get_mut(place)) {
                *byte |= 1 << (bit & 7);
            }
        }
    }
    bytes.extend(field);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn side_files_are_the_originals_to_the_byte() {
        let Some(reference) = testing::reference("crumpets") else { return };
        let read = |suffix: &str| fs::read(reference.join(format!("sample.msgpack.{suffix}"))).unwrap();
        let truth: serde_json::Value =
            serde_json::from_slice(&fs::read(reference.join("sample.truth.json")).unwrap()).unwrap();
        let keys: Vec<String> =
            truth["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        assert_eq!(packed_keys(&keys), read("keys"));
        assert_eq!(key_hashes(&keys), read("key_hashes"));
        assert_eq!(filter(&keys), read("filter"));
    }

    #[test]
    fn a_sample_is_the_originals_to_the_byte() {
        let Some(reference) = testing::reference("crumpets") else { return };
        let whole = fs::read(reference.join("sample.msgpack")).unwrap();
        let original = &whole[..5097];
        let folder = tempfile::tempdir().unwrap();
        for name in ["sample.msgpack", "sample.msgpack.keys", "sample.msgpack.offsets"] {
            fs::copy(reference.join(name), folder.path().join(name)).unwrap();
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let index = dataset.stimuli().iter().position(|stimulus| stimulus.key() == "MIT/i14").unwrap();
        let gaze = dataset.gaze(index).remove(0);
        let scanpaths = gaze.scanpaths.unwrap().into_iter().map(|path| super::super::Scanpath {
            group: gaze.group.clone(),
            observer: path.observer,
            fixations: path.fixations,
        });
        let stimulus = Stimulus {
            name: "MIT/i14.jpeg".to_owned(),
            bytes: dataset.image_bytes(index).unwrap(),
            size: dataset.image_size(index).unwrap(),
            channels: 3,
            scanpaths: scanpaths.collect(),
        };
        // Lost samples are kept here, though not when a dataset is written: NaN has many bit patterns, so the lengths
        // and all that is no NaN are compared.
        let bytes = sample(&stimulus);
        assert_eq!(bytes.len(), original.len());
        let different = bytes.iter().zip(original).filter(|(a, b)| a != b).count();
        assert_eq!(different, 0);
    }
}
