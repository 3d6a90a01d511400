//! datadings' own sample file, whole and damaged.

use super::index::without_extension;
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
        fs::write(folder.path().join(format!("sample.msgpack{to}")), fs::read(reference.join(name)).unwrap()).unwrap();
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
            assert_eq!(dataset.image_bytes(index).unwrap().len() as u64, sample["image"]["bytes"].as_u64().unwrap());
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
