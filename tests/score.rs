//! `gaze-cli score`: figures of regions, requirements, files of regions, what is refused.

use std::{fs, io::Write, path::Path, process::Stdio};

use image::{Rgb, RgbImage};
use ndarray::{Array2, array};
use ndarray_npy::write_npy;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::util::{Run, gaze_cli, json, repository};

/// Rounding of sums of a few numbers.
const ROUNDING: f64 = 1e-12;

fn score(folder: &Path, arguments: &[&str]) -> Run {
    gaze_cli().current_dir(folder).arg("score").args(arguments).output().unwrap().into()
}

/// A folder with a picture of 8 × 4 pixels and a map for it whose values, as scores, sum to 100.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    RgbImage::from_pixel(8, 4, Rgb([90, 90, 90])).save(folder.path().join("page.png")).unwrap();
    let mut map = Array2::from_elem((4, 8), 1.0);
    map[[1, 2]] = 50.0;
    map[[3, 7]] = 20.0;
    write_npy(folder.path().join("scores.npy"), &map).unwrap();
    write_npy(folder.path().join("density.npy"), &map.mapv(|value: f64| (value / 100.0).ln())).unwrap();
    folder
}

#[track_caller]
fn check(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
}

#[test]
fn the_figures_are_those_of_the_map() {
    let folder = folder();
    let regions = ["--region", "peak:2,1,1,1", "--region", "half:50%,0%,50%,100%", "--region", "part:1.5,1,1,2"];
    let run = score(
        folder.path(),
        &[&["--prediction", "density.npy", "--reference", "uniform", "--json"], &regions[..]].concat(),
    );
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let report = json(&run);
    assert_eq!((&report["schema"], &report["width"], &report["height"]), (&1.into(), &8.into(), &4.into()));
    assert_eq!((&report["model"], &report["reference"]), (&"precomputed:density.npy".into(), &"uniform".into()));
    let [peak, half, part] = [0, 1, 2].map(|index| &report["regions"][index]);
    check(&peak["share"], 0.5);
    check(&peak["area"], 1.0 / 32.0);
    check(&peak["lift"], 16.0);
    check(&peak["peak"], 16.0);
    assert_eq!(peak["peak_at"], serde_json::json!({"x": 2, "y": 1}));
    check(&half["share"], (15.0 + 20.0) / 100.0);
    assert_eq!(half["peak_at"], serde_json::json!({"x": 7, "y": 3}));
    assert_eq!((&half["x"], &half["width"]), (&4.0.into(), &4.0.into()));
    // Half of the column with the peak, and half of one beside it.
    check(&part["share"], 0.5 * (1.0 + 50.0 + 1.0 + 1.0) / 100.0);
    assert_eq!([peak, half, part].map(|region| region["rank"].as_u64().unwrap()), [1, 2, 3]);
    for region in [peak, half, part] {
        check(&region["reference"]["lift"], 1.0);
        check(&region["reference"]["share"], region["area"].as_f64().unwrap());
    }
    assert_eq!([peak, half, part].map(|region| region["reference"]["rank"].as_u64().unwrap()), [3, 1, 2]);
}

#[test]
fn scores_are_divided_by_their_sum_and_that_is_said() {
    let folder = folder();
    let arguments = ["--region", "peak:2,1,1,1", "--json", "--prediction"];
    let [scores, density] =
        ["scores.npy", "density.npy"].map(|map| score(folder.path(), &[&arguments[..], &[map]].concat()));
    check(&json(&scores)["regions"][0]["share"], json(&density)["regions"][0]["share"].as_f64().unwrap());
    assert!(
        scores.stderr.contains("scores.npy holds scores; divided by their sum they are a density"),
        "{}",
        scores.stderr
    );
    assert_eq!(scores.status, 0);
    write_npy(folder.path().join("negative.npy"), &array![[1.0, -1.0]]).unwrap();
    let refused = score(folder.path(), &[&arguments[..], &["negative.npy"]].concat());
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("negative.npy: these scores are no density: the value at row 0, column 1 is -1"));
}

#[test]
fn the_center_bias_alone_stands_beside() {
    let folder = folder();
    let regions = ["page.png", "--region", "a:0,0,3,2", "--region", "b:3,1,2,2", "--json"];
    let run = score(folder.path(), &[&regions[..], &["--model", "center-bias:gaussian"]].concat());
    let report = json(&run);
    for region in report["regions"].as_array().unwrap() {
        for figure in ["share", "lift", "peak", "rank"] {
            assert_eq!(region[figure], region["reference"][figure], "the model is its own reference");
        }
    }
    let run = score(folder.path(), &[&regions[..], &["--model", "uniform"]].concat());
    let report = json(&run);
    check(&report["regions"][1]["lift"], 1.0);
    assert!(report["regions"][1]["reference"]["lift"].as_f64().unwrap() > 1.2);
    // A file of another size is fitted to the picture, as for networks.
    let run = score(folder.path(), &[&regions[..], &["--model", "uniform", "--reference", "density.npy"]].concat());
    check(&json(&run)["regions"][0]["reference"]["share"], 55.0 / 100.0);
}

