//! A row of the table of models, and the opening of a model.

use std::fmt;

use gaze_core::SaliencyModel;
use serde::{Deserialize, Serialize};

use crate::{Device, ModelName, ModelOption, OpenError, Options};

/// Opens a model by its name, with options that it takes.
pub(crate) type Open = fn(&ModelName, &Options) -> Result<Opened, OpenError>;

/// A row of [`MODELS`](crate::MODELS): the properties of a model that are known before it is opened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModelEntry {
    /// The way in which the model is named.
    pub naming: Naming,
    /// A phrase that says what the model is.
    pub summary: &'static str,
    /// One or more sentences about the model, for help pages.
    pub help: &'static str,
    /// The center bias that the model combines a picture with unless another one is chosen; `None` if it takes none.
    pub center_bias: Option<StandardCenterBias>,
    /// Tells whether the model is a network, which looks at the picture.
    pub network: bool,
    /// Tells whether the model runs on libtorch, which not every build has.
    pub libtorch: bool,
    /// The options that the model takes, beside a center bias.
    pub options: &'static [ModelOption],
    /// Opens the model, once [`ModelName::open`] has checked the options. Builds without libtorch have no such function
    /// for models that run on it.
    pub(crate) open: Option<Open>,
}

/// The way in which a model is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Naming {
    /// The model has this name.
    Name(&'static str),
    /// The model is a file, and is named by the file's path, which has this extension.
    File {
        /// The extension, without the dot.
        extension: &'static str,
    },
}

impl fmt::Display for Naming {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::File { extension } => write!(formatter, "FILE.{extension}"),
        }
    }
}

/// A center bias that does not depend on a dataset's gaze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StandardCenterBias {
    /// The model's own, from [`SaliencyModel::center_bias`].
    Model,
    /// The one of the dataset MIT1003, from
    /// [`Released::Mit1003CenterBias`](crate::weights::Released::Mit1003CenterBias).
    Mit1003,
    /// [`GaussianCenterBias`](crate::GaussianCenterBias).
    Gaussian,
    /// The same probability for every pixel.
    Uniform,
}

/// A model that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The model.
    pub model: Box<dyn SaliencyModel>,
    /// The name that the model's file gives it; `None` for [`ModelName::label`].
    pub name: Option<String>,
    /// Sentences about the opening that a user should see, for example that weights were converted.
    pub notes: Vec<String>,
}

impl Opened {
    /// A model with nothing to say about its opening.
    pub(crate) fn silently(model: impl SaliencyModel + 'static) -> Self {
        Self { model: Box::new(model), name: None, notes: Vec::new() }
    }
}

impl ModelEntry {
    /// The name as it stands in lists: `gaze-lite`, `FILE.safetensors`.
    #[must_use]
    pub fn name(&self) -> String {
        self.naming.to_string()
    }

    /// Tells whether the model takes an option.
    #[must_use]
    pub fn takes(&self, option: ModelOption) -> bool {
        match option {
            ModelOption::CenterBias => self.center_bias.is_some(),
            option => self.options.contains(&option),
        }
    }

    /// Tells whether this build can open the model.
    #[must_use]
    pub fn available(&self) -> bool {
        self.open.is_some()
    }
}

impl ModelName {
    /// Opens the model.
    ///
    /// Opening a network sets the number of threads that each of libtorch's operations uses to one, for the whole process,
    /// as `use_one_thread_per_operation` does.
    ///
    /// # Errors
    ///
    /// [`OpenError`], first of all [`OpenError::OptionNotTaken`] if an option is given that the model does not take.
    pub fn open(&self, options: &Options) -> Result<Opened, OpenError> {
        let entry = self.entry();
        if let Some(option) = options.given().find(|&option| !entry.takes(option)) {
            return Err(OpenError::OptionNotTaken { model: self.to_string(), option });
        }
        let open = entry.open.ok_or_else(|| self.not_in_this_build())?;
        if options.device == Device::Cuda && !has_gpu() {
            return Err(OpenError::NoGpu);
        }
        if entry.libtorch {
            prepare_libtorch();
        }
        open(self, options)
    }

    /// The error of a build that cannot open the model.
    pub(crate) fn not_in_this_build(&self) -> OpenError {
        let model = self.to_string();
        match (self.file(), self.entry().libtorch) {
            (None, _) => OpenError::NeedsLibtorch { model },
            (Some(_), libtorch) => {
                OpenError::NeedsFeature { model, feature: if libtorch { "libtorch" } else { "onnx" } }
            }
        }
    }
}

/// Lists the names of models for a message: "a, b or c".
pub(crate) fn in_a_sentence<'a>(entries: impl Iterator<Item = &'a ModelEntry>) -> String {
    let names: Vec<String> = entries.map(ModelEntry::name).collect();
    match names.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(feature = "libtorch")]
fn has_gpu() -> bool {
    crate::libtorch().cuda
}

#[cfg(not(feature = "libtorch"))]
fn has_gpu() -> bool {
    false
}

/// Pictures and backbones run side by side on threads of our own, so each operation gets one thread; and then results
/// do not depend on the number of cores.
#[cfg(feature = "libtorch")]
fn prepare_libtorch() {
    crate::use_one_thread_per_operation();
}

#[cfg(not(feature = "libtorch"))]
fn prepare_libtorch() {}
