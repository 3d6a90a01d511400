//! The metrics give the values that their peers give, on real fixations (see `data/README.md`).

use std::{fs, path::Path};

use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, SaliencyMap, Size};
use gaze_metrics::{
    AucVariant, JuddVariant, KlVariant, MetricError, NssVariant, ShuffledPool, ShuffledVariant, auc_borji,
    auc_judd_variant, auc_variant, cc, cc_mit, information_gain, information_gain_mit, kl_divergence_variant,
    log_likelihood, normalized_density, nss, nss_variant, shuffled_auc_variant, sim, sim_mit,
};
use ndarray::Array2;
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

use crate::util::data;

/// The order in which half a million 64-bit products are summed; relative to 1, or to the value if that is larger.
const TOLERANCE: f64 = 1e-12;

/// Octave sums half a million numbers one after another.
const OCTAVE: f64 = 1e-10;

pub(crate) struct Case {
    pub(crate) golden: Value,
    pub(crate) map: SaliencyMap<'static>,
    pub(crate) empirical: SaliencyMap<'static>,
    pub(crate) fixations: Fixations,
    pub(crate) center: SaliencyMap<'static>,
    /// Fixations on ten other images.
    pub(crate) others: FixationMap,
    /// Pixels along the side of a cell of the earth mover's distance.
    pub(crate) emd_downsize: usize,
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
pub(crate) fn cases() -> Vec<(String, Case)> {
    let golden = read_json("golden/metrics/golden.json");
    let manifest = read_json("golden/metrics/manifest.json");
    let others: Vec<Fixations> = manifest["others"]
        .as_object()
        .unwrap()
        .values()
        .map(|other| {
            let points = numbers(&other["x"]).into_iter().zip(numbers(&other["y"]));
            let points = points.map(|(x, y)| Fixation { x, y }).collect();
            Fixations::new(Size { height: 600, width: 800 }, points).unwrap()
        })
        .collect();
    let pool = ShuffledPool::new(&others);
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
                others: pool.without(usize::MAX, size),
                emd_downsize: usize::try_from(golden[id]["emd_downsize"].as_u64().unwrap()).unwrap(),
            };
            cases.push((format!("{id}/{prediction}"), case));
        }
    }
    assert_eq!(cases.len(), 60);
    cases
}

#[track_caller]
fn check_within(tolerance: f64, metric: &str, variant: &str, ours: impl Fn(&Case) -> Result<f64, MetricError>) {
    for (name, case) in cases() {
        let expected = match &case.golden[metric][variant] {
            Value::Number(number) => number.as_f64().unwrap(),
            Value::String(text) if text == "Infinity" => f64::INFINITY,
            Value::String(text) if text == "-Infinity" => f64::NEG_INFINITY,
            // Where a peer has NaN or fails, we have an error that says why.
            Value::String(text) if text == "NaN" || text == "AssertionError" => {
                let found = ours(&case);
                assert!(found.is_err(), "{name}: {found:?} instead of an error");
                continue;
            }
            other => panic!("{name}: {other}"),
        };
        let found = ours(&case).unwrap_or_else(|error| panic!("{name}: {error} instead of {expected}"));
        let close = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(
            close || (found.is_infinite() && found.total_cmp(&expected).is_eq()),
            "{name}: {found} is not {expected}"
        );
    }
}

#[track_caller]
fn check(metric: &str, variant: &str, ours: impl Fn(&Case) -> Result<f64, MetricError>) {
    check_within(TOLERANCE, metric, variant, ours);
}

/// The mean of a peer's random calls must be within five standard errors of our expectation, which is exact.
#[track_caller]
fn check_sampled(metric: &str, variant: &str, ours: impl Fn(&Case) -> Result<f64, MetricError>) {
    for (name, case) in cases() {
        let golden = &case.golden[metric][variant];
        let Some(mean) = golden["mean"].as_f64() else {
            assert!(ours(&case).is_err(), "{name}");
            continue;
        };
        let number = |field: &str| golden[field].as_f64().unwrap();
        let (found, error) = (ours(&case).unwrap(), number("sd") / number("n").sqrt());
        assert!((found - mean).abs() < 5.0 * error + 1e-6, "{name}: {found} is not {mean} ± {error}");
    }
}

