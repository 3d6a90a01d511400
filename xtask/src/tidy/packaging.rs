//! What a crate needs before others can depend on it, and the version of Rust that all is checked with.

use serde_json::Value;

/// Crates of this workspace that decide for themselves whether they are published.
const FREE: [&str; 5] = ["gaze-cli", "gaze-python", "gaze-web", "tests", "xtask"];

/// The most keywords and categories that a package may have, and the most letters of a keyword.
const MOST: usize = 5;
const LONGEST_KEYWORD: usize = 20;

/// The workflow that installs a version of Rust.
pub(super) const WORKFLOW: &str = ".github/workflows/ci.yml";

/// Findings about crates that could not be published; the argument is the answer of `cargo metadata`.
pub(super) fn check(metadata: &Value) -> Vec<String> {
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let ours = |name: &str| packages.iter().find(|package| package["source"].is_null() && package["name"] == name);
    let published = |package: &Value| package["publish"].as_array().is_none_or(|registries| !registries.is_empty());
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        let name = package["name"].as_str().unwrap_or_default();
        if FREE.contains(&name) {
            continue;
        }
        let mut found = |what: String| findings.push(format!("{name}/Cargo.toml: {what}"));
        if !published(package) {
            found("`publish = false`, but it is a library that others may depend on".into());
        }
        for key in ["description", "license", "readme", "rust_version"] {
            if package[key].as_str().is_none_or(str::is_empty) {
                found(format!("there is no `{}`", key.replace('_', "-")));
            }
        }
        for key in ["keywords", "categories"] {
            match package[key].as_array().map_or(0, Vec::len) {
                0 => found(format!("there are no `{key}`")),
                count if count > MOST => found(format!("{count} `{key}`, of which registries take {MOST}")),
                _ => {}
            }
        }
        for keyword in package["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !is_keyword(keyword) {
                found(format!("`{keyword}` is no keyword: at most {LONGEST_KEYWORD} of a-z, 0-9, `-` and `_`"));
            }
        }
        if !package["metadata"]["docs"]["rs"].is_object() {
            found("there is no `[package.metadata.docs.rs]`".into());
        }
        for other in package["dependencies"].as_array().into_iter().flatten() {
            let (other_name, is_path) = (other["name"].as_str().unwrap_or_default(), other["path"].is_string());
            if !is_path || other["kind"] == "dev" {
                continue;
            }
            if other["req"] == "*" {
                found(format!("{other_name} has a path and no version"));
            }
            if ours(other_name).is_some_and(|other| !published(other)) {
                found(format!("{other_name}, which it needs, has `publish = false`"));
            }
        }
    }
    findings
}

fn is_keyword(keyword: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    keyword.len() <= LONGEST_KEYWORD
        && keyword.bytes().all(sign)
        && keyword.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// Findings about a workflow that installs another version of Rust than the crates name.
pub(super) fn check_version(metadata: &Value, workflow: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let Some(installed) = workflow.lines().find_map(|line| line.trim().strip_prefix("RUST_VERSION:")) else {
        return vec![format!("{WORKFLOW}: there is no line `RUST_VERSION: …`, which says what it installs")];
    };
    let installed = installed.trim().trim_matches(['"', '\'']);
    for package in metadata["packages"].as_array().into_iter().flatten().filter(|package| package["source"].is_null()) {
        let named = package["rust_version"].as_str().unwrap_or("none");
        if named != installed {
            findings.push(format!(
                "{WORKFLOW} installs Rust {installed}, and the `rust-version` of {} is {named}",
                package["name"].as_str().unwrap_or_default()
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A crate that can be published, with some of its entries replaced.
    fn package(name: &str, entries: Value) -> Value {
        let mut package = json!({
            "name": name, "source": null, "publish": null, "description": "Does it.", "license": "MIT",
            "readme": "README.md", "rust_version": "1.95", "keywords": ["eye-tracking"], "categories": ["science"],
            "metadata": {"docs": {"rs": {"all-features": true}}}, "dependencies": [],
        });
        for (key, value) in entries.as_object().unwrap() {
            package[key] = value.clone();
        }
        package
    }

    #[track_caller]
    fn check_entries(entries: Value, expected: &[&str]) {
        let metadata = json!({"packages": [package("a", entries), package("b", json!({"publish": ["x"]}))]});
        let expected: Vec<String> = expected.iter().map(|what| format!("a/Cargo.toml: {what}")).collect();
        assert_eq!(check(&metadata), expected);
    }

    #[test]
    fn what_a_package_lacks_is_found() {
        check_entries(json!({}), &[]);
        check_entries(
            json!({"readme": null, "description": ""}),
            &["there is no `description`", "there is no `readme`"],
        );
        check_entries(
            json!({"keywords": [], "metadata": null}),
            &["there are no `keywords`", "there is no `[package.metadata.docs.rs]`"],
        );
        check_entries(json!({"publish": []}), &["`publish = false`, but it is a library that others may depend on"]);
        check_entries(
            json!({"categories": ["a", "b", "c", "d", "e", "f"]}),
            &["6 `categories`, of which registries take 5"],
        );
        check_entries(
            json!({"keywords": ["Eye tracking"]}),
            &["`Eye tracking` is no keyword: at most 20 of a-z, 0-9, `-` and `_`"],
        );
    }

    #[test]
    fn a_path_needs_a_version_beside_it() {
        let dependency =
            |req: &str, kind: Value| json!({"dependencies": [{"name": "b", "path": "/b", "req": req, "kind": kind}]});
        check_entries(dependency("^0.1.0", Value::Null), &[]);
        check_entries(dependency("*", Value::Null), &["b has a path and no version"]);
        check_entries(dependency("*", json!("dev")), &[]);
    }

    #[test]
    fn what_a_published_crate_needs_is_published_too() {
        let needs = json!({"dependencies": [{"name": "xtask", "path": "/x", "req": "^0.1.0", "kind": null}]});
        let metadata = json!({"packages": [package("a", needs), package("xtask", json!({"publish": []}))]});
        assert_eq!(check(&metadata), ["a/Cargo.toml: xtask, which it needs, has `publish = false`"]);
    }

    #[test]
    fn the_workflow_installs_what_the_crates_name() {
        let metadata =
            json!({"packages": [package("a", json!({})), {"name": "far", "source": "x", "rust_version": "1.60"}]});
        assert_eq!(check_version(&metadata, "env:\n  RUST_VERSION: \"1.95\"\n"), [""; 0]);
        let found = check_version(&metadata, "env:\n  RUST_VERSION: \"1.96\"\n");
        assert_eq!(found, [format!("{WORKFLOW} installs Rust 1.96, and the `rust-version` of a is 1.95")]);
        assert!(check_version(&metadata, "")[0].contains("there is no line"));
    }
}
