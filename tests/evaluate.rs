//! `gaze-cli evaluate` gives the values of the peers under the peers' names.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::Value;
use tempfile::tempdir;

use crate::util::{Run, data, gaze_cli};

/// See `golden_metrics.rs`: Octave's sums are the least exact.
const TOLERANCE: f64 = 1e-10;

fn evaluate(arguments: &[&str]) -> Run {
    gaze_cli().arg("evaluate").args(arguments).output().unwrap().into()
}

fn read_json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(data(path)).unwrap()).unwrap()
}

fn points(entry: &Value) -> Vec<(f64, f64)> {
    let numbers = |name: &str| entry[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
    numbers("x").into_iter().zip(numbers("y")).collect()
}

/// Writes the fixations of an image and those of the ten others; returns the paths.
fn write_tables(folder: &Path, manifest: &Value, case: &Value) -> [String; 2] {
    let mut here = String::from("x,y\n");
    for (x, y) in points(case) {
        writeln!(here, "{x},{y}").unwrap();
    }
    let mut others = String::from("image,width,height,x,y\n");
    for (name, other) in manifest["others"].as_object().unwrap() {
        for (x, y) in points(other) {
            writeln!(others, "{name},800,600,{x},{y}").unwrap();
        }
    }
    [("here.csv", here), ("others.csv", others)].map(|(name, text)| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    })
}

#[test]
fn every_definition_has_the_name_and_the_value_of_its_peer() {
    let folder = tempdir().unwrap();
    let (manifest, golden) = (read_json("golden/metrics/manifest.json"), read_json("golden/metrics/golden.json"));
    let case = manifest["cases"].as_array().unwrap().iter().find(|case| case["id"] == "osie1214").unwrap();
    let [here, others] = write_tables(folder.path(), &manifest, case);
    let map =
        |name: &str| data("golden/metrics").join(case["maps"][name].as_str().unwrap()).to_str().unwrap().to_owned();
    let golden = &golden["osie1214"];
    let downsize = golden["emd_downsize"].to_string();
    let run = evaluate(&[
        "--prediction",
        &map("b"),
        "--fixations",
        &here,
        "--empirical",
        &map("gt_all"),
        "--baseline",
        &map("a"),
        "--others",
        &others,
        "--emd-downsize",
        &downsize,
        "--variants",
        "all",
        "--json",
    ]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["schema"], 1);
    let mut compared = 0;
    for score in printed["scores"].as_array().unwrap() {
        let (metric, variant) = (score["metric"].as_str().unwrap(), score["variant"].as_str().unwrap());
        // The golden names of information gain carry the baseline.
        let name = match (metric, variant) {
            ("ig", "mit") => "mit_base_a".to_owned(),
            ("ig", "pysaliency_min0") => "pysaliency_base_a_min0".to_owned(),
            ("ig", "pysaliency_min1e-20") => "pysaliency_base_a_min1e-20".to_owned(),
            _ => variant.to_owned(),
        };
        let expected = &golden["preds"]["b"][metric][&name];
        match (score["value"].as_f64(), expected.as_f64()) {
            (Some(found), Some(expected)) => {
                assert!((found - expected).abs() <= TOLERANCE * expected.abs().max(1.0), "{metric} {variant}: {found}");
                compared += 1;
            }
            (None, _) if expected.is_string() => assert_eq!(&score["value"], expected, "{metric} {variant}"),
            // A map of scores has no log density; distances in pixels have no peer.
            _ => assert!(variant == "log_density" || variant == "exact_area_pixels", "{metric} {variant}"),
        }
    }
    assert!(compared >= 30, "{compared}");
}

#[test]
fn what_was_not_given_is_asked_for_and_is_no_failure() {
    let folder = tempdir().unwrap();
    let manifest = read_json("golden/metrics/manifest.json");
    let case = manifest["cases"].as_array().unwrap().iter().find(|case| case["id"] == "osie1214").unwrap();
    let [here, _] = write_tables(folder.path(), &manifest, case);
    let map = data("golden/metrics/maps/osie1214_b.npy");
    let run = evaluate(&["--prediction", map.to_str().unwrap(), "--fixations", &here, "--profile", "tuebingen"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.lines().any(|line| line.starts_with("sauc") && line.ends_with("needs --others")));
    assert!(run.stdout.lines().any(|line| line.starts_with("cc") && line.ends_with("needs --empirical or --sigma-px")));
    assert!(!run.stdout.contains("auc_judd"));
}

#[test]
fn map_or_fixations_may_come_from_standard_input() {
    let folder = tempdir().unwrap();
    let table = folder.path().join("here.csv");
    fs::write(&table, "x,y\n3,4\n50,20\n").unwrap();
    let map = data("golden/metrics/maps/osie1214_b.npy");
    let piped = |prediction: &Path, fixations: &Path, input: &Path| -> Run {
        let mut command = gaze_cli();
        command.arg("evaluate").arg("--prediction").arg(prediction).arg("--fixations").arg(fixations);
        command.stdin(fs::File::open(input).unwrap()).output().unwrap().into()
    };
    let stdin = Path::new("-");
    let expected = piped(&map, &table, &table);
    assert_eq!(expected.status, 0, "{}", expected.stderr);
    for run in [piped(stdin, &table, &map), piped(&map, stdin, &table)] {
        assert_eq!((run.status, run.stdout), (0, expected.stdout.clone()));
    }
    let both = piped(stdin, stdin, &map);
    assert_eq!(both.status, 2);
    assert!(both.stderr.contains("only one thing can be read from standard input"), "{}", both.stderr);
    let table_as_map = piped(stdin, &table, &table);
    assert!(table_as_map.stderr.contains("--prediction: standard input: "), "{}", table_as_map.stderr);
}

#[test]
fn bad_input_is_named() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let map = data("golden/metrics/maps/osie1214_b.npy");
    let map = map.to_str().unwrap();
    fs::write(path("none.csv"), "x,y\n").unwrap();
    let run = evaluate(&["--prediction", map, "--fixations", &path("none.csv"), "--profile", "mit", "--json"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("auc_judd (mit_expected): no fixations"), "{}", run.stderr);
    assert!(run.stdout.contains("\"value\":null,\"reason\":\"no fixations\""), "{}", run.stdout);

    fs::write(path("outside.csv"), "x,y\n3,4\n160,4\n").unwrap();
    let run = evaluate(&["--prediction", map, "--fixations", &path("outside.csv"), "--profile", "mit"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("outside.csv:3: the fixation at x = 160, y = 4 lies outside"), "{}", run.stderr);

    fs::write(path("letters.csv"), "x,y\n3,4\n1o,4\n").unwrap();
    let run = evaluate(&["--prediction", map, "--fixations", &path("letters.csv")]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("letters.csv:3: x should be a number, found \"1o\""), "{}", run.stderr);

    let run = evaluate(&["--prediction", "no/such.npy", "--fixations", &path("none.csv")]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--prediction: no/such.npy does not exist"), "{}", run.stderr);
    let run = evaluate(&["--prediction", map, "--fixations", &path("none.csv"), "--emd-downsize", "0"]);
    assert_eq!(run.status, 2);
}
