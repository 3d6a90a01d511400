//! DeepGaze I and III have the log densities of the PyTorch reference, with made-up weights (see `data/README.md`), and what
//! a mistake would change is far from rounding.

use std::{fs, sync::LazyLock};

use gaze_core::{Fixation, LogDensity, Prediction, SaliencyModel, Size, Stimulus, Training, Viewing};
use gaze_model::{
    Device, Precision,
    deepgaze_i::DeepGazeI,
    deepgaze_iii::{DeepGazeIii, REMEMBERED},
    use_one_thread_per_operation,
    weights::Weights,
};
use ndarray::{Array2, Array3, Axis, Ix3};
use serde_json::Value;
use xtask::synthetic::Network;

use crate::{
    deepgaze_cases::{Case, check_log_density, differences, golden_array},
    util::synthetic_weights_of,
};

/// The largest and the mean difference from the reference. It differs by up to 5e-6 and 1e-6 (I), 2.2e-5 and 2.2e-6 (III)
/// from itself in 64 bits; the smallest mistake below costs 6e-3 at some pixel.
const LIMITS_I: (f64, f64) = (5e-5, 5e-6);
const LIMITS_III: (f64, f64) = (2e-4, 1e-5);
/// Distances of mistakes are known with two digits.
const TWO_DIGITS: f64 = 0.06;

pub(crate) static DEEPGAZE_I: LazyLock<DeepGazeI> = LazyLock::new(|| {
    use_one_thread_per_operation();
    let weights = Weights::open(synthetic_weights_of(Network::DeepGazeI)).unwrap();
    DeepGazeI::new(&weights, Device::Cpu, Precision::F32).unwrap()
});

pub(crate) static DEEPGAZE_III: LazyLock<DeepGazeIii> = LazyLock::new(|| {
    use_one_thread_per_operation();
    let weights = Weights::open(synthetic_weights_of(Network::DeepGazeIii)).unwrap();
    DeepGazeIii::new(&weights, Device::Cpu, Precision::F32).unwrap()
});

fn cases(model: &str) -> Vec<Case> {
    Case::all("deepgaze_family").into_iter().filter(|case| case.index["model"] == model).collect()
}

/// One picture of one run of a case.
struct Run {
    name: String,
    picture: Stimulus,
    center_bias: LogDensity<'static>,
    /// The oldest fixation first.
    history: Vec<Fixation>,
    golden: Array2<f32>,
    stride: usize,
    /// Statistics over all pixels.
    whole: Value,
}

impl Run {
    /// All pictures of all runs of the model's cases.
    fn all(model: &str) -> Vec<Self> {
        let mut runs = Vec::new();
        for case in cases(model) {
            for run in case.index["runs"].as_array().unwrap() {
                let golden: Array3<f32> = golden_array::<Ix3>(&case.folder, &run["file"]);
                let biases = case.center_biases(run["center_bias"].as_str().unwrap());
                for (n, (picture, center_bias)) in case.pictures.iter().zip(biases).enumerate() {
                    let points: Vec<(f64, f64)> =
                        serde_json::from_value(run["histories"][n].clone()).unwrap_or_default();
                    runs.push(Self {
                        name: format!("{} {n}", run["file"]),
                        picture: picture.clone(),
                        center_bias,
                        history: points.into_iter().map(|(x, y)| Fixation { x, y }).collect(),
                        golden: golden.index_axis(Axis(0), n).to_owned(),
                        stride: usize::try_from(run["stride"].as_u64().unwrap()).unwrap(),
                        whole: run["whole"][n].clone(),
                    });
                }
            }
        }
        runs
    }

    /// The run of which the name of the file contains `part`, and of it a picture.
    fn find(model: &str, part: &str, picture: usize) -> Self {
        let is_it = |run: &Self| run.name.contains(part) && run.name.ends_with(&format!(" {picture}"));
        Self::all(model).into_iter().find(is_it).unwrap()
    }

    #[track_caller]
    fn check(&self, found: &LogDensity<'_>, limits: (f64, f64)) {
        check_log_density(&self.name, found, self.golden.view(), self.stride, limits);
        let values = found.values();
        let mean = values.mean().unwrap();
        let deviation = values.mapv(|value| (value - mean).powi(2)).mean().unwrap().sqrt();
        let close = |name: &str, found: f64, limit: f64| {
            let golden = self.whole[name].as_f64().unwrap();
            assert!((found - golden).abs() <= limit, "{name} of {} is {found}, not {golden}", self.name);
        };
        close("mean", mean, limits.1);
        close("std", deviation, limits.1);
        close("min", values.iter().copied().fold(f64::INFINITY, f64::min), limits.0);
        close("max", values.iter().copied().fold(f64::NEG_INFINITY, f64::max), limits.0);
    }

