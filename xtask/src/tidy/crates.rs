//! Which crate may know which.

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::{Context, Result};
use serde_json::Value;

/// Crates of this workspace, and those of them that each may depend on. The program and the tests may see all but xtask.
const DIRECTION: [(&str, &[&str]); 12] = [
    ("gaze-core", &[]),
    ("gaze-targets", &["gaze-core"]),
    ("gaze-metrics", &["gaze-core"]),
    ("gaze-model", &["gaze-core"]),
    ("gaze-data", &["gaze-core"]),
    ("gaze-picture", &["gaze-core"]),
    ("gaze-study", &["gaze-core", "gaze-targets", "gaze-metrics", "gaze-model", "gaze-data", "gaze-picture"]),
    (
        "gaze-report",
        &["gaze-core", "gaze-targets", "gaze-metrics", "gaze-model", "gaze-data", "gaze-picture", "gaze-study"],
    ),
    (
        "gaze-cli",
        &[
            "gaze-core",
            "gaze-targets",
            "gaze-metrics",
            "gaze-model",
            "gaze-data",
            "gaze-picture",
            "gaze-study",
            "gaze-report",
        ],
    ),
    (
        "gaze-python",
        &[
            "gaze-core",
            "gaze-targets",
            "gaze-metrics",
            "gaze-model",
            "gaze-data",
            "gaze-picture",
            "gaze-study",
            "gaze-report",
            "gaze-cli",
        ],
    ),
    ("gaze-web", &["gaze-core", "gaze-metrics", "gaze-model", "gaze-data", "gaze-picture"]),
    ("xtask", &[]),
];

/// The bindings of libtorch.
const TORCH: [&str; 2] = ["tch", "torch-sys"];
/// The crate that declares a dependency on `tch`; `torch-sys` is declared nowhere.
const TORCH_HOME: &str = "gaze-model";
/// The crates above which libtorch may be reached, themselves included: from gaze-study upwards by its features.
const KNOW_TORCH: [&str; 6] = [TORCH_HOME, "gaze-study", "gaze-report", "gaze-cli", "gaze-python", "tests"];

/// Formats, files, terminals and networks, which crates with mathematics only must not reach.
const OUTSIDE: [&str; 22] = [
    "anyhow",
    "arrow",
    "clap",
    "console",
    "csv",
    "flate2",
    "hdf5",
    "image",
    "indicatif",
    "log",
    "memmap2",
    "minijinja",
    "ndarray-npy",
    "parquet",
    "reqwest",
    "safetensors",
    "serde_json",
    "tch",
    "tempfile",
    "torch-sys",
    "ureq",
    "zip",
];

/// Command lines and terminals, which only the program knows.
const TERMINAL: [&str; 7] = ["clap", "console", "crossterm", "ctrlc", "indicatif", "ratatui", "termcolor"];

/// Templates of pages, which only the report fills.
const TEMPLATES: [&str; 5] = ["askama", "handlebars", "maud", "minijinja", "tera"];

/// Crates, and what must not be anywhere below them.
const UNREACHABLE: [(&str, &[&[&str]]); 9] = [
    ("gaze-core", &[&OUTSIDE, &TERMINAL, &TEMPLATES]),
    ("gaze-targets", &[&OUTSIDE, &TERMINAL, &TEMPLATES]),
    ("gaze-metrics", &[&OUTSIDE, &TERMINAL, &TEMPLATES]),
    ("gaze-model", &[&TERMINAL, &TEMPLATES]),
    ("gaze-data", &[&TERMINAL, &TEMPLATES]),
    ("gaze-picture", &[&TERMINAL, &TEMPLATES]),
    ("gaze-study", &[&TERMINAL, &TEMPLATES]),
    ("gaze-report", &[&TERMINAL]),
    ("gaze-web", &[&TERMINAL, &TEMPLATES]),
];

/// One package of `cargo metadata`.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) licence: String,
    /// A member of this workspace.
    pub(super) ours: bool,
    /// The names of what its manifest asks for, whatever for and with whatever features.
    pub(super) declared: Vec<String>,
    /// What it links, as places in the list of packages: tests and build scripts are not asked about.
    pub(super) normal: Vec<usize>,
}

/// All packages, and who depends on whom with the default features.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) packages: Vec<Package>,
}

