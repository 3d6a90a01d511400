//! `cargo xtask demo`: the main job on the bundled example.

use std::{env, path::PathBuf};

use anyhow::{Result, bail};

use crate::{args::Args, program, steps::step, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Build gaze-cli in release mode and run it on the bundled photographs.

Usage: cargo xtask demo [OPTIONS]

Options:
  --out DIR    where maps, scores and report go (default: gaze-demo)
  --libtorch   build it with libtorch, which DeepGaze IIE and training need, and set that up if it is missing
  -h, --help   this text
";

/// The command line of the main job; `{out}` is the folder for its results. What an earlier demo left there, perhaps of
/// another version, is replaced.
const MAIN_JOB: [&str; 8] =
    ["run", "--data", "examples/photographs", "--model", "gaze-lite,center-bias", "--overwrite", "--out", "{out}"];

/// What the main job leaves, and what it is.
const RESULTS: [(&str, &str); 4] = [
    ("report.html", "the report: open it in a browser"),
    ("scores.csv", "one row per image, metric and value"),
    ("summary.json", "the averages"),
    ("maps", "a log density, a heat map and an overlay for each model and photograph"),
];

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let out = match args.path("--out")? {
        Some(out) => env::current_dir()?.join(out),
        None => workspace.root().join("gaze-demo"),
    };
    let libtorch = args.flag("--libtorch");
    args.finish()?;
    let mut job = workspace.command(program::build(workspace, libtorch)?);
    job.args(MAIN_JOB.map(|word| if word == "{out}" { out.clone() } else { PathBuf::from(word) }));
    step("the main job: gaze-cli run", &mut job)?;

    println!("\nThe results are in {}:", workspace.display(&out));
    for (name, what) in RESULTS {
        let path = out.join(name);
        if !path.exists() {
            bail!("the main job ended well but wrote no {}", path.display());
        }
        println!("  {:<28} {what}", workspace.display(&path));
    }
    Ok(())
}
