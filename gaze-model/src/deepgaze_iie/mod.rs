//! DeepGaze IIE: four networks trained on ImageNet, thirty readouts behind each, and the mean of their densities.
//!
//! Linardos, Kümmerer, Press & Bethge (2021), *DeepGaze IIE: Calibrated prediction in and out-of-domain for
//! state-of-the-art saliency modeling*, ICCV. The reference implementation is the PyTorch package `DeepGaze`, with
//! whose released weights this one gives the same densities.
//!
//! The picture is halved. Each backbone shows some of its layers to its readouts. Each readout makes a map at a
//! sixteenth of the halved size, and the finalizer blurs it, adds the center bias and makes it a density.

use gaze_core::{LogDensity, Stimulus};
use ndarray::Array3;
use rayon::prelude::*;
use tch::{Kind, TchError, Tensor};

pub use crate::deepgaze::DeepGazeError;
use crate::{
    deepgaze::{Config, DenseNet, Finalizer, Input, densenet, placement},
    deepgaze_iie::{
        bottleneck::BottleneckNet,
        efficientnet::EfficientNet,
        readout::{COMPONENTS, Readout},
    },
    device::{Device, Precision},
    nn::{Parameters, Placement},
    tensor::array_from_tensor,
    weights::{Identity, Weights},
};
pub(crate) use open::open;

mod bottleneck;
mod efficientnet;
mod open;
mod readout;
mod resnext;
mod shapenet;

/// The backbones, in the order of the weights.
pub const BACKBONES: [&str; 4] = ["shapenet", "efficientnet", "densenet", "resnext"];

/// The order in which backbones are given to threads: pairs of about equal work, so that two threads end together.
const PAIRED: [usize; 4] = [3, 1, 2, 0];

const CONFIG: Config = Config { model: "DeepGaze IIE", shortest_side: 64, readout: 32, reduced: 2 };

/// DeepGaze IIE, ready to predict.
///
/// It is deterministic on a CPU, as long as libtorch uses one thread for each operation: the same picture gives the
/// same bits whatever else is predicted at the same time, and whether or not the backbones run [side by
/// side](Self::log_density_in_parallel).
///
/// A prediction takes about 250 bytes of memory per pixel while it is made, beside 420 MB of weights.
#[derive(Debug)]
pub struct DeepGazeIie {
    members: Vec<Member>,
    placement: Placement,
    /// The file from which the model was read.
    identity: Identity,
}

/// A backbone and its thirty components.
#[derive(Debug)]
struct Member {
    backbone: Backbone,
    readout: Readout,
    finalizer: Finalizer,
}

#[derive(Debug)]
enum Backbone {
    Bottleneck(BottleneckNet),
    Efficient(EfficientNet),
    Dense(DenseNet),
}

impl DeepGazeIie {
    /// Reads the model from its released weights.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Weights`] if a tensor is missing, left over or of another shape; all of them are named.
    /// [`DeepGazeError::Border`] if `device` is not there.
    pub fn new(weights: &Weights, device: Device, precision: Precision) -> Result<Self, DeepGazeError> {
        let placement = placement(device, precision);
        let reader = weights.reader();
        let models = Parameters::new(reader.root().at("models"), placement);
        let members: Vec<Member> =
            (0..BACKBONES.len()).into_par_iter().map(|index| Member::read(&models, index)).collect::<Result<_, _>>()?;
        drop(models);
        reader.finish()?;
        members.iter().try_for_each(|member| member.finalizer.check(CONFIG.model))?;
        Ok(Self { members, placement, identity: weights.identity() })
    }

