//! What is already done: one small file per stimulus, which says what its results depend on.
//!
//! All tables and the report are made of these files and of the [`Index`](super::Index), so that a run that was
//! interrupted, or shared by several machines, ends with the same bytes as one that was not.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Row, Settings, calibration::Calibration};
use crate::output::{self, hex};

/// The results for one stimulus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// A hash of everything that the results depend on; empty while they are being made and where they failed.
    pub(crate) inputs: String,
    pub(crate) rows: Vec<Row>,
    /// Why the stimulus could not be scored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) failure: Option<String>,
    /// The files in `maps/`: name, with the folder of its model where there are several, and number of bytes.
    pub(crate) maps: Vec<(String, u64)>,
    /// Of each model's density.
    #[serde(default)]
    pub(crate) calibration: Vec<Option<Calibration>>,
    /// For the report.
    #[serde(default)]
    pub(crate) shown: Shown,
}

/// What the report shows of a stimulus beside its picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// The tiles of the small picture, from left to right.
    pub(crate) tiles: Vec<String>,
    /// The fixations of each group, to a tenth of a pixel.
    pub(crate) fixations: Vec<(String, Vec<[f32; 2]>)>,
}

/// The folders `parts/` and `maps/` of a run.
#[derive(Debug)]
pub(crate) struct Parts {
    out: PathBuf,
}

/// The hash of settings and gaze, which all parts have in common.
pub(crate) fn common_inputs(settings: &Settings, fingerprint: &str) -> Result<Vec<u8>> {
    let mut common = serde_json::to_vec(settings)?;
    common.extend(fingerprint.as_bytes());
    // Another version may compute another value.
    common.extend(env!("CARGO_PKG_VERSION").as_bytes());
    Ok(common)
}

/// The hash of what the results for a stimulus depend on: the bytes, or their hash, of its image and its maps included.
pub(crate) fn inputs<'a>(common: &[u8], key: &str, files: impl Iterator<Item = Option<&'a [u8]>>) -> String {
    let mut hash = Sha256::new();
    hash.update(common);
    hash.update((key.len() as u64).to_le_bytes());
    hash.update(key);
    for file in files {
        match file {
            None => hash.update([0]),
            Some(bytes) => {
                hash.update([1]);
                hash.update(Sha256::digest(bytes));
            }
        }
    }
    hex(&hash.finalize())
}

impl Parts {
    pub(crate) fn new(out: PathBuf) -> Self {
        Self { out }
    }

    /// The part for a stimulus if it was made of the same inputs and all its maps are whole. A part that cannot be read
    /// counts as not there: it will be made again.
    pub(crate) fn load(&self, key: &str, inputs: &str) -> Option<Part> {
        let part = read(&self.path(key))?;
        (part.inputs == inputs && self.is_whole(key, &part)).then_some(part)
    }

    /// The part for a stimulus, whatever it was made of; `None` if there is none, or it is not finished.
    pub(crate) fn finished(&self, key: &str) -> Option<Part> {
        let part = read(&self.path(key))?;
        let done = part.failure.is_some() || !part.inputs.is_empty() && self.is_whole(key, &part);
        done.then_some(part)
    }

    fn is_whole(&self, key: &str, part: &Part) -> bool {
        let length = |name: &str| Some(fs::metadata(self.out.join("maps").join(name)).ok()?.len());
        let whole = part.maps.iter().all(|(name, bytes)| length(name) == Some(*bytes));
        whole && self.thumbnail(key).is_file()
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
        let kept: HashSet<_> = keys.map(|key| self.path(key)).collect();
        discard_others(&self.out, |path| kept.contains(path))
    }

    /// Brings the part for a stimulus here from another folder, its maps first, byte for byte.
    pub(crate) fn bring(&self, key: &str, from: &Self, part: &Part) -> Result<()> {
        self.store(key, &Part { maps: part.maps.clone(), ..Part::default() })?;
        for (name, _) in part.maps.iter().filter(|(name, _)| is_plain(name)) {
            let [from, to] = [from, self].map(|parts| parts.out.join("maps").join(name));
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            }
            output::copy(&from, &to)?;
        }
        if from.thumbnail(key).exists() {
            output::copy(&from.thumbnail(key), &self.thumbnail(key))?;
        }
        output::copy(&from.path(key), &self.path(key))
    }

    /// The small picture for the report.
    pub(crate) fn thumbnail(&self, key: &str) -> PathBuf {
        output::stimulus_file(&self.out.join("parts"), key, ".jpg")
    }

    /// A file in `maps/`, or in the folder there that a model has where there are several: its name and its path.
    pub(crate) fn map(&self, model: Option<&str>, key: &str, suffix: &str) -> (String, PathBuf) {
        let file = format!("{}{suffix}", output::file_name(key));
        let name = model.map_or_else(|| file.clone(), |model| format!("{}/{file}", output::file_name(model)));
        let path = self.out.join("maps").join(&name);
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
    for (name, _) in content.maps.iter().filter(|(name, _)| is_plain(name)) {
        output::remove(&out.join("maps").join(name))?;
    }
    output::remove(&part.with_extension("jpg"))?;
    output::remove(part)
}

/// Whether a name is one of a file in `maps/` or in a folder of it, and never leads elsewhere, whatever a part says.
fn is_plain(name: &str) -> bool {
    let components: Vec<Component<'_>> = Path::new(name).components().collect();
    (1..=2).contains(&components.len())
        && components.iter().all(|component| matches!(component, Component::Normal(_)))
        && !name.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_followed() {
        for name in ["1.npy", "deepgaze-iie/1.npy"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", "../1.npy", "/etc/passwd", "a/../../b", "a/b/c", "a/"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
