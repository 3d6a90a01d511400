//! Degenerate input: where a peer has a number we have the same, and where it has none we have an error; the cases in
//! which we decided otherwise are listed, with what we do.

use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, SaliencyMap, Size};
use gaze_metrics::{
    AucVariant, EmdOptions, GridReduction, JuddVariant, KlVariant, MetricError, NssVariant, ShuffledVariant,
    auc_judd_variant, auc_variant, cc, cc_mit, emd, information_gain, information_gain_mit, kl_divergence_variant,
    normalized_density, nss, nss_variant, shuffled_auc_variant, sim, sim_mit,
};
use ndarray::Array2;
use serde_json::Value;

use crate::util::data;

/// The peers are Octave and NumPy on 48 pixels; UNISAL rounds to four decimals.
const TOLERANCE: f64 = 1e-10;

const SIZE: Size = Size { height: 6, width: 8 };

/// Case, peer, metric, and what ours is: a number, or `None` for an error.
const DECIDED: [(&str, &str, &str, Option<f64>); 4] = [
    // The MATLAB code leaves a map of zeros as it is, which then overlaps with nothing; any other constant map is NaN.
    ("gt_zero", "mit", "sim", None),
    ("map_all_zero", "mit", "sim", None),
    // Logarithms of negative numbers, of whose complex result the real part is taken.
    ("map_negative", "mit", "kl", None),
    // Negative masses are moved about there; we shift the map to minimum 0, as `sim` does.
    ("map_negative", "mit", "emd_ds2", Some(0.140_293_615_466_565_43)),
];

fn array(value: &Value) -> Array2<f64> {
    let rows = value.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64().unwrap(),
        Value::String(text) if text == "NaN" => f64::NAN,
        Value::String(text) if text == "Infinity" => f64::INFINITY,
        other => panic!("{other}"),
    };
    Array2::from_shape_vec(SIZE.dim(), rows.map(number).collect()).unwrap()
}

/// Our value for a peer's metric.
fn ours(
    peer: &str,
    metric: &str,
    map: &SaliencyMap<'_>,
    truth: &SaliencyMap<'_>,
    fixations: &Fixations,
    edge: &Value,
) -> Option<Result<f64, MetricError>> {
    let base = SaliencyMap::new(array(&edge["base"])).unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the map holds zeros and ones")]
    let others = FixationMap::new(array(&edge["other"]).mapv(|value| value as u32));
    let uniform = LogDensity::uniform(SIZE).unwrap();
    let options = |reduction| EmdOptions { reduction, ..EmdOptions::default() };
    let gain = |baseline: &LogDensity<'_>| information_gain(&normalized_density(map, 0.0)?, baseline, fixations);
    Some(match (peer, metric) {
        ("mit", "auc_judd_nojitter") => auc_judd_variant(map, fixations, JuddVariant::WithoutJitter),
        ("mit", "cc") => cc_mit(map, truth),
        ("mit", "kl") => kl_divergence_variant(map, truth, KlVariant::Mit),
        ("mit", "nss") => nss_variant(map, fixations, NssVariant::Mit),
        ("mit", "ig_base") => information_gain_mit(map, &base, fixations),
        ("mit", "sim") => sim_mit(map, truth),
        ("mit", "emd_ds2") => emd(map, truth, &options(GridReduction::Matlab { factor: 2 })),
        ("py", "auc_uniform") => auc_variant(map, fixations, AucVariant::Uniform),
        ("py", "auc_judd_nojitter") => auc_judd_variant(map, fixations, JuddVariant::Multiset),
        ("py", "sauc_given") => shuffled_auc_variant(map, fixations, &others, ShuffledVariant::Multiset),
        ("py", "nss") => nss(map, fixations),
        ("py", "cc") => cc(map, truth),
        ("py", "sim") => sim(map, truth),
        ("py", "kl_default") => kl_divergence_variant(map, truth, KlVariant::Added),
        ("py", "kl_mit") => kl_divergence_variant(map, truth, KlVariant::Tuebingen),
        ("py", "ig_uniform") => gain(&uniform),
        ("py", "ig_base") => normalized_density(&base, 0.0).and_then(|base| gain(&base)),
        ("py", "unisal_auc_judd") => auc_judd_variant(map, fixations, JuddVariant::Rounded),
        // Single draws of random scores.
        ("mit", "auc_judd" | "auc_borji" | "auc_shuffled") | ("py", "auc_judd") => return None,
        _ => panic!("{peer} {metric}"),
    })
}

#[test]
fn degenerate_input_has_the_peers_value_or_an_error_or_was_decided() {
    let edge: Value = serde_json::from_slice(&std::fs::read(data("golden/metrics/edge.json")).unwrap()).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for (name, case) in edge["cases"].as_object().unwrap() {
        let map = SaliencyMap::new(array(&case["S"]));
        if name.contains("nan") || name.contains("inf") {
            assert!(map.is_err(), "{name}: a map with NaN or infinity is refused");
            continue;
        }
        let (map, truth) = (map.unwrap(), SaliencyMap::new(array(&case["G"])).unwrap());
        let numbers =
            |axis: &str| case[axis].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
        let points = numbers("fx").into_iter().zip(numbers("fy")).map(|(x, y)| Fixation { x, y }).collect();
        let fixations = Fixations::new(SIZE, points).unwrap();
        for peer in ["mit", "py"] {
            for (metric, expected) in case[peer].as_object().unwrap() {
                let Some(found) = ours(peer, metric, &map, &truth, &fixations, &edge) else { continue };
                assert!(!found.is_ok_and(f64::is_nan), "{name} {peer} {metric}");
                let decided = DECIDED.iter().find(|entry| (entry.0, entry.1, entry.2) == (name, peer, metric));
                let expected = match (decided, expected) {
                    (Some(&(.., decided)), _) => decided,
                    (None, Value::Number(number)) => number.as_f64(),
                    (None, Value::String(text)) if text == "Infinity" => Some(f64::INFINITY),
                    (None, Value::String(text)) if text == "-Infinity" => Some(f64::NEG_INFINITY),
                    (None, _) => None,
                };
                let tolerance = match metric.as_str() {
                    "unisal_auc_judd" => 1e-4,
                    "emd_ds2" => 1e-3,
                    _ => TOLERANCE,
                };
                let agree = match (found, expected) {
                    (Ok(a), Some(b)) => (a - b).abs() <= tolerance * b.abs().max(1.0) || a.total_cmp(&b).is_eq(),
                    (Err(_), None) => true,
                    _ => false,
                };
                if !agree {
                    differences.push(format!("{name} {peer} {metric}: {found:?}, not {expected:?}"));
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
