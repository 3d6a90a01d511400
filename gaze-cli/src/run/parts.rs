//! What is already done: one small file per stimulus, which says what its results depend on.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Row, Settings};
use crate::output::{self, hex};

/// The results for one stimulus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// A hash of everything that the results depend on; empty while they are being made.
    pub(crate) inputs: String,
    pub(crate) rows: Vec<Row>,
    /// The files in `maps/`: name and number of bytes.
    pub(crate) maps: Vec<(String, u64)>,
}

/// The folder `parts/` of a run.
#[derive(Debug)]
pub(crate) struct Parts {
    out: PathBuf,
    /// Settings and gaze, which all parts have in common.
    common: Vec<u8>,
}

impl Parts {
    pub(crate) fn new(out: PathBuf, settings: &Settings, fingerprint: &str) -> Result<Self> {
        let mut common = serde_json::to_vec(settings)?;
        common.extend(fingerprint.as_bytes());
        // Another version may compute another value.
        common.extend(env!("CARGO_PKG_VERSION").as_bytes());
        Ok(Self { out, common })
    }

    /// The hash of what the results for a stimulus depend on, its image's and its map's bytes included.
    pub(crate) fn inputs(&self, key: &str, files: &[Option<PathBuf>]) -> Result<String> {
        let mut hash = Sha256::new();
        hash.update(&self.common);
        hash.update((key.len() as u64).to_le_bytes());
        hash.update(key);
        for file in files {
            match file {
                None => hash.update([0]),
                Some(path) => {
                    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
                    hash.update([1]);
                    hash.update(Sha256::digest(&bytes));
                }
            }
        }
        Ok(hex(&hash.finalize()))
    }

    /// The part for a stimulus if it was made of the same inputs and all its maps are whole. A part that cannot be read
    /// counts as not there: it will be made again.
    pub(crate) fn load(&self, key: &str, inputs: &str) -> Option<Part> {
        let part = read(&self.path(key))?;
        let length = |name: &str| Some(fs::metadata(self.out.join("maps").join(name)).ok()?.len());
        let whole = part.maps.iter().all(|(name, bytes)| length(name) == Some(*bytes));
        (part.inputs == inputs && whole && self.thumbnail(key).is_file()).then_some(part)
    }

    /// Stores the part for a stimulus: before its maps are written to say that they are the run's, and again, with the
    /// hash of its inputs, when they are in place.
    pub(crate) fn store(&self, key: &str, part: &Part) -> Result<()> {
        output::write_bytes(&self.path(key), &serde_json::to_vec(part)?)
    }

    /// Removes the results for a stimulus that has none any more.
    pub(crate) fn discard(&self, key: &str) -> Result<()> {
        discard(&self.out, &self.path(key))
    }

    /// Removes the results for stimuli that are not among these.
    pub(crate) fn keep_only<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Result<()> {
        let kept: std::collections::HashSet<_> = keys.map(|key| self.path(key)).collect();
        discard_others(&self.out, |path| kept.contains(path))
    }

    /// The small picture for the report.
    pub(crate) fn thumbnail(&self, key: &str) -> PathBuf {
        output::stimulus_file(&self.out.join("parts"), key, ".jpg")
    }

    /// A file in `maps/`: its name and its path.
    pub(crate) fn map(&self, key: &str, suffix: &str) -> (String, PathBuf) {
        let path = output::stimulus_file(&self.out.join("maps"), key, suffix);
        let name = format!("{}{suffix}", output::file_name(key));
        (name, path)
    }

    fn path(&self, key: &str) -> PathBuf {
        output::stimulus_file(&self.out.join("parts"), key, ".json")
    }
}

fn read(path: &Path) -> Option<Part> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Removes every part that is not to be kept, with its maps. A file that is no part is left alone.
pub(super) fn discard_others(out: &Path, keep: impl Fn(&Path) -> bool) -> Result<()> {
    let Ok(entries) = fs::read_dir(out.join("parts")) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("json")) && !keep(&path) {
            discard(out, &path)?;
        }
    }
    Ok(())
}

fn discard(out: &Path, part: &Path) -> Result<()> {
    let Some(content) = read(part) else { return Ok(()) };
    for (name, _) in &content.maps {
        // A name, never a path that leads elsewhere, whatever the file says.
        if Path::new(name).file_name() == Some(OsStr::new(name)) {
            output::remove(&out.join("maps").join(name))?;
        }
    }
    output::remove(&part.with_extension("jpg"))?;
    output::remove(part)
}
