//! The plan that all networks of the `EfficientNet` family share: seven stages of blocks that get wider, filter each
//! channel, and get narrow again.
//!
//! Tan & Le (2019), table 1. The networks differ in the number of blocks and channels of each stage.

/// The properties that a stage has in all networks: the filter's side, the stride of the first block, and the factor by
/// which a block is wider inside.
const STAGES: [(usize, usize, usize); 7] =
    [(3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6)];

/// The number of blocks of a stage, and the number of channels that each of them gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    pub(crate) blocks: usize,
    pub(crate) outputs: usize,
}

/// The geometry of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) inputs: usize,
    /// The number of channels inside.
    pub(crate) width: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
}

impl Plan {
    /// Tells whether the block begins with a convolution that makes it wider.
    pub(crate) fn expands(self) -> bool {
        self.width > self.inputs
    }

    /// Tells whether the block's input is added to its output.
    pub(crate) fn is_residual(self) -> bool {
        self.stride == 1 && self.inputs == self.outputs
    }
}

/// Lists the blocks of a network with these stages behind a convolution of `stem` outputs, in order.
pub(crate) fn plans(stem: usize, stages: [Stage; 7]) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut inputs = stem;
    for (Stage { blocks, outputs }, (kernel, first, expansion)) in stages.into_iter().zip(STAGES) {
        for position in 0..blocks {
            let stride = if position == 0 { first } else { 1 };
            plans.push(Plan { inputs, width: inputs * expansion, outputs, kernel, stride });
            inputs = outputs;
        }
    }
    plans
}
