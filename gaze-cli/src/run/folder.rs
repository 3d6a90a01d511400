//! The output folder of a run: whose it is, what may be removed from it, and that one process at a time writes to it.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Index, Settings, archive, parts, settings::SCHEMA};
use crate::output;

/// The settings of the run that the folder belongs to.
const FILE: &str = "run.json";

/// What the first pass found out.
const INDEX: &str = "stimuli.json";

/// What a run writes beside `maps/` and `parts/`.
const FILES: [&str; 8] =
    ["scores.csv", "scores.parquet", "scores.md", "scores.tex", "summary.json", "report.html", archive::ZIP, INDEX];

/// The settings and the index of the run that a folder holds.
pub(crate) fn stored(out: &Path) -> Result<(Settings, Index)> {
    let settings = read_settings(&out.join(FILE))?;
    let path = out.join(INDEX);
    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
    let index = serde_json::from_slice(&bytes).with_context(|| format!("{} is not of this program", path.display()))?;
    Ok((settings, index))
}

fn read_settings(path: &Path) -> Result<Settings> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    // An older version's settings are another run, and not a broken file.
    let version = serde_json::from_slice::<Version>(&bytes).map_or(0, |version| version.schema);
    if version != SCHEMA {
        bail!("{} is of another version of this program (schema {version}, here {SCHEMA})", path.display());
    }
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not of this program", path.display()))
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// A folder that belongs to this run, and to this process while this lives.
#[derive(Debug)]
pub(crate) struct OutFolder {
    /// Held for its lock.
    _lock: Option<File>,
}

impl OutFolder {
    /// Makes the folder ready for a run: new, or holding a part of the very same run.
    pub(crate) fn claim(out: &Path, settings: &Settings, overwrite: bool) -> Result<Self> {
        if out.exists() && !out.is_dir() {
            bail!("--out {}: this is a file, not a folder", out.display());
        }
        fs::create_dir_all(out).with_context(|| format!("--out {}", out.display()))?;
        let lock = lock(out)?;
        let stored = out.join(FILE);
        let is_ours = stored.exists();
        if is_ours && overwrite {
            remove_run(out)?;
        }
        match stored.try_exists() {
            Ok(true) => {
                let found = read_settings(&stored).with_context(|| {
                    format!("name another --out than {}, or replace it with --overwrite", out.display())
                })?;
                if let Some(difference) = settings.difference(&found) {
                    bail!(
                        "{} holds another run ({difference}); name another --out, or replace it with --overwrite",
                        out.display()
                    );
                }
            }
            Ok(false) => {
                output::remove_leftovers(out)?;
                if let Some(entry) = fs::read_dir(out)?.next()
                    && !is_ours
                {
                    bail!(
                        "{} is not empty ({:?} lies in it) and holds no run; name a new folder after --out",
                        out.display(),
                        entry?.file_name()
                    );
                }
                let text = serde_json::to_string_pretty(settings)?;
                output::write_bytes(&stored, format!("{text}\n").as_bytes())?;
            }
            Err(error) => return Err(error).with_context(|| stored.display().to_string()),
        }
        let folders = [out.join("parts"), out.join("maps")].into_iter().chain(map_folders(out, settings));
        for folder in folders {
            fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            output::remove_leftovers(&folder)?;
        }
        output::remove_leftovers(out)?;
        // A folder that cannot be written to is told now, not after the first stimulus.
        output::probe(out).with_context(|| format!("cannot write to --out {}", out.display()))?;
        Ok(Self { _lock: lock })
    }

    /// Stores what the first pass found out.
    pub(crate) fn store(&self, out: &Path, index: &Index) -> Result<()> {
        output::write_bytes(&out.join(INDEX), &serde_json::to_vec(index)?)
    }
}

/// The folders in `maps/` that models have where there are several.
fn map_folders(out: &Path, settings: &Settings) -> Vec<PathBuf> {
    match settings.models.as_slice() {
        [_] => Vec::new(),
        models => models.iter().map(|model| out.join("maps").join(output::file_name(&model.name))).collect(),
    }
}

/// Locks the folder itself, so that no lock file is left behind. Where a system cannot do that, nothing is locked.
fn lock(out: &Path) -> Result<Option<File>> {
    let Ok(folder) = File::open(out) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => bail!("another gaze-cli is writing to {}", out.display()),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes what a run wrote and nothing else: the maps that its parts name, the parts, and its tables.
fn remove_run(out: &Path) -> Result<()> {
    parts::discard_others(out, |_| false)?;
    let mut folders = Vec::new();
    if let Ok(settings) = read_settings(&out.join(FILE)) {
        folders.extend(map_folders(out, &settings));
        for (file, _) in archive::hdf5_files(out, &settings) {
            output::remove(&file)?;
        }
    }
    folders.extend([out.join("maps"), out.join("parts")]);
    for folder in folders {
        // It stays if anything of the user's lies in it.
        let _ = fs::remove_dir(folder);
    }
    // The settings last, so that the folder stays a run's until all is gone.
    for name in FILES.into_iter().chain([FILE]) {
        output::remove(&out.join(name))?;
    }
    Ok(())
}
