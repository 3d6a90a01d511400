//! Which crate may know which.

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::{Context, Result};
use serde_json::Value;

/// Crates of this workspace, and those of them that each may depend on.
const DIRECTION: [(&str, &[&str]); 6] = [
    ("gaze-core", &[]),
    ("gaze-targets", &["gaze-core"]),
    ("gaze-metrics", &["gaze-core"]),
    ("gaze-model", &["gaze-core"]),
    ("gaze-data", &["gaze-core"]),
    ("xtask", &[]),
];

/// The crates above which libtorch may be reached, themselves included.
const KNOW_TORCH: [&str; 3] = ["gaze-model", "gaze-cli", "tests"];

/// Crates with mathematics only, and what must not be anywhere below them: formats, files, terminals, networks.
const PURE: [&str; 3] = ["gaze-core", "gaze-targets", "gaze-metrics"];
const IMPURE: [&str; 23] = [
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
    "serde",
    "serde_json",
    "tch",
    "tempfile",
    "torch-sys",
    "ureq",
    "zip",
];

/// One package of `cargo metadata`.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) licence: String,
    /// A member of this workspace.
    pub(super) ours: bool,
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
            packages.push(Package {
                name: text("name").with_context(wrong)?,
                licence: text("license").unwrap_or_else(unwritten),
                ours: package["source"].is_null(),
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
        for (reached, path) in graph.closure(place) {
            let below = graph.packages[reached].name.as_str();
            let torch = ["tch", "torch-sys"].contains(&below) && !KNOW_TORCH.contains(&name);
            if torch || (PURE.contains(&name) && IMPURE.contains(&below)) {
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
        let ours =
            ["gaze-core", "gaze-targets", "gaze-metrics", "gaze-model", "gaze-data", "gaze-cli", "xtask", "tests"];
        let others = ["tch", "torch-sys", "image", "ndarray"];
        let mut packages: Vec<Value> =
            ours.iter().map(|name| json!({"id": name, "name": name, "license": "MIT", "source": null})).collect();
        packages.extend(others.iter().map(|name| json!({"id": name, "name": name, "license": "MIT", "source": "far"})));
        let sound = [("gaze-cli", "gaze-model", None), ("gaze-model", "tch", None), ("tch", "torch-sys", None)];
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
    fn formats_below_a_pure_crate_are_found() {
        check_edges(&[("gaze-core", "image", None)], &["gaze-core must not reach image, but: gaze-core -> image"]);
    }

    #[test]
    fn a_crate_that_was_renamed_takes_its_rules_along() {
        let findings = check(&Graph::default());
        assert!(findings[0].contains("gaze-core: there is no such crate"), "{findings:?}");
    }
}
