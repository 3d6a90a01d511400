//! DeepGaze III: where the next fixation lies, given the picture and the last four fixations.
//!
//! Kümmerer, Bethge & Wallis (2022), *DeepGaze III: Modeling free-viewing human scanpaths with deep learning*, Journal
//! of Vision 22(5):7, doi:10.1167/jov.22.5.7. The reference implementation is the PyTorch package `DeepGaze`, with
//! whose released weights this one gives the same densities.
//!
//! A DenseNet looks at the halved picture. Each of ten components has four parts: a saliency network makes a map of the
//! features, a scanpath network makes sixteen maps of the places of the last fixations, a fixation selection network
//! joins both, and the finalizer blurs the result, adds the center bias and makes it a density. The mean of the ten
//! densities is the prediction.
//!
//! DenseNet and the saliency networks do not depend on the fixations. [`DeepGazeIii::look`] computes them once for a
//! picture, and [`Seen::log_density`] the rest for each history.

use gaze_core::{Fixation, LogDensity, Stimulus};
use rayon::prelude::*;
use tch::{Kind, TchError, Tensor};

pub use crate::deepgaze::DeepGazeError;
use crate::{
    deepgaze::{Config, DenseNet, Finalizer, Input, SaliencyNetworks, densenet, placement},
    deepgaze_iii::{component::Component, history::LastFixations},
    device::{Device, Precision},
    libtorch::adopt_threads,
    nn::{Constant, Parameters, Placement, length},
    weights::{Identity, Weights},
};
pub use history::REMEMBERED;
pub(crate) use open::open;

mod component;
mod history;
mod open;

/// The number of components of the mixture.
const COMPONENTS: usize = 10;
/// The reference fails below 58 pixels, where nothing is left of the picture behind the last pooling.
const CONFIG: Config = Config { model: "DeepGaze III", shortest_side: 58, readout: 8, reduced: 4 };

/// DeepGaze III, ready to look at pictures.
///
/// It is deterministic on a CPU, as long as libtorch uses one thread for each operation.
#[derive(Debug)]
pub struct DeepGazeIii {
    backbone: DenseNet,
    saliency: SaliencyNetworks,
    components: Vec<Component>,
    finalizer: Finalizer,
    placement: Placement,
    /// The file from which the model was read.
    identity: Identity,
}

impl DeepGazeIii {
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
        let backbone = DenseNet::read(&from.at("features.features.1"))?;
        let list = |name| from.list(name, COMPONENTS);
        let saliency = SaliencyNetworks::read(&list("saliency_networks"), &densenet::CHANNELS)?;
        let parts = list("scanpath_networks").into_iter().zip(list("fixation_selection_networks"));
        let components =
            parts.map(|(scanpath, selection)| Component::read(&scanpath, &selection)).collect::<Result<_, _>>()?;
        let finalizer = Finalizer::read(&list("finalizers"));
        drop(from);
        reader.finish()?;
        finalizer.check(CONFIG.model)?;
        Ok(Self { backbone, saliency, components, finalizer, placement, identity: weights.identity() })
    }

    /// Looks at `stimulus`: computes all that does not depend on the fixations. `center_bias` is the density of fixations
    /// on any picture.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::TooSmall`] and [`DeepGazeError::TooLarge`]; [`DeepGazeError::Sizes`] if the center bias has
    /// another size; [`DeepGazeError::Border`] if libtorch refuses.
    pub fn look(&self, stimulus: &Stimulus, center_bias: &LogDensity<'_>) -> Result<Seen<'_>, DeepGazeError> {
        let input = Input::new(&[(stimulus, center_bias)], &CONFIG, self.placement)?;
        let features = self.backbone.features(&input.pictures)?;
        let features = features.iter().map(|feature| feature.f_to_kind(Kind::Float)).collect::<Result<Vec<_>, _>>()?;
        let maps = self.saliency.forward(&features, input.grid.readout)?;
        let standardised = self.components.iter().enumerate().map(|(index, component)| {
            let map = maps.f_narrow(1, length(index), 1)?;
            Ok::<Constant, TchError>(component.see(&map)?.into())
        });
        let saliency = standardised.collect::<Result<_, _>>()?;
        Ok(Seen { model: self, input, saliency })
    }
}

/// A picture that DeepGaze III has looked at, to be asked for one history of fixations after the other.
#[derive(Debug)]
pub struct Seen<'m> {
    model: &'m DeepGazeIii,
    input: Input,
    /// Each component's saliency map, standardised, `(1, h · w)`.
    saliency: Vec<Constant>,
}

impl Seen<'_> {
    /// Computes the density of the next fixation after those of `history`, the oldest first.
    ///
    /// Only the last [`REMEMBERED`] fixations count. A coordinate is the distance from the picture's upper left corner in
    /// pixels, with fractions, and may lie outside the picture. The network takes the coordinates of a pixel's corner for
    /// those of the pixel, as its training did.
    ///
    /// The model was trained with one fixation at least: the forced one at the picture's center. An empty history stands
    /// for an encoding of zeros, which is what the reference computes for a picture without fixations beside one with
    /// some.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::History`] if a coordinate is NaN, infinite or absurdly large, also in a fixation that does not
    /// count; [`DeepGazeError::Border`] if libtorch refuses.
    pub fn log_density(&self, history: &[Fixation]) -> Result<LogDensity<'static>, DeepGazeError> {
        self.mixture(history, |part| (0..COMPONENTS).map(part).collect())
    }

    /// Computes the same bits as [`log_density`](Self::log_density), with the components side by side on the threads of
    /// rayon's current pool.
    ///
    /// # Errors
    ///
    /// The same as those of [`log_density`](Self::log_density).
    pub fn log_density_in_parallel(&self, history: &[Fixation]) -> Result<LogDensity<'static>, DeepGazeError> {
        self.mixture(history, |part| (0..COMPONENTS).into_par_iter().map(part).collect())
    }

    /// Computes the mean of the components' densities; `all` computes the part of each component, in order.
    fn mixture(
        &self,
        history: &[Fixation],
        all: impl FnOnce(&(dyn Fn(usize) -> Result<Tensor, TchError> + Sync)) -> Result<Vec<Tensor>, TchError>,
    ) -> Result<LogDensity<'static>, DeepGazeError> {
        let (model, input) = (self.model, &self.input);
        let last = LastFixations::new(history, input.grid, model.placement.device)?;
        let matrices = model.finalizer.matrices(input.grid)?;
        let part = |index: usize| {
            adopt_threads();
            let readout = model.components[index].readout(&self.saliency[index], &last)?;
            let (mut map, share) = model.finalizer.component(index, &readout, &matrices, input, 0)?;
            map.f_mul_(&share)
        };
        let mut sum = input.center_biases.f_get(0)?.f_zeros_like()?;
        for density in all(&part)? {
            sum = sum.f_add_(&density)?;
        }
        input.log_density(&sum)
    }
}
