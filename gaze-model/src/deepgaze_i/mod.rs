//! DeepGaze I: AlexNet, one weighted sum of its features, blur, center bias and softmax.
//!
//! Kümmerer, Theis & Bethge (2015), *Deep Gaze I: Boosting saliency prediction with feature maps trained on ImageNet*,
//! ICLR workshop. The reference implementation is the PyTorch package `DeepGaze`, whose authors trained the readout
//! again; with its released weights this one gives the same densities.

use gaze_core::{LogDensity, Stimulus};
use tch::{Kind, TchError, Tensor};

pub use crate::deepgaze::DeepGazeError;
use crate::{
    deepgaze::{Config, Finalizer, Input, Places, placement},
    deepgaze_i::alexnet::AlexNet,
    device::{Device, Precision},
    nn::{Conv, Parameters, Placement, Shape},
    weights::{Identity, Weights},
};
pub(crate) use open::open;

mod alexnet;
mod open;

/// The reference refuses pictures with a side below 126 pixels, because it also pools behind the last feature.
const CONFIG: Config = Config { model: "DeepGaze I", shortest_side: 126, readout: 8, reduced: 4 };

/// DeepGaze I, ready to predict.
///
/// It is deterministic on a CPU, as long as libtorch uses one thread for each operation.
#[derive(Debug)]
pub struct DeepGazeI {
    backbone: AlexNet,
    /// The weighted sum of the features, in 32 bits.
    readout: Conv,
    finalizer: Finalizer,
    placement: Placement,
    /// The file from which the model was read.
    identity: Identity,
}

impl DeepGazeI {
    /// Reads the model from its released weights.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Weights`] if a tensor is missing, left over or of another shape; all of them are named.
    /// [`DeepGazeError::Border`] if `device` is not there.
    pub fn new(weights: &Weights, device: Device, precision: Precision) -> Result<Self, DeepGazeError> {
        let placement = placement(device, precision);
        let reader = weights.reader();
        let from = Parameters::new(reader.root(), placement);
        let backbone = AlexNet::read(&from.at("features.features.1"))?;
        let exact = Parameters::new(reader.root().at("readout_network"), Placement { kind: Kind::Float, ..placement });
        let readout = Conv::read(&exact, "conv0", Shape::pointwise(alexnet::CHANNELS, 1))?;
        let finalizer = Finalizer::read(&[from.at("finalizer")]);
        drop((from, exact));
        reader.finish()?;
        finalizer.check(CONFIG.model)?;
        Ok(Self { backbone, readout, finalizer, placement, identity: weights.identity() })
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
        let input = Input::new(&[(stimulus, center_bias)], &CONFIG, self.placement)?;
        input.log_density(&self.density(&input)?)
    }

    /// Computes the density at the reduced size.
    fn density(&self, input: &Input) -> Result<Tensor, TchError> {
        let features = self.backbone.features(&input.pictures)?.f_to_kind(Kind::Float)?;
        // A weighted sum over channels and repeating samples commute; there are a dozen times fewer samples before.
        let places = Places::new(&features, input.grid.readout)?;
        let readout = places.resample(&self.readout.forward(&features)?)?;
        self.finalizer.density(&readout.f_get(0)?, input, 0)
    }
}
