//! `gaze-cli rasterize` makes the maps that it says, and says what it left out.

use std::{fmt::Write as _, fs, path::Path};

use gaze_core::Fixation;
use ndarray::{Array1, Array2};
use ndarray_npy::ReadNpyExt;
use tempfile::tempdir;

use crate::{
    golden_targets::{Points, assert_same_map, index, size},
    util::{Run, contents, data, gaze_cli, write_saliency4asd},
};

fn rasterize(arguments: &[&str]) -> Run {
    gaze_cli().arg("rasterize").args(arguments).output().unwrap().into()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn read(path: &Path) -> Array2<f32> {
    Array2::read_npy(fs::File::open(path).unwrap()).unwrap()
}

/// Writes experiments as the fixations of as many subjects.
fn write_csv(path: &Path, experiments: &[Vec<Fixation>]) {
    let mut csv = String::from("x,y,subject\n");
    for (subject, experiment) in experiments.iter().enumerate() {
        for Fixation { x, y } in experiment {
            writeln!(csv, "{x},{y},{subject}").unwrap();
        }
    }
    fs::write(path, csv).unwrap();
}

#[test]
fn maps_equal_those_of_crumpets() {
    let folder = tempdir().unwrap();
    let (csv, out) = (folder.path().join("fix.csv"), folder.path().join("map.npy"));
    let points = Points::read();
    let maps = Array1::<f32>::read_npy(fs::File::open(data("golden/targets/maps.npy")).unwrap()).unwrap();
    let mut compared = 0;
    let cases = points.golden["maps"].as_array().unwrap().iter();
    // Points of the other sets lie outside their picture, and the reader of tables says so.
    let cases = cases.filter(|case| {
        let known = case["set"] == "typical" || case["set"] == "duplicates";
        known && case["variant"] != "orig" && case["rng"].as_object().unwrap().is_empty()
    });
    for case in cases {
        let (picture, target) = (size(&case["image"]), size(&case["target"]));
        write_csv(&csv, &points.experiments(picture, case["set"].as_str().unwrap()));
        let params = &case["target_params"];
        let flag = |name: &str| params[name].as_bool().unwrap_or(false);
        let (picture_size, target_size) = (picture.to_string(), target.to_string());
        let mut arguments = vec!["--fixations", text(&csv), "--out", text(&out), "--average"];
        arguments.extend(["--image-size", &picture_size, "--target-size", &target_size]);
        let blur = params["blur"].as_f64().unwrap_or(0.0).to_string();
        arguments.extend(["--blur", &blur]);
        arguments.extend(flag("interpolate").then_some("--interpolate"));
        arguments.extend(flag("maxnorm").then_some("--maxnorm"));
        arguments.extend((case["variant"] == "fixed").then_some("--assign"));
        let run = rasterize(&arguments);
        assert!(run.status < 2 && run.stdout.is_empty(), "{run:?}");
        let offset = index(&case["map"]["offset"]);
        let expected = maps.slice(ndarray::s![offset..offset + target.pixels()]);
        let expected = expected.into_shape_with_order(target.dim()).unwrap();
        assert_same_map(read(&out).view(), expected, &case.to_string());
        compared += 1;
    }
    assert!(compared >= 20, "{compared}");
}

#[test]
fn every_point_has_a_mass_of_one_and_what_is_left_out_is_told() {
    let folder = tempdir().unwrap();
    let (csv, out) = (folder.path().join("fix.csv"), folder.path().join("map.npy"));
    fs::write(&csv, "x,y,subject\n10,30,a\n40,30.5,a\n99,3,b\n1,30,b\n").unwrap();
    let run = rasterize(&[
        "--fixations",
        text(&csv),
        "--image-size",
        "60x80",
        "--target-size",
        "30x30",
        "--interpolate",
        "--out",
        text(&out),
    ]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stderr);
    assert!(
        lines[0].contains("fix.csv:4: the fixation at x = 99, y = 3 lies outside the image of 60x80"),
        "{}",
        lines[0]
    );
    assert_eq!(lines[1], "gaze: 1 of 3 points lie outside the map of 30x30 (height x width) and are left out");
    let map = read(&out);
    assert_eq!(map.dim(), (30, 30));
    assert!((map.sum() - 2.0).abs() < 1e-6);
    // 20 columns left of the middle of the picture are 10 left of the target's.
    // Both samples around y = 30.5 belong to row 15.
    assert!((map[[15, 15]] - 1.0).abs() < 1e-6 && (map[[15, 0]] - 1.0).abs() < 1e-6, "{map}");
}

#[test]
fn a_picture_shows_the_map() {
    let folder = tempdir().unwrap();
    let (csv, out) = (folder.path().join("fix.csv"), folder.path().join("map.PNG"));
    fs::write(&csv, "x,y\n10,5\n").unwrap();
    let run = rasterize(&[
        "--fixations",
        text(&csv),
        "--image-size",
        "20x30",
        "--blur-px",
        "3",
        "--sum-norm",
        "--boundary",
        "reflect",
        "--out",
        text(&out),
    ]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let picture = image::open(&out).unwrap().into_luma8();
    assert_eq!(picture.dimensions(), (30, 20));
    assert_eq!((picture.get_pixel(10, 5).0, picture.get_pixel(29, 19).0), ([255], [0]));
}

#[test]
fn a_seed_decides_what_is_drawn() {
    let folder = tempdir().unwrap();
    let csv = folder.path().join("fix.csv");
    let experiments: Vec<_> = (0..10).map(|x| vec![Fixation { x: f64::from(x), y: 1.0 }]).collect();
    write_csv(&csv, &experiments);
    let map = |seed: &str| {
        let out = folder.path().join(format!("{seed}.npy"));
        let arguments = ["--fixations", text(&csv), "--image-size", "3x12", "--sample-ratio", "0.35", "--seed", seed];
        let run = rasterize(&[&arguments[..], &["--out", text(&out)]].concat());
        assert_eq!(run.status, 0, "{run:?}");
        read(&out)
    };
    let first = map("1");
    assert!((first.sum() - 4.0).abs() < 1e-6);
    assert_eq!(first, map("1"));
    assert!((2..9).any(|seed| map(&seed.to_string()) != first));
}

#[test]
fn every_image_of_a_dataset_gets_its_maps() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let maps = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        let run = rasterize(&[
            "--data",
            text(folder.path()),
            "--blur-px",
            "2",
            "--jitter",
            "0.01",
            "--seed",
            "4",
            "--threads",
            threads,
            "--out",
            text(&out),
            "--quiet",
        ]);
        assert!(run.status < 2, "{run:?}");
        contents(&out)
    };
    let one = maps("one", "1");
    let names: Vec<_> = one.keys().map(|path| path.to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["ASD/1.npy", "ASD/2.npy", "ASD/3.npy", "TD/1.npy", "TD/2.npy", "TD/3.npy"]);
    assert_eq!(one, maps("two", "3"));
    let map = read(&folder.path().join("one/ASD/1.npy"));
    assert_eq!(map.dim(), (30, 40));
    assert_ne!(one[Path::new("ASD/1.npy")], one[Path::new("TD/1.npy")]);
    // A folder that holds something is left alone.
    let out = folder.path().join("one");
    let run = rasterize(&["--data", text(folder.path()), "--out", text(&out)]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.ends_with("one is not empty; name a new folder\n"), "{}", run.stderr);
    assert_eq!(contents(&out), one);
}