#[test]
fn what_is_required_sets_the_exit_status() {
    let folder = folder();
    let regions = ["--prediction", "density.npy", "--region", "peak:2,1,1,1", "--region", "a.b:0,0,2,1", "--require"];
    let required = |requirement: &str| score(folder.path(), &[&regions[..], &[requirement]].concat());
    for met in ["peak.share>=49%", "peak.rank<=1", "a.b.rank>1", "peak.lift<=16.1", "a.b.share<0.03", "peak.peak>15"] {
        let run = required(met);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{met}");
    }
    for (unmet, value) in [("peak.share>=51%", "0.5"), ("a.b.rank<=1", "2"), ("a.b.share>2.1 %", "0.02")] {
        let run = required(unmet);
        assert_eq!(run.status, 1);
        assert!(run.stderr.starts_with(&format!("gaze: not met: {unmet}, it is {value}")), "{}", run.stderr);
        assert!(run.stdout.contains("peak"), "the figures are printed all the same");
    }
    let run = score(folder.path(), &[&regions[..], &["peak.rank>1", "--require", "peak.rank<2", "--json"]].concat());
    let requirements = &json(&run)["requirements"];
    assert_eq!(run.status, 1);
    assert_eq!(requirements[0], serde_json::json!({"requirement": "peak.rank>1", "value": 1.0, "met": false}));
    assert_eq!(requirements[1]["met"], true);
}

#[test]
fn regions_come_from_files_too() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let json_file = "[{\"name\": \"peak\", \"x\": \"25%\", \"y\": 1, \"width\": 1, \"height\": 1}]";
    // As an editor may write it, with a mark of byte order in front.
    fs::write(at("regions.json"), format!("\u{feff}{json_file}")).unwrap();
    fs::write(at("regions.csv"), "\u{feff}name,x,y,width,height\r\npeak,25%,1,1,1\r\n").unwrap();
    let arguments = ["--prediction", "density.npy", "--region", "other:0,0,1,1", "--regions"];
    let outputs = ["regions.json", "regions.csv"].map(|file| score(folder.path(), &[&arguments[..], &[file]].concat()));
    assert_eq!(outputs[0].stdout, outputs[1].stdout);
    assert!(
        outputs[0].stdout.lines().any(|line| line.starts_with("peak") && line.contains("50.0 %")),
        "{}",
        outputs[0].stdout
    );
    let lines: Vec<&str> = outputs[0].stdout.lines().skip(3).take(2).collect();
    assert!(lines[0].starts_with("other") && lines[1].starts_with("peak"), "{lines:?}");
}

