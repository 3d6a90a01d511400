//! From a backbone's features to thirty maps, after Linardos et al. (2021).

use gaze_core::Size;
use tch::{TchError, Tensor};

use crate::{
    deepgaze::{Layer, SELECTION, SaliencyNetworks, Selection},
    nn::Parameters,
};

/// The number of components of the mixture behind each backbone.
pub(super) const COMPONENTS: usize = 30;

/// All components behind one backbone: their saliency networks, and their fixation selection networks, which look at no
/// scanpath.
#[derive(Debug)]
pub(super) struct Readout {
    saliency: SaliencyNetworks,
    first: Layer,
    selection: Selection,
}

impl Readout {
    /// Reads the components behind a backbone whose features have these numbers of channels, by their names below the
    /// backbone.
    pub(super) fn read(from: &Parameters<'_, '_>, channels: &[usize]) -> Result<Self, TchError> {
        let selection = from.list("fixation_selection_networks", COMPONENTS);
        let names = ["layernorm0.layernorm_part0", "conv0.conv_part0", "bias0"];
        Ok(Self {
            saliency: SaliencyNetworks::read(&from.list("saliency_networks", COMPONENTS), channels)?,
            first: Layer::read(&selection, names, 1, SELECTION[0])?,
            selection: Selection::read(&selection)?,
        })
    }

    /// Computes the maps `(n, components, h, w)` at the readout's `size` `(h, w)`, from features of any sizes.
    pub(super) fn forward(&self, features: &[Tensor], size: Size) -> Result<Tensor, TchError> {
        let saliency = self.saliency.forward(features, size)?;
        self.selection.forward(&self.first.forward(&saliency)?)
    }
}
