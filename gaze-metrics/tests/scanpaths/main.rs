//! Measures of scanpaths give the values of their reference implementations, and the table in `docs/SCANPATHS.md` says so.
//!
//! `tests/data/golden/scanpaths/golden.json` was made by `tests/independent/scanpaths.py`; it holds the pairs and all values.
//! After a change that is meant: `UPDATE_CONFORMANCE=1 cargo test -p gaze-metrics --test scanpaths`, and look at the difference.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../../tests/page.rs"]
mod page;
mod values;

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::Value;

use page::{bound, check_table};
use values::{MEASURES, Pair};

/// Roundings of sums over some dozen fixations, relative to 1 or to the value if that is larger.
const TOLERANCE: f64 = 1e-9;

const BEGIN: &str = "<!-- made by gaze-metrics/tests/scanpaths: begin -->\n";
const END: &str = "<!-- made by gaze-metrics/tests/scanpaths: end -->\n";

/// Pairs on which an implementation has no value and ours has one, by measure and implementation; `docs/SCANPATHS.md` says why.
const NONE_THERE: [(&str, &str, usize); 5] = [
    ("multimatch_vector_simplified", "multimatch-gaze", 1),
    ("multimatch_direction_simplified", "multimatch-gaze", 1),
    ("multimatch_length_simplified", "multimatch-gaze", 1),
    ("multimatch_position_simplified", "multimatch-gaze", 1),
    ("multimatch_duration_simplified", "multimatch-gaze", 1),
];

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn golden() -> Value {
    let path = repository("tests/data/golden/scanpaths/golden.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The comparison of one measure with one implementation.
struct Compared {
    measure: &'static str,
    implementation: String,
    /// The pairs on which both have a value.
    both: usize,
    /// The pairs on which neither has one.
    neither: usize,
    none_here: usize,
    none_there: usize,
    largest: f64,
}

fn compared() -> Vec<Compared> {
    let golden = golden();
    let pairs = Pair::all(&golden["pairs"]);
    let mut all = Vec::new();
    for (measure, value) in MEASURES {
        let ours: Vec<Option<f64>> = pairs.iter().map(|pair| value(pair).ok()).collect();
        for (implementation, theirs) in golden["values"][measure].as_object().unwrap() {
            let mut found = Compared {
                measure,
                implementation: implementation.clone(),
                both: 0,
                neither: 0,
                none_here: 0,
                none_there: 0,
                largest: 0.0,
            };
            let theirs = theirs.as_array().unwrap();
            assert_eq!(theirs.len(), ours.len(), "{measure}, {implementation}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                match (ours, theirs.as_f64()) {
                    (Some(ours), Some(theirs)) => {
                        found.both += 1;
                        found.largest = found.largest.max((ours - theirs).abs() / theirs.abs().max(1.0));
                    }
                    (None, None) => found.neither += 1,
                    (None, Some(_)) => found.none_here += 1,
                    (Some(_), None) => found.none_there += 1,
                }
            }
            all.push(found);
        }
    }
    all
}

#[test]
fn every_measure_has_the_values_of_its_references() {
    let compared = compared();
    assert!(compared.len() >= MEASURES.len());
    for Compared { measure, implementation, both, none_here, none_there, largest, .. } in &compared {
        assert!(*largest <= TOLERANCE, "{measure}, {implementation}: {largest}");
        assert!(
            *both >= 20 && *none_here == 0,
            "{measure}, {implementation}: {both} pairs, {none_here} without a value here"
        );
        let known = NONE_THERE.iter().find(|(name, by, _)| (*name, *by) == (*measure, implementation.as_str()));
        assert_eq!(*none_there, known.map_or(0, |known| known.2), "{measure}, {implementation}");
    }
}

fn table() -> String {
    let mut text =
        String::from("| ours | compared with | largest difference | neither has a value |\n|---|---|---|---|\n");
    for Compared { measure, implementation, both, neither, largest, .. } in compared() {
        writeln!(text, "| `{measure}` | {implementation} | {} of {both} | {neither} |", bound(largest)).unwrap();
    }
    text
}

#[test]
fn the_table_in_the_documentation_is_what_the_golden_values_give() {
    check_table(&repository("docs/SCANPATHS.md"), [BEGIN, END], &table());
}
