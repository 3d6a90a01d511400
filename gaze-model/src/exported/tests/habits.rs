//! Each field of a description changes the prediction as it says.

use std::fs;

use gaze_core::{LogDensity, Prediction, Size, Stimulus, Viewing};
use ndarray::{Array2, Array3};
use tempfile::TempDir;

use super::writer::{conv, floats, int, ints, model, node, port, wholes};
use crate::{ModelName, OpenError, Opened, Options, StandardCenterBias};

/// Sums of 32-bit numbers up to a few hundred, a few times rounded.
const ROUNDING: f64 = 1e-4;

/// The weights of the channels, in the order in which the network takes them.
pub(super) const WEIGHTS: [f32; 3] = [1.0, 10.0, 100.0];

/// A network whose map is the weighted sum of the channels, plus the mean of that over all that the network sees.
pub(super) fn weighing(sides: [i64; 4]) -> Vec<u8> {
    model(&[
        port(11, "image", 1, &sides),
        floats("weights", &[1, 3, 1, 1], &WEIGHTS),
        conv(&["image", "weights"], "sum", 0),
        node("GlobalAveragePool", &["sum"], &["mean"], &[]),
        node("Add", &["sum", "mean"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ])
}

/// A network in a folder of its own, with a description.
pub(super) fn folder(network: &[u8], sidecar: Option<&str>) -> (TempDir, ModelName) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.onnx"), network).unwrap();
    if let Some(text) = sidecar {
        fs::write(folder.path().join("mine.json"), text).unwrap();
    }
    let name = ModelName::of_file(folder.path().join("mine.onnx")).unwrap();
    (folder, name)
}

pub(super) fn open(network: &[u8], rest: &str) -> Result<Opened, OpenError> {
    let (_folder, name) = folder(network, Some(&format!(r#"{{"gaze_network": 1{rest}}}"#)));
    name.open(&Options::default())
}

#[track_caller]
pub(super) fn refused(network: &[u8], rest: &str) -> String {
    open(network, rest).unwrap_err().to_string()
}

/// A picture of 4 × 6 pixels, of which red differs between columns, green between rows.
pub(super) fn picture() -> Stimulus {
    let byte = |number: usize| u8::try_from(number).unwrap();
    Stimulus::new(Array3::from_shape_fn((4, 6, 3), |(y, x, channel)| [byte(x * 20), byte(y * 30), 51][channel]))
        .unwrap()
}

#[track_caller]
pub(super) fn scores(opened: &Opened) -> Array2<f64> {
    match opened.model.predict(&Viewing::of_picture(&picture())).unwrap() {
        Prediction::Scores(map) => map.values().to_owned(),
        Prediction::Density(density) => panic!("{density:?}"),
    }
}

/// The map of [`weighing`] where it sees `pixel` at each place of a picture of the size of [`picture`].
fn weighed(number: impl Fn(usize, f64) -> f64, order: [usize; 3]) -> Array2<f64> {
    let picture = picture();
    let sum = Array2::from_shape_fn((4, 6), |(y, x)| {
        (0..3)
            .map(|place| f64::from(WEIGHTS[place]) * number(place, f64::from(picture.pixels()[[y, x, order[place]]])))
            .sum::<f64>()
    });
    let mean = sum.mean().unwrap();
    sum + mean
}

#[track_caller]
fn check_close(found: &Array2<f64>, expected: &Array2<f64>) {
    assert_eq!(found.dim(), expected.dim());
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= ROUNDING * expected.abs().max(1.0), "{place}: {found} and {expected}");
    }
}

pub(super) const ANY: [i64; 4] = [1, 3, 0, 0];

#[test]
fn range_mean_and_deviation_make_the_numbers() {
    let with = |rest: &str| {
        let output = r#""output": {"kind": "scores"}"#;
        scores(&open(&weighing(ANY), &format!(r#", "input": {{{rest}}}, {output}"#)).unwrap())
    };
    check_close(&with(r#""range": "0..1""#), &weighed(|_, byte| byte / 255.0, [0, 1, 2]));
    check_close(&with(r#""range": "0..255""#), &weighed(|_, byte| byte, [0, 1, 2]));
    let mean = [0.5, 0.25, 0.125];
    let text = r#""range": "0..1", "mean": [0.5, 0.25, 0.125]"#;
    check_close(&with(text), &weighed(|place, byte| byte / 255.0 - mean[place], [0, 1, 2]));
    let text = r#""range": "0..255", "deviation": [0.5, 0.25, 0.125]"#;
    check_close(&with(text), &weighed(|place, byte| byte / mean[place], [0, 1, 2]));
}

#[test]
fn channels_and_layout_give_their_order() {
    let end = r#", "output": {"kind": "scores"}"#;
    let bgr = open(&weighing(ANY), &format!(r#", "input": {{"range": "0..255", "channels": "bgr"}}{end}"#)).unwrap();
    check_close(&scores(&bgr), &weighed(|_, byte| byte, [2, 1, 0]));
    let last = model(&[
        port(11, "image", 1, &[1, 0, 0, 0]),
        node("Transpose", &["image"], &["first"], &[ints("perm", &[0, 3, 1, 2])]),
        floats("weights", &[1, 3, 1, 1], &WEIGHTS),
        conv(&["first", "weights"], "sum", 0),
        node("GlobalAveragePool", &["sum"], &["mean"], &[]),
        node("Add", &["sum", "mean"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let nhwc = open(&last, &format!(r#", "input": {{"range": "0..255", "layout": "nhwc"}}{end}"#)).unwrap();
    check_close(&scores(&nhwc), &weighed(|_, byte| byte, [0, 1, 2]));
    // The graph does not show which axis has the channels, so that the usual layout is assumed, and is wrong here.
    let opened = open(&last, &format!(r#", "input": {{"range": "0..255"}}{end}"#)).unwrap();
    assert!(opened.notes[0].contains(r#"assumed input.layout "nchw", "#), "{:?}", opened.notes);
    let error = opened.model.predict(&Viewing::of_picture(&picture())).unwrap_err().to_string();
    assert!(error.starts_with("rten refuses it: "), "{error}");
    let message = refused(&weighing(ANY), &format!(r#", "input": {{"range": "0..255", "layout": "nhwc"}}{end}"#));
    assert!(message.contains("input.layout: the graph has its axis of 3 channels at the other place"), "{message}");
}

#[test]
fn a_graph_of_bytes_tells_its_range() {
    let bytes = model(&[
        port(11, "image", 2, &ANY),
        node("Cast", &["image"], &["number"], &[int("to", 1)]),
        floats("weights", &[1, 3, 1, 1], &WEIGHTS),
        conv(&["number", "weights"], "sum", 0),
        node("GlobalAveragePool", &["sum"], &["mean"], &[]),
        node("Add", &["sum", "mean"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let opened = open(&bytes, r#", "output": {"kind": "scores"}"#).unwrap();
    check_close(&scores(&opened), &weighed(|_, byte| byte, [0, 1, 2]));
    assert!(refused(&bytes, r#", "input": {"range": "0..1"}"#).contains("input.range: the graph takes whole numbers"));
    assert!(refused(&bytes, r#", "input": {"mean": [0, 0, 1]}"#).contains("input.mean: the graph takes whole numbers"));
}

/// The scores of the weighing network for a picture of one color, which pads with another.
#[track_caller]
fn check_size(input: &str, expected: f64) {
    let text = format!(r#", "input": {{"range": "0..255", {input}}}, "output": {{"kind": "scores"}}"#);
    let opened = open(&weighing(ANY), &text).unwrap();
    let gray = Stimulus::new(Array3::from_elem((4, 6, 3), 10)).unwrap();
    let answer = opened.model.predict(&Viewing::of_picture(&gray)).unwrap().to_saliency_map();
    check_close(&answer.values().to_owned(), &Array2::from_elem((4, 6), expected));
}

#[test]
fn size_fit_and_padding_say_what_the_network_sees() {
    // The sum of the weights is 111, so a place has 1110, and the mean is added: 1110 times the share of the picture.
    check_size(r#""size": "as-is""#, 2220.0);
    check_size(r#""size": {"fixed": [8, 8]}, "fit": "stretch""#, 2220.0);
    // 4 × 6 in 12 × 12 becomes 8 × 12: two thirds.
    check_size(r#""size": {"fixed": [12, 12]}, "fit": "pad-center""#, 1110.0 * (1.0 + 2.0 / 3.0));
    check_size(r#""size": {"fixed": [12, 12]}, "fit": "pad-end""#, 1110.0 * (1.0 + 2.0 / 3.0));
    // The margin has the sum 2 + 30 + 400.
    let margin = r#""size": {"fixed": [12, 12]}, "fit": "pad-center", "padding_color": [2, 3, 4]"#;
    check_size(margin, 1110.0 * (1.0 + 2.0 / 3.0) + 432.0 / 3.0);
    // 4 × 6 at a long side of 3 is 2 × 3, in 4 × 4: three eighths.
    check_size(r#""size": {"long-side": 3}, "multiple_of": 4, "fit": "pad-end""#, 1110.0 * 1.375);
    check_size(r#""multiple_of": 5, "fit": "pad-center""#, 1110.0 * (1.0 + 24.0 / 50.0));
    check_size(r#""multiple_of": 5, "fit": "stretch""#, 2220.0);
}

#[test]
fn a_picture_comes_back_to_its_place() {
    // The right half is bright. Whatever the network sees, the right half of the map is.
    let half = Stimulus::new(Array3::from_shape_fn((30, 40, 3), |(_, x, _)| if x < 20 { 0 } else { 255 })).unwrap();
    for size in [
        r#""size": {"fixed": [64, 64]}, "fit": "pad-center""#,
        r#""size": {"fixed": [64, 64]}, "fit": "pad-end""#,
        r#""size": {"fixed": [24, 64]}, "fit": "stretch""#,
        r#""size": {"long-side": 100}, "multiple_of": 32, "fit": "pad-center""#,
    ] {
        let text = format!(r#", "input": {{"range": "0..1", {size}}}, "output": {{"kind": "scores"}}"#);
        let map =
            open(&weighing(ANY), &text).unwrap().model.predict(&Viewing::of_picture(&half)).unwrap().to_saliency_map();
        let (dark, bright) = (map.values()[[15, 17]], map.values()[[15, 22]]);
        assert!(bright > dark + 100.0, "{size}: {dark} and {bright}");
        // No margin is left at the borders.
        for (place, beside) in [([0, 39], [15, 35]), ([29, 39], [15, 35]), ([0, 0], [15, 4]), ([29, 0], [15, 4])] {
            assert!((map.values()[place] - map.values()[beside]).abs() < 1.0, "{size}: {place:?}");
        }
    }
}

/// A network that gives the red channel.
pub(super) fn red(more: &[Vec<u8>]) -> Vec<u8> {
    let parts = [
        port(11, "image", 1, &ANY),
        floats("weights", &[1, 3, 1, 1], &[1.0, 0.0, 0.0]),
        conv(&["image", "weights"], "map", 0),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ];
    model(&[&parts, more].concat())
}

#[track_caller]
fn density(network: &[u8], kind: &str) -> LogDensity<'static> {
    let text = format!(r#", "input": {{"range": "0..255", "deviation": [100, 1, 1]}}, "output": {{"kind": "{kind}"}}"#);
    let opened = open(network, &text).unwrap();
    opened.model.predict(&Viewing::of_picture(&picture())).unwrap().density().unwrap().clone()
}

#[test]
fn the_kind_of_the_output_makes_the_density() {
    let red = red(&[]);
    let numbers = Array2::from_shape_fn((4, 6), |(_, x)| x as f64 * 0.2);
    check_close(
        &density(&red, "logits").values().to_owned(),
        &LogDensity::normalize(numbers.clone()).unwrap().into_values(),
    );
    let shares = LogDensity::from_weights(numbers).unwrap().into_values().mapv(f64::exp);
    check_close(&density(&red, "probabilities").values().mapv(f64::exp), &shares);
    let error = open(&red, r#", "input": {"range": "0..1"}, "output": {"kind": "log-density"}"#).unwrap();
    let error = error.model.predict(&Viewing::of_picture(&picture())).unwrap_err().to_string();
    assert!(error.starts_with("output.kind: the probabilities of a log-density sum to 1"), "{error}");
    let text = r#", "input": {"range": "0..1", "mean": [1, 1, 1]}, "output": {"kind": "probabilities"}"#;
    let error = open(&red, text).unwrap().model.predict(&Viewing::of_picture(&picture())).unwrap_err().to_string();
    assert!(error.starts_with("output.kind: the output is no map of probabilities: the value at row 0"), "{error}");
}

#[test]
fn a_log_density_is_taken_as_it_is() {
    // A softmax over all pixels, in the manner of exporters: flat, softmax, logarithm, back.
    let network = model(&[
        port(11, "image", 1, &ANY),
        floats("weights", &[1, 3, 1, 1], &[1.0, 0.0, 0.0]),
        conv(&["image", "weights"], "logits", 0),
        node("Shape", &["logits"], &["shape"], &[]),
        node("Flatten", &["logits"], &["flat"], &[int("axis", 1)]),
        node("LogSoftmax", &["flat"], &["log"], &[int("axis", 1)]),
        node("Reshape", &["log", "shape"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let numbers = Array2::from_shape_fn((4, 6), |(_, x)| x as f64 * 0.2);
    check_close(
        &density(&network, "log-density").values().to_owned(),
        &LogDensity::normalize(numbers).unwrap().into_values(),
    );
}

#[test]
fn output_name_chooses_among_several() {
    let two = red(&[node("Add", &["map", "map"], &["double"], &[]), port(12, "double", 1, &[1, 1, 0, 0])]);
    let at = |name: &str| {
        let text = format!(r#", "input": {{"range": "0..255"}}, "output": {{"kind": "scores", "name": "{name}"}}"#);
        scores(&open(&two, &text).unwrap())[[0, 2]]
    };
    assert!((at("map") - 40.0).abs() < ROUNDING && (at("double") - 80.0).abs() < ROUNDING);
    let message = refused(&two, r#", "output": {"name": "triple"}"#);
    assert!(message.contains("output.name: the network gives no \"triple\", but map, double"), "{message}");
    let message = refused(&two, r#", "input": {"range": "0..255"}, "output": {"kind": "scores"}"#);
    assert!(message.contains("output.name is missing: the network gives map, double"), "{message}");
}

/// A network that adds a center bias to the red channel.
fn biased(axes: usize) -> Vec<u8> {
    let (name, spread) = match axes {
        3 => ("wide", vec![wholes("one", &[1]), node("Unsqueeze", &["bias", "one"], &["wide"], &[])]),
        _ => ("bias", vec![]),
    };
    let sides = &[1, 1, 0, 0][4 - axes..];
    let parts = [
        port(11, "bias", 1, sides),
        port(11, "image", 1, &ANY),
        floats("weights", &[1, 3, 1, 1], &[1.0, 0.0, 0.0]),
        conv(&["image", "weights"], "sum", 0),
        node("Add", &["sum", name], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ];
    model(&[&spread[..], &parts].concat())
}

#[test]
fn a_center_bias_is_an_input() {
    let bias = LogDensity::from_weights(Array2::from_shape_fn((4, 6), |(y, _)| 1.0 + y as f64)).unwrap();
    for (axes, layout) in [(3, "nhw"), (4, "nchw")] {
        let text = format!(
            r#", "input": {{"name": "image", "range": "0..255", "deviation": [100, 1, 1]}}, "center_bias": "{layout}",
            "output": {{"kind": "logits"}}"#
        );
        let opened = open(&biased(axes), &text).unwrap();
        assert!(opened.model.takes_center_bias());
        let picture = picture();
        let viewing = Viewing { center_bias: Some(&bias), ..Viewing::of_picture(&picture) };
        let found = opened.model.predict(&viewing).unwrap().density().unwrap().values().to_owned();
        let expected = Array2::from_shape_fn((4, 6), |(y, x)| x as f64 * 0.2 + bias.values()[[y, x]]);
        check_close(&found, &LogDensity::normalize(expected).unwrap().into_values());
        let error = opened.model.predict(&Viewing::of_picture(&picture)).unwrap_err().to_string();
        assert_eq!(error, "the model needs a center bias, and none was given");
    }
    let message = refused(&biased(3), r#", "input": {"range": "0..1"}, "output": {"kind": "logits"}"#);
    assert!(message.contains("center_bias is missing: the network takes two inputs (bias, image)"), "{message}");
    let message = refused(&biased(3), r#", "input": {"name": "image"}, "center_bias": "nchw""#);
    assert!(message.contains("center_bias: the input bias has 3 axes, not 4"), "{message}");
    let message = refused(&red(&[]), r#", "center_bias": "nhw""#);
    assert!(message.contains("center_bias: the network takes one input (image)"), "{message}");
    let message = refused(&red(&[]), r#", "input": {"name": "picture"}"#);
    assert!(message.contains("input.name: the network takes no \"picture\", but image"), "{message}");
}

#[test]
fn a_description_must_not_contradict_the_graph() {
    let fixed = weighing([1, 3, 8, 12]);
    let end = r#", "output": {"kind": "scores"}"#;
    for (input, expected) in [
        (r#""size": {"fixed": [8, 8]}"#, "input.size: the graph takes 8x12 and nothing else"),
        (r#""size": {"long-side": 12}"#, "input.size: the graph takes 8x12"),
        (r#""multiple_of": 4"#, "input.multiple_of: a fixed `input.size`"),
        (r#""padding_color": [0, 0, 0]"#, "input.padding_color: there is no margin"),
    ] {
        let message = refused(&fixed, &format!(r#", "input": {{"range": "0..1", {input}}}{end}"#));
        assert!(message.contains("mine.json: ") && message.contains(expected), "{message}");
    }
    let message = refused(&weighing(ANY), &format!(r#", "input": {{"range": "0..1", "fit": "pad-end"}}{end}"#));
    assert!(message.contains("input.fit: it matters only with a fixed"), "{message}");
    let message = refused(&weighing([1, 4, 0, 0]), &format!(r#", "input": {{"range": "0..1"}}{end}"#));
    assert!(message.contains("input.layout: axis 1 of the graph's input has length 4"), "{message}");
    let message = refused(&weighing([2, 3, 0, 0]), &format!(r#", "input": {{"range": "0..1"}}{end}"#));
    assert!(message.contains("the graph takes 2x3x?x?, which is no batch of one picture"), "{message}");
    assert!(
        refused(&fixed, r#", "training": {"pixels_per_degree": 30, "long_side": 9}"#)
            .contains("training: the network sees")
    );
}

#[test]
fn any_number_of_threads_gives_the_same_bits_and_memory_is_told() {
    let network = model(&[
        port(11, "image", 1, &ANY),
        floats("a", &[16, 3, 3, 3], &(0..432).map(|place| (place as f32 * 0.37).sin()).collect::<Vec<_>>()),
        floats("b", &[1, 16, 3, 3], &(0..144).map(|place| (place as f32 * 0.73).sin()).collect::<Vec<_>>()),
        conv(&["image", "a"], "many", 1),
        node("Relu", &["many"], &["kept"], &[]),
        conv(&["kept", "b"], "map", 1),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let opened = open(&network, r#", "input": {"range": "0..1"}, "output": {"kind": "scores"}"#).unwrap();
    let picture =
        Stimulus::new(Array3::from_shape_fn((101, 77, 3), |(y, x, c)| u8::try_from((y * x + 7 * c) % 256).unwrap()))
            .unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| opened.model.predict(&Viewing { alone: true, ..Viewing::of_picture(&picture) }).unwrap())
    };
    let one = with(1);
    assert!([2, 3, 5].into_iter().all(|threads| with(threads) == one));
    // Input, the wide layer before and after, the weights.
    let memory = opened.model.memory(Size { height: 101, width: 77 });
    assert_eq!(memory, 4 * (101 * 77 * (16 + 16) + 432 + 144));
    assert_eq!(ModelName::of_file("a.onnx").unwrap().entry().center_bias, Some(StandardCenterBias::Gaussian));
}
