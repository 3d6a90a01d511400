//! The first backbone: ResNet-50, trained on ImageNet whose textures were replaced ("shape net C").
//!
//! He, Zhang, Ren & Sun (2016), *Deep residual learning for image recognition*; weights of Geirhos et al. (2019),
//! *ImageNet-trained CNNs are biased towards texture*. It is the variant known as 1.5, whose stride is on the 3 × 3
//! convolution.

use tch::TchError;

use crate::{
    deepgaze_iie::bottleneck::{BottleneckNet, Config, Part, Tap},
    nn::Parameters,
};

/// The outputs that the readout sees: 256, 256, 256 and 256 channels at stride 16, 512 and 512 at stride 32.
const TAPS: [Tap; 6] = [
    Tap { stage: 3, block: 0, part: Part::Conv2 },
    Tap { stage: 3, block: 3, part: Part::Conv2 },
    Tap { stage: 3, block: 5, part: Part::Conv1 },
    Tap { stage: 3, block: 5, part: Part::Conv2 },
    Tap { stage: 4, block: 1, part: Part::Conv2 },
    Tap { stage: 4, block: 2, part: Part::Conv2 },
];

/// The number of channels of each tap.
pub(super) const CHANNELS: [usize; 6] = [256, 256, 256, 256, 512, 512];

/// Reads the network. Its checkpoint was written by a data-parallel wrapper, which left a level `module` in the names.
pub(super) fn read(from: &Parameters<'_, '_>) -> Result<BottleneckNet, TchError> {
    BottleneckNet::read(&from.at("module"), Config { groups: 1, width: 1 }, &TAPS)
}
