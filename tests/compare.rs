//! `gaze-cli compare`: changes of regions and maps, pictures of different sizes, requirements, what is refused.

use std::{fs, path::Path};

use image::{Rgb, RgbImage};
use ndarray::{Array2, array};
use ndarray_npy::write_npy;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::util::{Run, gaze_cli, json};

/// Rounding of sums of a few numbers.
const ROUNDING: f64 = 1e-12;

fn compare(folder: &Path, arguments: &[&str]) -> Run {
    gaze_cli().current_dir(folder).arg("compare").args(arguments).output().unwrap().into()
}

/// Two densities of 2 × 2 pixels, and two pictures of different sizes.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, values: Array2<f64>| write_npy(at(name), &values.mapv(f64::ln)).unwrap();
    write("a.npy", array![[0.4, 0.3], [0.2, 0.1]]);
    write("b.npy", array![[0.1, 0.3], [0.2, 0.4]]);
    write("none.npy", array![[0.5, 0.5], [0.0, 0.0]]);
    write("wide.npy", array![[0.3, 0.2, 0.2, 0.1], [0.1, 0.1, 0.0, 0.0]]);
    RgbImage::from_pixel(40, 30, Rgb([90; 3])).save(at("small.png")).unwrap();
    RgbImage::from_pixel(80, 60, Rgb([90; 3])).save(at("large.png")).unwrap();
    folder
}

#[track_caller]
fn check(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
}

#[test]
fn the_change_is_that_from_a_to_b() {
    let folder = folder();
    let regions = ["--region", "first:0,0,1,1", "--region", "right:50%,50%,50%,50%", "--json"];
    let run = compare(folder.path(), &[&["a.npy", "b.npy"], &regions[..]].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let report = json(&run);
    assert_eq!((&report["schema"], &report["model"]), (&1.into(), &"precomputed".into()));
    assert_eq!((&report["a"]["image"], &report["b"]["width"]), (&"a.npy".into(), &2.into()));
    let [first, right] = [0, 1].map(|index| &report["regions"][index]);
    check(&first["a"]["share"], 0.4);
    check(&first["b"]["share"], 0.1);
    check(&first["difference"]["share"], -0.3);
    check(&first["difference"]["lift"], -1.2);
    check(&first["difference"]["peak"], -1.2);
    check(&right["difference"]["share"], 0.3);
    assert_eq!(
        [&first["a"]["rank"], &first["b"]["rank"], &first["difference"]["rank"]],
        [1, 2, 1].map(Value::from).each_ref()
    );
    assert_eq!(right["difference"]["rank"], -1);
}

#[test]
fn maps_of_one_size_are_compared_whole() {
    let folder = folder();
    let maps = |a: &str, b: &str| json(&compare(folder.path(), &[a, b, "--json"]))["maps"].clone();
    let change = maps("a.npy", "b.npy");
    // The deviations from 1/4, in hundredths: 15, 5, -5, -15 and -15, 5, -5, 15.
    check(&change["cc"], (-225.0 + 25.0 + 25.0 - 225.0) / 500.0);
    check(&change["sim"], 0.1 + 0.3 + 0.2 + 0.1);
    check(&change["kl"], 0.4 * 4f64.ln() + 0.1 * 0.25f64.ln());
    let same = maps("a.npy", "a.npy");
    check(&same["cc"], 1.0);
    check(&same["sim"], 1.0);
    check(&same["kl"], 0.0);
    assert_eq!(maps("a.npy", "none.npy")["kl"], "Infinity", "B excludes what A expects");
    assert!(maps("none.npy", "a.npy")["kl"].is_number());
    let table = |b: &str| compare(folder.path(), &["a.npy", b]).stdout;
    assert!(
        table("none.npy").ends_with("KL ∞\n")
            && table("a.npy").ends_with("maps: CC 1.0000, SIM 1.0000, KL 0.0000 nats\n")
    );
    let run = compare(folder.path(), &["small.png", "small.png", "--model", "uniform", "--json", "--require", "cc>=0"]);
    assert_eq!(json(&run)["maps"]["cc"], Value::Null, "constant maps do not correlate");
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("not met: cc>=0, it has no value"), "{}", run.stderr);
    assert_eq!(
        json(&compare(folder.path(), &["a.npy", "wide.npy", "--region", "a:0%,0%,10%,10%", "--json"]))["maps"],
        Value::Null
    );
}