    /// The density of DeepGaze III with this run's picture and another history.
    fn after(&self, history: &[Fixation]) -> LogDensity<'static> {
        DEEPGAZE_III.look(&self.picture, &self.center_bias).unwrap().log_density(history).unwrap()
    }

    /// Checks that a wrong density lies as far from the golden one as the same mistake in the reference does.
    #[track_caller]
    fn check_distance(&self, mistake: &str, wrong: &LogDensity<'_>, expected: f64) {
        let (largest, _) = differences(wrong, self.golden.view(), self.stride);
        assert!(
            (largest / expected - 1.0).abs() <= TWO_DIGITS,
            "{mistake}: the largest difference in {} is {largest:.2e}, not {expected:.2e}",
            self.name
        );
    }
}

#[test]
fn deepgaze_i_has_the_log_densities_of_the_reference() {
    for run in Run::all("deepgaze-i") {
        run.check(&DEEPGAZE_I.log_density(&run.picture, &run.center_bias).unwrap(), LIMITS_I);
    }
}

#[test]
fn deepgaze_iii_has_the_log_densities_of_the_reference() {
    for run in Run::all("deepgaze-iii") {
        run.check(&run.after(&run.history), LIMITS_III);
    }
}

#[test]
fn mistakes_about_fixations_are_as_large_as_in_the_reference() {
    let run = Run::find("deepgaze-iii", "a_192x256_h4", 0);
    let each = |change: fn(Fixation) -> Fixation| run.history.iter().copied().map(change).collect::<Vec<_>>();
    let reversed: Vec<Fixation> = run.history.iter().rev().copied().collect();
    for (mistake, history, distance) in [
        ("the newest fixation first", reversed, 2.9),
        ("x and y exchanged", each(|Fixation { x, y }| Fixation { x: y, y: x }), 3.0),
        ("whole pixels", each(|Fixation { x, y }| Fixation { x: x.round_ties_even(), y: y.round_ties_even() }), 0.018),
        ("fractions cut off", each(|Fixation { x, y }| Fixation { x: x.trunc(), y: y.trunc() }), 0.032),
        ("middles of cells", each(|Fixation { x, y }| Fixation { x: x - 3.5, y: y - 3.5 }), 0.57),
    ] {
        run.check_distance(mistake, &run.after(&history), distance);
    }
    let outside = Run::find("deepgaze-iii", "b_batch2", 1);
    let Size { height, width } = outside.picture.size();
    let (right, bottom) = ((width - 1) as f64, (height - 1) as f64);
    let clamp = |&Fixation { x, y }: &Fixation| Fixation { x: x.clamp(0.0, right), y: y.clamp(0.0, bottom) };
    let clamped: Vec<Fixation> = outside.history.iter().map(clamp).collect();
    outside.check_distance("moved onto the picture", &outside.after(&clamped), 0.63);
    let one = Run::find("deepgaze-iii", "b_batch2", 0);
    let zero = Fixation { x: 0.0, y: 0.0 };
    let filled = [&[zero; 3], &one.history[..]].concat();
    one.check_distance("missing fixations at the corner", &one.after(&filled), 5.2);
}

