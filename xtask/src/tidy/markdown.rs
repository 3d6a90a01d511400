//! Links in Markdown that lead to files of this repository.

/// Findings about links whose file is not there; `exists` is asked with paths from the root.
pub(super) fn check(name: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line) {
            let reached = resolve(name, target);
            if !reached.as_deref().is_some_and(|path| path.is_empty() || exists(path)) {
                findings.push(format!("{name}:{}: `{target}` leads to no file of this repository", index + 1));
            }
        }
    }
    findings
}

/// The local files that a line links to, without anchors. What stands in backticks is no link.
fn targets(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let in_backticks = line[..line.len() - rest.len() + at].matches('`').count() % 2 == 1;
        rest = &rest[at + 2..];
        let Some(end) = rest.find(')') else { break };
        let target = rest[..end].split([' ', '#']).next().unwrap_or_default();
        let elsewhere = target.contains("://") || target.starts_with("mailto:");
        if !in_backticks && !elsewhere && !target.is_empty() {
            targets.push(target);
        }
    }
    targets
}

/// The path from the root, or `None` if it leaves the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        return None;
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(name: &str, text: &str, expected: &[&str]) {
        let files = ["README.md", "tests/data/README.md", "xtask"];
        let findings = check(name, text, |path| files.contains(&path));
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.contains(expected), "{findings:?}");
        }
    }

    #[test]
    fn links_are_followed_from_their_own_folder() {
        check_text("README.md", "[a](tests/data/README.md#how) and [b](xtask/)\n", &[]);
        check_text("tests/data/README.md", "[a](../../README.md), [b](../README.md)\n", &["`../README.md` leads"]);
    }

    #[test]
    fn a_link_out_of_the_repository_is_found() {
        check_text("README.md", "one\n[a](../x.md) [b](/etc/x)\n", &["README.md:2: `../x.md`", "`/etc/x`"]);
    }

    #[test]
    fn the_web_anchors_and_code_are_not_followed() {
        check_text("README.md", "[a](https://example.com/x) [b](#top) `[c](d)`\n```\n[e](f)\n```\n", &[]);
    }
}
