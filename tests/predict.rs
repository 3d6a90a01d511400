//! `gaze-cli predict` with the model that is part of the program, and that model in `gaze-cli run`.

use std::{fs, path::Path};

use gaze_core::{LogDensity, Stimulus};
use gaze_model::{
    Scale,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use ndarray::{Array2, Array3};
use ndarray_npy::{read_npy, write_npy};
use tempfile::TempDir;

use crate::util::{Run, contents, gaze_cli, run, write_saliency4asd};

/// 32 bits of a log density of about -12, and of the center bias that was written to a file.
const ROUNDING: f64 = 4e-6;

pub(crate) fn predict(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = gaze_cli();
    command.current_dir(folder).arg("predict").args(arguments).output().unwrap().into()
}

pub(crate) fn picture(height: u32, width: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let byte = |value: u32| u8::try_from(value % 256).unwrap();
        Rgb([byte(x * 3 + y), byte(x * y / 7), byte(255 - y.min(255) + x / 9)])
    })
}

pub(crate) fn folder_with(name: &str, picture: &RgbImage) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    picture.save(folder.path().join(name)).unwrap();
    folder
}

pub(crate) fn stimulus(picture: &RgbImage) -> Stimulus {
    let (width, height) = picture.dimensions();
    Stimulus::new(Array3::from_shape_vec((height as usize, width as usize, 3), picture.as_raw().clone()).unwrap())
        .unwrap()
}

#[track_caller]
pub(crate) fn check_same(found: &Array2<f32>, expected: &LogDensity<'_>) {
    assert_eq!(found.dim(), expected.values().dim());
    let difference = found.iter().zip(expected.values()).map(|(&found, expected)| (f64::from(found) - expected).abs());
    assert!(difference.fold(0.0, f64::max) < ROUNDING);
}

