//! The ten sizes at which the network sees a picture: five by degrees of visual angle, five by the longer side.

use gaze_core::{PixelsPerDegree, Size};

use crate::{
    deepgaze::DeepGazeError,
    deepgaze_msdb::{MODEL, clip},
};

/// The number of views.
pub const VIEWS: usize = 10;
/// The pixels per degree of visual angle of the first views.
const RESOLUTIONS: [f64; 5] = [5.0, 10.0, 17.5, 24.0, 30.0];
/// The pixels along the longer side of the other views.
const LONG_SIDES: [f64; 5] = [128.0, 256.0, 512.0, 768.0, 1024.0];
/// The largest number of pixels of a picture and of a view. A view of this size takes about 3 GB.
pub(super) const MOST_PIXELS: usize = 8_000_000;

/// Computes the sizes of the views of a picture, in the order of the weights.
///
/// Sides are rounded up after a division and a multiplication in 64 bits, as in the reference: a side of 305 pixels becomes
/// 769, not 768.
pub(super) fn sizes(picture: Size, scale: PixelsPerDegree) -> Result<[Size; VIEWS], DeepGazeError> {
    let Size { height, width } = picture;
    if height.saturating_mul(width) > MOST_PIXELS {
        return Err(DeepGazeError::TooLarge { model: MODEL, size: picture, most: MOST_PIXELS });
    }
    let long_side = height.max(width) as f64;
    let by_degree = RESOLUTIONS.map(|target| scaled(picture, target / scale.get()));
    let by_side = LONG_SIDES.map(|target| scaled(picture, target / long_side));
    let degrees = [height, width].map(|side| side as f64 / scale.get());
    let fits = |size: &Size| size.height.saturating_mul(size.width) <= MOST_PIXELS;
    if is_narrow(by_side[0]) {
        return Err(DeepGazeError::TooNarrow { model: MODEL, size: picture });
    }
    if is_narrow(by_degree[0]) || !by_degree.iter().all(fits) {
        return Err(DeepGazeError::Degrees { model: MODEL, size: picture, scale: scale.get(), degrees });
    }
    let mut sizes = [picture; VIEWS];
    sizes.iter_mut().zip(by_degree.into_iter().chain(by_side)).for_each(|(size, found)| *size = found);
    Ok(sizes)
}

/// Multiplies the sides and rounds up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and such a size is refused"
)]
fn scaled(size: Size, factor: f64) -> Size {
    let side = |side: usize| (side as f64 * factor).ceil() as usize;
    Size { height: side(size.height), width: side(size.width) }
}

/// Tells whether nothing would be left of the view in the first backbone.
fn is_narrow(view: Size) -> bool {
    view.height.min(view.width) < clip::SHORTEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(height: usize, width: usize) -> Size {
        Size { height, width }
    }

    fn sizes_at(height: usize, width: usize, pixels: f64) -> Result<[Size; VIEWS], String> {
        sizes(size(height, width), PixelsPerDegree::new(pixels).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn sides_are_rounded_up_as_64_bits_have_it() {
        let found = sizes_at(121, 305, 18.5).unwrap().map(|Size { height, width }| [height, width]);
        let expected = [
            [33, 83],
            [66, 165],
            [115, 289],
            [157, 396],
            [197, 495],
            [51, 128],
            [102, 256],
            [204, 512],
            [305, 769],
            [407, 1024],
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_picture_of_six_degrees_or_of_four_times_its_width_is_refused() {
        assert!(sizes_at(181, 400, 30.0).is_ok());
        assert_eq!(
            sizes_at(180, 400, 30.0).unwrap_err(),
            "DeepGaze MSDB takes pictures of more than 6 degrees of visual angle per side, and of not more than about 8800 \
             square degrees; at 30 pixels per degree this one is 6.0x13.3 degrees (height x width)"
        );
        // Thousands of degrees: the pixels per degree are wrong.
        assert!(sizes_at(600, 800, 0.1).unwrap_err().contains("6000.0x8000.0 degrees"));
        assert!(sizes_at(100, 426, 10.0).is_ok());
        assert_eq!(
            sizes_at(100, 430, 10.0).unwrap_err(),
            "DeepGaze MSDB takes pictures whose longer side is up to about four times the shorter one, this one is 100x430 \
             (height x width)"
        );
        assert!(sizes_at(3000, 3000, 30.0).unwrap_err().contains("at most 8 megapixels"));
        assert!(sizes_at(1, 1, f64::MIN_POSITIVE).unwrap_err().contains("square degrees"));
        sizes_at(1, 1, 0.15).unwrap();
    }
}
