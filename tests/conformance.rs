//! The table in `docs/METRICS.md` that shows our values beside the peers' is what this computes from the golden values.
//!
//! After a change that is meant: `UPDATE_CONFORMANCE=1 cargo test -p tests conformance`, and look at the difference.

use std::fmt::Write as _;

use gaze_core::LogDensity;
use gaze_metrics::{
    AucVariant, EmdOptions, GridReduction, JuddVariant, KlVariant, MetricError, NssVariant, ShuffledVariant, auc_borji,
    auc_judd_variant, auc_variant, cc, cc_mit, emd, information_gain, information_gain_mit, kl_divergence_variant,
    log_likelihood, normalized_density, nss_variant, shuffled_auc_variant, sim, sim_mit,
};
use serde_json::Value;

use crate::{
    golden_metrics::{Case, cases},
    page::{bound, check_table},
    util::repository,
};

/// The case whose values are shown: the spectral residual of a 600 × 800 image.
const SHOWN: &str = "osie1005/b";

const BEGIN: &str = "<!-- made by tests/conformance.rs: begin -->\n";
const END: &str = "<!-- made by tests/conformance.rs: end -->\n";

type Ours = fn(&Case) -> Result<f64, MetricError>;

/// Metric, our definition, and the golden values that it is compared with, with their makers.
struct Line {
    metric: &'static str,
    variant: &'static str,
    peers: &'static [(&'static str, &'static str)],
    ours: Ours,
}

const fn line(
    metric: &'static str,
    variant: &'static str,
    peers: &'static [(&'static str, &'static str)],
    ours: Ours,
) -> Line {
    Line { metric, variant, peers, ours }
}

const MATLAB: &str = "MIT code in Octave";
const FORMULA: &str = "MIT's formula in NumPy";
const PYSALIENCY: &str = "pysaliency";
const SKLEARN: &str = "scikit-learn";
const SALICON: &str = "SALICON challenge";
const POT: &str = "POT";

