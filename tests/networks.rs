//! Networks in files, from the command line: described, used beside other models, and told apart by their hashes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, tempdir};

use crate::util::{Run, gaze_cli, repository, run, scores, write_saliency4asd};

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
