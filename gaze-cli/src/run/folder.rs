//! The output folder of a run: whose it is, what may be removed from it, and that one process at a time writes to it.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context, Result, bail};

use super::{Settings, parts};
use crate::output;

/// The settings of the run that the folder belongs to.
const FILE: &str = "run.json";

/// What a run writes beside `maps/` and `parts/`; the settings last, so that the folder stays a run's until all is gone.
const FILES: [&str; 4] = ["scores.csv", "summary.json", "report.html", FILE];

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
        match fs::read(&stored) {
            Ok(bytes) => {
                let found: Settings = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{} is not of this program", stored.display()))?;
                if let Some(difference) = settings.difference(&found) {
                    bail!(
                        "{} holds another run ({difference}); name another --out, or replace it with --overwrite",
                        out.display()
                    );
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
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
        for folder in [out.join("parts"), out.join("maps")] {
            fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            output::remove_leftovers(&folder)?;
        }
        output::remove_leftovers(out)?;
        // A folder that cannot be written to is told now, not after the first stimulus.
        output::probe(out).with_context(|| format!("cannot write to --out {}", out.display()))?;
        Ok(Self { _lock: lock })
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
    for folder in [out.join("maps"), out.join("parts")] {
        // It stays if anything of the user's lies in it.
        let _ = fs::remove_dir(folder);
    }
    for name in FILES {
        output::remove(&out.join(name))?;
    }
    Ok(())
}