#[test]
fn a_picture_shows_the_regions() {
    let folder = tempdir().unwrap();
    RgbImage::from_pixel(200, 100, Rgb([90, 90, 90])).save(folder.path().join("page.png")).unwrap();
    let arguments = ["page.png", "--model", "uniform", "--region", "box:50,40,100,40", "--picture"];
    let run = score(folder.path(), &[&arguments[..], &["scored.png"]].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    let picture = image::open(folder.path().join("scored.png")).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (200, 100));
    assert_eq!(picture.get_pixel(51, 60).0, [255; 3], "the frame is light within dark lines");
    assert_eq!((picture.get_pixel(50, 60), picture.get_pixel(100, 60).0), (picture.get_pixel(52, 60), [90; 3]));
    let lit = picture.enumerate_pixels().filter(|(x, y, pixel)| *y < 40 && *x > 50 && pixel.0 == [255; 3]).count();
    assert!(lit > 40, "the label is written: {lit}");
    // Never over what was read.
    let run = score(folder.path(), &[&arguments[..], &["./page.png"]].concat());
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--picture ./page.png would replace what is read"), "{}", run.stderr);
    // A map without its picture is drawn as a heat map.
    write_npy(folder.path().join("map.npy"), &Array2::from_shape_fn((10, 20), |(y, x)| (y + x) as f64)).unwrap();
    let run = score(folder.path(), &["--prediction", "map.npy", "--region", "a:0,0,1,1", "--picture", "map.png"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(image::image_dimensions(folder.path().join("map.png")).unwrap(), (20, 10));
}

#[test]
fn the_picture_may_come_from_standard_input() {
    let folder = folder();
    let mut command = gaze_cli();
    command.current_dir(folder.path()).args(["score", "-", "--model", "uniform", "--region", "a:0,0,4,4", "--json"]);
    let piped = |mut command: std::process::Command, bytes: &[u8]| -> Run {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        child.wait_with_output().unwrap().into()
    };
    let run = piped(command, &fs::read(folder.path().join("page.png")).unwrap());
    assert_eq!(run.status, 0, "{}", run.stderr);
    let report = json(&run);
    assert_eq!(report["image"], "standard input");
    check(&report["regions"][0]["share"], 0.5);

    let mut command = gaze_cli();
    command.args(["score", "--prediction", "-", "--region", "a:2,1,1,1", "--json"]);
    let run = piped(command, &fs::read(folder.path().join("density.npy")).unwrap());
    check(&json(&run)["regions"][0]["share"], 0.5);

    let mut command = gaze_cli();
    command.args(["score", "-", "--model", "uniform", "--regions", "-"]);
    let run = piped(command, b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("only one thing can be read from standard input"), "{}", run.stderr);
}

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let folder = folder();
    fs::write(folder.path().join("empty.csv"), "name,x,y,width,height\n").unwrap();
    RgbImage::new(9, 4).save(folder.path().join("wide.png")).unwrap();
    let cases: [(&[&str], &str); 13] = [
        (&["page.png"], "--region <NAME:X,Y,W,H>"),
        (&["page.png", "--region", "a:0,0,9,1"], "region a: the region spans x 0 to 9, the picture 0 to 8"),
        (&["page.png", "--region", "a:-1,0,2,1"], "region a: the region spans x -1 to 1, the picture 0 to 8"),
        (&["page.png", "--region", "a:0,0,2,0%"], "region a: the region's height is 0 pixels, it must be positive"),
        (&["page.png", "--region", "a:0,0,1,1", "--region", "a:1,1,1,1"], "two regions are called a"),
        (&["page.png", "--region", "a:0,0,1,1", "--require", "b.share>1"], "there is no region \"b\"; there are a"),
        (&["page.png", "--region", "a:0,0,1,1", "--require", "cc>0.5"], "cc, sim and kl compare two maps"),
        (&["page.png", "--region", "a:0,0,1,1", "--require", "a.share"], "\"a.share\" compares nothing"),
        (&["page.png", "--regions", "empty.csv"], "--regions: empty.csv holds no region"),
        (&["page.png", "--regions", "none.csv"], "--regions: none.csv: "),
        (&["none.png", "--region", "a:0,0,1,1"], "none.png does not exist"),
        (
            &["page.png", "--region", "a:0,0,1,1", "--reference", "mine"],
            "choose model, gaussian, uniform or a FILE.npy",
        ),
        (
            &["page.png", "--region", "a:0,0,1,1", "--picture", "no/such/folder.png"],
            "--picture: writing no/such/folder.png",
        ),
    ];
    for (arguments, message) in cases {
        let run = score(folder.path(), &[arguments, &["--model", "uniform"]].concat());
        assert!(run.stderr.contains(message), "{message} is not in {}", run.stderr);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    let other = ["wide.png", "--prediction", "density.npy", "--region", "a:0,0,1,1"];
    let run = score(folder.path(), &other);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--prediction is 4x8, the picture 4x9 (height x width)"), "{}", run.stderr);
    let run = score(folder.path(), &[&other[1..], &["--model", "uniform"]].concat());
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    let run = score(folder.path(), &["page.png", "--region", "a:0,0,1,1", "--model", "center-bias"]);
    assert!(run.stderr.contains("--model: center-bias needs a dataset, which `gaze-cli run` has"), "{}", run.stderr);
}

#[test]
fn the_page_on_designs_tells_every_field_and_its_files_are_read() {
    let page = fs::read_to_string(repository("docs/DESIGNS.md")).unwrap();
    let block = |language: &str| {
        let begin = format!("```{language}\n");
        let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("a block of {language}"));
        rest.split_once("```").unwrap().0.to_owned()
    };
    let folder = folder();
    RgbImage::from_pixel(400, 900, Rgb([90; 3])).save(folder.path().join("large.png")).unwrap();
    fs::write(folder.path().join("json"), block("json")).unwrap();
    fs::write(folder.path().join("csv"), block("text")).unwrap();
    let with = |file: &str| score(folder.path(), &["large.png", "--model", "uniform", "--regions", file]).stdout;
    assert!(with("json").contains("button"));
    assert_eq!(with("json"), with("csv"));

    let arguments = ["--region", "a:0,0,1,1", "--json", "--require"];
    let of_score = score(folder.path(), &[&["--prediction", "density.npy"], &arguments[..], &["a.share>=0"]].concat());
    let mut command = gaze_cli();
    command.current_dir(folder.path()).args(["compare", "density.npy", "density.npy"]).args(arguments).arg("cc>=0");
    let of_compare: Run = command.output().unwrap().into();
    for report in [json(&of_score), json(&of_compare)] {
        let mut values = vec![&report];
        while let Some(value) = values.pop() {
            for (key, value) in value.as_object().into_iter().flatten() {
                assert!(page.contains(&format!("`{key}")), "docs/DESIGNS.md does not tell of {key}");
                values.push(value);
            }
            values.extend(value.as_array().into_iter().flatten());
        }
    }
}
