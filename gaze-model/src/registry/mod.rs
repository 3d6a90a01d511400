//! The table of all models: their names, what they are, which options they take, and how they are opened.
//!
//! A new model is one file that implements [`SaliencyModel`](gaze_core::SaliencyModel), and one row of [`MODELS`].

pub use crate::registry::{
    adaptation::Adaptation,
    entry::{ModelEntry, Naming, Opened, StandardCenterBias},
    error::{OpenError, UnknownModel},
    name::ModelName,
    option::{ModelOption, Options},
    training_dataset::{TrainingDataset, UnknownDataset},
};
use crate::{
    GaussianCenterBias, Uniform,
    registry::entry::{Open, in_a_sentence},
};

mod adaptation;
mod entry;
mod error;
mod name;
mod option;
#[cfg(test)]
mod tests;
mod training_dataset;

/// The function that opens a model which runs on the engine of a feature; builds without the feature have none.
macro_rules! with_feature {
    ($feature:literal, $open:path) => {{
        #[cfg(feature = $feature)]
        let open: Option<Open> = Some($open);
        #[cfg(not(feature = $feature))]
        let open: Option<Open> = None;
        open
    }};
}

/// The options of the DeepGaze networks that predict one map for a picture.
const DEEPGAZE: &[ModelOption] =
    &[ModelOption::Weights, ModelOption::Device, ModelOption::Precision, ModelOption::LongSide];

/// All models, the one to use by default first.
pub static MODELS: &[ModelEntry] = &[
    ModelEntry {
        naming: Naming::Name("gaze-lite"),
        summary: "the small network that is part of this program; the default",
        help: "Readouts on a frozen EfficientNet-Lite2, trained on OSIE, EyeCrowd and Scene. Nothing need be downloaded. A \
               temperature of 1 suits pictures and observers like those of the training; the default of 0.8 suits others.",
        center_bias: Some(StandardCenterBias::Model),
        network: true,
        libtorch: false,
        options: &[ModelOption::Temperature, ModelOption::LongSide],
        open: Some(crate::gaze_lite::open_embedded),
    },
    ModelEntry {
        naming: Naming::Name("deepgaze-i"),
        summary: "Kümmerer et al. 2015; its weights come with `cargo xtask fetch-weights --model deepgaze-i`",
        help: "AlexNet and one weighted sum of its features: the first of its family, small and fast. Scale and weights are as \
               with deepgaze-iie.",
        center_bias: Some(StandardCenterBias::Mit1003),
        network: true,
        libtorch: true,
        options: DEEPGAZE,
        open: with_feature!("libtorch", crate::deepgaze_i::open),
    },
    ModelEntry {
        naming: Naming::Name("deepgaze-iie"),
        summary: "Linardos et al. 2021; its weights come with `cargo xtask fetch-weights`",
        help: "Four networks trained on ImageNet with thirty readouts each. It was trained with 35 pixels per degree of \
               visual angle and about 1024 pixels along the longer side. Its weights are a .pth as released, or a \
               .safetensors.",
        center_bias: Some(StandardCenterBias::Mit1003),
        network: true,
        libtorch: true,
        options: DEEPGAZE,
        open: with_feature!("libtorch", crate::deepgaze_iie::open),
    },
    ModelEntry {
        naming: Naming::Name("deepgaze-iii"),
        summary: "Kümmerer et al. 2022, from the last fixations; `cargo xtask fetch-weights --model deepgaze-iii`",
        help: "Predicts where the next fixation lies from the picture and the last four fixations, which `gaze-cli predict` \
               takes with --history. Scale and weights are as with deepgaze-iie.",
        center_bias: Some(StandardCenterBias::Mit1003),
        network: true,
        libtorch: true,
        options: &[
            ModelOption::Weights,
            ModelOption::Device,
            ModelOption::Precision,
            ModelOption::LongSide,
            ModelOption::History,
        ],
        open: with_feature!("libtorch", crate::deepgaze_iii::open),
    },
    ModelEntry {
        naming: Naming::Name("deepgaze-msdb"),
        summary: "Kümmerer et al. 2025, ten views; `cargo xtask fetch-weights --model deepgaze-msdb`",
        help: "CLIP and DINOv2 at ten sizes of the picture. It needs --pixels-per-degree, and is slow on a processor: minutes a \
               picture. With --dataset it predicts the fixations of a dataset that it knows, with that dataset's biases; \
               without, those of any other.",
        center_bias: Some(StandardCenterBias::Mit1003),
        network: true,
        libtorch: true,
        options: &[
            ModelOption::Weights,
            ModelOption::Device,
            ModelOption::Precision,
            ModelOption::PixelsPerDegree,
            ModelOption::Dataset,
            ModelOption::Adaptation,
        ],
        open: with_feature!("libtorch", crate::deepgaze_msdb::open),
    },
    ModelEntry {
        naming: Naming::File { extension: "safetensors" },
        summary: "a network that `gaze-cli train` made",
        help: "The network of gaze-lite with readouts that were trained on data of one's own.",
        center_bias: Some(StandardCenterBias::Model),
        network: true,
        libtorch: false,
        options: &[ModelOption::Temperature, ModelOption::LongSide],
        open: Some(crate::gaze_lite::open_file),
    },
    ModelEntry {
        naming: Naming::File { extension: "onnx" },
        summary: "a network of anybody's, exported as ONNX; FILE.json beside it says what it takes and gives",
        help: "`gaze-cli models FILE.onnx` tells what is understood of it, and docs/MODELS.md how networks are exported.",
        center_bias: Some(StandardCenterBias::Gaussian),
        network: true,
        libtorch: false,
        options: &[ModelOption::LongSide],
        open: with_feature!("onnx", crate::exported::open),
    },
    ModelEntry {
        naming: Naming::File { extension: "pt" },
        summary: "the same exported as TorchScript, which runs on libtorch; open only files that you trust",
        help: "TorchScript is a program. A state dict, which has the same ending, is none.",
        center_bias: Some(StandardCenterBias::Gaussian),
        network: true,
        libtorch: true,
        options: &[ModelOption::Device, ModelOption::LongSide],
        open: with_feature!("libtorch", crate::exported::open),
    },
    ModelEntry {
        naming: Naming::Name("uniform"),
        summary: "the same probability for every pixel",
        help: "The density that knows nothing. Information gain over it is the log-likelihood but for a constant.",
        center_bias: None,
        network: false,
        libtorch: false,
        options: &[],
        open: Some(|_, _| Ok(Opened::silently(Uniform))),
    },
    ModelEntry {
        naming: Naming::Name("center-bias:gaussian"),
        summary: "a fixed Gaussian around the middle (Clarke & Tatler 2014)",
        help: "A center bias with two fixed parameters, for datasets that are too small to estimate one.",
        center_bias: None,
        network: false,
        libtorch: false,
        options: &[],
        open: Some(|_, _| Ok(Opened::silently(GaussianCenterBias::default()))),
    },
];
