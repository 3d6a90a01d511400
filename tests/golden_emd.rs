//! The earth mover's distance gives the values of exact solvers (POT, HiGHS), on real maps (see `data/README.md`).

use std::{fs, path::Path};

use gaze_core::SaliencyMap;
use gaze_metrics::{DistanceUnit, EmdOptions, GridReduction, emd};
use ndarray::{Array2, Array3, Axis};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

use crate::util::data;

/// Relative to 1, or to the value if that is larger: the peers' own masses and sums are 64-bit floats.
const TOLERANCE: f64 = 1e-12;

fn read_json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(data(path)).unwrap()).unwrap()
}

fn options(reduction: GridReduction, threshold: Option<f64>) -> EmdOptions {
    EmdOptions { reduction, threshold, unit: DistanceUnit::Cells }
}

#[track_caller]
fn check(name: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let close = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
    assert!(close, "{name}: {found} is not {expected}, off by {:e}", found - expected);
}

/// The distance of two histograms that sum to 1 and may have slightly negative bins: that of what has to move.
fn between(prediction: &Array2<f64>, empirical: &Array2<f64>, threshold: Option<f64>) -> f64 {
    let surplus = prediction - empirical;
    let part = |sign: f64| surplus.mapv(|value| (sign * value).max(0.0));
    let mass = part(1.0).sum();
    let map = |values| SaliencyMap::new(values).unwrap();
    mass * emd(&map(part(1.0)), &map(part(-1.0)), &options(GridReduction::None, threshold)).unwrap()
}

#[test]
fn small_histograms_have_the_values_of_the_linear_program() {
    for case in read_json("golden/metrics/emd_unit.json").as_array().unwrap() {
        let side = |name: &str| usize::try_from(case[name].as_u64().unwrap()).unwrap();
        let map = |name: &str| {
            let values = case[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            SaliencyMap::new(Array2::from_shape_vec((side("rows"), side("cols")), values).unwrap()).unwrap()
        };
        let (empirical, prediction) = (map("P"), map("Q"));
        for (variant, threshold) in [("exact", None), ("lp", None), ("thr2", Some(2.0))] {
            if case[variant].is_null() {
                // The largest histogram was too large for the linear program.
                assert_eq!(variant, "lp");
                continue;
            }
            let found = emd(&prediction, &empirical, &options(GridReduction::None, threshold)).unwrap();
            check(&format!("{} {variant}", case["name"]), found, &case[variant]);
        }
    }
}

#[test]
fn given_cells_have_the_exact_distance() {
    let golden = read_json("golden/metrics/golden.json");
    for id in ["osie1005", "osie1042"] {
        for prediction in ["a", "b", "c", "d", "e"] {
            let name = format!("{id}_{prediction}");
            let file = fs::File::open(data(&format!("golden/metrics/emd/{name}.npy"))).unwrap();
            let bins = Array3::<f64>::read_npy(file).unwrap();
            let bins: Vec<Array2<f64>> = bins.axis_iter(Axis(0)).map(|bins| bins.to_owned()).collect();
            let expected = &golden[id]["preds"][prediction]["emd"];
            check(&name, between(&bins[1], &bins[0], None), &expected["exact_matlab_resize"]);
            check(&name, between(&bins[3], &bins[2], None), &expected["exact_area"]);
            check(&name, between(&bins[3], &bins[2], Some(2.0)), &expected["exact_area_thr2"]);
            check(&name, between(&bins[3], &bins[2], Some(5.0)), &expected["exact_area_thr5"]);
        }
    }
}

fn read_map(path: &Path) -> Array2<f64> {
    let open = || fs::File::open(path).unwrap();
    let bytes = Array2::<u8>::read_npy(open()).map(|map| map.mapv(f64::from));
    let words = || Array2::<u16>::read_npy(open()).map(|map| map.mapv(f64::from));
    bytes.or_else(|_| words()).unwrap_or_else(|_| Array2::<f32>::read_npy(open()).unwrap().mapv(f64::from))
}

/// Every prediction of every image with the empirical map that it is judged by.
fn check_maps(variant: &str, options: impl Fn(usize) -> EmdOptions) {
    let golden = read_json("golden/metrics/golden.json");
    let manifest = read_json("golden/metrics/manifest.json");
    let mut count = 0;
    for entry in manifest["cases"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let side = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let stored = |name: &str| {
            let read = |name: &str| {
                let path = entry["maps"][name].as_str().unwrap();
                read_map(&data("golden/metrics").join(path))
            };
            let values = match entry["maps"][name].as_str().unwrap() {
                "derive: b >> 5" => read("b").mapv(|v| (v / 32.0).floor()),
                "derive: constant 1.0" => Array2::ones((side(&entry["H"]), side(&entry["W"]))),
                _ => read(name),
            };
            SaliencyMap::new(values).unwrap()
        };
        let options = options(side(&golden[id]["emd_downsize"]));
        for prediction in ["a", "b", "c", "d", "e"] {
            let empirical = stored(if prediction == "c" { "gt_B" } else { "gt_all" });
            let found = emd(&stored(prediction), &empirical, &options).unwrap();
            let expected = &golden[id]["preds"][prediction]["emd"][variant];
            check(&format!("{id}/{prediction} {variant}"), found, expected);
            count += 1;
        }
    }
    assert_eq!(count, 60);
}

#[test]
fn maps_by_area_have_the_exact_distance() {
    for (variant, threshold) in [("exact_area", None), ("exact_area_thr2", Some(2.0)), ("exact_area_thr5", Some(5.0))] {
        check_maps(variant, |factor| options(GridReduction::Area { factor }, threshold));
    }
}

#[test]
fn maps_by_matlabs_resize_have_the_exact_distance() {
    check_maps("exact_matlab_resize", |factor| options(GridReduction::Matlab { factor }, None));
}
