//! `gaze-cli predict`, by default and with made-up weights of DeepGaze IIE, and networks in `gaze-cli run`.

use std::{fs, path::Path};

use gaze_core::{LogDensity, Stimulus};
use gaze_model::{
    Device, Scale,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use ndarray::{Array2, Array3};
use ndarray_npy::{read_npy, write_npy};
use tempfile::TempDir;

use crate::{
    golden_deepgaze::MODEL,
    util::{Run, contents, gaze_cli, run, scores, synthetic_weights, write_saliency4asd},
};

/// 32 bits of a log density of about -12, and of the center bias that was written to a file.
const ROUNDING: f64 = 4e-6;

fn predict(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = gaze_cli();
    command.current_dir(folder).arg("predict").args(arguments).output().unwrap().into()
}

/// Predicts with the made-up weights and a uniform center bias.
fn predict_uniform(folder: &Path, arguments: &[&str]) -> Run {
    let weights = synthetic_weights();
    let model = ["--model", "deepgaze-iie", "--weights", weights.to_str().unwrap(), "--centerbias", "uniform"];
    predict(folder, &[arguments, &model].concat())
}

fn picture(height: u32, width: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let byte = |value: u32| u8::try_from(value % 256).unwrap();
        Rgb([byte(x * 3 + y), byte(x * y / 7), byte(255 - y.min(255) + x / 9)])
    })
}

fn folder_with(name: &str, picture: &RgbImage) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    picture.save(folder.path().join(name)).unwrap();
    folder
}

fn stimulus(picture: &RgbImage) -> Stimulus {
    let (width, height) = picture.dimensions();
    Stimulus::new(Array3::from_shape_vec((height as usize, width as usize, 3), picture.as_raw().clone()).unwrap())
        .unwrap()
}

#[track_caller]
fn check_same(found: &Array2<f32>, expected: &LogDensity<'_>) {
    assert_eq!(found.dim(), expected.values().dim());
    let difference = found.iter().zip(expected.values()).map(|(&found, expected)| (f64::from(found) - expected).abs());
    assert!(difference.fold(0.0, f64::max) < ROUNDING);
}

#[test]
fn a_prediction_is_the_models_density() {
    let picture = picture(150, 201);
    let folder = folder_with("photo.png", &picture);
    let result = predict_uniform(folder.path(), &["photo.png", "--out", "density.npy"]);
    assert_eq!((result.status, result.stdout.as_str()), (0, "density.npy\n"), "{}", result.stderr);
    let uniform = LogDensity::uniform(stimulus(&picture).size()).unwrap();
    let expected = MODEL.log_density(&stimulus(&picture), &uniform).unwrap();
    check_same(&read_npy(folder.path().join("density.npy")).unwrap(), &expected);
}

