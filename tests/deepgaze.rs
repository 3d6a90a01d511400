//! `gaze-cli predict` and `run` with made-up weights of the DeepGaze networks.

use std::{collections::BTreeMap, fs, path::Path};

use gaze_core::{Fixation, LogDensity, Size};
use ndarray::Array2;
use ndarray_npy::read_npy;
use tempfile::tempdir;
use xtask::synthetic::Network;

use crate::{
    golden_deepgaze::MODEL,
    golden_deepgaze_family::{DEEPGAZE_I, DEEPGAZE_III},
    predict::{check_center_bias_file, check_same, folder_with, picture, predict, stimulus},
    util::{Run, gaze_cli, run, scores, synthetic_weights, synthetic_weights_of, write_saliency4asd},
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
        ("", "gaussian", "`cargo xtask fetch-weights --model deepgaze-iie` downloads it"),
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

/// The order in which the pixels of a density are summed, which may depend on the processor's vectors.
const SUMMATION: f64 = 1e-12;

/// Predicts with the made-up weights of DeepGaze III and a uniform center bias.
fn predict_next(folder: &Path, arguments: &[&str]) -> Run {
    let weights = synthetic_weights_of(Network::DeepGazeIii);
    let model = ["--model", "deepgaze-iii", "--weights", weights.to_str().unwrap(), "--centerbias", "uniform"];
    predict(folder, &[arguments, &model].concat())
}

#[test]
fn deepgaze_i_predicts_as_any_spatial_model() {
    let weights = synthetic_weights_of(Network::DeepGazeI);
    let picture = picture(140, 170);
    let folder = folder_with("photo.png", &picture);
    let model = ["--model", "deepgaze-i", "--weights", weights.to_str().unwrap(), "--centerbias", "gaussian"];
    let result = predict(folder.path(), &[&["photo.png", "--out", "d.npy"], &model[..]].concat());
    assert_eq!((result.status, result.stdout.as_str()), (0, "d.npy\n"), "{}", result.stderr);
    let center_bias = gaze_model::GaussianCenterBias::default().density(Size { height: 140, width: 170 }).unwrap();
    let expected = DEEPGAZE_I.log_density(&stimulus(&picture), &center_bias).unwrap();
    check_same(&read_npy(folder.path().join("d.npy")).unwrap(), &expected);
    let refused = predict(folder.path(), &[&["photo.png", "--history", "3,4"], &model[..]].concat());
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("--history is about deepgaze-iii, not about deepgaze-i"), "{}", refused.stderr);
}

#[test]
fn deepgaze_iii_predicts_the_fixation_after_those_that_were_made() {
    let picture = picture(100, 130);
    let folder = folder_with("photo.png", &picture);
    let made = ["--history", "20,30  100.5,70.25 -4,12", "--save", "log-density", "--out", "d.npy"];
    let result = predict_next(folder.path(), &[&["photo.png"], &made[..]].concat());
    assert_eq!((result.status, result.stdout.as_str()), (0, "d.npy\n"), "{}", result.stderr);
    let history = [(20.0, 30.0), (100.5, 70.25), (-4.0, 12.0)].map(|(x, y)| Fixation { x, y });
    let uniform = LogDensity::uniform(Size { height: 100, width: 130 }).unwrap();
    let seen = DEEPGAZE_III.look(&stimulus(&picture), &uniform).unwrap();
    check_same(&read_npy(folder.path().join("d.npy")).unwrap(), &seen.log_density(&history).unwrap());
    // Where the picture is scaled for the network, the fixations are, too.
    let scaled = [&["photo.png"], &made[..], &["--long-side", "260"]].concat();
    assert_eq!(predict_next(folder.path(), &scaled).status, 0);
    let larger: Array2<f32> = read_npy(folder.path().join("d.npy")).unwrap();
    let shown = gaze_model::resize(&stimulus(&picture), Size { height: 200, width: 260 }).unwrap();
    let uniform = LogDensity::uniform(shown.size()).unwrap();
    let moved = history.map(|Fixation { x, y }| Fixation { x: 2.0 * x, y: 2.0 * y });
    let expected = DEEPGAZE_III.look(&shown, &uniform).unwrap().log_density(&moved).unwrap();
    check_same(&larger, &gaze_model::resize_density(&expected, Size { height: 100, width: 130 }).unwrap());

    let without = predict_next(folder.path(), &["photo.png", "--out", "d.npy"]);
    assert_eq!(without.status, 0);
    assert!(without.stderr.contains("without --history it predicts the very first fixation"), "{}", without.stderr);
}

