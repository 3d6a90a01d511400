//! The parts that are done: one small file per stimulus, which names a hash of everything that its results depend on.
//!
//! A study that was interrupted, or shared by several machines, ends with the same bytes as one that was not, because
//! everything else is made of these files.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs,
    path::{Component, Path, PathBuf},
};

use gaze_metrics::Reliability;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::NewPart;
use crate::{
    error::StudyError,
    files::{self, hex},
    scanpaths::StimulusScanpaths,
    score::{FixationScores, Row},
};

/// The results for one stimulus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// A hash of everything that the results depend on; empty while they are being made and where they failed.
    pub inputs: String,
    /// The scores.
    pub rows: Vec<Row>,
    /// The reason why the stimulus could not be scored by every model; empty if its gaze is at fault, which is told with the
    /// [`Entry`](crate::Entry).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
    /// The files in `maps/`: the name, with the folder of its model where there are several, the number of bytes, and the
    /// beginning of the SHA-256 of the content.
    pub maps: Vec<(String, u64, String)>,
    /// The reliability of each model's density; `None` for a model of scores.
    #[serde(default)]
    pub calibration: Vec<Option<Reliability>>,
    /// The content of the stimulus's entry in a report.
    #[serde(default)]
    pub shown: Shown,
    /// The scanpaths, in a study that is about them or has a model of scanpaths, and if the size of the picture is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scanpaths: Option<StimulusScanpaths>,
    /// The scores of every fixation of the scanpaths, in a study that has a model of scanpaths.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fixations: Vec<FixationScores>,
}

/// The content of a stimulus's entry in a report, beside its small picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The width of the image in pixels.
    pub width: usize,
    /// The height of the image in pixels.
    pub height: usize,
    /// The tiles of the small picture, from left to right.
    pub tiles: Vec<String>,
    /// The fixations of each group, to a tenth of a pixel.
    pub fixations: Vec<(String, Vec<[f32; 2]>)>,
}

/// The folders `parts/` and `maps/` of a study.
#[derive(Debug)]
pub struct PartStore {
    out: PathBuf,
}

