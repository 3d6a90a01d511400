//! From a backbone's features to thirty maps, after Kümmerer, Bethge & Wallis (2022), *DeepGaze III*, and Linardos et
//! al. (2021).
//!
//! Each of the thirty components has its own layer norm and 1 × 1 convolutions. The first layer norm's statistics are
//! the same for all components, so one convolution with 240 outputs serves them all, each feature at its own
//! resolution. The layers behind it are small; all components go through them side by side.

use gaze_core::Size;
use tch::{Device, Kind, TchError, Tensor};

use crate::nn::{Constant, Conv, Parameters, Placement, Shape, length, nearest};

/// The number of components of the mixture behind each backbone.
pub(super) const COMPONENTS: usize = 30;
/// The numbers of channels of the saliency network's layers, then of the fixation selection network's.
const SALIENCY: [usize; 3] = [8, 16, 1];
const SELECTION: [usize; 3] = [128, 16, 1];
const EPSILON: f64 = 1e-12;

/// All components behind one backbone.
#[derive(Debug)]
pub(super) struct Readout {
    /// For each feature, its part of the first convolutions, into which the first layer norms' scales are folded.
    first: Vec<Conv>,
    /// The sum of the first layer norms' shifts and the biases, `(components · 8, 1, 1)`.
    first_bias: Constant,
    /// The other layers of the saliency networks, then the fixation selection networks.
    layers: Vec<Layer>,
    /// The last convolutions, `(components, 1, 16)`.
    last: Constant,
}

impl Readout {
    /// Reads the components behind a backbone whose features have these numbers of channels, by their names below the
    /// backbone.
    pub(super) fn read(from: &Parameters<'_, '_>, channels: &[usize]) -> Result<Self, TchError> {
        let saliency: Vec<_> = (0..COMPONENTS).map(|i| from.at("saliency_networks").at(i)).collect();
        let selection: Vec<_> = (0..COMPONENTS).map(|i| from.at("fixation_selection_networks").at(i)).collect();
        let (first, first_bias) = first_layer(&saliency, channels)?;
        let layers = vec![
            Layer::read(&saliency, ["layernorm1", "conv1", "bias1"], SALIENCY[0], SALIENCY[1])?,
            Layer::read(&saliency, ["layernorm2", "conv2", "bias2"], SALIENCY[1], SALIENCY[2])?,
            Layer::read(&selection, ["layernorm0.layernorm_part0", "conv0.conv_part0", "bias0"], 1, SELECTION[0])?,
            Layer::read(&selection, ["layernorm1", "conv1", "bias1"], SELECTION[0], SELECTION[1])?,
        ];
        let last = stack(&selection, "conv2", "weight", &[SELECTION[2], SELECTION[1], 1, 1])?;
        let last = last.f_reshape([COMPONENTS, SELECTION[2], SELECTION[1]].map(length))?.into();
        Ok(Self { first, first_bias, layers, last })
    }

    /// Computes the maps `(n, components, h, w)` at the readout's `size` `(h, w)`, from features of any sizes.
    pub(super) fn forward(&self, features: &[Tensor], size: Size) -> Result<Tensor, TchError> {
        let mut x = self.first_layer(features, size)?.f_softplus()?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        let (n, channels, h, w) = x.size4()?;
        let columns = x.f_reshape([n, length(COMPONENTS), channels / length(COMPONENTS), h * w])?;
        self.last.f_matmul(&columns)?.f_reshape([n, length(COMPONENTS), h, w])
    }

    /// Computes the first layer norm and convolution of all components, `(n, components · 8, h, w)`.
    ///
    /// Mean and variance are those of the features after resampling, which repeats or drops samples: a sample that
    /// stands at two places counts twice.
    fn first_layer(&self, features: &[Tensor], size: Size) -> Result<Tensor, TchError> {
        let places: Vec<Places> =
            features.iter().map(|feature| Places::new(feature, size)).collect::<Result<_, _>>()?;
        let channels: i64 = features.iter().map(|feature| feature.size()[1]).sum();
        let count = channels * length(size.height * size.width);
        let mean = sum(features.iter().zip(&places).map(|(feature, places)| places.total(feature)))?;
        let mean = mean.f_div_scalar(count)?.f_to_kind(Kind::Float)?.f_reshape([-1, 1, 1, 1])?;
        let centered: Vec<Tensor> = features.iter().map(|feature| feature.f_sub(&mean)).collect::<Result<_, _>>()?;
        let squares = centered.iter().zip(&places).map(|(feature, places)| places.total(&feature.f_square()?));
        let deviation = sum(squares)?.f_div_scalar(count)?.f_add_scalar(EPSILON)?.f_sqrt()?;
        let deviation = deviation.f_to_kind(Kind::Float)?.f_reshape([-1, 1, 1, 1])?;
        let mapped = self.first.iter().zip(&centered).zip(&places);
        let mapped = sum(mapped.map(|((conv, feature), places)| places.resample(&conv.forward(feature)?)))?;
        mapped.f_contiguous()?.f_div_(&deviation)?.f_add_(&self.first_bias)
    }
}

/// A layer of all components: layer norm over a component's channels and pixels together, 1 × 1 convolution, bias and
/// softplus.
#[derive(Debug)]
struct Layer {
    norm_weight: Constant,
    norm_bias: Constant,
    /// The kernels, `(components, outputs, inputs)`.
    weight: Constant,
    /// The biases, `(components, outputs, 1)`.
    bias: Constant,
}

