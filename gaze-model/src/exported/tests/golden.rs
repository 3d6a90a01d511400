//! A network that PyTorch exported agrees with PyTorch: see `tests/data/networks/make.py`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gaze_core::{LogDensity, SaliencyModel, Stimulus, Viewing};
use ndarray::{Array2, Array3};
use serde_json::Value;

use crate::{ModelName, Options};

/// The largest difference from PyTorch, as a share of the range of the output.
const TOLERANCE: f64 = 1e-4;

const SIDECAR: &str = r#"{"gaze_network": 1, "output": {"kind": "logits"},
    "input": {"range": "0..1", "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]}}"#;

/// The folder of the networks.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/networks").join(name)
}

/// Copies a network beside a description, and opens it.
fn open(folder: &Path, file: &str) -> Box<dyn SaliencyModel> {
    fs::copy(fixture(file), folder.join(file)).unwrap();
    fs::write(folder.join("small.json"), SIDECAR).unwrap();
    ModelName::of_file(folder.join(file)).unwrap().open(&Options::default()).unwrap().model
}

/// The picture of `make.py`.
pub(super) fn picture() -> Stimulus {
    let byte = |number: usize| u8::try_from(number % 256).unwrap();
    let color = |y, x| [byte(7 * x + 3 * y), byte(5 * x * y), byte(11 * y)];
    Stimulus::new(Array3::from_shape_fn((24, 32, 3), |(y, x, channel)| color(y, x)[channel])).unwrap()
}

/// The output of PyTorch.
fn golden() -> Array2<f64> {
    let text = fs::read_to_string(fixture("golden.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    Array2::from_shape_fn((24, 32), |(y, x)| golden["rows"][y][x].as_f64().unwrap())
}

#[track_caller]
fn check(file: &str) {
    let (folder, golden) = (tempfile::tempdir().unwrap(), golden());
    let model = open(folder.path(), file);
    let density = model.predict(&Viewing::of_picture(&picture())).unwrap();
    let extreme = |choose: fn(f64, f64) -> f64| golden.iter().copied().reduce(choose).unwrap();
    let range = extreme(f64::max) - extreme(f64::min);
    assert!(range > 0.1, "the output is no constant");
    let expected = LogDensity::normalize(golden).unwrap();
    let pairs = density.density().unwrap().as_slice().iter().zip(expected.as_slice());
    let largest = pairs.fold(0.0_f64, |largest, (found, expected)| largest.max((found - expected).abs()));
    assert!(largest <= TOLERANCE * range, "{file}: {largest} of {range}");
    // A picture of another size than the one that the network was exported with.
    let odd = Stimulus::new(Array3::from_elem((36, 20, 3), 99)).unwrap();
    assert_eq!(model.predict(&Viewing::of_picture(&odd)).unwrap().size(), odd.size());
}

#[cfg(feature = "onnx")]
#[test]
fn onnx_agrees_with_pytorch() {
    check("small.onnx");
}

#[cfg(feature = "libtorch")]
#[test]
fn torchscript_agrees_with_pytorch() {
    check("small.pt");
}
