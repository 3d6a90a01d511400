//! The network in Rust against the same network on libtorch, from the picture to the density.
//!
//! The backbone is built here of libtorch's convolutions. The readouts are those that are trained, in 64 bits, and so are
//! the steps behind them, by their definitions.

use gaze_core::{LogDensity, Size};
use ndarray::{Array2, Ix2};
use tch::{Kind, Tensor};

use crate::{
    gaze_lite::{
        GazeLite, Picture,
        architecture::{MIDDLE, OCTAVES, RANGE, SKIPPED_AT_HALF, STEM, TAPS, blocks, parameters},
        grid::{Axis, READOUT_STRIDE},
        head::Head,
        model::{BACKBONE, embedded_head},
        tests::{PLACES, picture},
        training::network::{Ways, first_layer, forward, standardization},
    },
    nn::{Constant, length},
    tensor::array_from_tensor,
    use_one_thread_per_operation,
    weights::Weights,
};

/// The largest difference of log densities from those computed in 64 bits, in nats.
const TOLERANCE: f64 = 1e-5;
/// The backbone in 64 bits takes minutes for a picture of 12 megapixels, from which the densities in Rust then differ by
/// 9e-6. In 32 bits libtorch's own are as far from those in 64 bits.
const TOLERANCE_OF_32_BITS: f64 = 2e-5;

fn convolution(weights: &Weights, name: &str, x: &Tensor, stride: i64, groups: i64) -> Tensor {
    let tensor = |leaf: &str| {
        let tensor = weights.get(&format!("{name}.{leaf}"))?;
        let shape: Vec<i64> = tensor.shape().iter().map(|&side| length(side)).collect();
        let values = match tensor.to_f32() {
            Some(values) => Tensor::from_slice(&values),
            None => Tensor::from_slice(bytemuck::cast_slice::<u8, i8>(&tensor.bytes())),
        };
        Some(values.to_kind(x.kind()).reshape(shape))
    };
    let weight = tensor("weight").unwrap();
    let weight = match tensor("scale") {
        Some(scale) => weight * scale.reshape([-1, 1, 1, 1]),
        None => weight,
    };
    let padding = weight.size()[2] / 2;
    x.conv2d(&weight, tensor("bias"), [stride; 2], [padding; 2], [1, 1], groups)
}

/// Computes the taps `(h, w, channels)` of a picture with numbers of this type.
fn features(weights: &Weights, picture: &Picture<'_>, kind: Kind) -> Vec<Tensor> {
    let Size { height, width } = picture.size();
    let mut colors = vec![0.0; height * width * 3];
    colors.chunks_exact_mut(width * 3).enumerate().for_each(|(row, colors)| picture.row(row, colors));
    // The prediction's own normalisation, which is tested by the features of the package.
    assert!((colors[0] * RANGE + MIDDLE).fract() == 0.0);
    let picture = Tensor::from_slice(&colors).reshape([1, length(height), length(width), 3]).permute([0, 3, 1, 2]);
    let mut x = convolution(weights, "stem", &picture.to_kind(kind), length(STEM.1), 1).clamp(0.0, 6.0);
    let mut taps = Vec::new();
    for (index, plan) in blocks().into_iter().enumerate() {
        let at = format!("blocks.{index}");
        let mut y = x.shallow_clone();
        if plan.expands() {
            y = convolution(weights, &format!("{at}.expand"), &y, 1, 1).clamp(0.0, 6.0);
        }
        let (stride, width) = (length(plan.stride), length(plan.width));
        y = convolution(weights, &format!("{at}.depthwise"), &y, stride, width).clamp(0.0, 6.0);
        y = convolution(weights, &format!("{at}.project"), &y, 1, 1);
        x = if plan.is_residual() { y + x } else { y };
        if TAPS.iter().any(|tap| tap.block == index) {
            taps.push(x.permute([0, 2, 3, 1]).squeeze_dim(0).contiguous());
        }
    }
    taps
}

/// Computes the mean of the members' densities at all sizes, of a backbone with numbers of this type.
fn density(
    head: &Head,
    weights: &Weights,
    seen: &Picture<'_>,
    center_bias: &LogDensity<'_>,
    kind: Kind,
) -> Array2<f64> {
    let mut looks = vec![(seen.size(), features(weights, seen, kind))];
    let mut smaller = seen.halve();
    for _ in 0..OCTAVES {
        looks.push((smaller.size(), features(weights, &smaller, kind)));
        smaller = smaller.halve();
    }
    let octaves = looks.windows(2).map(|pair| {
        let maps = pair[0].1.iter().chain(&pair[1].1[SKIPPED_AT_HALF..]);
        let features: Vec<Tensor> = maps.map(|map| map.to_kind(Kind::Double)).collect();
        members(head, &features, pair[0].0, center_bias)
    });
    let members: Vec<Tensor> = octaves.flatten().collect();
    let mixture = Tensor::stack(&members, 0).logsumexp([0_i64].as_slice(), false) - (members.len() as f64).ln();
    let Size { height, width } = center_bias.size();
    array_from_tensor::<f64, Ix2>(&mixture.reshape([length(height), length(width)])).unwrap()
}

