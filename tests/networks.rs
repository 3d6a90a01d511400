//! Networks in files, from the command line: described, used beside other models, and told apart by their hashes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gaze_core::LogDensity;
use image::{Rgb, RgbImage};
use ndarray::{Array2, s};
use tempfile::{TempDir, tempdir};

use crate::{
    onnx_writer::{conv, floats, model, node, port},
    util::{Run, gaze_cli, repository, run, scores, write_saliency4asd},
};

/// A folder with the small network that PyTorch exported.
fn network() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("small.onnx");
    fs::copy(repository("tests/data/networks/small.onnx"), &file).unwrap();
    (folder, file)
}

fn models(file: &Path, more: &[&str]) -> Run {
    gaze_cli().arg("models").arg(file).args(more).output().unwrap().into()
}

const SIDECAR: &str = r#"{"gaze_network": 1, "name": "our small one", "output": {"kind": "logits"},
    "input": {"range": "0..1", "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225],
    "multiple_of": 4, "fit": "stretch"}}"#;

#[test]
fn what_is_understood_is_printed_and_a_template_is_completed() {
    let (folder, file) = network();
    let told = models(&file, &[]);
    assert_eq!(told.status, 1, "{}", told.stderr);
    for line in [
        "small: ",
        "small.onnx, ONNX, 0.0 MB",
        "  input.layout                \"nchw\"                       from the graph",
        "  input.channels              \"rgb\"                        assumed",
        "input.range is missing: no graph shows",
    ] {
        assert!(told.stdout.contains(line), "{}", told.stdout);
    }
    let sidecar = folder.path().join("small.json");
    assert!(!sidecar.exists(), "nothing is written unless it is asked for");
    let saved = models(&file, &["--save"]);
    assert!(saved.status == 1 && saved.stdout.ends_with("small.json\n"), "{}{}", saved.stdout, saved.stderr);
    let template = fs::read_to_string(&sidecar).unwrap();
    let unfinished = models(&file, &[]);
    assert_eq!(unfinished.status, 2);
    assert!(
        unfinished.stderr.contains("small.json: input.range: unknown variant `0..1 or 0..255`"),
        "{}",
        unfinished.stderr
    );
    let filled =
        template.replace("0..1 or 0..255", "0..1").replace("logits, probabilities, log-density or scores", "logits");
    fs::write(&sidecar, &filled).unwrap();
    let clear = models(&file, &[]);
    assert!(clear.status == 0 && !clear.stdout.contains("assumed"), "{}{}", clear.stdout, clear.stderr);
    let kept = models(&file, &["--save"]);
    assert!(kept.status == 2 && kept.stderr.contains("small.json is there and is kept"), "{}", kept.stderr);
    assert_eq!(fs::read_to_string(&sidecar).unwrap(), filled);
    let none = models(Path::new("gaze-lite"), &[]);
    assert!(none.stderr.contains("only networks in FILE.onnx and FILE.pt have a description"), "{}", none.stderr);
}

#[test]
fn one_report_has_a_network_of_ones_own_beside_gaze_lite() {
    let ((folder, file), data) = (network(), tempdir().unwrap());
    write_saliency4asd(data.path(), 2);
    fs::write(folder.path().join("small.json"), SIDECAR).unwrap();
    let out = folder.path().join("out");
    let models = format!("gaze-lite,{}", file.display());
    let options = ["--save", "none", "--metrics", "nss,ig", "--long-side", "64"];
    let done = run(data.path(), &models, &out, &options);
    assert!(done.status <= 1, "{}", done.stderr);
    assert!(
        done.stderr.contains("our small one: assumed input.size \"as-is\", input.channels \"rgb\""),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("our small one: the long side is not used"), "{}", done.stderr);
    let rows = scores(&out);
    for (model, metric) in [("gaze-lite", "ig"), ("our small one", "ig"), ("our small one", "nss")] {
        let found = rows.iter().filter(|row| row["model"] == model && row["metric"] == metric);
        assert!(
            found.clone().count() > 0 && found.clone().all(|row| row["value"].parse::<f64>().is_ok()),
            "{model} {metric}"
        );
    }
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("gaze-lite") && page.contains("our small one"));
    // A description that changes makes another study of it.
    fs::write(folder.path().join("small.json"), SIDECAR.replace("0.485", "0.5")).unwrap();
    let other = run(data.path(), &models, &out, &options);
    assert!(other.status == 2 && other.stderr.contains("holds another run"), "{}", other.stderr);
}

