//! One component of the mixture: its scanpath network and its fixation selection network.

use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze::{Layer, Norm, SELECTION, Selection},
    deepgaze_iii::history::{LastFixations, NUMBERS, REMEMBERED},
    nn::{Constant, Parameters, length},
};

/// The numbers of channels of the scanpath network's layers.
const SCANPATH: [usize; 2] = [128, 16];

/// A component behind its saliency network and before its finalizer.
#[derive(Debug)]
pub(super) struct Component {
    /// The kernels of all remembered fixations side by side, the newest first: `(128, 3 · 4)`.
    encoding: Constant,
    /// For one fixation, two and so on, the sum of their biases, `(128, 1)`.
    encoding_biases: Vec<Constant>,
    scanpath: Layer,
    /// The first norms of the fixation selection network, one for each of its two inputs.
    saliency_norm: Norm,
    scanpath_norm: Norm,
    /// The kernel for the saliency map and the scanpath's maps, `(128, 1 + 16)`.
    first: Constant,
    /// `(128, 1)`.
    first_bias: Constant,
    selection: Selection,
}

impl Component {
    /// Reads the component from its two networks.
    pub(super) fn read(scanpath: &Parameters<'_, '_>, selection: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let device = scanpath.placement.device;
        let [encoded, maps] = SCANPATH;
        let (mut kernels, mut sums) = (Vec::new(), Vec::new());
        let mut sum = Tensor::f_zeros([length(encoded), 1], (Kind::Double, tch::Device::Cpu))?;
        for from in scanpath.at("encoding0").list("convolutions", REMEMBERED) {
            let kernel = from.tensor("weight", &[encoded, NUMBERS, 1, 1])?;
            kernels.push(kernel.f_reshape([encoded, NUMBERS].map(length))?);
            sum = sum.f_add_(&from.tensor("bias", &[encoded])?.f_unsqueeze(1)?)?;
            sums.push(sum.f_to_kind(Kind::Float)?.f_to_device(device)?.into());
        }
        let part = |name: &str, inputs: usize| -> Result<Tensor, TchError> {
            let kernel = selection.at("conv0").at(name).tensor("weight", &[SELECTION[0], inputs, 1, 1])?;
            kernel.f_reshape([SELECTION[0], inputs].map(length))
        };
        let first = Tensor::f_cat(&[part("conv_part0", 1)?, part("conv_part1", maps)?], 1)?;
        let bias = selection.at("bias0").tensor("bias", &[SELECTION[0]])?;
        let (scanpath, selection) = (std::slice::from_ref(scanpath), std::slice::from_ref(selection));
        Ok(Self {
            encoding: Tensor::f_cat(&kernels, 1)?.f_to_device(device)?.into(),
            encoding_biases: sums,
            scanpath: Layer::read(scanpath, ["layernorm1", "conv1", "bias1"], encoded, maps)?,
            saliency_norm: Norm::read(selection, "layernorm0.layernorm_part0", 1)?,
            scanpath_norm: Norm::read(selection, "layernorm0.layernorm_part1", maps)?,
            first: first.f_to_device(device)?.into(),
            first_bias: bias.f_unsqueeze(1)?.f_to_device(device)?.into(),
            selection: Selection::read(selection)?,
        })
    }

    /// Standardises the component's saliency map `(1, 1, h, w)` to `(1, h · w)`.
    pub(super) fn see(&self, saliency: &Tensor) -> Result<Tensor, TchError> {
        self.saliency_norm.forward(saliency)?.f_reshape([1, -1])
    }

    /// Computes the readout `(h, w)` from the standardised saliency map and the last fixations.
    pub(super) fn readout(&self, saliency: &Tensor, last: &LastFixations) -> Result<Tensor, TchError> {
        let [h, w] = last.size;
        let maps = self.scanpath_norm.forward(&self.scanpath_maps(last)?)?;
        let joined = Tensor::f_cat(&[saliency, &maps.f_reshape([-1, h * w])?], 0)?;
        let first = self.first_bias.f_addmm(&self.first, &joined)?.f_softplus()?;
        self.selection.forward(&first.f_reshape([1, -1, h, w])?)?.f_reshape([h, w])
    }

    /// Computes the maps of the scanpath network, `(1, 16, h, w)`.
    fn scanpath_maps(&self, last: &LastFixations) -> Result<Tensor, TchError> {
        let [h, w] = last.size;
        let Some(relative) = &last.relative else {
            return self.scanpath.forward_a_constant(h, w);
        };
        let numbers = relative.size()[0];
        let fixations = usize::try_from(numbers).expect("a length") / NUMBERS;
        let kernel = self.encoding.f_narrow(1, 0, numbers)?;
        let encoded = self.encoding_biases[fixations - 1].f_addmm(&kernel, relative)?.f_softplus()?;
        self.scanpath.forward(&encoded.f_reshape([1, -1, h, w])?)
    }
}
