//! The choices with which stored maps are read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::MapKind;

/// The choices with which stored maps are read. Everything has a default, and a [`MapKind`] alone is a choice, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapOptions {
    /// The meaning of the numbers.
    pub kind: MapKind,
    /// The variable to read from files that hold several: MATLAB files, `.npz` and HDF5 files of one map. The field of a
    /// struct is named as MATLAB does, `result.map`.
    pub variable: Option<String>,
    /// The pattern by which maps are named; `None` to recognise it.
    pub name: Option<MapName>,
}

impl From<MapKind> for MapOptions {
    fn from(kind: MapKind) -> Self {
        Self { kind, ..Self::default() }
    }
}

/// The pattern by which maps are named after their stimuli: `{stem}_saliency`.
///
/// `{stem}` stands for the name of the stimulus without extension. The extension of the map is no part of the pattern. The
/// serialized form is the pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MapName {
    before: String,
    after: String,
}

/// The place of the name of the stimulus in a pattern.
const STEM: &str = "{stem}";

/// A text that is no pattern of names.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no pattern of names: it should have {STEM} once, as in {STEM}_saliency")]
pub struct NoMapName {
    /// The text.
    pub found: String,
}

impl MapName {
    pub(super) fn new(before: &str, after: &str) -> Self {
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    /// Returns the stem of the map of a stimulus.
    pub(super) fn of(&self, stem: &str) -> String {
        format!("{}{stem}{}", self.before, self.after)
    }

    /// Returns the part of a map's stem that is the stimulus's; `None` if the stem does not fit the pattern.
    pub(super) fn stem<'a>(&self, stem: &'a str) -> Option<&'a str> {
        let inner = stem.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        Some(inner).filter(|inner| !inner.is_empty())
    }
}

impl fmt::Display for MapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{STEM}{}", self.before, self.after)
    }
}

impl FromStr for MapName {
    type Err = NoMapName;

    fn from_str(text: &str) -> Result<Self, NoMapName> {
        match text.split(STEM).collect::<Vec<_>>().as_slice() {
            [before, after] if !text.contains('/') => Ok(Self::new(before, after)),
            _ => Err(NoMapName { found: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for MapName {
    type Error = NoMapName;

    fn try_from(text: String) -> Result<Self, NoMapName> {
        text.parse()
    }
}

impl From<MapName> for String {
    fn from(name: MapName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_the_stem_and_reads_back() {
        let name: MapName = "sal_{stem}.jpg".parse().unwrap();
        assert_eq!((name.stem("sal_1.jpg"), name.stem("sal_.jpg"), name.stem("sal_1.png")), (Some("1"), None, None));
        assert_eq!(name.to_string().parse(), Ok(name.clone()));
        assert_eq!(serde_json::from_str::<MapName>(&serde_json::to_string(&name).unwrap()).unwrap(), name);
        // The beginning and the end must not overlap.
        assert_eq!("ab{stem}ba".parse::<MapName>().unwrap().stem("aba"), None);
    }

    #[test]
    fn a_text_without_a_place_for_the_stem_is_refused() {
        for text in ["", "maps", "{stem}{stem}", "maps/{stem}"] {
            let message = text.parse::<MapName>().unwrap_err().to_string();
            assert_eq!(
                message,
                format!("{text:?} is no pattern of names: it should have {{stem}} once, as in {{stem}}_saliency")
            );
        }
    }
}
