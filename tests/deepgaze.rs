//! `gaze-cli predict` and `run` with made-up weights of DeepGaze IIE.

use std::{fs, path::Path};

use gaze_core::LogDensity;
use ndarray_npy::read_npy;

use crate::{
    golden_deepgaze::MODEL,
    predict::{check_center_bias_file, check_same, folder_with, picture, predict, stimulus},
    util::{Run, gaze_cli, run, scores, synthetic_weights},
};

/// Predicts with the made-up weights and a uniform center bias.
fn predict_uniform(folder: &Path, arguments: &[&str]) -> Run {
    let weights = synthetic_weights();
    let model = ["--model", "deepgaze-iie", "--weights", weights.to_str().unwrap(), "--centerbias", "uniform"];
    predict(folder, &[arguments, &model].concat())
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
    let weights = synthetic_weights();
    check_center_bias_file(
        &["--model", "deepgaze-iie", "--weights", weights.to_str().unwrap()],
        |picture, center_bias| MODEL.log_density(&stimulus(picture), center_bias).unwrap(),
    );
}

#[test]
fn a_picture_of_another_scale_than_that_of_the_training_is_told() {
    let folder = folder_with("photo.png", &picture(64, 64));
    let result = predict_uniform(folder.path(), &["photo.png"]);
    assert_eq!(result.stdout, "./photo_heatmap.png\n./photo_overlay.png\n");
    assert!(result.stderr.contains("a long side of 1024 rescales"), "{}", result.stderr);
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
fn weights_and_a_center_bias_that_do_not_fit_are_said_before_anything_is_written() {
    let folder = folder_with("photo.png", &picture(64, 64));
    let weights = synthetic_weights();
    fs::write(folder.path().join("cut.safetensors"), &fs::read(&weights).unwrap()[..500_000]).unwrap();
    let model = |weights: &str, center_bias: &str| {
        let mut command = gaze_cli();
        // Where no weights are.
        command.env("GAZE_WEIGHTS", folder.path().join("nothing")).current_dir(folder.path());
        command.args(["predict", "photo.png", "--model", "deepgaze-iie", "--centerbias", center_bias]);
        if !weights.is_empty() {
            command.args(["--weights", weights]);
        }
        let result: Run = command.output().unwrap().into();
        assert!(!folder.path().join("photo_overlay.png").exists());
        assert_ne!(result.status, 0);
        result.stderr
    };
    let weights = weights.to_str().unwrap();
    for (weights, center_bias, message) in [
        ("cut.safetensors", "uniform", "cut.safetensors: the safetensors file is damaged"),
        ("none.pth", "uniform", "none.pth"),
        (weights, "model", "--centerbias: deepgaze-iie has no center bias of its own"),
        ("", "gaussian", "`cargo xtask fetch-weights` downloads it"),
    ] {
        let stderr = model(weights, center_bias);
        assert!(stderr.contains(message), "{message} is not in {stderr}");
    }
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
