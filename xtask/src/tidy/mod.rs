//! `cargo xtask tidy`: the rules of this repository that no compiler knows, all broken ones at once.
//!
//! Each check is a function from what it reads to its findings, so that its tests can show it a bad example.

mod crates;
mod inside;
mod licences;
mod markdown;
mod packaging;
mod source;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{args::Args, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Check the rules of this repository that no compiler knows, and list all that are broken.

Usage: cargo xtask tidy

  - every .rs file says in its first line what it is for (//!)
  - crates depend on each other in one direction only; tch is declared by gaze-model alone, and reached from above it
  - core, targets and metrics do no I/O, and nothing below them does; only gaze-cli has a command line and a terminal, and
    nothing below gaze-report has templates of pages
  - inside a crate, top-level modules do not import each other in circles; in gaze-data, one format never uses another
  - what others may depend on has all that a package needs: description, README, keywords, categories, docs.rs settings
  - Cargo.toml and the workflow name the same version of Rust
  - no ignored tests, no tests that accept any panic, no unfinished code, no debugging left over
  - no trailing blanks, a newline at the end, no file above 8 MB
  - the licences of all dependencies are exactly those in xtask/licences.txt
  - no package registry is named: packages come from wherever cargo and pip are configured to look
  - links in Markdown lead to files that exist
";

/// The largest file that may be committed.
const LARGEST: u64 = 8_000_000;

pub(crate) fn run(workspace: &Workspace, args: Args) -> Result<()> {
    args.finish()?;
    check(workspace)
}

/// Prints every broken rule, and fails if there is one.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let files = files(workspace)?;
    let mut findings = Vec::new();
    let metadata = workspace.metadata(&[])?;
    let graph = crates::Graph::new(&metadata)?;
    let mut sources: Vec<inside::Source> = graph
        .packages
        .iter()
        .filter(|package| package.ours)
        .map(|package| inside::Source::new(&package.name))
        .collect();
    for name in &files {
        let path = workspace.root().join(name);
        let size = fs::metadata(&path).with_context(|| format!("reading {}", path.display()))?.len();
        findings.extend(size_finding(name, size));
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        // Pictures and the like have no lines.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if !text.contains('\0') {
            findings.extend(text::check(name, &text));
            for source in &mut sources {
                source.add(name, &text);
            }
            if name.ends_with(".md") {
                findings.extend(markdown::check(name, &text, |link| workspace.root().join(link).exists()));
            }
        }
    }
    findings.extend(sources.iter().flat_map(inside::Source::check));
    findings.extend(crates::check(&graph));
    findings.extend(packaging::check(&metadata));
    let workflow = workspace.root().join(packaging::WORKFLOW);
    let workflow = fs::read_to_string(&workflow).with_context(|| format!("reading {}", workflow.display()))?;
    findings.extend(packaging::check_version(&metadata, &workflow));
    let list = workspace.root().join("xtask").join("licences.txt");
    let listed = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    findings.extend(licences::check(&listed, &graph));

    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => println!("tidy: {} files, {} packages, nothing to say", files.len(), graph.packages.len()),
        count => bail!("tidy: {count} broken rules, listed above"),
    }
    Ok(())
}

fn size_finding(name: &str, size: u64) -> Option<String> {
    (size > LARGEST).then(|| format!("{name}: {size} bytes; a committed file has at most {LARGEST}"))
}

/// Everything that is committed or about to be, relative to the root and with `/`.
fn files(workspace: &Workspace) -> Result<Vec<String>> {
    let listed =
        workspace.command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output();
    let mut files: Vec<String> = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).split_terminator('\0').map(str::to_owned).collect()
        }
        // An unpacked archive has no git; what it holds was committed.
        _ => walk(workspace.root(), Path::new(""))?,
    };
    files.retain(|name| workspace.root().join(name).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder)).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let name: PathBuf = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if ![".git", "target", "third_party", "gaze-demo"].iter().any(|&made| name == Path::new(made)) {
                files.extend(walk(root, &name)?);
            }
        } else {
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_found() {
        assert_eq!(size_finding("a.png", LARGEST), None);
        assert!(size_finding("a.png", LARGEST + 1).unwrap().starts_with("a.png: 8000001 bytes"));
    }
}
