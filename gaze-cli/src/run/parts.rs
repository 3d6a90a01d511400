//! What is already done: one small file per stimulus, which says what its results depend on.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Row, Settings, gaze::hex};
use crate::output;

/// The results for one stimulus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// A hash of everything that the results depend on.
    pub(crate) inputs: String,
    pub(crate) rows: Vec<Row>,
    /// Names of the files in `maps/`.
    pub(crate) maps: Vec<String>,
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

    /// The part for a stimulus if it was made of the same inputs and all its maps are there. A part that cannot be
    /// read counts as not there: it will be made again.
    pub(crate) fn load(&self, key: &str, inputs: &str) -> Option<Part> {
        let bytes = fs::read(self.path(key)).ok()?;
        let part: Part = serde_json::from_slice(&bytes).ok()?;
        let complete = part.maps.iter().all(|name| self.out.join("maps").join(name).is_file());
        (part.inputs == inputs && complete && self.thumbnail(key).is_file()).then_some(part)
    }

    /// Stores the part for a stimulus; to be called when its maps are in place.
    pub(crate) fn store(&self, key: &str, part: &Part) -> Result<()> {
        output::write_bytes(&self.path(key), &serde_json::to_vec(part)?)
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
