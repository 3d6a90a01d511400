//! Where networks compute, and how exactly.

use tch::Kind;

/// What does the computing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The first GPU. [`libtorch`](crate::libtorch) says whether there is one.
    Cuda,
}

impl Device {
    pub(crate) fn resolve(self) -> tch::Device {
        match self {
            Self::Cpu => tch::Device::Cpu,
            Self::Cuda => tch::Device::Cuda(0),
        }
    }
}

/// How many bits a network's backbones compute with. The readouts behind them always take 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, as the reference.
    #[default]
    F32,
    /// 16 bits with 8 of mantissa: for GPUs, at a price. With the synthetic weights of the tests a log density changes
    /// by 0.01 to 0.03 on average and by up to 2 at single pixels.
    Bf16,
}

impl Precision {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::F32 => Kind::Float,
            Self::Bf16 => Kind::BFloat16,
        }
    }
}
