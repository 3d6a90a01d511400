//! The fourth backbone: ResNeXt-50 32 × 4d.
//!
//! Xie, Girshick, Dollár, Tu & He (2017), *Aggregated residual transformations for deep neural networks*.

use tch::TchError;

use crate::{
    deepgaze_iie::bottleneck::{BottleneckNet, Config, Part, Tap},
    nn::Parameters,
};

/// The outputs that the readout sees, in the readout's order, which is not that of execution: 512, 512 and 512 channels
/// at stride 16, 1024 at stride 32.
const TAPS: [Tap; 4] = [
    Tap { stage: 3, block: 5, part: Part::Conv1 },
    Tap { stage: 3, block: 5, part: Part::Conv2 },
    Tap { stage: 3, block: 4, part: Part::Conv2 },
    Tap { stage: 4, block: 2, part: Part::Conv2 },
];

/// The number of channels of each tap.
pub(super) const CHANNELS: [usize; 4] = [512, 512, 512, 1024];

/// Reads the network.
pub(super) fn read(from: &Parameters<'_, '_>) -> Result<BottleneckNet, TchError> {
    BottleneckNet::read(from, Config { groups: 32, width: 2 }, &TAPS)
}
