//! This build has libtorch.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::{LogDensity, Size, Stimulus};
use gaze_model::{
    Scale,
    deepgaze_iie::DeepGazeIie,
    gaze_lite::{self, GazeLite},
    resize, resize_density,
    weights::Weights,
};

use super::{
    budget::Budget,
    inputs::{self, NetworkCenterBias, Trained},
};
use crate::{
    args::NetworkArgs,
    calibration::Calibration,
    messages,
    model::{ModelSpec, Surroundings},
    network::{CenterBiasSpec, Device, NetworkSettings, NetworkSpec, Precision},
    output,
};

/// Memory for pictures that are worked on at the same time, beside the weights.
const MEMORY: usize = 3 << 30;

/// One line about what networks run on.
pub(crate) fn describe() -> String {
    let libtorch = gaze_model::libtorch();
    let gpu = if libtorch.cuda { "with a GPU" } else { "without a GPU" };
    format!("libtorch {}, {gpu}, {} threads", libtorch.version, libtorch.threads)
}

/// A network with its center bias and scale.
#[derive(Debug)]
pub(crate) struct Network {
    model: Model,
    /// What identifies the weights.
    weights: Identity,
    center_bias: NetworkCenterBias,
    center_bias_name: String,
    scale: Scale,
    scale_name: String,
    precision: Precision,
    budget: Budget,
    /// What is done to the network's densities, with the file that says so.
    calibration: Option<(Calibration, PathBuf)>,
    /// Pictures that were used as they are though they are far from the scale of the training.
    far: AtomicUsize,
}

#[derive(Debug)]
enum Model {
    DeepGazeIie(Box<DeepGazeIie>),
    GazeLite(Box<GazeLite>),
}

/// Where the weights are from.
#[derive(Debug)]
enum Identity {
    /// Not the open file: its pages would count as this process's memory.
    File(PathBuf),
    Embedded,
}