#[rustfmt::skip]
const LINES: [Line; 34] = [
    line("auc_judd", "mit_expected", &[("mit_expected", FORMULA), ("mit_jitter", MATLAB)],
        |c| auc_judd_variant(&c.map, &c.fixations, JuddVariant::Expected)),
    line("auc_judd", "mit_nojitter", &[("mit_nojitter", MATLAB)],
        |c| auc_judd_variant(&c.map, &c.fixations, JuddVariant::WithoutJitter)),
    line("auc_judd", "pysaliency_nojitter", &[("pysaliency_nojitter", PYSALIENCY)],
        |c| auc_judd_variant(&c.map, &c.fixations, JuddVariant::Multiset)),
    line("auc_judd", "unisal_4digits", &[("unisal_4digits", "UNISAL")],
        |c| auc_judd_variant(&c.map, &c.fixations, JuddVariant::Rounded)),
    line("auc", "pysaliency_uniform", &[("pysaliency_uniform", PYSALIENCY)],
        |c| auc_variant(&c.map, &c.fixations, AucVariant::Uniform)),
    line("auc", "pysaliency_unfixated", &[("pysaliency_unfixated", PYSALIENCY)],
        |c| auc_variant(&c.map, &c.fixations, AucVariant::Unfixated)),
    line("auc", "pysaliency_uniform_thr_fix", &[("pysaliency_uniform_thr_fix", PYSALIENCY)],
        |c| auc_variant(&c.map, &c.fixations, AucVariant::UniformAtFixations)),
    line("auc", "binary_vs_rest", &[("binary_vs_rest", SKLEARN)],
        |c| auc_variant(&c.map, &c.fixations, AucVariant::BinaryVsRest)),
    line("auc", "binary_vs_all", &[("binary_vs_all", SKLEARN)],
        |c| auc_variant(&c.map, &c.fixations, AucVariant::BinaryVsAll)),
    line("auc_borji", "mit_expected", &[("mit_expected", FORMULA), ("mit_sampled", MATLAB)],
        |c| auc_borji(&c.map, &c.fixations)),
    line("sauc", "pysaliency", &[("pysaliency", PYSALIENCY)],
        |c| shuffled_auc_variant(&c.map, &c.fixations, &c.others, ShuffledVariant::Multiset)),
    line("sauc", "binary_exact", &[("binary_exact", SKLEARN)],
        |c| shuffled_auc_variant(&c.map, &c.fixations, &c.others, ShuffledVariant::Binary)),
    line("sauc", "mit_expected", &[("mit_expected", FORMULA), ("mit_sampled", MATLAB), ("unisal_sampled", "UNISAL")],
        |c| shuffled_auc_variant(&c.map, &c.fixations, &c.others, ShuffledVariant::Expected)),
    line("sauc", "salicon", &[("salicon", SALICON)],
        |c| shuffled_auc_variant(&c.map, &c.fixations, &c.others, ShuffledVariant::Salicon)),
    line("nss", "mit", &[("mit", MATLAB)], |c| nss_variant(&c.map, &c.fixations, NssVariant::Mit)),
    line("nss", "pysaliency", &[("pysaliency", PYSALIENCY), ("salicon", SALICON)],
        |c| nss_variant(&c.map, &c.fixations, NssVariant::Multiset)),
    line("nss", "unique_ddof0", &[("unique_ddof0", "NumPy")],
        |c| nss_variant(&c.map, &c.fixations, NssVariant::Binary)),
    line("nss", "multi_ddof1", &[("multi_ddof1", "NumPy")],
        |c| nss_variant(&c.map, &c.fixations, NssVariant::MultisetSampleDeviation)),
    line("cc", "mit", &[("mit", MATLAB), ("salicon", SALICON)], |c| cc_mit(&c.map, &c.empirical)),
    line("cc", "pysaliency", &[("pysaliency", PYSALIENCY)], |c| cc(&c.map, &c.empirical)),
    line("sim", "mit", &[("mit", MATLAB)], |c| sim_mit(&c.map, &c.empirical)),
    line("sim", "pysaliency", &[("pysaliency", PYSALIENCY)], |c| sim(&c.map, &c.empirical)),
    line("kl", "mit", &[("mit", MATLAB)], |c| kl_divergence_variant(&c.map, &c.empirical, KlVariant::Mit)),
    line("kl", "pysaliency_mit", &[("pysaliency_mit", PYSALIENCY)],
        |c| kl_divergence_variant(&c.map, &c.empirical, KlVariant::Tuebingen)),
    line("kl", "pysaliency_default", &[("pysaliency_default", PYSALIENCY)],
        |c| kl_divergence_variant(&c.map, &c.empirical, KlVariant::Added)),
    line("kl", "noreg", &[("noreg", "SciPy")],
        |c| kl_divergence_variant(&c.map, &c.empirical, KlVariant::Plain)),
    line("kl", "reversed_noreg", &[("reversed_noreg", "SciPy")],
        |c| kl_divergence_variant(&c.map, &c.empirical, KlVariant::Reversed)),
    line("ig", "mit", &[("mit_base_a", MATLAB)], |c| information_gain_mit(&c.map, &c.center, &c.fixations)),
    line("ig", "pysaliency_min1e-20", &[("pysaliency_base_a_min1e-20", PYSALIENCY)], |c| {
        let baseline = normalized_density(&c.center, 1e-20)?;
        information_gain(&normalized_density(&c.map, 1e-20)?, &baseline, &c.fixations)
    }),
    line("ll_nats", "pysaliency_min1e-20", &[("pysaliency_min1e-20", PYSALIENCY)],
        |c| log_likelihood(&normalized_density(&c.map, 1e-20)?, &c.fixations)),
    line("emd", "exact_matlab_resize",
        &[("exact_matlab_resize", POT), ("fastemd_matlab_resize", "FastEMD"), ("mit_octave", MATLAB)],
        |c| emd(&c.map, &c.empirical, &EmdOptions { reduction: GridReduction::Matlab { factor: c.emd_downsize }, ..area(c) })),
    line("emd", "exact_area", &[("exact_area", POT), ("fastemd_area", "FastEMD"), ("opencv_area", "OpenCV")],
        |c| emd(&c.map, &c.empirical, &area(c))),
    line("emd", "exact_area_thr2", &[("exact_area_thr2", POT)],
        |c| emd(&c.map, &c.empirical, &EmdOptions { threshold: Some(2.0), ..area(c) })),
    line("emd", "exact_area_thr5", &[("exact_area_thr5", POT)],
        |c| emd(&c.map, &c.empirical, &EmdOptions { threshold: Some(5.0), ..area(c) })),
];

