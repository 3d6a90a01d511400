//! The name of a model, as it is written and stored.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::registry::{MODELS, ModelEntry, Naming, UnknownModel};

/// The name of a model: one of [`MODELS`], or the path of a file that holds a model.
///
/// It is parsed from text with [`FromStr`], and stored as that text.
///
/// ```
/// use gaze_model::ModelName;
///
/// assert!("gaze-lite".parse::<ModelName>()?.entry().network);
/// assert_eq!("trained/mine.safetensors".parse::<ModelName>()?.label(), "mine");
/// # Ok::<(), gaze_model::UnknownModel>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName {
    entry: &'static ModelEntry,
    /// The file, if the model is named by one.
    file: Option<PathBuf>,
}

impl ModelName {
    /// The name of the model that is stored in a file.
    ///
    /// # Errors
    ///
    /// [`UnknownModel`] unless the file has the extension of a model.
    pub fn of_file(file: impl Into<PathBuf>) -> Result<Self, UnknownModel> {
        let file = file.into();
        let found = file.extension().and_then(|found| found.to_str());
        let is_its = |entry: &&ModelEntry| match entry.naming {
            Naming::File { extension } => found == Some(extension),
            Naming::Name(_) => false,
        };
        match MODELS.iter().find(is_its) {
            Some(entry) => Ok(Self { entry, file: Some(file) }),
            None => Err(UnknownModel { name: file.display().to_string() }),
        }
    }

    /// The row of [`MODELS`] that describes the model.
    #[must_use]
    pub fn entry(&self) -> &'static ModelEntry {
        self.entry
    }

    /// The file that holds the model, if it is named by one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The short name for tables and the names of files. Only the stem of a file's name is kept, so that results do not
    /// depend on where the file lies.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.file {
            Some(file) => file.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy()).into_owned(),
            None => self.entry.name(),
        }
    }
}

impl FromStr for ModelName {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        match MODELS.iter().find(|entry| matches!(entry.naming, Naming::Name(name) if name == text)) {
            Some(entry) => Ok(Self { entry, file: None }),
            None => Self::of_file(text),
        }
    }
}

impl TryFrom<String> for ModelName {
    type Error = UnknownModel;

    fn try_from(text: String) -> Result<Self, UnknownModel> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

/// Writes the name as it is parsed.
impl fmt::Display for ModelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(formatter, "{}", file.display()),
            None => write!(formatter, "{}", self.entry.naming),
        }
    }
}

impl PartialEq for ModelName {
    fn eq(&self, other: &Self) -> bool {
        self.entry.naming == other.entry.naming && self.file == other.file
    }
}

impl Eq for ModelName {}