/// The made-up weights of a network after `change`, which is given the name of each tensor of 32-bit numbers.
fn changed(network: Network, change: impl Fn(&str, &mut [f32])) -> Weights {
    let mut bytes = fs::read(synthetic_weights_of(network)).unwrap();
    let start = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let header: Value = serde_json::from_slice(&bytes[8..start]).unwrap();
    for (name, tensor) in header.as_object().unwrap().iter().filter(|(_, tensor)| tensor["dtype"] == "F32") {
        let (from, to): (usize, usize) = serde_json::from_value(tensor["data_offsets"].clone()).unwrap();
        let tensor = &mut bytes[start + from..start + to];
        let mut values: Vec<f32> = tensor.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
        change(name, &mut values);
        tensor.copy_from_slice(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
    }
    let file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(file.path(), bytes).unwrap();
    // The file stays mapped when its name is gone.
    Weights::open(file.path()).unwrap()
}

#[test]
fn mistakes_about_weights_are_as_large_as_in_the_reference() {
    let run = Run::find("deepgaze-iii", "a_192x256_h4", 0);
    let check = |mistake: &str, distance: f64, change: &dyn Fn(&str, &mut [f32])| {
        let weights = changed(Network::DeepGazeIii, change);
        let model = DeepGazeIii::new(&weights, Device::Cpu, Precision::F32).unwrap();
        let wrong = model.look(&run.picture, &run.center_bias).unwrap().log_density(&run.history).unwrap();
        run.check_distance(mistake, &wrong, distance);
    };
    let encoding = |name: &str, leaf: &str| name.contains(".encoding0.convolutions.") && name.ends_with(leaf);
    check("biases of the encoding left out", 0.0061, &|name, values| {
        if encoding(name, ".bias") {
            values.fill(0.0);
        }
    });
    check("fixation minus pixel", 5.7, &|name, values| {
        if encoding(name, ".weight") {
            values.iter_mut().enumerate().filter(|(index, _)| index % 3 < 2).for_each(|(_, value)| *value = -*value);
        }
    });

    let run = Run::find("deepgaze-i", "b_batch2", 0);
    let check = |mistake: &str, distance: f64, change: &dyn Fn(&str, &mut [f32])| {
        let weights = changed(Network::DeepGazeI, change);
        let model = DeepGazeI::new(&weights, Device::Cpu, Precision::F32).unwrap();
        run.check_distance(mistake, &model.log_density(&run.picture, &run.center_bias).unwrap(), distance);
    };
    check("sigma of 8", 0.11, &|name, values| {
        if name.ends_with(".sigma") {
            values.fill(8.0);
        }
    });
    check("center bias with weight 1", 0.12, &|name, values| {
        if name.ends_with(".center_bias_weight") {
            values.fill(1.0);
        }
    });
}

#[test]
fn a_picture_that_was_seen_answers_with_the_same_bits_in_any_order_and_in_parallel() {
    let run = Run::find("deepgaze-iii", "a_192x256_h6", 0);
    let seen = DEEPGAZE_III.look(&run.picture, &run.center_bias).unwrap();
    let first = seen.log_density(&run.history).unwrap();
    for history in [&run.history[..1], &[]] {
        let found = seen.log_density(history).unwrap();
        assert_ne!(found, first);
        assert_eq!(found, seen.log_density_in_parallel(history).unwrap());
    }
    assert_eq!(seen.log_density(&run.history).unwrap(), first);
    // Only the last ones count.
    assert_eq!(seen.log_density(&run.history[run.history.len() - REMEMBERED..]).unwrap(), first);
}

#[test]
fn as_models_they_answer_with_the_same_bits_and_tell_what_they_take() {
    let run = Run::find("deepgaze-iii", "a_192x256_h2", 0);
    let viewing = Viewing { center_bias: Some(&run.center_bias), ..Viewing::of_picture(&run.picture) };
    let expected = DEEPGAZE_I.log_density(&run.picture, &run.center_bias).unwrap();
    let spatial: &dyn SaliencyModel = &*DEEPGAZE_I;
    let after = Viewing { history: &run.history, ..viewing };
    assert_eq!(spatial.predict(&after).unwrap(), Prediction::Density(expected));
    assert!(!spatial.takes_history());

    let scanpath: &dyn SaliencyModel = &*DEEPGAZE_III;
    let expected = Prediction::Density(run.after(&run.history));
    for alone in [false, true] {
        assert_eq!(scanpath.predict(&Viewing { alone, ..after }).unwrap(), expected);
        let look = scanpath.look(&Viewing { alone, ..viewing }).unwrap();
        assert_eq!(look.predict(&run.history).unwrap(), expected);
    }
    assert!(scanpath.takes_history());
    for model in [spatial, scanpath] {
        let message = |viewing: &Viewing<'_>| model.predict(viewing).unwrap_err().to_string();
        assert_eq!(message(&Viewing { picture: None, ..viewing }), "the image is missing, and the model looks at it");
        assert_eq!(
            message(&Viewing { center_bias: None, ..viewing }),
            "the model needs a center bias, and none was given"
        );
        assert!(model.takes_center_bias() && model.center_bias(run.picture.size()).unwrap().is_none());
        assert_eq!(model.training(), Some(Training { pixels_per_degree: 35.0, long_side: 1024, rescales: false }));
        assert_eq!(model.memory(Size { height: usize::MAX, width: 2 }), usize::MAX);
        assert!(model.weights().unwrap().is_some_and(|hash| hash.len() == 64));
    }
}

#[test]
fn what_cannot_be_predicted_is_refused_with_the_reason() {
    let picture = |height, width| Stimulus::new(Array3::zeros((height, width, 3))).unwrap();
    let look = |height, width, bias: Size| {
        let bias = LogDensity::uniform(bias).unwrap();
        DEEPGAZE_III.look(&picture(height, width), &bias).map(drop).map_err(|error| error.to_string())
    };
    let size = |height, width| Size { height, width };
    look(58, 58, size(58, 58)).unwrap();
    assert_eq!(
        look(57, 300, size(57, 300)).unwrap_err(),
        "DeepGaze III takes pictures of at least 58 pixels per side, this one is 57x300 (height x width); enlarge it"
    );
    assert!(look(60, 70, size(70, 60)).unwrap_err().contains("the picture is 60x70"));
    let uniform = LogDensity::uniform(size(125, 300)).unwrap();
    assert_eq!(
        DEEPGAZE_I.log_density(&picture(125, 300), &uniform).unwrap_err().to_string(),
        "DeepGaze I takes pictures of at least 126 pixels per side, this one is 125x300 (height x width); enlarge it"
    );
    let run = Run::find("deepgaze-iii", "a_192x256_h1", 0);
    let seen = DEEPGAZE_III.look(&run.picture, &run.center_bias).unwrap();
    let error = seen.log_density(&[run.history[0], Fixation { x: f64::NAN, y: 3.0 }]).unwrap_err().to_string();
    assert!(error.starts_with("fixation 1 of the history lies at x = NaN, y = 3"), "{error}");
    // Far outside is not absurd.
    seen.log_density(&[Fixation { x: -9e5, y: 9e5 }]).unwrap();
}