fn area(case: &Case) -> EmdOptions {
    EmdOptions { reduction: GridReduction::Area { factor: case.emd_downsize }, ..EmdOptions::default() }
}

/// A peer's value.
enum Peer {
    Value(f64),
    /// Mean and standard error of independent calls.
    Random(f64, f64),
    /// Infinite, NaN, or a failure: `golden_metrics.rs` says what ours is.
    None,
}

fn peer(golden: &Value) -> Peer {
    match (golden.as_f64(), golden["mean"].as_f64()) {
        (Some(value), _) => Peer::Value(value),
        (None, Some(mean)) => Peer::Random(mean, golden["sd"].as_f64().unwrap() / golden["n"].as_f64().unwrap().sqrt()),
        (None, None) => Peer::None,
    }
}

fn table() -> String {
    let cases = cases();
    let mut text = String::from(
        "| ours | compared with | ours | theirs | difference | largest difference |\n|---|---|---|---|---|---|\n",
    );
    for Line { metric, variant, peers, ours } in &LINES {
        let values: Vec<_> = cases.iter().map(|(name, case)| (name, case, ours(case).ok())).collect();
        for (name, maker) in *peers {
            let (mut shown, mut largest, mut count, mut random) = (String::new(), 0f64, 0, false);
            for (case_name, case, value) in &values {
                if *value == Some(f64::INFINITY)
                    && *case_name == SHOWN
                    && case.golden[*metric][*name].as_str() == Some("Infinity")
                {
                    "∞ | ∞ | 0".clone_into(&mut shown);
                }
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                let (theirs, difference) = match peer(&case.golden[*metric][*name]) {
                    Peer::Value(theirs) => (format!("{theirs:.10}"), (value - theirs).abs() / theirs.abs().max(1.0)),
                    Peer::Random(mean, error) => {
                        random = true;
                        (format!("{mean:.5} ± {error:.5}"), (value - mean).abs() / error.max(f64::MIN_POSITIVE))
                    }
                    Peer::None => continue,
                };
                count += 1;
                largest = largest.max(difference);
                if *case_name == SHOWN {
                    let difference = if random { format!("{difference:.1} SE") } else { bound(difference) };
                    shown = format!("{value:.10} | {theirs} | {difference}");
                }
            }
            let largest = if random { format!("{largest:.1} SE") } else { bound(largest) };
            writeln!(text, "| `{metric} {variant}` | {maker}, `{name}` | {shown} | {largest} of {count} |").unwrap();
        }
    }
    text
}

#[test]
fn the_table_in_the_documentation_is_what_the_golden_values_give() {
    check_table(&repository("docs/METRICS.md"), [BEGIN, END], &table());
}

#[test]
fn a_density_over_itself_gains_nothing_under_any_definition() {
    for (name, case) in cases().into_iter().filter(|(name, _)| name.ends_with("/b")) {
        let density = LogDensity::from_weights(case.map.values().to_owned()).unwrap();
        let gain = information_gain(&density, &density, &case.fixations);
        // A pixel of probability 0 under both has no gain.
        assert!(gain.is_err() || gain == Ok(0.0), "{name}: {gain:?}");
        assert_eq!(information_gain_mit(&case.map, &case.map, &case.fixations), Ok(0.0), "{name}");
    }
}