impl Layer {
    fn read(from: &[Parameters<'_, '_>], names: [&str; 3], inputs: usize, outputs: usize) -> Result<Self, TchError> {
        let [norm, conv, bias] = names;
        let weight = stack(from, conv, "weight", &[outputs, inputs, 1, 1])?;
        Ok(Self {
            norm_weight: stack(from, norm, "weight", &[inputs])?.f_reshape([-1])?.into(),
            norm_bias: stack(from, norm, "bias", &[inputs])?.f_reshape([-1])?.into(),
            weight: weight.f_reshape([COMPONENTS, outputs, inputs].map(length))?.into(),
            bias: stack(from, bias, "bias", &[outputs])?.f_reshape([COMPONENTS, outputs, 1].map(length))?.into(),
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, TchError> {
        let (n, channels, h, w) = input.size4()?;
        let components = length(COMPONENTS);
        let (weight, bias) = (Some(&*self.norm_weight), Some(&*self.norm_bias));
        let normed = input.f_group_norm(components, weight, bias, EPSILON, true)?;
        let columns = normed.f_reshape([n, components, channels / components, h * w])?;
        let output = self.weight.f_matmul(&columns)?.f_add_(&self.bias)?.f_softplus()?;
        output.f_reshape([n, -1, h, w])
    }
}

/// The places in the readout at which each sample of a feature stands.
struct Places {
    rows: Axis,
    columns: Axis,
}

/// One axis of these places: the sample at each place, unless sample and place have the same number, and the number of
/// places of each sample.
struct Axis {
    indices: Option<Tensor>,
    counts: Tensor,
}

impl Axis {
    fn new(source: i64, target: usize, device: Device) -> Result<Self, TchError> {
        let source = usize::try_from(source).expect("a length");
        let indices = nearest::indices(source, target);
        let counts: Vec<f64> = nearest::multiplicities(&indices, source).iter().map(|&count| count as f64).collect();
        let indices: Vec<i64> = indices.into_iter().map(length).collect();
        let indices = (source != target).then(|| Tensor::f_from_slice(&indices)?.f_to_device(device)).transpose()?;
        Ok(Self { indices, counts: Tensor::f_from_slice(&counts)?.f_to_device(device)? })
    }
}

impl Places {
    fn new(feature: &Tensor, size: Size) -> Result<Self, TchError> {
        let (_, _, h, w) = feature.size4()?;
        let device = feature.device();
        Ok(Self { rows: Axis::new(h, size.height, device)?, columns: Axis::new(w, size.width, device)? })
    }

    /// Computes the sum over all channels and places, `(n)`, in 64 bits.
    fn total(&self, feature: &Tensor) -> Result<Tensor, TchError> {
        let over_channels = feature.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Double)?;
        over_channels.f_matmul(&self.columns.counts)?.f_matmul(&self.rows.counts)
    }

    fn resample(&self, feature: &Tensor) -> Result<Tensor, TchError> {
        let mut output = feature.shallow_clone();
        if let Some(rows) = &self.rows.indices {
            output = output.f_index_select(2, rows)?;
        }
        if let Some(columns) = &self.columns.indices {
            output = output.f_index_select(3, columns)?;
        }
        Ok(output)
    }
}

/// Reads the first layer norms and convolutions as convolutions of the standardised features, with the sum that is
/// added behind them.
fn first_layer(from: &[Parameters<'_, '_>], channels: &[usize]) -> Result<(Vec<Conv>, Constant), TchError> {
    let double = |tensor: Tensor| tensor.f_to_kind(Kind::Double);
    let (all, outputs) = (channels.iter().sum(), SALIENCY[0]);
    // The kernels are (components, 8, channels), the norms' scales and shifts (components, 1, channels).
    let conv = double(stack(from, "conv0", "weight", &[outputs, all, 1, 1])?)?;
    let conv = conv.f_reshape([COMPONENTS, outputs, all].map(length))?;
    let scale = double(stack(from, "layernorm0", "weight", &[all])?)?.f_unsqueeze(1)?;
    let shift = double(stack(from, "layernorm0", "bias", &[all])?)?.f_unsqueeze(1)?;
    let bias = double(stack(from, "bias0", "bias", &[outputs])?)?;
    let bias = conv.f_mul(&shift)?.f_sum_dim_intlist([2_i64].as_slice(), false, Kind::Double)?.f_add_(&bias)?;
    let kernel = conv.f_mul(&scale)?.f_reshape([-1, length(all), 1, 1])?.f_to_kind(Kind::Float)?;
    let placement = Placement { kind: Kind::Float, ..from[0].placement };
    let mut start = 0;
    let mut convs = Vec::new();
    for &channels in channels {
        let part = kernel.f_narrow(1, length(start), length(channels))?;
        convs.push(Conv::new(&part, None, Shape::pointwise(channels, COMPONENTS * outputs), placement)?);
        start += channels;
    }
    Ok((convs, placement.of(&bias.f_reshape([-1, 1, 1])?)?.into()))
}

/// Reads a tensor of each component and stacks them, in 32 bits on the device where the network computes.
fn stack(from: &[Parameters<'_, '_>], name: &str, leaf: &str, shape: &[usize]) -> Result<Tensor, TchError> {
    let tensors = from.iter().map(|from| from.at(name).tensor(leaf, shape)).collect::<Result<Vec<_>, _>>()?;
    Tensor::f_stack(&tensors, 0)?.f_to_device(from[0].placement.device)
}

/// Adds up at least one tensor.
fn sum(mut terms: impl Iterator<Item = Result<Tensor, TchError>>) -> Result<Tensor, TchError> {
    let first = terms.next().expect("a backbone has features")?;
    terms.try_fold(first, |sum, term| sum.f_add(&term?))
}
