//! `cargo xtask web`: the page that predicts in the browser, as a folder that any host of files serves.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use xtask::server::Server;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{args::Args, steps::step, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Build the page that shows where people look on a picture, into target/web. Any host of files serves that folder.

Usage: cargo xtask web [--serve [--port PORT]]

Options:
  --serve      serve it on this machine until Ctrl-C
  --port PORT  on this port (default: 8080)
  -h, --help   this text
";

/// The files of the page, and those that it shares with the report of a study.
const FOLDERS: [&str; 2] = ["gaze-web/page", "gaze-report/src/html/shared"];
const TARGET: &str = "wasm32-unknown-unknown";
/// The most that all files may have together, compressed, in bytes: somebody waits for them.
const LARGEST: usize = 9_000_000;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let serve = args.flag("--serve");
    let port = args.text("--port")?;
    args.finish()?;
    let folder = build(workspace)?;
    if !serve {
        ensure!(port.is_none(), "--port is about --serve");
        return Ok(());
    }
    let port = port.map_or(Ok(8080), |port| port.parse()).context("--port")?;
    let server = Server::start(&folder, port).with_context(|| format!("serving on port {port}"))?;
    println!("The page is at {} until Ctrl-C.", server.url());
    loop {
        std::thread::park();
    }
}

/// Tells whether the standard library for WebAssembly is installed.
pub(crate) fn has_target() -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Builds the page and returns its folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    ensure!(
        has_target(),
        "the page is compiled for {TARGET}, which is not installed; get it with: rustup target add {TARGET}"
    );
    let words = ["rustc", "--release", "--package", "gaze-web", "--lib", "--target", TARGET, "--crate-type", "cdylib"];
    step("gaze-web for WebAssembly", workspace.cargo().args(words))?;
    let target = workspace.target_folder()?;
    let module = target.join(TARGET).join("release/gaze_web.wasm");
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        files.append(&mut page(&workspace.root().join(folder))?);
    }
    files.insert("gaze.wasm".to_owned(), fs::read(&module).with_context(|| module.display().to_string())?);
    finish_service_worker(&mut files)?;
    let folder = target.join("web");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(&folder)?;
    for (name, bytes) in &files {
        fs::write(folder.join(name), bytes)?;
    }
    let (plain, small) = (files.values().map(Vec::len).sum::<usize>(), compressed(&files)?);
    println!(
        "The page is in {}: {} files, {:.2} MB, compressed {:.2} MB.",
        workspace.display(&folder),
        files.len(),
        plain as f64 / 1e6,
        small as f64 / 1e6
    );
    if small > LARGEST {
        bail!("compressed, the page has {small} bytes; at most {LARGEST} are allowed");
    }
    Ok(folder)
}

/// Reads the files of the page.
fn page(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
    }
    Ok(files)
}

/// Writes into the service worker which files it keeps, and a version that changes with each of them.
fn finish_service_worker(files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let template = files.remove("sw.js").context("the page has no sw.js")?;
    let template = String::from_utf8(template)?;
    let mut hash = Sha256::new();
    hash.update(&template);
    for (name, bytes) in files.iter() {
        hash.update(name);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    let version: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut names: Vec<String> = files.keys().map(|name| format!("\"{name}\"")).collect();
    names.push("\"./\"".to_owned());
    let (before, after) = ("\"gaze-VERSION\"", "[\"FILES\"]");
    ensure!(template.contains(before) && template.contains(after), "sw.js has no place for its version and files");
    let text =
        template.replace(before, &format!("\"gaze-{version}\"")).replace(after, &format!("[{}]", names.join(", ")));
    files.insert("sw.js".to_owned(), text.into_bytes());
    Ok(())
}

/// The size of all files as a server that compresses sends them, about.
fn compressed(files: &BTreeMap<String, Vec<u8>>) -> Result<usize> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_worker_keeps_all_files_under_a_version_that_changes_with_them() {
        let finished = |page: &str| {
            let worker = "const CACHE = \"gaze-VERSION\"; const FILES = [\"FILES\"];";
            let mut files =
                BTreeMap::from([("sw.js".to_owned(), worker.into()), ("index.html".to_owned(), page.into())]);
            finish_service_worker(&mut files).unwrap();
            String::from_utf8(files["sw.js"].clone()).unwrap()
        };
        let worker = finished("a");
        assert!(worker.ends_with("const FILES = [\"index.html\", \"./\"];"), "{worker}");
        assert!(!worker.contains("VERSION"));
        assert_eq!(worker, finished("a"));
        assert_ne!(worker, finished("b"));
    }
}
