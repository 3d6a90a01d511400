//! The end of the fixation selection networks, which is the same with and without a scanpath.

use tch::{TchError, Tensor};

use crate::{
    deepgaze::{
        Layer,
        layer::{SELECTION, stack},
    },
    nn::{Constant, Parameters, length},
};

/// The fixation selection networks of all components behind their first layer.
#[derive(Debug)]
pub(crate) struct Selection {
    layer: Layer,
    /// The last convolutions, `(components, 1, 16)`.
    last: Constant,
}

impl Selection {
    /// Reads the networks of the components.
    pub(crate) fn read(from: &[Parameters<'_, '_>]) -> Result<Self, TchError> {
        let last = stack(from, "conv2", "weight", &[SELECTION[2], SELECTION[1], 1, 1])?;
        Ok(Self {
            layer: Layer::read(from, ["layernorm1", "conv1", "bias1"], SELECTION[0], SELECTION[1])?,
            last: last.f_reshape([from.len(), SELECTION[2], SELECTION[1]].map(length))?.into(),
        })
    }

    /// Maps what the first layer gives, `(n, components · 128, h, w)`, to the readouts `(n, components, h, w)`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let x = self.layer.forward(input)?;
        let (n, channels, h, w) = x.size4()?;
        let components = self.last.size()[0];
        let columns = x.f_reshape([n, components, channels / components, h * w])?;
        self.last.f_matmul(&columns)?.f_reshape([n, components, h, w])
    }
}
