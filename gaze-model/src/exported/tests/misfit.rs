//! Networks that take sides of some lengths alone: what is said of other pictures, and that it helps.

use std::fs;

use gaze_core::{SaliencyModel, Size, Stimulus, Viewing};
use ndarray::Array3;

use super::golden::fixture;
use crate::{ModelName, OpenError, Options};

/// The small network of PyTorch, which halves a picture twice and joins both halves: it takes multiples of 4 and little else.
fn open(file: &str, input: &str) -> Result<Box<dyn SaliencyModel>, OpenError> {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture(file), folder.path().join(file)).unwrap();
    let text = format!(r#"{{"gaze_network": 1, "output": {{"kind": "logits"}}, "input": {{"range": "0..1"{input}}}}}"#);
    fs::write(folder.path().join("small.json"), text).unwrap();
    Ok(ModelName::of_file(folder.path().join(file)).unwrap().open(&Options::default())?.model)
}

/// What is said of a picture of 26 × 37 pixels; an empty text if it is predicted.
fn said(model: &dyn SaliencyModel) -> String {
    let picture = Stimulus::new(Array3::from_shape_fn((26, 37, 3), |(y, x, _)| u8::try_from(x * y % 256).unwrap()));
    match model.predict(&Viewing::of_picture(&picture.unwrap())) {
        Ok(prediction) => {
            assert_eq!(prediction.size(), Size { height: 26, width: 37 });
            String::new()
        }
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(file: &str, engine: &str, advice: &str) {
    let message = said(open(file, "").unwrap().as_ref());
    assert!(message.starts_with(&format!("with an input of 1x3x26x37, {engine}")), "{message}");
    assert!(message.contains("`input.multiple_of`") && message.ends_with(advice), "{message}");
    for helps in
        [r#", "multiple_of": 4"#, r#", "multiple_of": 4, "fit": "pad-center""#, r#", "size": {"fixed": [24, 40]}"#]
    {
        assert_eq!(said(open(file, helps).unwrap().as_ref()), "", "{helps}");
    }
    let message = said(open(file, r#", "multiple_of": 13"#).unwrap().as_ref());
    assert!(message.starts_with("with an input of 1x3x26x39, ") && message.ends_with(advice), "{message}");
}

#[cfg(feature = "onnx")]
#[test]
fn the_multiple_that_an_onnx_file_takes_is_found() {
    let advice = "sides that are multiples of 4 are taken; `input.multiple_of` (4) brings pictures there, and `input.size` \
                  brings them to one size";
    check("small.onnx", "rten refuses it: ", advice);
    let message = said(open("small.onnx", r#", "size": {"fixed": [26, 40]}"#).unwrap().as_ref());
    assert!(message.starts_with("with an input of 1x3x26x40, rten refuses it: "), "{message}");
    assert!(message.ends_with("; the network may take another `input.size`"), "{message}");
}

#[cfg(feature = "onnx")]
#[test]
fn a_multiple_is_no_advice_where_it_does_not_help() {
    use super::writer::{conv, floats, model, node, port, wholes};

    // Numbers that cannot be arranged, whatever the picture's size.
    let text = r#"{"gaze_network": 1, "output": {"kind": "scores"}, "input": {"range": "0..1"}}"#;
    let parts = |sides: [i64; 4]| {
        model(&[
            port(11, "image", 1, &sides),
            floats("weights", &[1, 3, 1, 1], &[1.0; 3]),
            conv(&["image", "weights"], "sum", 0),
            wholes("odd", &[1, 1, 7, 11]),
            node("Reshape", &["sum", "odd"], &["map"], &[]),
            port(12, "map", 1, &[1, 1, 0, 0]),
        ])
    };
    for sides in [[1, 3, 0, 0], [1, 3, 26, 37]] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.onnx"), parts(sides)).unwrap();
        fs::write(folder.path().join("mine.json"), text).unwrap();
        let name = ModelName::of_file(folder.path().join("mine.onnx")).unwrap();
        let message = name.open(&Options::default()).unwrap_err().to_string();
        assert!(message.contains("mine.onnx: the size of what Reshape") && !message.contains("input."), "{message}");
    }
    // Sizes that fit: what the engine refuses has another reason.
    let parts = model(&[
        port(11, "image", 1, &[1, 3, 0, 0]),
        floats("weights", &[1, 4, 1, 1], &[1.0; 4]),
        conv(&["image", "weights"], "map", 0),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.onnx"), parts).unwrap();
    fs::write(folder.path().join("mine.json"), text).unwrap();
    let name = ModelName::of_file(folder.path().join("mine.onnx")).unwrap();
    let message = said(name.open(&Options::default()).unwrap().model.as_ref());
    assert!(message.starts_with("rten refuses it: ") && !message.contains("input."), "{message}");
}

#[cfg(feature = "onnx")]
#[test]
fn a_size_that_does_not_fit_is_found_in_each_kind_of_operator() {
    use super::writer::{conv, floats, int, ints, model, node, port, wholes};

    // A picture, and the same halved and enlarged again, which lacks the last row or column of odd sides.
    let half = || {
        vec![
            port(11, "image", 1, &[1, 3, 0, 0]),
            floats("weights", &[1, 3, 1, 1], &[1.0; 3]),
            conv(&["image", "weights"], "sum", 0),
            node("MaxPool", &["sum"], &["less"], &[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]),
            floats("twice", &[4], &[1.0, 1.0, 2.0, 2.0]),
            node("Resize", &["less", "", "twice"], &["back"], &[]),
            port(12, "map", 1, &[1, 1, 0, 0]),
        ]
    };
    let ends: [Vec<Vec<u8>>; 4] = [
        vec![node("Add", &["sum", "back"], &["map"], &[])],
        vec![
            node("Concat", &["sum", "back"], &["both"], &[int("axis", 1)]),
            floats("last", &[1, 2, 1, 1], &[1.0; 2]),
            conv(&["both", "last"], "map", 0),
        ],
        vec![
            node("Transpose", &["back"], &["turned"], &[ints("perm", &[0, 1, 3, 2])]),
            node("MatMul", &["sum", "turned"], &["map"], &[]),
        ],
        vec![
            node("Shape", &["sum"], &["sides"], &[]),
            node("Reshape", &["back", "sides"], &["map"], &[]),
            wholes("unused", &[1]),
        ],
    ];
    for end in ends {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.onnx"), model(&[half(), end].concat())).unwrap();
        let text = r#"{"gaze_network": 1, "output": {"kind": "scores"}, "input": {"range": "0..1"}}"#;
        fs::write(folder.path().join("mine.json"), text).unwrap();
        let name = ModelName::of_file(folder.path().join("mine.onnx")).unwrap();
        let message = said(name.open(&Options::default()).unwrap().model.as_ref());
        assert!(message.contains("; sides that are multiples of 2 are taken; `input.multiple_of` (2) "), "{message}");
    }
}

#[cfg(feature = "libtorch")]
#[test]
fn a_torchscript_file_that_fails_names_the_fields() {
    let advice =
        "if the network takes sides of some lengths alone, `input.multiple_of` (often 32) or `input.size` says which";
    check("small.pt", "libtorch refuses it: ", advice);
    let message = said(open("small.pt", r#", "size": {"fixed": [26, 40]}"#).unwrap().as_ref());
    assert!(message.starts_with("with an input of 1x3x26x40, libtorch refuses it: "), "{message}");
    assert!(message.ends_with("; the network may take another `input.size`"), "{message}");
}