#[test]
fn requirements_are_about_the_change_and_the_maps() {
    let folder = folder();
    let required = |requirement: &str| {
        compare(folder.path(), &["a.npy", "b.npy", "--region", "first:0,0,1,1", "--require", requirement])
    };
    for met in ["first.share>=-31%", "first.rank<=0", "sim>=0.69", "kl<0.42", "cc<0", "first.lift<-1"] {
        let run = required(met);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{met}");
    }
    for unmet in ["first.share>=-2%", "sim>=0.8", "kl<=0.1", "first.peak>0"] {
        let run = required(unmet);
        assert_eq!(run.status, 1);
        assert!(run.stderr.starts_with(&format!("gaze: not met: {unmet}, it is ")), "{}", run.stderr);
        assert!(run.stdout.contains("-30.0 points"), "{}", run.stdout);
    }
}

#[test]
fn regions_of_pictures_of_different_sizes_are_relative_or_given_twice() {
    let folder = folder();
    let arguments = ["small.png", "large.png", "--model", "center-bias:gaussian", "--json", "--region"];
    let with = |more: &[&str]| compare(folder.path(), &[&arguments[..], more].concat());
    let relative = with(&["a:25%,25%,50%,50%"]);
    assert_eq!(relative.status, 0, "{}", relative.stderr);
    let report = json(&relative);
    assert_eq!((&report["regions"][0]["a"]["x"], &report["regions"][0]["b"]["x"]), (&10.0.into(), &20.0.into()));
    // The same model on the same shape: all that differs is the fineness of the grid.
    assert!(report["regions"][0]["difference"]["share"].as_f64().unwrap().abs() < 0.01);
    let pixels = with(&["a:10,10,10,10"]);
    assert_eq!(pixels.status, 2);
    assert!(
        pixels.stderr.contains("region a is in pixels; give it in percent, or say with --region-b"),
        "{}",
        pixels.stderr
    );
    fs::write(folder.path().join("moved.csv"), "name,x,y,width,height\na,60,40,20,20\n").unwrap();
    for moved in [["--region-b", "a:60,40,20,20"], ["--regions-b", "moved.csv"]] {
        let report = json(&with(&[&["a:10,10,10,10"], &moved[..]].concat()));
        assert_eq!((&report["regions"][0]["a"]["x"], &report["regions"][0]["b"]["x"]), (&10.0.into(), &60.0.into()));
    }
}

#[test]
fn the_picture_has_both_side_by_side() {
    let folder = folder();
    let arguments =
        ["small.png", "large.png", "--model", "uniform", "--region", "a:50%,50%,50%,50%", "--picture", "both.png"];
    let run = compare(folder.path(), &arguments);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let both = image::open(folder.path().join("both.png")).unwrap().to_rgb8();
    assert_eq!(both.dimensions(), (40 + 8 + 80, 60));
    assert_eq!(
        [both.get_pixel(10, 25).0, both.get_pixel(10, 45).0, both.get_pixel(60, 10).0],
        [[90; 3], [24; 3], [90; 3]]
    );
    // The frames: from the middle of each.
    assert_eq!([both.get_pixel(21, 25).0, both.get_pixel(48 + 41, 50).0], [[255; 3]; 2]);
}

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let folder = folder();
    let cases: [(&[&str], &str); 10] = [
        (&["a.npy", "small.png"], "one of a.npy and small.png is a stored map; two pictures can be compared"),
        (&["a.npy", "wide.npy"], "A is 2x2 and B 2x4 (height x width), so their maps cannot be compared"),
        (&["a.npy", "b.npy", "--region-b", "x:0,0,1,1"], "--region-b x: there is no such region in A"),
        (&["a.npy", "b.npy", "--require", "x.share>=0"], "there is no region \"x\""),
        (&["a.npy", "b.npy", "--region", "x:0,0,3,1"], "region x: the region spans x 0 to 3, the picture 0 to 2"),
        (&["small.png", "large.png", "--model", "uniform", "--map-kind", "scores"], "--map-kind, --renormalise and"),
        (
            &["small.png", "large.png", "--model", "uniform", "--variable", "map"],
            "--map-kind, --renormalise and --variable are about stored maps; --maps says that A and B are",
        ),
        (&["a.npy", "b.npy", "--maps", "--model", "uniform"], "cannot be used with"),
        (&["-", "-"], "only one thing can be read from standard input"),
        (&["a.npy"], "<B>"),
    ];
    for (arguments, message) in cases {
        let run = compare(folder.path(), arguments);
        assert!(run.stderr.contains(message), "{message} is not in {}", run.stderr);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}
