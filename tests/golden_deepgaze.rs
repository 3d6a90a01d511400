//! DeepGaze IIE has the log densities of the PyTorch reference, with made-up weights (see `data/README.md`).

use std::{fs, sync::LazyLock};

use gaze_core::{LogDensity, Prediction, SaliencyModel, Size, Training, Viewing};
use gaze_model::{
    Device, Precision,
    deepgaze_iie::{BACKBONES, DeepGazeIie},
    weights::Weights,
};
use ndarray::{Array3, ArrayView2, Axis, s};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    deepgaze_cases::{Case, check_log_density, differences, golden_array},
    util::{data, synthetic_weights},
};

/// What the reference itself differs by when it computes with other kernels or in 64 bits is up to 1e-4 at single pixels
/// and 3e-6 on average; what the smallest mistake costs (an epsilon of 1e-5 in a layer norm) is 1e-5 on average.
const LARGEST: f64 = 5e-4;
const MEAN: f64 = 5e-6;
/// The thirty components of one backbone average out less.
const LARGEST_OF_A_BACKBONE: f64 = 1e-3;
/// Of a feature's standard deviation. The reference differs from itself by up to 1.5e-5.
const FEATURE: f64 = 1e-4;
pub(crate) static MODEL: LazyLock<DeepGazeIie> = LazyLock::new(|| {
    // As gaze-cli does, so that its predictions have the same bits.
    gaze_model::use_one_thread_per_operation();
    DeepGazeIie::new(&Weights::open(synthetic_weights()).unwrap(), Device::Cpu, Precision::F32).unwrap()
});

/// The cases of `index.json`.
fn cases() -> Vec<Case> {
    Case::all("deepgaze")
}

/// The file of golden values that `outputs` names, and the stride at which they were kept.
fn golden<D: ndarray::Dimension>(case: &Case, center_bias: &str, which: &str) -> (ndarray::Array<f32, D>, usize) {
    let output = &case.index["outputs"][center_bias];
    (
        golden_array(&case.folder, &output[which]),
        usize::try_from(output[format!("{which}_stride")].as_u64().unwrap()).unwrap(),
    )
}

#[track_caller]
fn check(name: &str, found: &LogDensity<'_>, golden: ArrayView2<'_, f32>, stride: usize) {
    check_log_density(name, found, golden, stride, (LARGEST, MEAN));
}

#[test]
fn log_densities_are_those_of_the_reference() {
    for case in &cases() {
        for name in ["gauss", "zero"] {
            let (golden, stride) = golden::<ndarray::Ix3>(case, name, "final");
            for (n, (picture, center_bias)) in case.pictures.iter().zip(case.center_biases(name)).enumerate() {
                let found = MODEL.log_density(picture, &center_bias).unwrap();
                check(&format!("{} {name} {n}", case.name), &found, golden.index_axis(Axis(0), n), stride);
            }
        }
    }
}

#[test]
fn pictures_that_go_through_together_have_the_same_log_densities() {
    let cases = cases();
    let case = cases.iter().find(|case| case.pictures.len() == 2).unwrap();
    let center_biases = case.center_biases("gauss");
    let pictures: Vec<_> = case.pictures.iter().zip(&center_biases).collect();
    let (golden, stride) = golden::<ndarray::Ix3>(case, "gauss", "final");
    for (n, found) in MODEL.log_densities(&pictures).unwrap().iter().enumerate() {
        check(&format!("{} {n}", case.name), found, golden.index_axis(Axis(0), n), stride);
    }
}

#[test]
fn every_backbone_has_the_density_of_the_reference() {
    for case in &cases() {
        let (golden, stride) = golden::<ndarray::Ix4>(case, "gauss", "backbones");
        for (n, (picture, center_bias)) in case.pictures.iter().zip(case.center_biases("gauss")).enumerate() {
            let found = MODEL.backbone_log_densities(picture, &center_bias).unwrap();
            assert_eq!(found.len(), BACKBONES.len());
            for (backbone, found) in found.iter().enumerate() {
                let golden = golden.slice(s![n, backbone, .., ..]);
                let (largest, _) = differences(found, golden, stride);
                let name = format!("{} of {} {n}", BACKBONES[backbone], case.name);
                assert!(largest <= LARGEST_OF_A_BACKBONE, "{name} is off by up to {largest:.1e}");
            }
        }
    }
}