#[test]
fn auc_equals_its_peers() {
    for (variant, ours) in [
        ("pysaliency_uniform", AucVariant::Uniform),
        ("pysaliency_unfixated", AucVariant::Unfixated),
        ("pysaliency_uniform_thr_fix", AucVariant::UniformAtFixations),
        ("binary_vs_all", AucVariant::BinaryVsAll),
        ("binary_vs_rest", AucVariant::BinaryVsRest),
    ] {
        check("auc", variant, |case| auc_variant(&case.map, &case.fixations, ours));
    }
}

#[test]
fn auc_judd_equals_its_peers() {
    for (variant, ours) in [
        ("mit_expected", JuddVariant::Expected),
        ("mit_nojitter", JuddVariant::WithoutJitter),
        ("pysaliency_nojitter", JuddVariant::Multiset),
    ] {
        check("auc_judd", variant, |case| auc_judd_variant(&case.map, &case.fixations, ours));
    }
    check_within(1e-4, "auc_judd", "unisal_4digits", |case| {
        auc_judd_variant(&case.map, &case.fixations, JuddVariant::Rounded)
    });
}

#[test]
fn auc_borji_equals_its_peers() {
    check("auc_borji", "mit_expected", |case| auc_borji(&case.map, &case.fixations));
    check_sampled("auc_borji", "mit_sampled", |case| auc_borji(&case.map, &case.fixations));
}

#[test]
fn shuffled_auc_equals_its_peers() {
    for (variant, ours) in [
        ("pysaliency", ShuffledVariant::Multiset),
        ("binary_exact", ShuffledVariant::Binary),
        ("mit_expected", ShuffledVariant::Expected),
        ("salicon", ShuffledVariant::Salicon),
    ] {
        check("sauc", variant, |case| shuffled_auc_variant(&case.map, &case.fixations, &case.others, ours));
    }
    check_sampled("sauc", "mit_sampled", |case| {
        shuffled_auc_variant(&case.map, &case.fixations, &case.others, ShuffledVariant::Expected)
    });
}

#[test]
fn nss_equals_its_peers() {
    check("nss", "pysaliency", |case| nss(&case.map, &case.fixations));
    check("nss", "salicon", |case| nss(&case.map, &case.fixations));
    check("nss", "unique_ddof0", |case| nss_variant(&case.map, &case.fixations, NssVariant::Binary));
    check("nss", "multi_ddof1", |case| nss_variant(&case.map, &case.fixations, NssVariant::MultisetSampleDeviation));
    check_within(OCTAVE, "nss", "mit", |case| nss_variant(&case.map, &case.fixations, NssVariant::Mit));
}

#[test]
fn cc_and_sim_equal_their_peers() {
    check("cc", "pysaliency", |case| cc(&case.map, &case.empirical));
    check("cc", "salicon", |case| cc_mit(&case.map, &case.empirical));
    check_within(OCTAVE, "cc", "mit", |case| cc_mit(&case.map, &case.empirical));
    check("sim", "pysaliency", |case| sim(&case.map, &case.empirical));
    check_within(OCTAVE, "sim", "mit", |case| sim_mit(&case.map, &case.empirical));
}

#[test]
fn kl_divergence_equals_its_peers() {
    for (variant, ours) in [
        ("pysaliency_mit", KlVariant::Tuebingen),
        ("mit", KlVariant::Mit),
        ("pysaliency_default", KlVariant::Added),
        ("noreg", KlVariant::Plain),
        ("reversed_noreg", KlVariant::Reversed),
    ] {
        check("kl", variant, |case| kl_divergence_variant(&case.map, &case.empirical, ours));
    }
}

#[test]
fn log_likelihood_and_information_gain_equal_pysaliency() {
    for (suffix, minimum) in [("min0", 0.0), ("min1e-20", 1e-20)] {
        check("ll_nats", &format!("pysaliency_{suffix}"), |case| {
            log_likelihood(&normalized_density(&case.map, minimum)?, &case.fixations)
        });
        check("ig", &format!("pysaliency_uniform_{suffix}"), |case| {
            let uniform = LogDensity::uniform(case.map.size()).unwrap();
            information_gain(&normalized_density(&case.map, minimum)?, &uniform, &case.fixations)
        });
        check("ig", &format!("pysaliency_base_a_{suffix}"), |case| {
            let baseline = normalized_density(&case.center, minimum)?;
            information_gain(&normalized_density(&case.map, minimum)?, &baseline, &case.fixations)
        });
    }
}

#[test]
fn information_gain_of_maps_equals_the_mit_benchmark() {
    check_within(OCTAVE, "ig", "mit_base_a", |case| information_gain_mit(&case.map, &case.center, &case.fixations));
}
