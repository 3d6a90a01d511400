//! The parts that the networks of the DeepGaze family share, in the order of data flow: the picture in, DenseNet, the
//! saliency networks, the end of the fixation selection networks, the finalizer, and the density out.

use std::path::Path;

use gaze_core::{SaliencyModel, Training};

pub use crate::deepgaze::error::DeepGazeError;
pub(crate) use crate::deepgaze::{
    densenet::DenseNet,
    finalizer::{Finalizer, enlarge_and_blur},
    input::{Config, Grid, Input},
    layer::{Layer, Norm, SELECTION},
    places::Places,
    saliency::SaliencyNetworks,
    selection::Selection,
};
use crate::{
    OpenError, Opened, Options,
    device::{Device, Precision},
    nn::Placement,
    weights::{Conversion, Released, Weights, WeightsError},
};

pub(crate) mod densenet;
mod error;
mod finalizer;
mod input;
mod layer;
mod places;
mod saliency;
mod selection;

/// The pictures with which the authors trained DeepGaze I, IIE and III: those of MIT1003. A picture of unknown scale is
/// shown as it is, as the reference does.
pub(crate) const TRAINING: Training = Training { pixels_per_degree: 35.0, long_side: 1024, rescales: false };

/// Opens a model with the weights that were named, or else with the released ones. `new` reads the network.
pub(crate) fn open<M: SaliencyModel + 'static>(
    options: &Options,
    released: Released,
    new: impl FnOnce(&Weights, Device, Precision) -> Result<M, DeepGazeError>,
) -> Result<Opened, OpenError> {
    let file = match &options.weights {
        Some(file) => file.clone(),
        None => released.find()?,
    };
    let (weights, notes) = prepared(&file)?;
    let model = new(&weights, options.device, options.precision);
    Ok(Opened { notes, ..Opened::silently(model.map_err(|error| OpenError::Model(Box::new(error)))?) })
}

/// Opens a file of weights, and says what a user should know of its conversion.
pub(crate) fn prepared(file: &Path) -> Result<(Weights, Vec<String>), WeightsError> {
    let (weights, conversion) = Weights::prepare(file)?;
    let notes = match conversion {
        Conversion::Written(_) | Conversion::Impossible { .. } => vec![format!("{}: {conversion}", file.display())],
        Conversion::NotNeeded | Conversion::Found(_) => Vec::new(),
    };
    Ok((weights, notes))
}

/// The device and the type of the backbones' numbers in libtorch's terms.
pub(crate) fn placement(device: Device, precision: Precision) -> Placement {
    Placement { device: device.resolve(), kind: precision.kind() }
}
