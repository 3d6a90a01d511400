//! The arguments of the commands that run networks.

use std::path::PathBuf;

use clap::ValueEnum;
use gaze_data::MapOptions;
use gaze_model::{Device, Precision, TrainingDataset};
use gaze_study::{CenterBiasSpec, ModelOptions};

use super::choice::one_of;

/// The options of networks.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Networks")]
pub(crate) struct NetworkArgs {
    /// The weights: .pth as released, or .safetensors (default: where `cargo xtask fetch-weights` puts them)
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,

    /// The network's center bias: model (its own), mit1003, gaussian, uniform, dataset (the gaze on its other images) or FILE.npy
    ///
    /// (default: model for gaze-lite, mit1003 for DeepGaze)
    #[arg(long, value_name = "CB", verbatim_doc_comment)]
    pub(crate) centerbias: Option<CenterBiasSpec>,

    /// How sure gaze-lite is: 1 for pictures and observers like those of its training, less for others (default: 0.8)
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,

    /// Show the network the picture with this many pixels along its longer side
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(64..=16384))]
    pub(crate) long_side: Option<u32>,

    /// What computes: cpu or cuda
    #[arg(long, default_value = "cpu", hide_possible_values = true)]
    pub(crate) device: DeviceChoice,

    /// f32, or bf16: 1.5 times as fast on a processor with bfloat16, faster on a GPU, and less exact (by 0.02 to 0.2 nats on average)
    #[arg(long, default_value = "f32", hide_possible_values = true)]
    pub(crate) precision: PrecisionChoice,

    /// The dataset whose biases deepgaze-msdb shall have: mit1003, cat2000, coco-freeview, daemons or figrim (default: the mean
    /// of all, for any other)
    #[arg(long, value_name = "NAME", value_parser = one_of::<TrainingDataset>(), hide_possible_values = true)]
    pub(crate) dataset: Option<TrainingDataset>,
}

/// The hardware that computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceChoice {
    Cpu,
    Cuda,
}

/// The bits of the backbones' numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionChoice {
    F32,
    Bf16,
}

impl NetworkArgs {
    /// The options that models are opened with.
    pub(crate) fn options(&self, pixels_per_degree: Option<f64>, maps: MapOptions) -> ModelOptions {
        ModelOptions {
            network: gaze_model::Options {
                weights: self.weights.clone(),
                temperature: self.temperature,
                device: match self.device {
                    DeviceChoice::Cpu => Device::Cpu,
                    DeviceChoice::Cuda => Device::Cuda,
                },
                precision: match self.precision {
                    PrecisionChoice::F32 => Precision::F32,
                    PrecisionChoice::Bf16 => Precision::Bf16,
                },
                dataset: self.dataset,
                ..gaze_model::Options::default()
            },
            center_bias: self.centerbias.clone(),
            long_side: self.long_side,
            pixels_per_degree,
            maps,
        }
    }
}
