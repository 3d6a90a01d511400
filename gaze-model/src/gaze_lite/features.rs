//! The features that the frozen backbone computes of a picture at full and at half size.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8x3,
};
use gaze_core::{Size, Stimulus};
use ndarray::Array3;
use tch::{TchError, Tensor};

use crate::{
    gaze_lite::{
        LiteError,
        backbone::{Backbone, normalize},
        grid::half,
        readout::{View, samples},
    },
    nn::Placement,
};

/// Computes the features at one of the two sizes, `(h, w, channels)` each, in the order of the readout's inputs.
pub(super) fn of_view(
    backbone: &Backbone,
    picture: &Stimulus,
    view: View,
    placement: Placement,
) -> Result<Vec<Tensor>, LiteError> {
    let halved;
    let picture = match view {
        View::Full => picture,
        View::Half => {
            halved = halve(picture);
            &halved
        }
    };
    let taps = backbone.features(&placement.of(&normalize(picture)?)?)?;
    let skipped = match view {
        View::Full => 0,
        View::Half => 1,
    };
    Ok(taps.iter().skip(skipped).map(samples).collect::<Result<_, TchError>>()?)
}

/// Resizes a picture to half its size by linear interpolation. The kernel reaches as far as a half-size pixel, so that
/// nothing aliases.
fn halve(picture: &Stimulus) -> Stimulus {
    let (from, to) = (picture.size(), half(picture.size()));
    let side = |length: usize| u32::try_from(length).expect("the picture's size was checked");
    let pixels = picture.pixels();
    let bytes = pixels.as_slice().expect("a stimulus is contiguous");
    let source = TypedImageRef::<U8x3>::from_buffer(side(from.width), side(from.height), bytes)
        .expect("a stimulus has three bytes a pixel");
    let mut target = TypedImage::<U8x3>::new(side(to.width), side(to.height));
    let linear = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&source, &mut target, &linear).expect("both have pixels");
    let bytes = target.pixels().iter().flat_map(|pixel| pixel.0).collect();
    let Size { height, width } = to;
    Stimulus::new(Array3::from_shape_vec((height, width, 3), bytes).expect("three bytes a pixel"))
        .expect("three channels and a pixel")
}