#[test]
fn wrong_arguments_are_named() {
    let folder = tempdir().unwrap();
    let (csv, out) = (folder.path().join("fix.csv"), folder.path().join("map.npy"));
    fs::write(&csv, "x,y\n10,5\n").unwrap();
    let check = |more: &[&str], expected: &str| {
        let common = ["--fixations", text(&csv), "--image-size", "20x30", "--out", text(&out)];
        let run = rasterize(&[&common[..], more].concat());
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(!out.exists());
    };
    check(&["--blur", "-1"], "gaze: --blur: the blur must be zero or a positive number, not -1");
    check(&["--blur-px", "nan"], "gaze: --blur-px: the blur must be zero or a positive number, not NaN");
    check(&["--blur-px", "1e6"], "gaze: --blur-px: sigma must be positive and at most 10000 pixels, not 1000000");
    check(&["--sample-ratio", "1.5"], "gaze: --sample-ratio: the sample ratio must lie in [0, 1], not 1.5");
    check(&["--sample-ratio", "0"], "a sample ratio of 0 chooses none of the 1 experiments with gaze");
    check(&["--jitter", "-0.1"], "gaze: --jitter: the jitter must be zero or a positive number, not -0.1");
    check(&["--target-size", "0x5"], "a picture of 0x5 (height x width) has no pixel");
    check(&["--target-size", "5"], "\"5\" is no size; write HEIGHTxWIDTH, as in 480x640");
    check(&["--target-size", "900000x900000"], "gaze: --target-size: a target of 900000x900000");
    check(&["--blur", "0.1", "--blur-px", "3"], "cannot be used with");
    check(&["--maxnorm", "--sum-norm"], "cannot be used with");
    check(&["--blur-degrees", "1"], "--pixels-per-degree <PX>");
    check(&["--blur-degrees", "1", "--pixels-per-degree", "0"], "pixels per degree must be a positive number, not 0");
    let run = rasterize(&["--fixations", text(&csv), "--image-size", "20x30", "--out", "map.jpg"]);
    assert_eq!((run.status, run.stderr.as_str()), (2, "gaze: --out map.jpg: name a file that ends in .npy or .png\n"));
    let run = rasterize(&["--fixations", text(&csv), "--out", text(&out)]);
    assert_eq!(run.status, 2);
    fs::write(&csv, "x,y\n99,5\n").unwrap();
    check(&[], "no gaze point is left of 0 in 1 experiments");
}
