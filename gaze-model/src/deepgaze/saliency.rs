//! The saliency networks: from a backbone's features to one map for each component, after Kümmerer, Bethge & Wallis
//! (2022), *DeepGaze III*, and Linardos et al. (2021).
//!
//! Each component has its own layer norms and 1 × 1 convolutions. The first layer norm's statistics are the same for all
//! components, so one convolution with eight outputs per component serves them all, each feature at its own resolution.
//! The layers behind it are small; all components go through them side by side.

use gaze_core::Size;
use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze::{
        Layer, Places,
        layer::{EPSILON, stack},
    },
    nn::{Constant, Conv, Parameters, Placement, Shape, length},
};

/// The numbers of channels of the layers.
const CHANNELS: [usize; 3] = [8, 16, 1];

/// The saliency networks of all components behind one backbone.
#[derive(Debug)]
pub(crate) struct SaliencyNetworks {
    /// For each feature, its part of the first convolutions, into which the first layer norms' scales are folded.
    first: Vec<Conv>,
    /// The sum of the first layer norms' shifts and the biases, `(components · 8, 1, 1)`.
    first_bias: Constant,
    /// The other layers.
    layers: [Layer; 2],
}

impl SaliencyNetworks {
    /// Reads the networks of the components behind a backbone whose features have these numbers of channels.
    pub(crate) fn read(from: &[Parameters<'_, '_>], channels: &[usize]) -> Result<Self, TchError> {
        let (first, first_bias) = first_layer(from, channels)?;
        let layers = [
            Layer::read(from, ["layernorm1", "conv1", "bias1"], CHANNELS[0], CHANNELS[1])?,
            Layer::read(from, ["layernorm2", "conv2", "bias2"], CHANNELS[1], CHANNELS[2])?,
        ];
        Ok(Self { first, first_bias, layers })
    }

    /// Computes the maps `(n, components, h, w)` at the readout's `size` `(h, w)`, from features of any sizes.
    pub(crate) fn forward(&self, features: &[Tensor], size: Size) -> Result<Tensor, TchError> {
        self.other_layers(&self.first_layer(features, size)?)
    }

    /// Computes the first convolution, without the norm before it, of features that are interpolated linearly to `size`,
    /// `(n, components · 8, h, w)`. Sums over channels and interpolations commute, so few maps are interpolated.
    pub(crate) fn first_convolution(&self, features: &[Tensor], size: Size) -> Result<Tensor, TchError> {
        let size = [size.height, size.width].map(length);
        sum(self
            .first
            .iter()
            .zip(features)
            .map(|(conv, feature)| conv.forward(feature)?.f_upsample_bilinear2d(size, false, None, None)))
    }

    /// Computes the maps from the first convolution of features that have this mean and variance over all channels and
    /// places: what [`forward`](Self::forward) gives for them.
    pub(crate) fn behind(&self, convolved: &Tensor, mean: f64, variance: f64) -> Result<Tensor, TchError> {
        let ones = self.first.iter().map(Conv::of_ones).collect::<Result<Vec<_>, _>>()?;
        let shift = sum(ones.into_iter().map(Ok))?.f_mul_scalar(mean)?;
        let standardised = convolved.f_sub(&shift)?.f_div_scalar((variance + EPSILON).sqrt())?;
        self.other_layers(&standardised.f_add(&self.first_bias)?)
    }

    /// Applies all but the first layer's norm and convolution.
    fn other_layers(&self, first: &Tensor) -> Result<Tensor, TchError> {
        let mut x = first.f_softplus()?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        Ok(x)
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

/// Reads the first layer norms and convolutions as convolutions of the standardised features, with the sum that is
/// added behind them.
fn first_layer(from: &[Parameters<'_, '_>], channels: &[usize]) -> Result<(Vec<Conv>, Constant), TchError> {
    let double = |tensor: Tensor| tensor.f_to_kind(Kind::Double);
    let (components, all, outputs) = (from.len(), channels.iter().sum(), CHANNELS[0]);
    // The kernels are (components, 8, channels), the norms' scales and shifts (components, 1, channels).
    let conv = double(stack(from, "conv0", "weight", &[outputs, all, 1, 1])?)?;
    let conv = conv.f_reshape([components, outputs, all].map(length))?;
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
        convs.push(Conv::new(&part, None, Shape::pointwise(channels, components * outputs), placement)?);
        start += channels;
    }
    Ok((convs, placement.of(&bias.f_reshape([-1, 1, 1])?)?.into()))
}

/// Adds up at least one tensor.
fn sum(mut terms: impl Iterator<Item = Result<Tensor, TchError>>) -> Result<Tensor, TchError> {
    let first = terms.next().expect("a backbone has features")?;
    terms.try_fold(first, |sum, term| sum.f_add(&term?))
}