impl Graph {
    /// Reads the answer of `cargo metadata`.
    pub(super) fn new(metadata: &Value) -> Result<Self> {
        let wrong = || "cargo metadata answers in an unknown form";
        let mut packages = Vec::new();
        let mut places = BTreeMap::new();
        for package in metadata["packages"].as_array().with_context(wrong)? {
            let text = |key: &str| package[key].as_str().map(str::to_owned);
            places.insert(text("id").with_context(wrong)?, packages.len());
            let unwritten = || text("license_file").unwrap_or_else(|| "none".into());
            let declared = package["dependencies"].as_array().into_iter().flatten();
            packages.push(Package {
                name: text("name").with_context(wrong)?,
                licence: text("license").unwrap_or_else(unwritten),
                ours: package["source"].is_null(),
                declared: declared.filter_map(|other| other["name"].as_str().map(str::to_owned)).collect(),
                normal: Vec::new(),
            });
        }
        for node in metadata["resolve"]["nodes"].as_array().with_context(wrong)? {
            let place = |value: &Value| value.as_str().and_then(|id| places.get(id)).copied().with_context(wrong);
            let from = place(&node["id"])?;
            for dependency in node["deps"].as_array().with_context(wrong)? {
                let kinds = dependency["dep_kinds"].as_array().with_context(wrong)?;
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    packages[from].normal.push(place(&dependency["pkg"])?);
                }
            }
        }
        Ok(Self { packages })
    }

    /// Everything that a package links, directly or not, each with the path that leads there.
    fn closure(&self, start: usize) -> BTreeMap<usize, Vec<usize>> {
        let mut paths: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut open = vec![vec![start]];
        while let Some(path) = open.pop() {
            for &next in path.last().map_or(&[][..], |&last| &self.packages[last].normal) {
                if let Entry::Vacant(entry) = paths.entry(next) {
                    let mut longer = path.clone();
                    longer.push(next);
                    open.push(entry.insert(longer).clone());
                }
            }
        }
        paths
    }

    fn show(&self, path: &[usize]) -> String {
        let names: Vec<&str> = path.iter().map(|&place| self.packages[place].name.as_str()).collect();
        names.join(" -> ")
    }
}

