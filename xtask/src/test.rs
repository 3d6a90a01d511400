//! `cargo xtask test`: everything that must hold before a change is merged.

use std::process::Command;

use anyhow::{Result, bail};
use xtask::browser;

use crate::{
    args::Args,
    python, setup,
    steps::{step, timed},
    tidy, web,
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Run every check, lint, test and doctest; stop at the first that fails. Without --libtorch the Python package is tested, too, where
there is a Python 3.10 or later; in CI (variable CI) there must be one. So is the page in the browser where there are Chromium and the target
wasm32-unknown-unknown; with the variable GAZE_NEEDS_PAGE there must be both.

Usage: cargo xtask test [--libtorch]

Options:
  --libtorch   with libtorch, which DeepGaze IIE and training need; it is set up if it is missing
  -h, --help   this text
";

/// The arguments of cargo for each step, in order: the quick ones first, then those that share what they have built.
///
/// Flags for the compiler go behind `--` and never into RUSTFLAGS, which would build every dependency anew. So would `-p` in
/// place of `--workspace`: it asks for other features of the dependencies (see `tests/Cargo.toml`).
const STEPS: [(&str, &[&str], &[&str]); 3] = [
    ("clippy", &["clippy", "--workspace", "--all-targets"], &["--", "-D", "warnings"]),
    ("tests and doctests", &["test", "--workspace"], &[]),
    ("documentation", &["doc", "--workspace", "--no-deps"], &[]),
];

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let libtorch = args.flag("--libtorch");
    args.finish()?;
    let start = std::time::Instant::now();
    need_component(workspace, "fmt", "rustfmt")?;
    need_component(workspace, "clippy", "clippy")?;
    step("format", workspace.cargo().args(["fmt", "--all", "--check"]))?;
    timed("tidy", || tidy::check(workspace))?;
    if libtorch {
        timed("libtorch", || setup::ensure(workspace))?;
    } else {
        page(workspace)?;
    }
    for (headline, words, end) in STEPS {
        let mut command = workspace.cargo();
        command.args(words);
        if libtorch {
            command.args(["--features", "libtorch"]);
        }
        if words[0] == "doc" {
            command.env("RUSTDOCFLAGS", "-D warnings");
        }
        step(headline, command.args(end))?;
    }
    // The package is the one that needs no libtorch.
    if !libtorch {
        python::test(workspace)?;
    }
    println!("\nAll is well, after {:.0} s.", start.elapsed().as_secs_f64());
    Ok(())
}

/// Builds the page that `tests/web` opens in a browser, and says where it is not tested.
fn page(workspace: &Workspace) -> Result<()> {
    let missing = match (web::has_target(), browser::find()) {
        (false, _) => "It needs: rustup target add wasm32-unknown-unknown",
        (true, None) => "It needs Chromium in the path, or named by the variable CHROMIUM",
        (true, Some(_)) => return web::build(workspace).map(drop),
    };
    if browser::is_needed() {
        bail!("the page in the browser must be tested here. {missing}");
    }
    println!("\n=== NOT TESTED: the page in the browser. {missing}");
    Ok(())
}

fn need_component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    let mut command: Command = workspace.cargo();
    let found = command.args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success());
    if !found {
        bail!("`cargo {subcommand}` is not installed; get it with: rustup component add {component}");
    }
    Ok(())
}