/// The density that the embedded model gives at the scale of its training.
fn expected(picture: &RgbImage, center_bias: &LogDensity<'_>) -> LogDensity<'static> {
    let stimulus = stimulus(picture);
    let seen = resize(&stimulus, Scale::LongSide(DEFAULT_LONG_SIDE).size(stimulus.size())).unwrap();
    GazeLite::embedded().unwrap().log_density(&seen, center_bias).unwrap()
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
    let picture = picture(120, 160);
    let center_bias = GazeLite::embedded().unwrap().center_bias(stimulus(&picture).size()).unwrap();
    check_same(&found, &expected(&picture, &center_bias));
}

/// Checks that a model's density from a file with a center bias is the expected one with the density that fits the picture.
#[track_caller]
pub(crate) fn check_center_bias_file(
    model: &[&str],
    expected: impl Fn(&RgbImage, &LogDensity<'_>) -> LogDensity<'static>,
) {
    let picture = picture(100, 130);
    let folder = folder_with("photo.png", &picture);
    let template =
        Array2::from_shape_fn((64, 48), |(y, x)| -((y as f64 - 20.0).powi(2) + (x as f64 - 30.0).powi(2)) / 90.0);
    write_npy(folder.path().join("cb.npy"), &template).unwrap();
    let words = ["photo.png", "--centerbias", "cb.npy", "--out", "d.npy"];
    let result = predict(folder.path(), &[model, &words].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let template = gaze_model::TemplateCenterBias::new(template.view()).unwrap();
    let center_bias = template.density(stimulus(&picture).size()).unwrap();
    check_same(&read_npy(folder.path().join("d.npy")).unwrap(), &expected(&picture, &center_bias));
}

#[test]
fn a_center_bias_file_is_fitted_to_the_picture() {
    check_center_bias_file(&[], expected);
}

#[test]
fn every_file_asked_for_is_written_at_the_pictures_size() {
    let folder = folder_with("a.b.png", &picture(90, 120));
    let save =
        ["--save", "log-density,heatmap,overlay,percentile", "--out", "out", "--colors", "hot", "--long-side", "100"];
    let result = predict(folder.path(), &[&["a.b.png"], save.as_slice()].concat());
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
fn pictures_of_every_kind_of_pixel_are_the_same_to_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let gray = |x: u32, y: u32| u8::try_from((x * 5 + y * 3) % 256).unwrap();
    let at = |name: &str| folder.path().join(name);
    GrayImage::from_fn(80, 70, |x, y| Luma([gray(x, y)])).save(at("gray.png")).unwrap();
    RgbImage::from_fn(80, 70, |x, y| Rgb([gray(x, y); 3])).save(at("rgb.png")).unwrap();
    RgbaImage::from_fn(80, 70, |x, y| Rgba([gray(x, y), gray(x, y), gray(x, y), 255])).save(at("rgba.png")).unwrap();
    let deep = ImageBuffer::<Luma<u16>, _>::from_fn(80, 70, |x, y| Luma([u16::from(gray(x, y)) * 257]));
    deep.save(at("deep.png")).unwrap();
    let names = ["gray.png", "rgb.png", "rgba.png", "deep.png"];
    let result = predict(folder.path(), &[&names[..], &["--save", "log-density", "--out", "out"]].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let density = |name: &str| -> Array2<f32> { read_npy(at("out").join(name)).unwrap() };
    for name in ["rgb.npy", "rgba.npy", "deep.npy"] {
        assert_eq!(density(name), density("gray.npy"), "{name}");
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_named_and_the_others_are_done() {
    let folder = folder_with("good.png", &picture(64, 80));
    let at = |name: &str| folder.path().join(name);
    // A single pixel is shown large.
    picture(1, 1).save(at("dot.png")).unwrap();
    let whole = fs::read(at("good.png")).unwrap();
    fs::write(at("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let result = predict(folder.path(), &["dot.png", "good.png", "cut.png", "missing.png", "--out", "out"]);
    assert_eq!(result.status, 1);
    for message in ["cut.png: the file ends before the picture does", "missing.png does not exist"] {
        assert!(result.stderr.contains(message), "{message} is not in {}", result.stderr);
    }
    assert_eq!(result.stdout.lines().count(), 6, "{}", result.stdout);
}

#[test]
fn what_cannot_work_is_said_before_anything_is_written() {
    let folder = folder_with("photo.png", &picture(64, 64));
    write_npy(folder.path().join("nan.npy"), &Array2::from_elem((8, 8), f64::NAN)).unwrap();
    let cases: [(&[&str], &str); 15] = [
        (&["--centerbias", "nan.npy"], "the value at row 0, column 0 is NaN"),
        (&["--centerbias", "dataset"], "the center bias of the dataset needs a dataset"),
        (&["--centerbias", "nonsense"], "choose model, uniform, gaussian, mit1003, dataset or a FILE.npy"),
        (&["--pixels-per-degree", "-1"], "must be a positive number"),
        (
            &["--weights", "none.pth"],
            "--weights is about deepgaze-i, deepgaze-iie, deepgaze-iii or deepgaze-msdb, not about gaze-lite",
        ),
        (
            &["--device", "cuda"],
            "--device is about deepgaze-i, deepgaze-iie, deepgaze-iii, deepgaze-msdb or FILE.pt, not about gaze-lite",
        ),
        (&["--dataset", "figrim"], "--dataset is about deepgaze-msdb, not about gaze-lite"),
        (&["--history", "1,2"], "--history is about deepgaze-iii, not about gaze-lite"),
        (&["--history", "1 2"], "\"1\" is no fixation; write x,y in pixels"),
        (&["--save", "scanpaths"], "--save: scanpaths are drawn with --sample N"),
        (&["--fixations", "3"], "--sample"),
        (&["--sample", "2", "--out", "d.npy"], "--out d.npy: this file is the log density"),
        (&["--temperature", "0"], "the temperature is a positive number, not 0"),
        (&["--model", "center-bias"], "--model: center-bias needs a dataset, which `gaze-cli run` has"),
        (&["photo.png"], "named twice"),
    ];
    for (arguments, message) in cases {
        let result = predict(folder.path(), &[&["photo.png"], arguments].concat());
        assert!(result.stderr.contains(message), "{message} is not in {}", result.stderr);
        assert_ne!(result.status, 0, "{arguments:?}");
        assert!(!folder.path().join("photo_overlay.png").exists());
    }
}

#[cfg(not(feature = "libtorch"))]
#[test]
fn without_libtorch_the_way_to_deepgaze_is_told() {
    let folder = folder_with("photo.png", &picture(64, 64));
    write_saliency4asd(folder.path(), 2);
    for command in [&["predict", "photo.png"][..], &["run", "--data", ".", "--out", "out"]] {
        let mut program = gaze_cli();
        program.current_dir(folder.path()).args(command).args(["--model", "deepgaze-iie"]);
        let result: Run = program.output().unwrap().into();
        assert_eq!(result.status, 2);
        assert!(result.stderr.contains("`cargo xtask fetch-weights --model deepgaze-iie`"), "{}", result.stderr);
    }
    let train = gaze_cli().args(["train", "--data", ".", "--out", "m.safetensors"]).output().unwrap();
    let stderr = String::from_utf8(train.stderr).unwrap();
    assert!(stderr.contains("`cargo build --release -p gaze-cli --features libtorch`"), "{stderr}");
}

#[test]
fn scanpaths_are_drawn_from_any_density_as_a_table_and_a_picture() {
    let folder = folder_with("photo.png", &picture(60, 80));
    let sample = |more: &[&str]| {
        let words =
            ["photo.png", "--sample", "3", "--fixations", "4", "--out", "out", "--save", "scanpaths,scanpath-overlay"];
        let result = predict(folder.path(), &[&words[..], more].concat());
        assert_eq!(result.status, 0, "{}", result.stderr);
        assert_eq!(result.stdout, "out/photo_scanpaths.csv\nout/photo_scanpaths.png\n");
        fs::read_to_string(folder.path().join("out/photo_scanpaths.csv")).unwrap()
    };
    let table = sample(&["--seed", "5"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines[0], lines.len()), ("scanpath,index,x,y,log_likelihood", 13));
    let result = predict(folder.path(), &["photo.png", "--out", "d.npy"]);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let density: Array2<f32> = read_npy(folder.path().join("d.npy")).unwrap();
    for (row, line) in lines[1..].iter().enumerate() {
        let [scanpath, index, x, y, log] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!([scanpath, index], [(row / 4).to_string(), (row % 4).to_string()]);
        // gaze-lite does not look at the history.
        let expected = density[[y.parse::<usize>().unwrap(), x.parse::<usize>().unwrap()]];
        assert!((f64::from(expected) - log.parse::<f64>().unwrap()).abs() < ROUNDING);
    }
    assert_eq!(sample(&["--seed", "5", "--threads", "1"]), table);
    assert_ne!(sample(&["--seed", "6"]), table);
    let drawn = image::open(folder.path().join("out/photo_scanpaths.png")).unwrap().into_rgb8();
    assert!(drawn.dimensions() == (80, 60) && drawn != picture(60, 80));
    // Without --save both come with the usual files.
    let result = predict(folder.path(), &["photo.png", "--sample", "1"]);
    assert!(
        result.stdout.ends_with("./photo_overlay.png\n./photo_scanpaths.csv\n./photo_scanpaths.png\n"),
        "{}",
        result.stdout
    );
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