impl Network {
    /// Reads the weights and checks the device.
    pub(crate) fn open(spec: &NetworkSpec, args: &NetworkArgs, pixels_per_degree: Option<f64>) -> Result<Self> {
        if let NetworkSpec::File(file) = spec
            && file.extension().is_some_and(|extension| extension == "json")
        {
            return Self::open_calibrated(file, args, pixels_per_degree);
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
        let (trained, center_bias) = match spec {
            NetworkSpec::DeepGazeIie => (inputs::DEEPGAZE_IIE, CenterBiasSpec::Mit1003),
            NetworkSpec::GazeLite | NetworkSpec::File(_) => (inputs::GAZE_LITE, CenterBiasSpec::Model),
        };
        let (scale, scale_name) = inputs::scale(&trained, pixels_per_degree, args.long_side)?;
        let center_bias = args.centerbias.as_ref().unwrap_or(&center_bias);
        let (model, weights) = open_model(spec, args)?;
        ensure!(
            *center_bias != CenterBiasSpec::Model || matches!(model, Model::GazeLite(_)),
            "--centerbias model: DeepGaze IIE has no center bias of its own"
        );
        Ok(Self {
            model,
            weights,
            center_bias: NetworkCenterBias::open(center_bias)?,
            center_bias_name: inputs::center_bias_name(center_bias),
            scale,
            scale_name,
            precision: args.precision,
            budget: Budget::new(MEMORY),
            calibration: None,
            far: AtomicUsize::new(0),
        })
    }

    /// The network that a calibration is for, without its own center bias and temperature.
    fn open_calibrated(file: &Path, args: &NetworkArgs, pixels_per_degree: Option<f64>) -> Result<Self> {
        ensure!(args.temperature.is_none(), "--temperature: {} has one", file.display());
        ensure!(args.centerbias.is_none(), "--centerbias: {} has one", file.display());
        let calibration = Calibration::read(file)?;
        let spec = calibration.model.parse::<ModelSpec>().map_err(anyhow::Error::msg)?;
        let ModelSpec::Network(spec @ (NetworkSpec::GazeLite | NetworkSpec::DeepGazeIie | NetworkSpec::File(_))) = spec
        else {
            bail!("--model {}: it is for {}, which is no network", file.display(), calibration.model)
        };
        ensure!(
            !matches!(&spec, NetworkSpec::File(of) if of.extension().is_some_and(|extension| extension == "json")),
            "--model {}: it is for another calibrated model",
            file.display()
        );
        let mut args = args.clone();
        args.centerbias = Some(CenterBiasSpec::Uniform);
        args.temperature = (!matches!(spec, NetworkSpec::DeepGazeIie)).then_some(gaze_lite::TRAINED_TEMPERATURE);
        if pixels_per_degree.is_none() {
            args.long_side = args.long_side.or(calibration.long_side);
        }
        let network = Self::open(&spec, &args, pixels_per_degree)
            .with_context(|| format!("--model {}: the network {}", file.display(), calibration.model))?;
        Ok(Self {
            calibration: Some((calibration, file.to_owned())),
            center_bias_name: "calibrated".to_owned(),
            ..network
        })
    }

    /// What the predictions depend on.
    pub(crate) fn settings(&self) -> Result<NetworkSettings> {
        let weights = match &self.weights {
            Identity::File(path) => output::hash(path).with_context(|| format!("reading {}", path.display()))?,
            Identity::Embedded => gaze_lite::embedded_sha256(),
        };
        let weights = match &self.calibration {
            None => weights,
            Some((_, file)) => {
                let own = output::hash(file).with_context(|| format!("reading {}", file.display()))?;
                format!("{weights}, calibrated by {own}")
            }
        };
        Ok(NetworkSettings {
            weights,
            center_bias: self.center_bias_name.clone(),
            scale: self.scale_name.clone(),
            precision: match self.precision {
                Precision::F32 => "f32",
                Precision::Bf16 => "bf16",
            }
            .to_owned(),
            temperature: match &self.model {
                Model::DeepGazeIie(_) => None,
                Model::GazeLite(model) => Some(model.temperature()),
            },
        })
    }

    /// The density at the picture's own size.
    pub(crate) fn log_density(&self, stimulus: &Stimulus, around: Surroundings<'_>) -> Result<LogDensity> {
        let density = self.uncalibrated(stimulus, around)?;
        match &self.calibration {
            None => Ok(density),
            Some((calibration, _)) => calibration.apply(&density),
        }
    }

    fn uncalibrated(&self, stimulus: &Stimulus, around: Surroundings<'_>) -> Result<LogDensity> {
        let size = stimulus.size();
        let seen = self.scale.size(size);
        let bytes_per_pixel = match self.model {
            Model::DeepGazeIie(_) => inputs::DEEPGAZE_IIE.bytes_per_pixel,
            Model::GazeLite(_) => inputs::GAZE_LITE.bytes_per_pixel,
        };
        let _share = self.budget.take(seen.height.saturating_mul(seen.width).saturating_mul(bytes_per_pixel));
        let picture = resize(stimulus, seen)?;
        match &self.model {
            Model::DeepGazeIie(model) => {
                let center_bias = self.center_bias(seen, around)?;
                let density = if around.alone {
                    model.log_density_in_parallel(&picture, &center_bias)?
                } else {
                    model.log_density(&picture, &center_bias)?
                };
                let usual = inputs::DEEPGAZE_IIE.long_side / 2..=inputs::DEEPGAZE_IIE.long_side * 2;
                if self.scale == Scale::AsIs && !usual.contains(&size.height.max(size.width)) {
                    self.far.fetch_add(1, Ordering::Relaxed);
                }
                Ok(resize_density(&density, size)?)
            }
            // Its density is made at the size of the center bias.
            Model::GazeLite(model) => {
                let center_bias = self.center_bias(size, around)?;
                Ok(if around.alone {
                    model.log_density_in_parallel(&picture, &center_bias)?
                } else {
                    model.log_density(&picture, &center_bias)?
                })
            }
        }
    }

    /// The center bias alone, as for a picture without content, and its name; none if it is that of a dataset.
    pub(crate) fn center_bias_alone(&self, size: Size) -> Result<Option<(String, LogDensity)>> {
        if matches!(self.center_bias, NetworkCenterBias::Dataset) {
            return Ok(None);
        }
        let density = self.center_bias(size, Surroundings::default())?;
        Ok(Some((self.center_bias_name.clone(), density)))
    }

    fn center_bias(&self, size: Size, around: Surroundings<'_>) -> Result<LogDensity> {
        match (&self.center_bias, &self.model) {
            (NetworkCenterBias::Model, Model::GazeLite(model)) => Ok(model.center_bias(size)?),
            (other, _) => other.density(size, around.center_bias),
        }
    }

    /// What is to be said after all predictions.
    pub(crate) fn note(&self) -> Option<String> {
        let far = self.far.load(Ordering::Relaxed);
        let Trained { pixels_per_degree, long_side, .. } = inputs::DEEPGAZE_IIE;
        (far > 0).then(|| {
            format!(
                "used as it is, though far from the scale of DeepGaze IIE's training ({pixels_per_degree} pixels per \
                 degree, about {long_side} along the longer side): {far} {}; --pixels-per-degree or \
                 --long-side {long_side} rescales",
                if far == 1 { "picture" } else { "pictures" }
            )
        })
    }
}

fn open_model(spec: &NetworkSpec, args: &NetworkArgs) -> Result<(Model, Identity)> {
    let device = match args.device {
        Device::Cpu => gaze_model::Device::Cpu,
        Device::Cuda => gaze_model::Device::Cuda,
    };
    if !matches!(spec, NetworkSpec::DeepGazeIie) {
        ensure!(args.weights.is_none(), "--weights is about deepgaze-iie; a model of one's own is named after --model");
        ensure!(args.precision == Precision::F32, "--precision is about deepgaze-iie");
    }
    let temperature = args.temperature;
    let lite = |model: GazeLite| -> Result<Model> {
        let model = match temperature {
            Some(temperature) => model.with_temperature(temperature).context("--temperature")?,
            None => model,
        };
        Ok(Model::GazeLite(Box::new(model)))
    };
    Ok(match spec {
        NetworkSpec::DeepGazeIie => {
            ensure!(temperature.is_none(), "--temperature is about gaze-lite and models that were trained like it");
            let file = inputs::weights_file(args)?;
            let weights = prepare(&file)?;
            let precision = match args.precision {
                Precision::F32 => gaze_model::Precision::F32,
                Precision::Bf16 => gaze_model::Precision::Bf16,
            };
            let model = Model::DeepGazeIie(Box::new(DeepGazeIie::new(&weights, device, precision)?));
            (model, Identity::File(weights.path().to_owned()))
        }
        NetworkSpec::GazeLite => (lite(GazeLite::embedded(device)?)?, Identity::Embedded),
        NetworkSpec::File(file) => {
            if !file.exists() {
                bail!("--model {}: there is no such file", file.display());
            }
            (lite(GazeLite::open(file, device)?)?, Identity::File(file.clone()))
        }
    })
}

/// The weights, from a faster file beside them if one can be made.
fn prepare(file: &Path) -> Result<Weights> {
    use gaze_model::weights::Conversion;
    let (weights, conversion) = Weights::prepare(file)?;
    if let Conversion::Written(_) | Conversion::Impossible { .. } = conversion {
        messages::say(&format_args!("{}: {conversion}", file.display()));
    }
    Ok(weights)
}
