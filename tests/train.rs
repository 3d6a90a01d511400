//! `gaze-cli train` and `gaze-cli calibrate`, and what they make, used as a model.

use std::{fs, path::Path};

use crate::util::{Run, gaze_cli, repository};

fn call(words: &[&str], paths: &[(&str, &Path)]) -> Run {
    let mut command = gaze_cli();
    command.args(words);
    for (flag, path) in paths {
        command.arg(flag).arg(path);
    }
    command.output().unwrap().into()
}

#[test]
fn a_model_is_trained_calibrated_and_used() {
    let (folder, data) = (tempfile::tempdir().unwrap(), repository("examples/photographs"));
    let at = |name: &str| folder.path().join(name);
    let quick = ["train", "--long-side", "128", "--epochs", "1", "--readouts", "1", "--validation", "1", "-q"];
    let trained = call(&quick, &[("--data", &data), ("--out", &at("one.safetensors"))]);
    assert!(trained.status <= 1, "{}", trained.stderr);
    assert!(
        trained.stdout.contains("bits per fixation over the center bias on 1 held-out pictures"),
        "{}",
        trained.stdout
    );
    let again = call(&quick, &[("--data", &data), ("--out", &at("two.safetensors"))]);
    assert!(again.status <= 1, "{}", again.stderr);
    assert!(fs::read(at("one.safetensors")).unwrap() == fs::read(at("two.safetensors")).unwrap());
    // The features and the checkpoint are gone.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    let fitted = ["calibrate", "--long-side", "128", "-q"];
    let fitted =
        call(&fitted, &[("--data", &data), ("--model", &at("one.safetensors")), ("--out", &at("fitted.json"))]);
    assert!(fitted.status <= 1, "{}", fitted.stderr);
    assert!(fitted.stdout.contains("on images not fitted to"), "{}", fitted.stdout);

    let picture = fs::read_dir(data.join("images")).unwrap().next().unwrap().unwrap().path();
    for model in ["one.safetensors", "fitted.json"] {
        let out = at("density.npy");
        let used = call(&["predict", picture.to_str().unwrap()], &[("--model", &at(model)), ("--out", &out)]);
        assert_eq!(used.status, 0, "{model}: {}", used.stderr);
        assert!(fs::metadata(&out).unwrap().len() > 1000);
        fs::remove_file(&out).unwrap();
    }

    let wrong = call(&["predict", picture.to_str().unwrap(), "--temperature", "1"], &[("--model", &at("fitted.json"))]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("fitted.json has a temperature of its own"), "{}", wrong.stderr);
}

#[test]
fn a_dataset_is_held_out_as_a_whole() {
    let (folder, data) = (tempfile::tempdir().unwrap(), repository("examples/photographs"));
    let out = folder.path().join("model.safetensors");
    let quick = ["train", "--long-side", "128", "--epochs", "1", "--readouts", "1"];
    let train = |validation: &[&str]| {
        let words: Vec<&str> =
            quick.iter().copied().chain(validation.iter().flat_map(|&n| ["--validation", n])).collect();
        let data = vec![("--data", data.as_path()); validation.len()];
        call(&words, &[data, vec![("--out", out.as_path())]].concat())
    };
    let trained = train(&["0", "5"]);
    assert!(trained.status <= 1, "{}", trained.stderr);
    assert!(trained.stderr.contains("5 pictures to train on, 5 to validate on, 0 not looked at"), "{}", trained.stderr);
    // Nothing is left to train on, which is told before any picture is looked at.
    let refused = train(&["5"]);
    assert_eq!(refused.status, 2);
    let reason = "training needs at least one picture with fixations, but there is none to train on";
    assert!(refused.stderr.contains(reason), "{}", refused.stderr);
}
