//! `dataset.json`: a description of a table of fixations, written by a person.
//!
//! ```json
//! {"name": "My study", "gaze": "recorded", "pixels_per_degree": 35.2}
//! ```
//!
//! Every key is optional; an unknown key is an error. `gaze` is `recorded` (from people, by an eye tracker; the default) or
//! `simulated` (by a program). The name is by default that of the folder.

use std::path::Path;

use gaze_core::PixelsPerDegree;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{DataError, Provenance, files::folder};

const FILE: &str = "dataset.json";

/// The largest description that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The content of the file.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) name: Option<String>,
    #[serde(default = "recorded", rename = "gaze")]
    pub(crate) provenance: Provenance,
    #[serde(default, deserialize_with = "positive")]
    pub(crate) pixels_per_degree: Option<PixelsPerDegree>,
}

impl Description {
    /// Reads the file of a dataset; without the file, all keys have their defaults.
    pub(crate) fn read(root: &Path) -> Result<Self, DataError> {
        let path = Path::new(FILE);
        match folder::read_in(root, path, LARGEST_FILE) {
            Err(DataError::NotFound { .. }) => Ok(Self { name: None, provenance: recorded(), pixels_per_degree: None }),
            bytes => {
                serde_json::from_slice(&bytes?).map_err(|cause| DataError::Description { path: path.into(), cause })
            }
        }
    }
}

fn recorded() -> Provenance {
    Provenance::Recorded
}

fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PixelsPerDegree>, D::Error> {
    let value = Option::<f64>::deserialize(deserializer)?;
    value.map(PixelsPerDegree::new).transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Description, DataError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Description::read(folder.path())
    }

    #[test]
    fn what_is_not_said_counts_as_recorded_gaze() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(Description::read(empty.path()).unwrap(), read("{}").unwrap());
        assert_eq!(read("{}").unwrap().provenance, Provenance::Recorded);
        assert_eq!(read(r#"{"gaze": "simulated"}"#).unwrap().provenance, Provenance::Simulated);
    }

    #[test]
    fn an_unknown_key_or_value_is_named() {
        for (text, expected) in [
            (r#"{"nam": "a"}"#, "unknown field `nam`, expected one of `name`, `gaze`, `pixels_per_degree`"),
            (r#"{"gaze": "made up"}"#, "unknown variant `made up`, expected `recorded` or `simulated`"),
            (r#"{"pixels_per_degree": -1}"#, "pixels per degree must be a positive number, not -1"),
            ("{", "EOF while parsing an object at line 1 column 1"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("dataset.json: {expected}")), "{message}");
        }
    }
}
