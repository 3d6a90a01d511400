//! The backbone: AlexNet up to its last convolution.
//!
//! Krizhevsky (2014), *One weird trick for parallelizing convolutional neural networks*, in the form of torchvision.

use tch::{TchError, Tensor};

use crate::nn::{Conv, Parameters, Shape, pixel_by_pixel};

/// The number of channels of the tap.
pub(super) const CHANNELS: usize = 256;

/// The convolutions by their names, and whether a pooling follows the rectifier behind them.
const CONVS: [(&str, Shape, bool); 5] = [
    ("0", Shape { inputs: 3, outputs: 64, kernel: 11, stride: 4, padding: 2, groups: 1 }, true),
    ("3", Shape { inputs: 64, outputs: 192, kernel: 5, stride: 1, padding: 2, groups: 1 }, true),
    ("6", Shape { inputs: 192, outputs: 384, kernel: 3, stride: 1, padding: 1, groups: 1 }, false),
    ("8", Shape { inputs: 384, outputs: 256, kernel: 3, stride: 1, padding: 1, groups: 1 }, false),
    ("10", Shape { inputs: 256, outputs: CHANNELS, kernel: 3, stride: 1, padding: 1, groups: 1 }, false),
];

/// The layers of the classifier, which no prediction needs: name, outputs, inputs.
const CLASSIFIER: [(&str, usize, usize); 3] = [("1", 4096, 9216), ("4", 4096, 4096), ("6", 1000, 4096)];

/// The network up to its tap.
#[derive(Debug)]
pub(super) struct AlexNet {
    convs: Vec<(Conv, bool)>,
    last: Conv,
}

impl AlexNet {
    /// Reads the network.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        for (name, outputs, inputs) in CLASSIFIER {
            let from = from.at("classifier").at(name);
            from.unused("weight", &[outputs, inputs]);
            from.unused("bias", &[outputs]);
        }
        let from = from.at("features");
        let read = |(name, shape, pooled)| Ok::<_, TchError>((Conv::read_biased(&from, name, shape)?, pooled));
        let [before @ .., last] = CONVS;
        Ok(Self { convs: before.into_iter().map(read).collect::<Result<_, _>>()?, last: read(last)?.0 })
    }

    /// Computes the raw output of the last convolution, before its rectifier, for normalised pictures `(n, 3, h, w)`.
    pub(super) fn features(&self, pictures: &Tensor) -> Result<Tensor, TchError> {
        let mut x = pixel_by_pixel(pictures)?;
        for (conv, pooled) in &self.convs {
            x = conv.forward(&x)?.f_relu_()?;
            if *pooled {
                x = x.f_max_pool2d([3, 3], [2, 2], [0, 0], [1, 1], false)?;
            }
        }
        self.last.forward(&x)
    }
}
