//! The licences of everything that is linked, which change only when somebody has looked.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::crates::Graph;

/// Findings about licences that are in use and not listed, or listed and no longer in use.
pub(super) fn check(listed: &str, graph: &Graph) -> Vec<String> {
    let listed: BTreeSet<&str> =
        listed.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut used: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in graph.packages.iter().filter(|package| !package.ours) {
        used.entry(&package.licence).or_default().push(&package.name);
    }
    let mut findings = Vec::new();
    for (licence, names) in &used {
        if !listed.contains(licence) {
            let mut who = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
            if names.len() > 5 {
                who += &format!(" and {} more", names.len() - 5);
            }
            findings.push(format!("xtask/licences.txt: `{licence}` is new, with {who}; read it, then list it"));
        }
    }
    for licence in listed {
        if !used.contains_key(licence) {
            findings.push(format!("xtask/licences.txt: `{licence}` is not in use any more; remove the line"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::crates::Package;

    #[test]
    fn new_and_vanished_licences_are_both_found() {
        let package = |name: &str, licence: &str, ours| Package {
            name: name.into(),
            licence: licence.into(),
            ours,
            ..Package::default()
        };
        let graph =
            Graph { packages: vec![package("a", "MIT", false), package("b", "GPL", false), package("c", "X", true)] };
        assert_eq!(
            check("# why\nMIT\nISC\n", &graph),
            [
                "xtask/licences.txt: `GPL` is new, with b; read it, then list it",
                "xtask/licences.txt: `ISC` is not in use any more; remove the line",
            ]
        );
        assert_eq!(check("MIT\nGPL\n", &graph), [""; 0]);
    }
}
