//! The hardware that a network computes on, and the precision of its numbers.

use serde::{Deserialize, Serialize};

/// The hardware that a network computes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The first GPU. With the feature `libtorch`, `gaze_model::libtorch()` tells whether there is one.
    Cuda,
}

/// The number of bits that a network's backbones compute with. The readouts behind them always use 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits, as in the reference implementations.
    #[default]
    F32,
    /// 16 bits with a mantissa of 8 bits. It is faster on GPUs, and 1.5 times as fast on processors with instructions for it, and less
    /// exact: with the synthetic weights of the tests a log density of DeepGaze IIE changes by 0.02 nats on average on most pictures,
    /// by up to 0.2 on some, and by up to 5 at single pixels. No part of the network makes this error alone (BENCHMARKS.md).
    Bf16,
}

#[cfg(feature = "libtorch")]
impl Device {
    /// The device in libtorch's terms.
    pub(crate) fn resolve(self) -> tch::Device {
        match self {
            Self::Cpu => tch::Device::Cpu,
            Self::Cuda => tch::Device::Cuda(0),
        }
    }
}

#[cfg(feature = "libtorch")]
impl Precision {
    /// The precision in libtorch's terms.
    pub(crate) fn kind(self) -> tch::Kind {
        match self {
            Self::F32 => tch::Kind::Float,
            Self::Bf16 => tch::Kind::BFloat16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_are_those_of_the_command_line() {
        let names = serde_json::to_string(&([Device::Cpu, Device::Cuda], [Precision::F32, Precision::Bf16])).unwrap();
        assert_eq!(names, r#"[["cpu","cuda"],["f32","bf16"]]"#);
    }
}
