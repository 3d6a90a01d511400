//! The metrics give the values that pysaliency 0.2.22 gives, on real fixations (see `data/README.md`).

use std::{fs, path::Path};

use gaze_core::{Fixation, Fixations, LogDensity, SaliencyMap, Size};
use gaze_metrics::{MetricError, auc, cc, information_gain, kl_divergence, log_likelihood, nss, sim};
use ndarray::Array2;
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

use crate::util::data;

/// The order in which half a million 64-bit products are summed; relative to 1, or to the value if that is larger.
const TOLERANCE: f64 = 1e-12;

struct Case {
    golden: Value,
    map: SaliencyMap,
    empirical: SaliencyMap,
    fixations: Fixations,
    center: SaliencyMap,
}

fn read_json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(data(path)).unwrap()).unwrap()
}

fn read_map(path: &Path) -> Array2<f64> {
    let open = || fs::File::open(path).unwrap();
    let bytes = Array2::<u8>::read_npy(open()).map(|map| map.mapv(f64::from));
    let words = || Array2::<u16>::read_npy(open()).map(|map| map.mapv(f64::from));
    bytes.or_else(|_| words()).unwrap_or_else(|_| Array2::<f32>::read_npy(open()).unwrap().mapv(f64::from))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Every prediction of every image, as `data/README.md` describes them.
fn cases() -> Vec<(String, Case)> {
    let golden = read_json("golden/metrics/golden.json");
    let manifest = read_json("golden/metrics/manifest.json");
    let mut cases = Vec::new();
    for entry in manifest["cases"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let side = |name: &str| usize::try_from(entry[name].as_u64().unwrap()).unwrap();
        let size = Size { height: side("H"), width: side("W") };
        let (x, y, subject) = (numbers(&entry["x"]), numbers(&entry["y"]), numbers(&entry["subject"]));
        let stored = |name: &str| {
            let path = entry["maps"][name].as_str().unwrap();
            match path.strip_prefix("derive: ") {
                Some("b >> 5") => {
                    let b = entry["maps"]["b"].as_str().unwrap();
                    read_map(&data("golden/metrics").join(b)).mapv(|v| (v / 32.0).floor())
                }
                Some("constant 1.0") => Array2::ones(size.dim()),
                Some(other) => panic!("{other}"),
                None => read_map(&data("golden/metrics").join(path)),
            }
        };
        for prediction in ["a", "b", "c", "d", "e"] {
            let odd_only = prediction == "c";
            let points = (0..x.len())
                .filter(|&i| !odd_only || subject[i] % 2.0 > 0.5)
                .map(|i| Fixation { x: x[i], y: y[i] })
                .collect();
            let case = Case {
                golden: golden[id]["preds"][prediction].clone(),
                map: SaliencyMap::new(stored(prediction)).unwrap(),
                empirical: SaliencyMap::new(stored(if odd_only { "gt_B" } else { "gt_all" })).unwrap(),
                fixations: Fixations::new(size, points).unwrap(),
                center: SaliencyMap::new(stored("a")).unwrap(),
            };
            cases.push((format!("{id}/{prediction}"), case));
        }
    }
    assert_eq!(cases.len(), 60);
    cases
}

#[track_caller]
fn check(metric: &str, variant: &str, ours: impl Fn(&Case) -> Result<f64, MetricError>) {
    for (name, case) in cases() {
        let golden = &case.golden[metric][variant];
        let expected = match golden {
            Value::Number(number) => number.as_f64().unwrap(),
            Value::String(text) if text == "Infinity" => f64::INFINITY,
            Value::String(text) if text == "-Infinity" => f64::NEG_INFINITY,
            other => panic!("{name}: {other}"),
        };
        let found = ours(&case).unwrap();
        let close = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
        assert!(
            close || (found.is_infinite() && found.total_cmp(&expected).is_eq()),
            "{name}: {found} is not {expected}"
        );
    }
}

/// pysaliency's `SaliencyMapNormalizingModel` of a map without negative values: a minimum is added to each.
fn as_density(map: &SaliencyMap, minimum: f64) -> LogDensity {
    LogDensity::from_weights(map.values().mapv(|value| value + minimum)).unwrap()
}

#[test]
fn auc_equals_pysaliency() {
    check("auc", "pysaliency_uniform", |case| auc(&case.map, &case.fixations));
}

#[test]
fn nss_equals_pysaliency() {
    check("nss", "pysaliency", |case| nss(&case.map, &case.fixations));
}

#[test]
fn cc_equals_pysaliency() {
    check("cc", "pysaliency", |case| cc(&case.map, &case.empirical));
}

#[test]
fn sim_equals_pysaliency() {
    check("sim", "pysaliency", |case| sim(&case.map, &case.empirical));
}

#[test]
fn kl_divergence_equals_pysaliency() {
    check("kl", "pysaliency_mit", |case| kl_divergence(&case.map, &case.empirical));
}

#[test]
fn log_likelihood_equals_pysaliency() {
    check("ll_nats", "pysaliency_min1e-20", |case| log_likelihood(&as_density(&case.map, 1e-20), &case.fixations));
}

#[test]
fn information_gain_equals_pysaliency() {
    check("ig", "pysaliency_uniform_min1e-20", |case| {
        let uniform = LogDensity::uniform(case.map.size()).unwrap();
        information_gain(&as_density(&case.map, 1e-20), &uniform, &case.fixations)
    });
    check("ig", "pysaliency_base_a_min1e-20", |case| {
        information_gain(&as_density(&case.map, 1e-20), &as_density(&case.center, 1e-20), &case.fixations)
    });
}
