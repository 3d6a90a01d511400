//! This build has libtorch.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Stimulus};
use gaze_model::{Scale, deepgaze_iie::DeepGazeIie, resize, resize_density, weights::Weights};

use super::{
    budget::Budget,
    inputs::{self, NetworkCenterBias, TRAINED_LONG_SIDE, TRAINED_PIXELS_PER_DEGREE},
};
use crate::{
    args::NetworkArgs,
    messages,
    model::Surroundings,
    network::{Device, NetworkSettings, Precision},
    output,
};

/// Memory for pictures that are worked on at the same time, beside the weights.
const MEMORY: usize = 3 << 30;
/// Memory that a picture takes while it is worked on, for each of its pixels.
const BYTES_PER_PIXEL: usize = 320;

/// One line about what networks run on.
pub(crate) fn describe() -> String {
    let libtorch = gaze_model::libtorch();
    let gpu = if libtorch.cuda { "with a GPU" } else { "without a GPU" };
    format!("libtorch {}, {gpu}, {} threads", libtorch.version, libtorch.threads)
}

/// DeepGaze IIE with its center bias and scale.
#[derive(Debug)]
pub(crate) struct Network {
    model: DeepGazeIie,
    weights: PathBuf,
    center_bias: NetworkCenterBias,
    center_bias_name: String,
    scale: Scale,
    scale_name: String,
    precision: Precision,
    budget: Budget,
    /// Pictures that were used as they are though they are far from the scale of the training.
    far: AtomicUsize,
}

impl Network {
    /// Reads the weights and checks the device.
    pub(crate) fn open(args: &NetworkArgs, pixels_per_degree: Option<f64>) -> Result<Self> {
        let (scale, scale_name) = inputs::scale(pixels_per_degree, args.long_side)?;
        let center_bias = NetworkCenterBias::open(&args.centerbias)?;
        let file = inputs::weights_file(args)?;
        let (weights, conversion) = Weights::prepare(&file)?;
        if let gaze_model::weights::Conversion::Written(_) | gaze_model::weights::Conversion::Impossible { .. } =
            conversion
        {
            messages::say(&format_args!("{}: {conversion}", file.display()));
        }
        if args.device == Device::Cuda {
            ensure!(
                gaze_model::libtorch().cuda,
                "--device cuda: libtorch finds no GPU; that needs a driver and libtorch's CUDA part \
                 (cargo xtask setup --cuda)"
            );
        }
        // Pictures and backbones run side by side; results do not depend on the number of threads.
        gaze_model::use_one_thread_per_operation();
        let device = match args.device {
            Device::Cpu => gaze_model::Device::Cpu,
            Device::Cuda => gaze_model::Device::Cuda,
        };
        let precision = match args.precision {
            Precision::F32 => gaze_model::Precision::F32,
            Precision::Bf16 => gaze_model::Precision::Bf16,
        };
        Ok(Self {
            model: DeepGazeIie::new(&weights, device, precision)?,
            // Not the open file: its pages would count as this process's memory.
            weights: weights.path().to_owned(),
            center_bias,
            center_bias_name: inputs::center_bias_name(&args.centerbias),
            scale,
            scale_name,
            precision: args.precision,
            budget: Budget::new(MEMORY),
            far: AtomicUsize::new(0),
        })
    }

    /// What the predictions depend on.
    pub(crate) fn settings(&self) -> Result<NetworkSettings> {
        let weights = output::hash(&self.weights);
        Ok(NetworkSettings {
            weights: weights.with_context(|| format!("reading {}", self.weights.display()))?,
            center_bias: self.center_bias_name.clone(),
            scale: self.scale_name.clone(),
            precision: match self.precision {
                Precision::F32 => "f32",
                Precision::Bf16 => "bf16",
            }
            .to_owned(),
        })
    }

    /// The density at the picture's own size.
    pub(crate) fn log_density(&self, stimulus: &Stimulus, around: Surroundings<'_>) -> Result<LogDensity> {
        let size = stimulus.size();
        let seen = self.scale.size(size);
        let _share = self.budget.take(seen.height.saturating_mul(seen.width).saturating_mul(BYTES_PER_PIXEL));
        let picture = resize(stimulus, seen)?;
        let center_bias = self.center_bias.density(seen, around.center_bias)?;
        let density = if around.alone {
            self.model.log_density_in_parallel(&picture, &center_bias)?
        } else {
            self.model.log_density(&picture, &center_bias)?
        };
        let usual = TRAINED_LONG_SIDE / 2..=TRAINED_LONG_SIDE * 2;
        if self.scale == Scale::AsIs && !usual.contains(&size.height.max(size.width)) {
            self.far.fetch_add(1, Ordering::Relaxed);
        }
        Ok(resize_density(&density, size)?)
    }

    /// What is to be said after all predictions.
    pub(crate) fn note(&self) -> Option<String> {
        let far = self.far.load(Ordering::Relaxed);
        (far > 0).then(|| {
            format!(
                "used as it is, though far from the scale of DeepGaze IIE's training ({TRAINED_PIXELS_PER_DEGREE} pixels per \
                 degree, about {TRAINED_LONG_SIDE} along the longer side): {far} {}; --pixels-per-degree or \
                 --long-side {TRAINED_LONG_SIDE} rescales",
                if far == 1 { "picture" } else { "pictures" }
            )
        })
    }
}
