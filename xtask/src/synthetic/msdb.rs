//! The tensors of DeepGaze MSDB in the order of its checkpoint: dataset parameters, CLIP RN50x64, DINOv2 ViT-B/14, head.
//!
//! The two backbones repeat the same blocks many times, so they are written as loops and not as a list.

use crate::synthetic::manifest::{Entry, expand};

/// The datasets with parameters of their own.
const DATASETS: usize = 5;
const CLIP: &str = "features.backbone.feature_extractors.CLIP.features.1";
const DINO: &str = "features.backbone.feature_extractors.DINOv2.features.1";
/// A second name of DINOv2's patch embedding, which the checkpoint has as well.
const ALIAS: [&str; 2] = ["DINOv2.output_dimension_providing_layer.", "DINOv2.features.1.patch_embed.proj."];

/// The name of which the values of the tensor `key` are made: its own, unless it is a second name of another tensor.
pub(super) fn values_of(key: &str) -> String {
    key.replace(ALIAS[0], ALIAS[1])
}

/// All tensors.
pub(super) fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |prefix: &str, lines: &[String]| {
        lines.iter().for_each(|line| expand(line, prefix, "", &mut entries));
    };
    add(
        "features",
        &["pixel_per_dva_weights", "size_weights"].map(|name| format!("value {name} {DATASETS} {DATASETS}")),
    );
    add(CLIP, &clip());
    add(DINO, &dino());
    let alias = "both output_dimension_providing_layer 768 3 14 14".to_owned();
    add("features.backbone.feature_extractors.DINOv2", &[alias]);
    add("saliency_network", &saliency());
    let values = ["dataset_center_bias_weights", "dataset_priority_scalings", "gauss.dataset_sigmas"];
    add("finalizer", &values.map(|name| format!("value {name} {DATASETS}")));
    entries
}

/// The convolutional network: a stem of three convolutions, and four stages of blocks of three.
fn clip() -> Vec<String> {
    let mut lines = Vec::new();
    for (index, (inputs, outputs)) in [(3, 64), (64, 64), (64, 128)].into_iter().enumerate() {
        let number = index + 1;
        lines.extend([format!("weight conv{number} {outputs} {inputs} 3 3"), format!("norm bn{number} {outputs}")]);
    }
    let mut inputs = 128;
    for (stage, (blocks, width)) in [(3, 128), (15, 256), (36, 512), (10, 1024)].into_iter().enumerate() {
        let outputs = 4 * width;
        for block in 0..blocks {
            let name = format!("layer{}.{block}", stage + 1);
            lines.extend([
                format!("weight {name}.conv1 {width} {inputs} 1 1"),
                format!("norm {name}.bn1 {width}"),
                format!("weight {name}.conv2 {width} {width} 3 3"),
                format!("norm {name}.bn2 {width}"),
                format!("weight {name}.conv3 {outputs} {width} 1 1"),
                format!("norm {name}.bn3 {outputs}"),
            ]);
            if block == 0 {
                lines.push(format!("weight {name}.downsample.0 {outputs} {inputs} 1 1"));
                lines.push(format!("norm {name}.downsample.1 {outputs}"));
            }
            inputs = outputs;
        }
    }
    lines
}

/// The transformer.
fn dino() -> Vec<String> {
    let mut lines: Vec<String> = [
        "value cls_token 1 1 768",
        "value pos_embed 1 1370 768",
        "value mask_token 1 768",
        "both patch_embed.proj 768 3 14 14",
    ]
    .map(str::to_owned)
    .to_vec();
    for block in 0..12 {
        let parts = [
            "both norm1 768",
            "both attn.qkv 2304 768",
            "both attn.proj 768 768",
            "value ls1.gamma 768",
            "both norm2 768",
            "both mlp.fc1 3072 768",
            "both mlp.fc2 768 3072",
            "value ls2.gamma 768",
        ];
        lines.extend(parts.map(|part| part.replacen(' ', &format!(" blocks.{block}."), 1)));
    }
    lines.push("both norm 768".to_owned());
    lines
}

/// The five layers behind the features.
fn saliency() -> Vec<String> {
    let layers = [2560, 8, 16, 1, 128, 1];
    let layer = |(index, sides): (usize, &[i32])| {
        let (inputs, outputs) = (sides[0], sides[1]);
        [
            format!("both layernorm{index} {inputs}"),
            format!("weight conv{index} {outputs} {inputs} 1 1"),
            format!("bias bias{index} {outputs}"),
        ]
    };
    layers.windows(2).enumerate().flat_map(layer).collect()
}