    /// Computes the density of fixations on `stimulus`, given the density of fixations on any picture.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::TooSmall`] and [`DeepGazeError::TooLarge`]; [`DeepGazeError::Sizes`] if the center bias has
    /// another size; [`DeepGazeError::Border`] if libtorch refuses.
    pub fn log_density(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, DeepGazeError> {
        let mut densities = self.log_densities(&[(stimulus, center_bias)])?;
        Ok(densities.remove(0))
    }

    /// Computes the same bits as [`log_density`](Self::log_density), with the backbones side by side on the threads of
    /// rayon's current pool.
    ///
    /// This is for one picture on several cores. Many pictures are better predicted side by side.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
    pub fn log_density_in_parallel(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<LogDensity<'static>, DeepGazeError> {
        let input = Input::new(&[(stimulus, center_bias)], &CONFIG, self.placement)?;
        let densities = self.side_by_side(|member| member.densities(&input))?;
        let mut log_densities = mixture(&input, densities)?;
        Ok(log_densities.remove(0))
    }

    /// Computes the densities of several pictures of one size, which go through the networks together.
    ///
    /// That is worthwhile on a GPU. On a CPU it takes more memory and no less time, and may change the last bits.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density), and [`DeepGazeError::Sizes`] if the sizes differ.
    pub fn log_densities(
        &self,
        pictures: &[(&Stimulus, &LogDensity<'_>)],
    ) -> Result<Vec<LogDensity<'static>>, DeepGazeError> {
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let input = Input::new(pictures, &CONFIG, self.placement)?;
        let densities = self.members.iter().map(|member| member.densities(&input)).collect::<Result<Vec<_>, _>>()?;
        mixture(&input, densities)
    }

    /// Computes the density of each of the four backbones by itself, in the order of [`BACKBONES`].
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
    pub fn backbone_log_densities(
        &self,
        stimulus: &Stimulus,
        center_bias: &LogDensity<'_>,
    ) -> Result<Vec<LogDensity<'static>>, DeepGazeError> {
        let input = Input::new(&[(stimulus, center_bias)], &CONFIG, self.placement)?;
        self.members.iter().map(|member| input.log_density(&member.densities(&input)?.f_get(0)?)).collect()
    }

    /// Computes the features that each backbone shows to its readouts: arrays `(channels, h, w)` of raw activations, at
    /// a 32nd or a 64th of the picture's size, in the order of [`BACKBONES`] and of the reference. The backbones run
    /// side by side on the threads of rayon's current pool.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
    pub fn features_in_parallel(&self, stimulus: &Stimulus) -> Result<Vec<Vec<Array3<f32>>>, DeepGazeError> {
        let anywhere = LogDensity::uniform(stimulus.size())?;
        let input = Input::new(&[(stimulus, &anywhere)], &CONFIG, self.placement)?;
        self.side_by_side(|member| {
            let features = member.backbone.features(&input.pictures)?;
            features.iter().map(|feature| Ok(array_from_tensor(&feature.f_get(0)?)?)).collect()
        })
    }

    /// Applies `of` to each member on several threads, and gives the results in the members' order.
    fn side_by_side<T: Send, E: Send>(&self, of: impl Fn(&Member) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
        let paired = PAIRED.into_par_iter().map(|index| Ok((index, of(&self.members[index])?)));
        let mut made = paired.collect::<Result<Vec<_>, E>>()?;
        made.sort_by_key(|&(index, _)| index);
        Ok(made.into_iter().map(|(_, made)| made).collect())
    }
}

/// Computes the mean of the members' densities for each picture, at the pictures' size.
fn mixture(input: &Input, densities: Vec<Tensor>) -> Result<Vec<LogDensity<'static>>, DeepGazeError> {
    let mut sum = input.center_biases.f_zeros_like()?;
    for density in densities {
        sum = sum.f_add_(&density)?;
    }
    (0..sum.size()[0]).map(|picture| input.log_density(&sum.f_get(picture)?)).collect()
}

impl Member {
    fn read(models: &Parameters<'_, '_>, index: usize) -> Result<Self, DeepGazeError> {
        let from = models.at(index);
        let net = from.at("features.features.1");
        let (backbone, channels): (_, &[usize]) = match index {
            0 => (Backbone::Bottleneck(shapenet::read(&net)?), &shapenet::CHANNELS),
            1 => (Backbone::Efficient(EfficientNet::read(&net)?), &efficientnet::CHANNELS),
            2 => (Backbone::Dense(DenseNet::read(&net)?), &densenet::CHANNELS),
            _ => (Backbone::Bottleneck(resnext::read(&net)?), &resnext::CHANNELS),
        };
        let finalizer = Finalizer::read(&from.list("finalizers", COMPONENTS));
        Ok(Self { backbone, readout: Readout::read(&from, channels)?, finalizer })
    }

    /// Computes the mean of the thirty components' densities for each picture, `(n, h, w)` at half size.
    fn densities(&self, input: &Input) -> Result<Tensor, TchError> {
        let features = self.backbone.features(&input.pictures)?;
        let readouts = self.readout.forward(&features, input.grid.readout)?;
        let density = |picture| self.finalizer.density(&readouts.f_get(picture)?, input, picture);
        Tensor::f_stack(&(0..readouts.size()[0]).map(density).collect::<Result<Vec<_>, _>>()?, 0)
    }
}

impl Backbone {
    /// Computes the features of pictures `(n, 3, h, w)` that the readouts see, in 32 bits.
    fn features(&self, pictures: &Tensor) -> Result<Vec<Tensor>, TchError> {
        let features = match self {
            Self::Bottleneck(net) => net.features(pictures),
            Self::Efficient(net) => net.features(pictures),
            Self::Dense(net) => net.features(pictures),
        }?;
        features.iter().map(|feature| feature.f_to_kind(Kind::Float)).collect()
    }
}