#[test]
fn scanpaths_are_drawn_each_fixation_after_those_before_it() {
    let picture = picture(90, 110);
    let folder = folder_with("photo.png", &picture);
    let words = ["photo.png", "--history", "55,45", "--sample", "2", "--fixations", "3", "--seed", "7", "--out", "out"];
    let result = predict_next(folder.path(), &words);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let uniform = LogDensity::uniform(Size { height: 90, width: 110 }).unwrap();
    let seen = DEEPGAZE_III.look(&stimulus(&picture), &uniform).unwrap();
    let table = fs::read_to_string(folder.path().join("out/photo_scanpaths.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 6);
    for scanpath in rows.chunks(3) {
        let mut history = vec![Fixation { x: 55.0, y: 45.0 }];
        for row in scanpath {
            assert_eq!(row[1], history.len().to_string());
            let density = seen.log_density(&history).unwrap();
            let fixation = Fixation { x: row[2].parse().unwrap(), y: row[3].parse().unwrap() };
            let pixel = fixation.pixel(density.size()).unwrap();
            let log = density.values()[[pixel.row, pixel.column]];
            assert!((log - row[4].parse::<f64>().unwrap()).abs() < SUMMATION, "{log} and {}", row[4]);
            history.push(fixation);
        }
    }
}

#[test]
fn a_study_judges_deepgaze_iii_fixation_by_fixation() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    let picture = picture(90, 110);
    picture.save(data.join("images/a.png")).unwrap();
    let path = [(20.0, 30.0), (100.5, 70.25), (55.0, 45.0)];
    let rows: String = path.iter().map(|(x, y)| format!("a.png,s,{x},{y}\n")).collect();
    fs::write(data.join("fixations.csv"), format!("image,subject,x,y\n{rows}")).unwrap();
    let (out, weights) = (folder.path().join("out"), synthetic_weights_of(Network::DeepGazeIii));
    let options = ["--centerbias", "uniform", "--metrics", "ll,auc,cc", "--sigma-px", "5", "--baseline", "uniform"];
    let weights = ["--weights", weights.to_str().unwrap()];
    let result = run(&data, "deepgaze-iii,center-bias:gaussian", &out, &[&options[..], &weights].concat());
    assert_eq!(result.status, 0, "{}", result.stderr);
    let uniform = LogDensity::uniform(Size { height: 90, width: 110 }).unwrap();
    let seen = DEEPGAZE_III.look(&stimulus(&picture), &uniform).unwrap();
    let history = path.map(|(x, y)| Fixation { x, y });
    let expected: Vec<f64> = (0..3)
        .map(|index| {
            let pixel = history[index].pixel(uniform.size()).unwrap();
            seen.log_density(&history[..index]).unwrap().values()[[pixel.row, pixel.column]]
        })
        .collect();
    let table = fs::read_to_string(out.join("fixations.csv")).unwrap();
    assert!(table.starts_with("stimulus,group,observer,scanpath,index,x,y,model,auc,ll_nats\n"), "{table}");
    let of_model = table.lines().filter(|line| line.contains(",deepgaze-iii,"));
    let found: Vec<f64> = of_model.map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert!(found.len() == 3 && found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < SUMMATION), "{found:?}");
    let rows = scores(&out);
    let of = |metric: &str| {
        let is_it = |row: &&BTreeMap<String, String>| {
            [&row["model"], &row["profile"], &row["metric"]].map(String::as_str)
                == ["deepgaze-iii", "tuebingen", metric]
        };
        rows.iter().find(is_it).unwrap()
    };
    let mean = expected.iter().sum::<f64>() / 3.0;
    assert!((of("ll_nats")["value"].parse::<f64>().unwrap() - mean).abs() < SUMMATION);
    assert_eq!(of("cc")["value"], "");
}

#[test]
fn where_one_map_is_wanted_deepgaze_iii_is_refused() {
    let folder = folder_with("photo.png", &picture(64, 64));
    write_saliency4asd(folder.path(), 2);
    let weights = synthetic_weights_of(Network::DeepGazeIii);
    for command in [
        &["score", "photo.png", "--region", "a:0,0,9,9", "--centerbias", "uniform"][..],
        &["calibrate", "--data", ".", "--out", "c.json"],
    ] {
        let mut program = gaze_cli();
        program.current_dir(folder.path()).args(command).args(["--model", "deepgaze-iii"]);
        let result: Run = program.arg("--weights").arg(&weights).output().unwrap().into();
        let message = "deepgaze-iii predicts each fixation from those before it and has no one map for a picture";
        assert_eq!(result.status, 2, "{}", result.stderr);
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
}

#[test]
fn pictures_too_small_for_their_network_are_refused_with_its_name() {
    let folder = folder_with("photo.png", &picture(57, 80));
    let result = predict_next(folder.path(), &["photo.png", "--history", "1,1"]);
    assert_eq!(result.status, 1);
    let message = "photo.png: DeepGaze III takes pictures of at least 58 pixels per side, this one is 57x80";
    assert!(result.stderr.contains(message), "{}", result.stderr);
}
