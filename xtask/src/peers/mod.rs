//! `cargo xtask peers`: what gaze-cli writes is read by the programs it is written for.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{args::Args, steps::step, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Convert a dataset with gaze-cli and read the files back with pysaliency, datadings and pyarrow themselves, which pip installs
into target/peers; needs Python 3.9 or later and, at the first call, the network.

Usage: cargo xtask peers [DATA]

DATA is any dataset that gaze-cli reads with at least two images; the bundled example if none is named.
";

/// What pip installs: NumPy 1, as pysaliency 0.2 uses names that NumPy 2 has not; `pkg_resources` comes with setuptools.
const PACKAGES: [&str; 6] =
    ["numpy<2", "setuptools<80", "h5py", "pysaliency==0.2.22", "datadings==3.4.7", "pyarrow==21.0.0"];

const CHECK: &str = include_str!("check.py");

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let data = match args.positional() {
        Some(data) => std::env::current_dir()?.join(data),
        None => workspace.root().join("examples/photographs"),
    };
    args.finish()?;
    let folder = workspace.root().join("target/peers");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let python = folder.join("venv/bin/python");
    if !folder.join("venv/complete").exists() {
        step("virtual environment", Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
        step("pysaliency and datadings", Command::new(&python).args(["-m", "pip", "install", "-q"]).args(PACKAGES))?;
        fs::write(folder.join("venv/complete"), "")?;
    }
    let work = folder.join("files");
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("removing {}", work.display()))?;
    }
    fs::create_dir_all(&work)?;
    let convert = |headline: &str, input: &PathBuf, to: &str, out: &str| {
        let mut command = workspace.cargo();
        command.args(["run", "--quiet", "-p", "gaze-cli", "--", "convert"]);
        command.arg(input).args(["--to", to]).arg(work.join(out));
        // Status 1 says that something was left out, as it is from every real recording.
        let status = command.status().with_context(|| headline.to_owned())?;
        match status.code() {
            Some(0 | 1) => Ok(()),
            _ => bail!("{headline} failed ({status})"),
        }
    };
    convert("as a table", &data, "csv", "table")?;
    let table = work.join("table");
    convert("for pysaliency", &table, "pysaliency", "pysaliency")?;
    convert("for datadings", &table, "datadings", "set.msgpack")?;
    convert("as Parquet", &table, "parquet", "parquet")?;
    let script = work.join("check.py");
    fs::write(&script, CHECK)?;
    let mut check = Command::new(&python);
    check.arg(&script).arg(&table).arg(work.join("pysaliency")).arg(work.join("set.msgpack")).arg("");
    check.arg(work.join("parquet/fixations.parquet"));
    step("read by pysaliency, datadings and pyarrow", &mut check)
}