#[test]
fn an_unclear_network_is_not_used() {
    let (folder, file) = network();
    let picture = repository("examples/photographs/images");
    let picture = fs::read_dir(picture).unwrap().next().unwrap().unwrap().path();
    let predict = || -> Run {
        let out = folder.path().join("map.npy");
        gaze_cli().arg("predict").arg(&picture).arg("--model").arg(&file).arg("--out").arg(out).output().unwrap().into()
    };
    let refused = predict();
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.starts_with("gaze: --model: "), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("output.kind is missing") && refused.stderr.contains("--save"),
        "{}",
        refused.stderr
    );
    fs::write(folder.path().join("small.json"), SIDECAR).unwrap();
    let predicted = predict();
    assert_eq!(predicted.status, 0, "{}", predicted.stderr);
    assert!(folder.path().join("map.npy").exists());
}

/// Writes a network whose map is a times the brightness, which is between 0 and 1, plus b, and the sigmoid of that if it is
/// `bounded`.
fn write_brightness(file: &Path, [a, b]: [f32; 2], bounded: bool) {
    let parts = [
        port(11, "image", 1, &[1, 3, 0, 0]),
        floats("weights", &[1, 3, 1, 1], &[a / 3.0; 3]),
        floats("bias", &[1], &[b]),
        conv(&["image", "weights", "bias"], "sum", 0),
        node(if bounded { "Sigmoid" } else { "Identity" }, &["sum"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ];
    fs::write(file, model(&parts)).unwrap();
    let text = r#"{"gaze_network": 1, "input": {"range": "0..1"}, "output": {"kind": "scores"}}"#;
    fs::write(file.with_extension("json"), text).unwrap();
}

/// The size of pictures of a bright square: height, width and the side of the square. The longer side is that of the maps that
/// calibrations are fitted to, so that these are not resampled.
const SQUARE: [u32; 3] = [96, 128, 24];

/// The corner of the square in a picture.
fn corner(picture: u32) -> [u32; 2] {
    [[8, 12], [64, 20], [20, 90], [60, 70], [36, 44], [10, 60], [50, 100], [70, 4]][picture as usize % 8]
}

/// Writes pictures of a white square on black. Four of five fixations lie on the square, spread evenly, one anywhere else.
fn write_squares(folder: &Path) {
    let [height, width, side] = SQUARE;
    fs::create_dir_all(folder.join("images")).unwrap();
    let mut table = "image,subject,x,y\n".to_owned();
    for picture in 0..8 {
        let [top, left] = corner(picture);
        let inside = |x: u32, y: u32| (left..left + side).contains(&x) && (top..top + side).contains(&y);
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([if inside(x, y) { 255 } else { 0 }; 3]));
        image.save(folder.join(format!("images/{picture}.png"))).unwrap();
        for fixation in 0..40 {
            let (x, y) = if fixation % 5 > 0 {
                (left + fixation * 7 % side, top + fixation * 11 % side)
            } else {
                let places =
                    (0..).map(|more| ((fixation * 29 + more * 53) % width, (fixation * 17 + more * 31) % height));
                places.into_iter().find(|&(x, y)| !inside(x, y)).unwrap()
            };
            table += &format!("{picture}.png,s{},{x}.5,{y}.5\n", fixation % 2);
        }
    }
    fs::write(folder.join("fixations.csv"), table).unwrap();
}

fn calibrate(data: &Path, network: &Path, out: &Path, more: &[&str]) -> Run {
    let mut command = gaze_cli();
    command.args(["calibrate", "-q", "--data"]).arg(data).arg("--model").arg(network).arg("--out").arg(out);
    command.args(more).output().unwrap().into()
}

/// The difference of the part of the density that lies on the square, on average over the pictures, from the part of the fixations
/// that do. The fit makes both equal, but with a center bias that leaves the picture out, and the prediction's has the picture's
/// own fixations, too: that is 0.07. The network as it is puts 0.14 on the square.
const SHARE: f64 = 0.1;
/// The difference of the temperature from that of a fit without a center bias, as a share of it, which is 0.07. It would be 0.9 if
/// scores were taken as logits.
const TEMPERATURE: f64 = 0.1;

#[test]
fn a_network_of_scores_is_calibrated_and_used() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    write_squares(data.path());
    let at = |name: &str| folder.path().join(name);
    write_brightness(&at("bright.onnx"), [3.0, -1.0], true);
    let told = calibrate(data.path(), &at("bright.onnx"), &at("fitted.json"), &[]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    let fitted: serde_json::Value = serde_json::from_str(&fs::read_to_string(at("fitted.json")).unwrap()).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    assert!(number(&fitted["blur"]) <= 0.0, "the square has sharp edges: {fitted}");
    assert!(number(&fitted["about"]["cross_validated"]) > number(&fitted["about"]["without"]), "{}", fitted["about"]);
    // Scores are probabilities but for a factor and a power: p(square) / p(elsewhere) = odds of the fixations.
    let sigmoid = |value: f64| 1.0 / (1.0 + (-value).exp());
    let [height, width, side] = SQUARE.map(f64::from);
    let area = side * side / (height * width);
    let expected = (4.0 * (1.0 - area) / area).ln() / (sigmoid(2.0) / sigmoid(-1.0)).ln();
    let found = number(&fitted["temperature"]);
    assert!((found / expected - 1.0).abs() < TEMPERATURE, "{found} and {expected}");

    let mut share = 0.0;
    for picture in 0..8 {
        let mut command = gaze_cli();
        command.arg("predict").arg(data.path().join(format!("images/{picture}.png"))).arg("--model");
        let predicted: Run = command.arg(at("fitted.json")).arg("--out").arg(at("map.npy")).output().unwrap().into();
        assert_eq!(predicted.status, 0, "{}", predicted.stderr);
        let map: Array2<f32> = ndarray_npy::read_npy(at("map.npy")).unwrap();
        let density = LogDensity::new(map.mapv(f64::from)).unwrap();
        let [[top, left], side] = [corner(picture).map(|place| place as usize), [SQUARE[2] as usize; 2]];
        share += density.values().slice(s![top..top + side[0], left..left + side[1]]).mapv(f64::exp).sum() / 8.0;
    }
    assert!((share - 0.8).abs() < SHARE, "{share}");
    // Beside the network as it is, which takes the options of networks; the calibration has none of these.
    let models = format!("{},{}", at("bright.onnx").display(), at("fitted.json").display());
    let done = run(data.path(), &models, &at("out"), &["--save", "none", "--metrics", "auc,ig"]);
    assert!(done.status <= 1, "{}", done.stderr);
    let rows = scores(&at("out"));
    let gains = rows.iter().filter(|row| row["model"] == "fitted" && row["metric"] == "ig");
    assert!(gains.clone().count() > 0 && gains.clone().all(|row| row["value"].parse::<f64>().unwrap() > 0.5));
    assert!(rows.iter().any(|row| row["model"] == "bright" && row["metric"] == "ig" && row["value"].is_empty()));
}

#[test]
fn scores_that_are_no_probabilities_cannot_be_calibrated() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    write_squares(data.path());
    let at = |name: &str| folder.path().join(name);
    write_brightness(&at("bright.onnx"), [3.0, -1.0], false);
    let refused = calibrate(data.path(), &at("bright.onnx"), &at("fitted.json"), &[]);
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    let message =
        "0 images with fixations are too few: 5 are needed; others are left out, the first of them because of ";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    assert!(refused.stderr.contains("is -1"), "{}", refused.stderr);
    assert!(!at("fitted.json").exists());
    for (option, message) in [
        (["--long-side", "128"], "--long-side is of no use to bright: no scale of its training is known"),
        (
            ["--pixels-per-degree", "30"],
            "--pixels-per-degree is of no use to bright: no scale of its training is known",
        ),
        (["--temperature", "2"], "the fit finds the temperature"),
    ] {
        let refused = calibrate(data.path(), &at("bright.onnx"), &at("fitted.json"), &option);
        assert_eq!(refused.status, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
}

#[test]
fn an_option_that_no_network_uses_is_refused_with_the_reason() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    write_saliency4asd(data.path(), 1);
    let file = folder.path().join("bright.onnx");
    write_brightness(&file, [3.0, -1.0], true);
    let with = |models: &str, option: &[&str]| {
        let out = tempdir().unwrap();
        run(data.path(), models, &out.path().join("out"), &[&["--save", "none", "--metrics", "nss"], option].concat())
    };
    let bright = file.to_str().unwrap();
    for (models, option, message) in [
        (bright.to_owned(), ["--long-side", "128"], "--long-side is of no use to bright: no scale of its training"),
        (bright.to_owned(), ["--centerbias", "uniform"], "--centerbias is of no use to bright: the network takes none"),
        (
            bright.to_owned(),
            ["--temperature", "0.5"],
            "--temperature is about gaze-lite or FILE.safetensors, not about ",
        ),
        (
            "uniform,center-bias".to_owned(),
            ["--temperature", "0.5"],
            "--temperature is about gaze-lite or FILE.safetensors, not about uniform or center-bias",
        ),
        ("gaze-lite,uniform".to_owned(), ["--weights", "x.pth"], "--weights is about deepgaze-i, deepgaze-iie, "),
    ] {
        let refused = with(&models, &option);
        assert_eq!(refused.status, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(message), "{message} is not in {}", refused.stderr);
    }
    // Where another model uses it, the network without a use says so.
    let done = with(&format!("gaze-lite,{bright}"), &["--centerbias", "uniform", "--temperature", "0.5"]);
    assert!(done.status <= 1, "{}", done.stderr);
    let note = "bright: the center bias is not used, because the network takes none";
    assert!(done.stderr.contains(note), "{}", done.stderr);
    // The pixels per degree are the dataset's, whoever looks.
    let blurred = with(bright, &["--pixels-per-degree", "5"]);
    assert!(blurred.status <= 1 && !blurred.stderr.contains("pixels per degree are not used"), "{}", blurred.stderr);
}

#[cfg(feature = "libtorch")]
#[test]
fn one_report_has_deepgaze_beside_networks_that_take_other_options() {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    write_squares(data.path());
    let bright = folder.path().join("bright.onnx");
    write_brightness(&bright, [3.0, -1.0], true);
    let out = folder.path().join("out");
    let weights = crate::util::synthetic_weights();
    let weights = weights.to_str().unwrap();
    let options = ["--weights", weights, "--temperature", "0.5", "--centerbias", "uniform", "--metrics", "auc,ig"];
    let models = format!("gaze-lite,{},deepgaze-iie", bright.display());
    let done = run(data.path(), &models, &out, &[&options[..], &["--save", "none"]].concat());
    assert!(done.status <= 1, "{}", done.stderr);
    let rows = scores(&out);
    for model in ["gaze-lite", "bright", "deepgaze-iie"] {
        let mut values = rows.iter().filter(|row| row["model"] == model && row["metric"] == "auc").peekable();
        assert!(values.peek().is_some() && values.all(|row| row["value"].parse::<f64>().is_ok()), "{model}");
    }
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(["gaze-lite", "bright", "deepgaze-iie"].iter().all(|model| page.contains(model)));
    let summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    let text = summary.to_string();
    assert!(text.contains("\"temperature\":0.5"), "the option came to gaze-lite: {text}");

    let both = run(data.path(), "deepgaze-i,deepgaze-iie", &folder.path().join("both"), &["--weights", weights]);
    assert_eq!(both.status, 2, "{}", both.stderr);
    assert!(
        both.stderr.contains("--weights names one file, and deepgaze-i and deepgaze-iie each take their own"),
        "{}",
        both.stderr
    );
}