/// The beginning of the SHA-256 of a map's content: enough to notice every change that nobody intends.
pub(super) fn content_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// The hash of everything that the results for a stimulus depend on: the bytes, or their hash, of its image and its maps
/// included.
pub(super) fn inputs<'a>(common: &[u8], key: &str, files: impl Iterator<Item = Option<&'a [u8]>>) -> String {
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

impl PartStore {
    /// Takes the output folder, which need not exist yet.
    #[must_use]
    pub fn new(out: PathBuf) -> Self {
        Self { out }
    }

    /// The part for a stimulus if it was made of the same inputs and all its maps are whole. A part that cannot be read
    /// counts as not there: it will be made again.
    #[must_use]
    pub fn load(&self, key: &str, inputs: &str) -> Option<Part> {
        let part = read(&self.path(key))?;
        (part.inputs == inputs && self.is_whole(key, &part)).then_some(part)
    }

    /// The part for a stimulus, whatever it was made of; `None` if there is none, or it is not finished.
    #[must_use]
    pub fn finished(&self, key: &str) -> Option<Part> {
        let part = read(&self.path(key))?;
        let done = part.failure.is_some() || !part.inputs.is_empty() && self.is_whole(key, &part);
        done.then_some(part)
    }

    /// The hash of the inputs that the part for a stimulus was made of, if it is finished, whole and without a failure.
    #[must_use]
    pub fn inputs(&self, key: &str) -> Option<String> {
        Some(self.finished(key)?.inputs).filter(|inputs| !inputs.is_empty())
    }

    fn is_whole(&self, key: &str, part: &Part) -> bool {
        let is_whole = |(name, length, hash): &(String, u64, String)| {
            let path = self.out.join("maps").join(name);
            // The content is read only if the length is right.
            fs::metadata(&path).is_ok_and(|data| data.len() == *length)
                && fs::read(&path).is_ok_and(|bytes| content_hash(&bytes) == *hash)
        };
        part.maps.iter().all(is_whole) && self.thumbnail(key).is_file()
    }

    /// Saves a part: first its name and those of its maps, which say that these files are the study's, then the maps, then
    /// the part with the hash of its inputs. Results of an earlier study for a stimulus that failed are removed.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`] if a file cannot be written or removed.
    pub fn save(&self, new: &NewPart) -> Result<(), StudyError> {
        match &new.drawn {
            None => self.discard(&new.key)?,
            Some(drawn) => {
                self.store(&new.key, &Part { maps: new.part.maps.clone(), ..Part::default() })?;
                for file in &drawn.maps {
                    files::write_bytes(&self.out.join("maps").join(&file.name), &file.bytes)?;
                }
                files::write_bytes(&self.thumbnail(&new.key), &drawn.thumbnail)?;
            }
        }
        files::write_bytes(&self.path(&new.key), &new.json)
    }

    fn store(&self, key: &str, part: &Part) -> Result<(), StudyError> {
        let path = self.path(key);
        let bytes = serde_json::to_vec(part).map_err(StudyError::write(&path))?;
        files::write_bytes(&path, &bytes)
    }

    /// Removes the results for a stimulus that has none any more.
    fn discard(&self, key: &str) -> Result<(), StudyError> {
        discard(&self.out, &self.path(key))
    }

    /// Removes the results for stimuli that are not among these.
    pub fn keep_only<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Result<(), StudyError> {
        let kept: HashSet<_> = keys.map(|key| self.path(key)).collect();
        discard_others(&self.out, |path| kept.contains(path))
    }

    /// Brings the part for a stimulus here from another folder, its maps first, byte for byte.
    pub fn bring(&self, key: &str, from: &Self, part: &Part) -> Result<(), StudyError> {
        self.store(key, &Part { maps: part.maps.clone(), ..Part::default() })?;
        for (name, ..) in part.maps.iter().filter(|(name, ..)| is_plain(name)) {
            let [from, to] = [from, self].map(|parts| parts.out.join("maps").join(name));
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(StudyError::file("creating", folder))?;
            }
            files::copy(&from, &to)?;
        }
        if from.thumbnail(key).exists() {
            files::copy(&from.thumbnail(key), &self.thumbnail(key))?;
        }
        files::copy(&from.path(key), &self.path(key))
    }

    /// The path of a map of a part, by its name in [`Part::maps`].
    #[must_use]
    pub fn map(&self, name: &str) -> PathBuf {
        self.out.join("maps").join(name)
    }

    /// The file of the small picture that a report shows.
    #[must_use]
    pub fn thumbnail(&self, key: &str) -> PathBuf {
        files::stimulus_file(&self.out.join("parts"), key, ".jpg")
    }

    fn path(&self, key: &str) -> PathBuf {
        files::stimulus_file(&self.out.join("parts"), key, ".json")
    }
}

fn read(path: &Path) -> Option<Part> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The name of a file in `maps/`, with the folder that a model has there where there are several models.
pub(super) fn map_name(model: Option<&str>, key: &str, suffix: &str) -> String {
    let file = format!("{}{suffix}", files::file_name(key));
    model.map_or_else(|| file.clone(), |model| format!("{}/{file}", files::file_name(model)))
}

/// Removes every part that is not to be kept, with its maps. A file that is no part is left alone.
pub(crate) fn discard_others(out: &Path, keep: impl Fn(&Path) -> bool) -> Result<(), StudyError> {
    let parts = out.join("parts");
    let Ok(entries) = fs::read_dir(&parts) else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(StudyError::file("reading", &parts))?.path();
        if path.extension() == Some(OsStr::new("json")) && !keep(&path) {
            discard(out, &path)?;
        }
    }
    Ok(())
}

fn discard(out: &Path, part: &Path) -> Result<(), StudyError> {
    let Some(content) = read(part) else { return Ok(()) };
    for (name, ..) in content.maps.iter().filter(|(name, ..)| is_plain(name)) {
        files::remove(&out.join("maps").join(name))?;
    }
    files::remove(&part.with_extension("jpg"))?;
    files::remove(part)
}

/// Tells whether a name is one of a file in `maps/` or in a folder of it, and never leads elsewhere, whatever a part says.
pub(super) fn is_plain(name: &str) -> bool {
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