#[test]
fn features_are_those_of_the_reference() {
    let golden: Value = serde_json::from_slice(&fs::read(data("golden/deepgaze/features.json")).unwrap()).unwrap();
    let cases = cases();
    for (name, backbones) in golden.as_object().unwrap() {
        let case = cases.iter().find(|case| case.name == *name).unwrap();
        for (backbone, features) in BACKBONES.iter().zip(MODEL.features_in_parallel(&case.pictures[0]).unwrap()) {
            let golden = backbones[backbone].as_array().unwrap();
            assert_eq!(golden.len(), features.len());
            for (feature, golden) in features.iter().zip(golden) {
                check_feature(&format!("{backbone} {} of {name}", golden["layer"]), feature, golden);
            }
        }
    }
}

#[track_caller]
fn check_feature(name: &str, found: &Array3<f32>, golden: &Value) {
    let shape: Vec<usize> = serde_json::from_value(golden["shape"].clone()).unwrap();
    assert_eq!(found.shape(), &shape[1..], "{name}");
    let values: Vec<f64> = found.iter().map(|&value| f64::from(value)).collect();
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64).sqrt();
    let close = |found: f64, golden: f64| {
        let difference = (found - golden).abs();
        assert!(difference <= FEATURE * deviation, "{name}: {found} is not {golden} (deviation {deviation})");
    };
    close(mean, golden["mean"].as_f64().unwrap());
    close(deviation, golden["std"].as_f64().unwrap());
    close(values.iter().copied().fold(f64::INFINITY, f64::min), golden["min"].as_f64().unwrap());
    close(values.iter().copied().fold(f64::NEG_INFINITY, f64::max), golden["max"].as_f64().unwrap());
    let first: Vec<f64> = serde_json::from_value(golden["first8"].clone()).unwrap();
    values.iter().zip(first).for_each(|(&found, golden)| close(found, golden));
    let spread: Vec<f64> = serde_json::from_value(golden["every16th"].clone()).unwrap();
    (0..16).zip(spread).for_each(|(j, golden)| close(values[j * count / 16], golden));
}

#[test]
fn backbones_side_by_side_give_the_same_bits() {
    let case = &cases()[0];
    let center_bias = &case.center_biases("gauss")[0];
    let one_after_the_other = MODEL.log_density(&case.pictures[0], center_bias).unwrap();
    let side_by_side = MODEL.log_density_in_parallel(&case.pictures[0], center_bias).unwrap();
    assert_eq!(one_after_the_other, side_by_side);
}

#[test]
fn a_constant_added_to_the_center_bias_changes_nothing() {
    let case = &cases()[0];
    let Size { height, width } = case.size();
    let uniform = LogDensity::uniform(case.size()).unwrap();
    let constant = LogDensity::normalize(ndarray::Array2::from_elem((height, width), 7.0)).unwrap();
    let found = MODEL.log_density(&case.pictures[0], &constant).unwrap();
    assert_eq!(found, MODEL.log_density(&case.pictures[0], &uniform).unwrap());
}

#[test]
fn as_one_of_the_models_it_answers_with_the_same_bits() {
    let case = &cases()[0];
    let (picture, center_bias) = (&case.pictures[0], &case.center_biases("gauss")[0]);
    let model: &dyn SaliencyModel = &*MODEL;
    let expected = MODEL.log_density(picture, center_bias).unwrap();
    let viewing = Viewing { center_bias: Some(center_bias), ..Viewing::of_picture(picture) };
    for alone in [false, true] {
        let found = model.predict(&Viewing { alone, ..viewing }).unwrap();
        assert!(matches!(found, Prediction::Density(found) if found == expected), "alone: {alone}");
    }
    let message = |viewing: &Viewing<'_>| model.predict(viewing).unwrap_err().to_string();
    assert_eq!(message(&Viewing { picture: None, ..viewing }), "the image is missing, and the model looks at it");
    let without = message(&Viewing { center_bias: None, ..viewing });
    assert_eq!(without, "the model needs a center bias, and none was given");

    // It has no center bias of its own, and shows a picture of unknown scale as it is.
    assert!(model.takes_center_bias() && model.center_bias(case.size()).unwrap().is_none());
    assert_eq!(model.training(), Some(Training { pixels_per_degree: 35.0, long_side: 1024, rescales: false }));
    let (small, large) = (Size { height: 100, width: 200 }, Size { height: 200, width: 200 });
    assert!(model.memory(small) > 0 && model.memory(large) == 2 * model.memory(small));
    assert_eq!(model.memory(Size { height: usize::MAX, width: 2 }), usize::MAX);
    // What identifies it is the file of its weights.
    let digest = Sha256::digest(fs::read(synthetic_weights()).unwrap());
    assert_eq!(model.weights().unwrap(), Some(digest.iter().map(|byte| format!("{byte:02x}")).collect()));
}