/// Findings about crates that know what they must not.
pub(super) fn check(graph: &Graph) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, allowed) in DIRECTION {
        if !graph.packages.iter().any(|package| package.ours && package.name == name) {
            findings.push(format!("{name}: there is no such crate any more; its rules in xtask must follow"));
        }
        for package in graph.packages.iter().filter(|package| package.ours && package.name == name) {
            for other in package.normal.iter().map(|&place| &graph.packages[place]).filter(|other| other.ours) {
                if !allowed.contains(&other.name.as_str()) {
                    findings.push(format!("{name} depends on {}, which is beside or above it", other.name));
                }
            }
        }
    }
    for (place, package) in graph.packages.iter().enumerate().filter(|(_, package)| package.ours) {
        let name = package.name.as_str();
        for torch in TORCH.iter().filter(|torch| package.declared.iter().any(|other| other == *torch)) {
            if (name, *torch) != (TORCH_HOME, TORCH[0]) {
                findings.push(format!("{name} declares {torch}; libtorch is reached by the features of {TORCH_HOME}"));
            }
        }
        let unreachable = UNREACHABLE.iter().filter(|(crate_name, _)| *crate_name == name);
        let unreachable: Vec<&str> = unreachable.flat_map(|(_, lists)| lists.concat()).collect();
        for (reached, path) in graph.closure(place) {
            let below = graph.packages[reached].name.as_str();
            let torch = TORCH.contains(&below) && !KNOW_TORCH.contains(&name);
            if torch || unreachable.contains(&below) {
                findings.push(format!("{name} must not reach {below}, but: {}", graph.show(&path)));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A workspace in which every crate exists and obeys, with `edges` added: "from to kind".
    fn graph(edges: &[(&str, &str, Option<&str>)]) -> Graph {
        let ours: Vec<&str> = DIRECTION.iter().map(|(name, _)| *name).chain(["tests"]).collect();
        let others = ["tch", "torch-sys", "image", "ndarray", "clap", "minijinja"];
        let asked = |name: &str| -> Vec<Value> {
            edges.iter().filter(|(from, ..)| *from == name).map(|(_, to, _)| json!({"name": to})).collect()
        };
        let mut packages: Vec<Value> = ours
            .iter()
            .map(
                |name| json!({"id": name, "name": name, "license": "MIT", "source": null, "dependencies": asked(name)}),
            )
            .collect();
        packages.extend(others.iter().map(|name| json!({"id": name, "name": name, "license": "MIT", "source": "far"})));
        let sound = [
            ("gaze-cli", "gaze-report", None),
            ("gaze-report", "gaze-study", None),
            ("gaze-study", "gaze-model", None),
            ("gaze-model", "tch", None),
            ("tch", "torch-sys", None),
        ];
        let nodes: Vec<Value> = ours
            .iter()
            .chain(&others)
            .map(|name| {
                let deps: Vec<Value> = sound
                    .iter()
                    .chain(edges)
                    .filter(|(from, ..)| from == name)
                    .map(|(_, to, kind)| json!({"pkg": to, "dep_kinds": [{"kind": kind}]}))
                    .collect();
                json!({"id": name, "deps": deps})
            })
            .collect();
        Graph::new(&json!({"packages": packages, "resolve": {"nodes": nodes}})).unwrap()
    }

    #[track_caller]
    fn check_edges(edges: &[(&str, &str, Option<&str>)], expected: &[&str]) {
        assert_eq!(check(&graph(edges)), expected);
    }

    #[test]
    fn the_sound_workspace_passes() {
        check_edges(&[], &[]);
        check_edges(&[("gaze-data", "gaze-core", None), ("gaze-data", "image", None)], &[]);
    }

    #[test]
    fn siblings_that_see_each_other_are_found() {
        check_edges(
            &[("gaze-metrics", "gaze-targets", None)],
            &["gaze-metrics depends on gaze-targets, which is beside or above it"],
        );
        check_edges(&[("xtask", "gaze-core", None)], &["xtask depends on gaze-core, which is beside or above it"]);
    }

    #[test]
    fn dependencies_of_tests_are_free() {
        check_edges(&[("gaze-metrics", "gaze-targets", Some("dev"))], &[]);
    }

    #[test]
    fn torch_below_another_crate_is_found_with_the_way_to_it() {
        check_edges(
            &[("gaze-data", "ndarray", None), ("ndarray", "torch-sys", None)],
            &["gaze-data must not reach torch-sys, but: gaze-data -> ndarray -> torch-sys"],
        );
    }

    #[test]
    fn the_floors_of_study_report_and_program_are_kept() {
        check_edges(&[("gaze-report", "minijinja", None), ("gaze-cli", "clap", None), ("tests", "xtask", None)], &[]);
        check_edges(
            &[("gaze-study", "gaze-report", Some("build")), ("gaze-study", "gaze-cli", None)],
            &["gaze-study depends on gaze-cli, which is beside or above it"],
        );
        check_edges(
            &[("gaze-report", "clap", None), ("gaze-study", "minijinja", None)],
            &[
                "gaze-study must not reach minijinja, but: gaze-study -> minijinja",
                "gaze-report must not reach clap, but: gaze-report -> clap",
            ],
        );
        check_edges(&[("gaze-cli", "xtask", None)], &["gaze-cli depends on xtask, which is beside or above it"]);
    }

    #[test]
    fn torch_is_declared_in_one_place() {
        check_edges(&[("gaze-model", "tch", Some("dev"))], &[]);
        check_edges(
            &[("gaze-study", "tch", Some("dev")), ("gaze-model", "torch-sys", Some("build"))],
            &[
                "gaze-model declares torch-sys; libtorch is reached by the features of gaze-model",
                "gaze-study declares tch; libtorch is reached by the features of gaze-model",
            ],
        );
    }

    #[test]
    fn formats_below_a_pure_crate_are_found() {
        check_edges(&[("gaze-core", "image", None)], &["gaze-core must not reach image, but: gaze-core -> image"]);
    }

    #[test]
    fn a_crate_that_was_renamed_takes_its_rules_along() {
        let findings = check(&Graph::default());
        assert!(findings[0].contains("gaze-core: there is no such crate"), "{findings:?}");
    }
}
