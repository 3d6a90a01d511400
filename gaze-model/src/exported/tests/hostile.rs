//! ONNX files that are damaged or made to do harm: refused with a message, with nothing run and little memory taken.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::writer::{constant, conv, field, floats, int, model, node, port, whole, wholes};
use crate::{ModelName, Options};

const SIDECAR: &str = r#"{"gaze_network": 1, "input": {"range": "0..1"}, "output": {"kind": "scores"}}"#;
const ANY: [i64; 4] = [1, 3, 0, 0];

/// Writes a network with a description and opens it.
fn open(folder: &Path, network: &[u8]) -> Result<crate::Opened, String> {
    fs::write(folder.join("x.onnx"), network).unwrap();
    fs::write(folder.join("x.json"), SIDECAR).unwrap();
    let name = ModelName::of_file(folder.join("x.onnx")).unwrap();
    name.open(&Options::default()).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(network: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let message = open(folder.path(), network).unwrap_err();
    assert!(message.contains(expected), "{message}");
}

/// A network that begins with these parts and gives `map`.
fn network(parts: &[Vec<u8>]) -> Vec<u8> {
    let ends = [port(11, "image", 1, &ANY), port(12, "map", 1, &[0, 0, 0, 0])];
    model(&[&ends, parts].concat())
}

fn sound() -> Vec<u8> {
    network(&[floats("weights", &[1, 3, 1, 1], &[1.0, 2.0, 3.0]), conv(&["image", "weights"], "map", 0)])
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let (folder, sound) = (tempfile::tempdir().unwrap(), sound());
    open(folder.path(), &sound).unwrap();
    for length in 0..sound.len() {
        assert!(open(folder.path(), &sound[..length]).is_err(), "cut to {length} bytes");
    }
    check_refused(&sound[..sound.len() - 1], "x.onnx: this is no sound ONNX file: it is cut short (byte ");
}

#[test]
fn other_files_are_not_taken_for_networks() {
    for bytes in [&b""[..], b"PK\x03\x04", b"<!DOCTYPE html>", b"\x89PNG\r\n\x1a\n"] {
        check_refused(bytes, "no sound ONNX file");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d.onnx")).unwrap();
    let name = ModelName::of_file(folder.path().join("d.onnx")).unwrap();
    assert!(name.open(&Options::default()).unwrap_err().to_string().contains("d.onnx: "));
}

#[test]
fn a_length_beyond_the_file_takes_no_memory() {
    // A text of 2^62 bytes in the place of the graph.
    let bytes = [&[7 << 3 | 2][..], &[0x80; 8], &[0x40]].concat();
    check_refused(&bytes, "it is cut short");
}

#[test]
fn a_constant_that_declares_more_than_it_has_is_refused() {
    let conv = conv(&["image", "weights"], "map", 0);
    let large = constant("weights", 1, &[25_000_000_000, 3, 1, 1], &[0; 12]);
    check_refused(
        &network(&[large, conv.clone()]),
        "the tensor `weights` declares 300000000000 bytes of numbers, and 12 are there",
    );
    let overflowing = constant("weights", 1, &[i64::MAX, i64::MAX, i64::MAX, 7], &[0; 12]);
    check_refused(&network(&[overflowing, conv.clone()]), "the tensor `weights` declares ");
    check_refused(&network(&[constant("weights", 1, &[-1, 3, 1, 1], &[0; 12]), conv]), "a tensor has a negative side");
}

/// A constant whose numbers lie in another file.
fn elsewhere(location: &str, offset: &str, length: &str) -> Vec<u8> {
    let entry = |key: &str, value: &str| field(13, [field(1, key), field(2, value)].concat());
    let dims: Vec<u8> = [1, 3, 1, 1].iter().flat_map(|&side| whole(1, side)).collect();
    let place = [entry("location", location), entry("offset", offset), entry("length", length)].concat();
    let tensor = field(5, [dims, whole(2, 1), field(8, "weights"), place, whole(14, 1)].concat());
    network(&[tensor, conv(&["image", "weights"], "map", 0)])
}

#[test]
fn numbers_in_another_file_come_from_the_folder_of_the_network_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let numbers: Vec<u8> = [1.0_f32, 2.0, 3.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(folder.path().join("secret.data"), &numbers).unwrap();
    fs::write(inner.join("x.onnx.data"), &numbers).unwrap();
    let opened = open(&inner, &elsewhere("x.onnx.data", "0", "12")).unwrap();
    let before = opened.model.weights().unwrap();
    fs::write(inner.join("x.onnx.data"), [&numbers[..8], &[0; 4]].concat()).unwrap();
    let after = open(&inner, &elsewhere("x.onnx.data", "0", "12")).unwrap().model.weights().unwrap();
    assert_ne!(before, after, "the other file counts");
    let secret = folder.path().join("secret.data");
    for location in ["../secret.data", "a/../../secret.data", secret.to_str().unwrap(), "", ".."] {
        let message = open(&inner, &elsewhere(location, "0", "12")).unwrap_err();
        assert!(message.contains("which is not a file in the folder of the network; it is not opened"), "{message}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, inner.join("link.data")).unwrap();
        let message = open(&inner, &elsewhere("link.data", "0", "12")).unwrap_err();
        assert!(message.contains("which is no plain file; it is not opened"), "{message}");
    }
    for (location, offset, length, expected) in [
        ("missing.data", "0", "12", "which is not in the folder"),
        ("x.onnx.data", "4", "12", "which is too short"),
        ("x.onnx.data", "18446744073709551615", "12", "which is too short"),
        ("x.onnx.data", "0", "8", "declares 12 bytes of numbers, and 8 are there"),
        ("x.onnx.data", "0", "all", "without telling which part of it"),
    ] {
        let message = open(&inner, &elsewhere(location, offset, length)).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_graph_that_takes_too_much_memory_is_refused_before_it_runs() {
    let conv = [floats("weights", &[1, 3, 1, 1], &[1.0, 2.0, 3.0]), conv(&["image", "weights"], "sum", 0)];
    let with = |parts: &[Vec<u8>]| network(&[&conv[..], parts].concat());
    let expected = "MB are allowed";
    // A constant that the engine would make while it loads the file.
    check_refused(
        &with(&[
            wholes("sides", &[100_000, 1_000_000]),
            node("ConstantOfShape", &["sides"], &["large"], &[]),
            node("ReduceMax", &["large"], &["highest"], &[]),
            node("Add", &["sum", "highest"], &["map"], &[]),
        ]),
        expected,
    );
    check_refused(
        &with(&[
            floats("factors", &[4], &[1.0, 1.0, 1000.0, 1000.0]),
            node("Resize", &["sum", "", "factors"], &["map"], &[]),
        ]),
        expected,
    );
    check_refused(
        &with(&[wholes("sides", &[1, 1_000_000, 1, 1]), node("Expand", &["sum", "sides"], &["map"], &[])]),
        expected,
    );
    check_refused(
        &with(&[wholes("times", &[1, 100_000, 1, 1]), node("Tile", &["sum", "times"], &["map"], &[])]),
        expected,
    );
    // Every pixel times every pixel, by a product of matrices and by broadcasting.
    for operator in ["MatMul", "Mul"] {
        check_refused(
            &with(&[
                wholes("row", &[1, 1, 1, -1]),
                wholes("column", &[1, 1, -1, 1]),
                node("Reshape", &["sum", "row"], &["a"], &[]),
                node("Reshape", &["sum", "column"], &["b"], &[]),
                node(operator, &["b", "a"], &["map"], &[]),
            ]),
            expected,
        );
    }
    check_refused(
        &with(&[wholes("sides", &[i64::MAX, i64::MAX]), node("ConstantOfShape", &["sides"], &["map"], &[])]),
        "it has more than 2^40 numbers",
    );
}

#[test]
fn a_size_that_depends_on_the_picture_itself_is_refused() {
    let parts = [
        floats("weights", &[1, 3, 1, 1], &[1e9, 0.0, 0.0]),
        conv(&["image", "weights"], "sum", 0),
        node("ReduceMax", &["sum"], &["highest"], &[]),
        wholes("flat", &[1]),
        node("Reshape", &["highest", "flat"], &["one"], &[]),
        node("Cast", &["one"], &["count"], &[int("to", 7)]),
        node("ConstantOfShape", &["count"], &["map"], &[]),
    ];
    check_refused(
        &network(&parts),
        "the size of what ConstantOfShape `map` makes cannot be computed: it depends on numbers",
    );
    // A whole number that the engine cannot hold.
    let parts = [
        node("Shape", &["image"], &["sides"], &[]),
        wholes("large", &[1 << 30]),
        node("Mul", &["sides", "large"], &["product"], &[]),
        node("Div", &["product", "large"], &["again"], &[]),
        node("ConstantOfShape", &["again"], &["map"], &[]),
    ];
    check_refused(&network(&parts), "it depends on numbers that are not known before the run");
}

#[test]
fn shapes_that_a_file_claims_are_not_believed() {
    // Both axes have one name, and the value between is said to have a side of a million.
    let parts = [
        floats("weights", &[1, 3, 1, 1], &[1.0, 0.0, 0.0]),
        conv(&["image", "weights"], "sum", 0),
        port(13, "sum", 1, &[1, 1, 1_000_000, 1_000_000]),
        node("Shape", &["sum"], &["sides"], &[]),
        node("ConstantOfShape", &["sides"], &["zeros"], &[]),
        node("Add", &["sum", "zeros"], &["map"], &[]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let opened = open(folder.path(), &network(&parts)).unwrap();
    let picture = gaze_core::Stimulus::new(ndarray::Array3::from_elem((5, 7, 3), 255)).unwrap();
    let map = opened.model.predict(&gaze_core::Viewing::of_picture(&picture)).unwrap().to_saliency_map();
    assert!(map.values().iter().all(|score| (score - 1.0).abs() < 1e-6) && map.size() == picture.size());
}

#[test]
fn loops_functions_and_unknown_operators_are_refused() {
    let body = field(5, [field(1, "body"), field(6, field(2, "inner")), whole(20, 5)].concat());
    let looping = field(1, [field(1, "image"), field(2, "map"), field(4, "Loop"), body].concat());
    check_refused(&network(&[looping]), "the operator with graphs or lists of tensors inside is not supported");
    check_refused(
        &network(&[node("RandomNormalLike", &["image"], &["map"], &[])]),
        "the operator RandomNormalLike is not supported",
    );
    let foreign = field(1, [field(1, "image"), field(2, "map"), field(4, "Relu"), field(7, "com.evil")].concat());
    check_refused(&network(&[foreign]), "the operator com.evil.Relu is not supported");
    check_refused(&[sound(), field(25, "f")].concat(), "of a function that the file defines is not supported");
    check_refused(
        &network(&[node("Relu", &["nothing"], &["map"], &[])]),
        "it takes a value that no operator before it makes",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_bytes_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = sound();
        for (index, byte) in changes {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        if let Ok(opened) = open(folder.path(), &bytes) {
            let picture = gaze_core::Stimulus::new(ndarray::Array3::zeros((5, 7, 3))).unwrap();
            let _ = opened.model.predict(&gaze_core::Viewing::of_picture(&picture));
        }
    }
}