/// Computes the members' log densities for a picture that was seen at this size, each as a row of pixels.
fn members(head: &Head, features: &[Tensor], from: Size, center_bias: &LogDensity<'_>) -> Vec<Tensor> {
    let shapes = parameters(head.members).into_iter();
    let parameters: Vec<Tensor> = shapes
        .zip(&head.parameters)
        .map(|((_, shape), values)| {
            let shape: Vec<i64> = shape.into_iter().map(length).collect();
            Tensor::from_slice(values).to_kind(Kind::Double).reshape(shape)
        })
        .collect();
    let parameters: Vec<&Tensor> = parameters.iter().collect();
    let standard: Vec<[Constant; 2]> =
        head.statistics.iter().map(|[mean, deviation]| standardization(mean, deviation).unwrap()).collect();
    let standard: Vec<[Constant; 2]> =
        standard.iter().map(|pair| pair.each_ref().map(|tensor| tensor.to_kind(Kind::Double).into())).collect();
    let (first, shift) = first_layer(&parameters, &standard, None).unwrap();
    let first: Vec<&Tensor> = first.iter().collect();
    let ways = Ways::new(from, Kind::Double).unwrap();
    let maps = forward(features, &first, &shift, &parameters, &ways).unwrap();

    let to = center_bias.size();
    let bias = Tensor::from_slice(&center_bias.values().iter().copied().collect::<Vec<_>>())
        .reshape([length(to.height), length(to.width)]);
    let mut members = Vec::new();
    for (member, finalizer) in head.finalizers().into_iter().enumerate() {
        let way = |seen: usize, target: usize| {
            let (readout, cells, pixels) =
                (Axis::layer(seen, seen, READOUT_STRIDE), Axis::cells(seen), Axis::pixels(seen, target));
            let coarse = Tensor::from_slice(&readout.interpolation(cells)).to_kind(Kind::Double);
            let coarse = coarse.reshape([length(cells.count), length(readout.count)]);
            let (first, last) = (cells.at(0), cells.at(cells.count - 1));
            let distances: Vec<f64> = (0..target)
                .flat_map(|pixel| {
                    (0..cells.count).map(move |cell| pixels.at(pixel).clamp(first, last) - cells.at(cell))
                })
                .collect();
            let distances = Tensor::from_slice(&distances).reshape([length(target), length(cells.count)]);
            let logits: Tensor = distances.square() * (-0.5 / finalizer.sigma.powi(2));
            logits.softmax(1, Kind::Double).mm(&coarse)
        };
        let (rows, columns) = (way(from.height, to.height), way(from.width, to.width));
        let map = rows.mm(&maps.get(length(member))).mm(&columns.tr()) * head.temperature;
        let logits = map + &bias * finalizer.center_bias_weight;
        members.push(logits.reshape([-1]).log_softmax(0, Kind::Double));
    }
    members
}

#[test]
fn the_network_in_rust_has_the_densities_of_the_one_on_libtorch() {
    use_one_thread_per_operation();
    let (head, model) = (embedded_head().unwrap(), GazeLite::embedded().unwrap());
    let weights = Weights::embedded(BACKBONE.0, BACKBONE.1).unwrap();
    let sizes = [
        (16, 16),
        (17, 16),
        (16, 33),
        (31, 47),
        (90, 133),
        (133, 90),
        (20, 1500),
        (1201, 19),
        (511, 385),
        (576, 768),
        (3000, 4000),
    ];
    for (height, width) in sizes {
        let seen = picture(Size { height, width }, PLACES[0]);
        // The density's own size is another one, and not larger than needed.
        let wanted = Size { height: height.min(301), width: width.min(399) };
        let center_bias = model.center_bias(wanted).unwrap();
        let found = model.log_density_in_parallel(&seen, &center_bias).unwrap();
        let large = height * width > 1_000_000;
        let kind = if large { Kind::Float } else { Kind::Double };
        let expected = density(&head, &weights, &Picture::from(&seen), &center_bias, kind);
        let difference = (&found.values() - &expected).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
        let tolerance = if large { TOLERANCE_OF_32_BITS } else { TOLERANCE };
        assert!(difference <= tolerance, "{height} x {width}: {difference}");
    }
}
