//! The two backbones, and what each makes of one view of a picture.

use gaze_core::Size;
use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze_msdb::{clip::Clip, dino, dino::Dino},
    nn::{Placement, length},
};

/// Mean and standard deviation of the colors with which each backbone was trained, as fractions of white.
const CLIP_COLORS: [[f64; 3]; 2] =
    [[0.481_454_66, 0.457_827_5, 0.408_210_73], [0.268_629_54, 0.261_302_58, 0.275_777_11]];
const DINO_COLORS: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// A part of the features of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The convolutional network's tap.
    Clip,
    /// The transformer's two taps.
    Dino,
}

/// The two backbones.
#[derive(Debug)]
pub(super) struct Backbones {
    pub(super) clip: Clip,
    pub(super) dino: Dino,
    pub(super) placement: Placement,
}

impl Backbones {
    /// Computes a part of the features of the view of this size of a picture `(1, 3, h, w)` with values from 0 to 255, in 32
    /// bits: maps `(1, channels, h', w')` at the resolution of their backbone.
    pub(super) fn features(&self, picture: &Tensor, view: Size, part: Part) -> Result<Vec<Tensor>, TchError> {
        let sides = [view.height, view.width];
        // Cubic interpolation overshoots black and white, and the reference lets it.
        let view = picture.f_upsample_bicubic2d(sides.map(length), false, None, None)?;
        let features = match part {
            Part::Clip => vec![self.clip.features(&self.normalized(view, CLIP_COLORS)?)?],
            Part::Dino => {
                let whole_patches = sides.map(|side| length(side.next_multiple_of(dino::PATCH)));
                let view = view.f_upsample_nearest2d(whole_patches, None, None)?;
                self.dino.features(&self.normalized(view, DINO_COLORS)?)?.into()
            }
        };
        features.iter().map(|feature| feature.f_to_kind(Kind::Float)).collect()
    }

    /// Subtracts the mean of each color and divides by its deviation. Each step is rounded to 32 bits, as in the reference.
    fn normalized(&self, view: Tensor, [mean, deviation]: [[f64; 3]; 2]) -> Result<Tensor, TchError> {
        let exact = |values: [f64; 3]| {
            Tensor::f_from_slice(&values)?.f_reshape([1, 3, 1, 1])?.f_to_device(self.placement.device)
        };
        let view = view.f_div_scalar(255.0)?.f_sub_(&exact(mean)?)?.f_div_(&exact(deviation)?)?;
        view.f_to_kind(self.placement.kind)
    }
}
