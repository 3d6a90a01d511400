//! The network's description, which prediction and training share: its layers, the names and shapes of its parameters, and
//! the samples that each part has.
//!
//! The backbone is EfficientNet-Lite2 up to its last block, as it was trained on ImageNet: the network of Tan & Le (2019)
//! without squeeze and excitation and with `ReLU6`, as the `TensorFlow` authors released it in 2020. Convolutions are
//! padded by half a kernel on all sides, so that sample `i` of a layer stands at pixel `stride · i` at every size of
//! picture. Batch norms are folded in already, and the kernels of 1 × 1 are whole numbers of 8 bits with a scale for each
//! output (`examples/import_backbone.rs`).
//!
//! A readout standardises each channel of the backbone's tapped blocks, maps each tap to 32 channels at the tap's own
//! resolution, brings all of them to one grid and adds them up. Behind that stand layer norm, softplus and 16 channels, to
//! each of which a 5 × 5 neighbourhood adds something; then layer norm, softplus and 8 channels; then softplus and 1
//! channel. The readouts look at the picture at [`OCTAVES`] sizes, and their densities are the members of a mixture.

use crate::mobile::{Plan, Stage, plans};

/// The shift and the scale of colors: `(x − 127) / 128`.
pub(super) const MIDDLE: f32 = 127.0;
pub(super) const RANGE: f32 = 128.0;
/// The side, the stride and the number of outputs of the convolution before the blocks.
pub(super) const STEM: (usize, usize, usize) = (3, 2, 32);

/// The number of blocks and channels of each stage; see [`mobile`](crate::mobile).
const STAGES: [Stage; 7] = [
    Stage { blocks: 1, outputs: 16 },
    Stage { blocks: 3, outputs: 24 },
    Stage { blocks: 3, outputs: 48 },
    Stage { blocks: 4, outputs: 88 },
    Stage { blocks: 4, outputs: 120 },
    Stage { blocks: 5, outputs: 208 },
    Stage { blocks: 1, outputs: 352 },
];

/// Lists the backbone's blocks.
pub(super) fn blocks() -> Vec<Plan> {
    plans(STEM.2, STAGES)
}

/// The output of a block: the block's number, its channels, and the distance between its samples in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tap {
    pub(super) block: usize,
    pub(super) channels: usize,
    pub(super) stride: usize,
}

/// The outputs that a readout may look at.
pub(super) const TAPS: [Tap; 5] = [
    Tap { block: 6, channels: 48, stride: 8 },
    Tap { block: 10, channels: 88, stride: 16 },
    Tap { block: 14, channels: 120, stride: 16 },
    Tap { block: 19, channels: 208, stride: 32 },
    Tap { block: 20, channels: 352, stride: 32 },
];

/// The numbers of channels of a readout's layers.
pub(super) const WIDTHS: [usize; 3] = [32, 16, 8];
/// The neighbourhood's side.
pub(super) const NEIGHBORHOOD: usize = 5;
/// The number that a layer norm adds to the variance.
pub(super) const EPSILON: f64 = 1e-5;

/// The size of the picture at which a tap is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Full,
    Half,
}

/// The number of taps, the finest first, that are not read at half size.
pub(super) const SKIPPED_AT_HALF: usize = 1;

/// The number of sizes at which the readouts look at a picture, each half as large as the one before. What they see as the
/// half of one size they see as the full picture of the next.
pub(super) const OCTAVES: usize = 2;

/// Lists the inputs of a readout in the order of its parameters.
pub(super) fn inputs() -> impl Iterator<Item = (View, Tap)> {
    let taps = |view, from| TAPS.into_iter().skip(from).map(move |tap| (view, tap));
    taps(View::Full, 0).chain(taps(View::Half, SKIPPED_AT_HALF))
}

/// Makes the name of an input in files.
pub(super) fn input_name(view: View, tap: Tap) -> String {
    let view = match view {
        View::Full => "full",
        View::Half => "half",
    };
    format!("{view}.{}", tap.block)
}

/// The places of a readout's other parameters, which follow those of [`inputs`].
const AFTER_INPUTS: [&str; 11] = [
    "norm1.weight",
    "norm1.bias",
    "mix1.weight",
    "mix1.bias",
    "neighborhood.weight",
    "norm2.weight",
    "norm2.bias",
    "mix2.weight",
    "mix2.bias",
    "mix3.weight",
    "finalizer",
];

/// Lists the names and shapes of the parameters of this number of members, in order.
pub(super) fn parameters(members: usize) -> Vec<(String, Vec<usize>)> {
    let [wide, middle, narrow] = WIDTHS;
    let shapes: [Vec<usize>; 11] = [
        vec![members * wide],
        vec![members * wide],
        vec![members, middle, wide],
        vec![members, middle, 1],
        vec![members * middle, 1, NEIGHBORHOOD, NEIGHBORHOOD],
        vec![members * middle],
        vec![members * middle],
        vec![members, narrow, middle],
        vec![members, narrow, 1],
        vec![members, 1, narrow],
        // A finalizer is the logarithm of the blur in pixels, and the center bias's weight.
        vec![members, 2],
    ];
    let first = inputs().map(|(view, tap)| (input_name(view, tap), vec![members, wide, tap.channels]));
    first.chain(AFTER_INPUTS.map(str::to_owned).into_iter().zip(shapes)).collect()
}