#[test]
fn a_center_bias_file_is_fitted_to_the_picture() {
    let picture = picture(100, 130);
    let folder = folder_with("photo.png", &picture);
    let template =
        Array2::from_shape_fn((64, 48), |(y, x)| -((y as f64 - 20.0).powi(2) + (x as f64 - 30.0).powi(2)) / 90.0);
    write_npy(folder.path().join("cb.npy"), &template).unwrap();
    let weights = synthetic_weights();
    let model = ["--model", "deepgaze-iie", "--weights", weights.to_str().unwrap()];
    let result =
        predict(folder.path(), &[&model[..], &["photo.png", "--centerbias", "cb.npy", "--out", "d.npy"]].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let template = gaze_model::TemplateCenterBias::new(template.view()).unwrap();
    let center_bias = template.density(stimulus(&picture).size()).unwrap();
    let expected = MODEL.log_density(&stimulus(&picture), &center_bias).unwrap();
    check_same(&read_npy(folder.path().join("d.npy")).unwrap(), &expected);
}

#[test]
fn every_file_asked_for_is_written_at_the_pictures_size() {
    let folder = folder_with("a.b.png", &picture(90, 120));
    let save =
        ["--save", "log-density,heatmap,overlay,percentile", "--out", "out", "--colors", "hot", "--long-side", "100"];
    let result = predict_uniform(folder.path(), &[&["a.b.png"], save.as_slice()].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let out = folder.path().join("out");
    let density: Array2<f32> = read_npy(out.join("a.b.npy")).unwrap();
    assert_eq!(density.dim(), (90, 120));
    assert!((density.iter().map(|&log| f64::from(log).exp()).sum::<f64>() - 1.0).abs() < 1e-5);
    assert_eq!(image::open(out.join("a.b_overlay.png")).unwrap().into_rgb8().dimensions(), (120, 90));
    assert!(image::open(out.join("a.b_heatmap.png")).unwrap().into_rgb8().width() > 120, "there is a bar");
    let percentile = image::open(out.join("a.b_percentile.png")).unwrap().into_luma8();
    // The likeliest place has the highest value, the least likely one 0.
    let place = |of: fn(&f32, &f32) -> std::cmp::Ordering| {
        let ((y, x), _) = density.indexed_iter().max_by(|a, b| of(a.1, b.1)).unwrap();
        percentile.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0[0]
    };
    assert_eq!(place(f32::total_cmp), percentile.pixels().map(|pixel| pixel.0[0]).max().unwrap());
    assert_eq!(percentile.pixels().map(|pixel| pixel.0[0]).min(), Some(0));
    let mut names: Vec<_> = fs::read_dir(out).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.b.npy", "a.b_heatmap.png", "a.b_overlay.png", "a.b_percentile.png"]);
}

#[test]
fn files_lie_beside_the_picture_if_no_place_is_named() {
    let folder = folder_with("photo.png", &picture(64, 64));
    let result = predict_uniform(folder.path(), &["photo.png"]);
    assert_eq!(result.stdout, "./photo_heatmap.png\n./photo_overlay.png\n");
    assert!(result.stderr.contains("a long side of 1024 rescales"), "{}", result.stderr);
}

#[test]
fn pictures_of_every_kind_of_pixel_are_the_same_to_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let gray = |x: u32, y: u32| u8::try_from((x * 5 + y * 3) % 256).unwrap();
    let at = |name: &str| folder.path().join(name);
    GrayImage::from_fn(80, 70, |x, y| Luma([gray(x, y)])).save(at("gray.png")).unwrap();
    RgbImage::from_fn(80, 70, |x, y| Rgb([gray(x, y); 3])).save(at("rgb.png")).unwrap();
    RgbaImage::from_fn(80, 70, |x, y| Rgba([gray(x, y), gray(x, y), gray(x, y), 9])).save(at("rgba.png")).unwrap();
    let deep = ImageBuffer::<Luma<u16>, _>::from_fn(80, 70, |x, y| Luma([u16::from(gray(x, y)) * 257]));
    deep.save(at("deep.png")).unwrap();
    let names = ["gray.png", "rgb.png", "rgba.png", "deep.png"];
    let result = predict_uniform(folder.path(), &[&names[..], &["--save", "log-density", "--out", "out"]].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let density = |name: &str| -> Array2<f32> { read_npy(at("out").join(name)).unwrap() };
    for name in ["rgb.npy", "rgba.npy", "deep.npy"] {
        assert_eq!(density(name), density("gray.npy"), "{name}");
    }
}

#[test]
fn a_picture_that_cannot_be_predicted_is_named_and_the_others_are_done() {
    let folder = folder_with("good.png", &picture(64, 80));
    let at = |name: &str| folder.path().join(name);
    picture(1, 1).save(at("dot.png")).unwrap();
    picture(63, 400).save(at("flat.png")).unwrap();
    let whole = fs::read(at("good.png")).unwrap();
    fs::write(at("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let names = ["dot.png", "good.png", "flat.png", "cut.png", "missing.png"];
    let result = predict_uniform(folder.path(), &[&names[..], &["--out", "out"]].concat());
    assert_eq!(result.status, 1);
    for message in [
        "dot.png: DeepGaze IIE takes pictures of at least 64 pixels per side, this one is 1x1 (height x width)",
        "flat.png: DeepGaze IIE takes pictures of at least 64 pixels per side, this one is 63x400",
        "cut.png: the file ends before the picture does",
        "missing.png does not exist",
    ] {
        assert!(result.stderr.contains(message), "{message} is not in {}", result.stderr);
    }
    assert_eq!(result.stdout.lines().count(), 3);
}

#[test]
fn what_cannot_work_is_said_before_anything_is_written() {
    let folder = folder_with("photo.png", &picture(64, 64));
    write_npy(folder.path().join("nan.npy"), &Array2::from_elem((8, 8), f64::NAN)).unwrap();
    let weights = synthetic_weights();
    fs::write(folder.path().join("cut.safetensors"), &fs::read(&weights).unwrap()[..500_000]).unwrap();
    let weights = weights.to_str().unwrap();
    let iie: [&str; 4] = ["--model", "deepgaze-iie", "--weights", weights];
    let with = |arguments: &[&'static str]| [&iie[..], arguments].concat();
    let other =
        |weights: &'static str| vec!["--model", "deepgaze-iie", "--weights", weights, "--centerbias", "uniform"];
    let cases: [(Vec<&str>, &str); 11] = [
        (other("cut.safetensors"), "cut.safetensors: the safetensors file is damaged"),
        (other("none.pth"), "none.pth"),
        (with(&["--centerbias", "nan.npy"]), "the value at row 0, column 0 is NaN"),
        (with(&["--centerbias", "dataset"]), "the center bias of the dataset needs a dataset"),
        (with(&["--centerbias", "model"]), "--centerbias: deepgaze-iie has no center bias of its own"),
        (with(&["--centerbias", "nonsense"]), "choose model, uniform, gaussian, mit1003, dataset or a FILE.npy"),
        (with(&["--centerbias", "uniform", "--pixels-per-degree", "-1"]), "must be a positive number"),
        (vec!["--weights", "none.pth"], "--weights is about deepgaze-iie"),
        (vec!["--temperature", "0"], "the temperature is a positive number, not 0"),
        (vec!["--model", "center-bias"], "--model: center-bias needs a dataset, which `gaze-cli run` has"),
        (vec!["photo.png"], "named twice"),
    ];
    for (arguments, message) in cases {
        let mut command = gaze_cli();
        // Where no weights are.
        command.env("GAZE_WEIGHTS", folder.path().join("nothing"));
        let result: Run =
            command.current_dir(folder.path()).args(["predict", "photo.png"]).args(&arguments).output().unwrap().into();
        assert!(result.stderr.contains(message), "{message} is not in {}", result.stderr);
        assert_ne!(result.status, 0, "{arguments:?}");
        assert!(!folder.path().join("photo_overlay.png").exists());
    }
    let mut command = gaze_cli();
    command.env("GAZE_WEIGHTS", folder.path().join("nothing")).current_dir(folder.path());
    command.args(["predict", "photo.png", "--model", "deepgaze-iie", "--centerbias", "gaussian"]);
    let result: Run = command.output().unwrap().into();
    assert!(result.stderr.contains("`cargo xtask fetch-weights` downloads it"), "{}", result.stderr);
    assert_eq!(result.status, 2);
}

#[test]
fn without_any_option_the_embedded_model_looks_at_the_picture() {
    let folder = folder_with("photo.png", &picture(120, 160));
    let result = predict(folder.path(), &["photo.png"]);
    assert_eq!(
        (result.status, result.stdout.as_str(), result.stderr.as_str()),
        (0, "./photo_heatmap.png\n./photo_overlay.png\n", "")
    );
    let result = predict(folder.path(), &["photo.png", "--out", "lite.npy"]);
    assert_eq!((result.status, result.stdout.as_str()), (0, "lite.npy\n"), "{}", result.stderr);
    let found: Array2<f32> = read_npy(folder.path().join("lite.npy")).unwrap();
    let model = GazeLite::embedded(Device::Cpu).unwrap();
    let stimulus = stimulus(&picture(120, 160));
    let seen = resize(&stimulus, Scale::LongSide(DEFAULT_LONG_SIDE).size(stimulus.size())).unwrap();
    let center_bias = model.center_bias(stimulus.size()).unwrap();
    check_same(&found, &model.log_density(&seen, &center_bias).unwrap());
}

#[test]
fn a_run_has_the_same_bytes_with_one_thread_and_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    let mut table = "image,subject,x,y\n".to_owned();
    for (index, size) in [(64, 90), (70, 100), (64, 90)].into_iter().enumerate() {
        picture(size.0, size.1).save(data.join(format!("images/{index}.png"))).unwrap();
        for subject in 0..3 {
            table += &format!("{index}.png,s{subject},{},{}\n", 20 + 9 * subject + index, 30 + 5 * subject);
        }
    }
    fs::write(data.join("fixations.csv"), table).unwrap();
    let weights = synthetic_weights();
    let outs = ["one", "two"].map(|name| folder.path().join(name));
    for (out, threads) in outs.iter().zip(["1", "2"]) {
        let more = [
            "--weights",
            weights.to_str().unwrap(),
            "--centerbias",
            "dataset",
            "--threads",
            threads,
            "--sigma-px",
            "8",
        ];
        let result = run(&data, "deepgaze-iie", out, &more);
        assert_eq!(result.status, 0, "{}", result.stderr);
    }
    for file in ["scores.csv", "summary.json", "report.html", "maps/0.npy", "maps/1.npy", "maps/2_overlay.png"] {
        let [one, two] = outs.each_ref().map(|out| fs::read(out.join(file)).unwrap());
        assert!(one == two, "{file} differs");
    }
    assert!(scores(&outs[0]).iter().all(|row| row["model"] == "deepgaze-iie"));
    let summary = fs::read_to_string(outs[0].join("summary.json")).unwrap();
    assert!(summary.contains("\"center_bias\": \"dataset\""), "the settings are told");
}

#[test]
fn the_embedded_model_scores_a_dataset_with_the_same_bytes_however_it_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    write_saliency4asd(folder.path(), 5);
    let whole = folder.path().join("whole");
    let options = ["--sigma-px", "5", "--emd-downsize", "8", "--references", "uniform,gold-standard"];
    let run_with = |out: &Path, more: &[&str]| {
        let result = run(folder.path(), "gaze-lite", out, &[&options[..], more].concat());
        assert_eq!(result.status, 0, "{}", result.stderr);
    };
    run_with(&whole, &["--threads", "1"]);
    let shards = ["1/2", "2/2"].map(|shard| {
        let out = folder.path().join(shard.replace('/', "-"));
        run_with(&out, &["--threads", "2", "--shard", shard]);
        out
    });
    let merged = folder.path().join("merged");
    let merge = gaze_cli().arg("merge").args(&shards).arg("--out").arg(&merged).output().unwrap();
    assert_eq!(merge.status.code(), Some(0), "{}", String::from_utf8_lossy(&merge.stderr));
    assert!(contents(&whole) == contents(&merged));
    let summary = fs::read_to_string(whole.join("summary.json")).unwrap();
    assert!(summary.contains(&gaze_model::gaze_lite::embedded_sha256()));
}
