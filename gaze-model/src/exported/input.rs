//! From a picture to the numbers that a network takes, and the place of the picture among them.

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::{Array2, Array3, ArrayD, Axis, s};

use super::{
    contract::Contract,
    error::RunError,
    sidecar::{CenterBiasLayout, Channels, Fit, Layout, Range, Shown},
};
use crate::{Scale, resize, resize_density};

/// The place of a picture in what the network sees, in pixels of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placement {
    /// The size of what the network sees.
    pub(super) canvas: Size,
    /// The size of the picture in it.
    pub(super) content: Size,
    /// The row and column of the picture's upper left corner.
    pub(super) corner: [usize; 2],
}

impl Contract {
    /// Computes how a picture of `size` is seen.
    pub(super) fn placement(&self, size: Size) -> Placement {
        let content = match self.shown {
            Shown::Fixed([height, width]) => {
                return self.placed(inside(size, Size { height, width }), Size { height, width });
            }
            Shown::LongSide(pixels) if self.training.is_none() => Scale::LongSide(pixels).size(size),
            // With a scale of its training, the picture comes at that scale.
            Shown::LongSide(_) | Shown::AsIs => size,
        };
        let multiple = |side: usize| match self.fit {
            Fit::Stretch => ((side + self.multiple_of / 2) / self.multiple_of).max(1) * self.multiple_of,
            Fit::PadCenter | Fit::PadEnd => side.div_ceil(self.multiple_of) * self.multiple_of,
        };
        self.placed(content, Size { height: multiple(content.height), width: multiple(content.width) })
    }

    fn placed(&self, content: Size, canvas: Size) -> Placement {
        match self.fit {
            Fit::Stretch => Placement { canvas, content: canvas, corner: [0, 0] },
            Fit::PadEnd => Placement { canvas, content, corner: [0, 0] },
            Fit::PadCenter => {
                let corner = [(canvas.height - content.height) / 2, (canvas.width - content.width) / 2];
                Placement { canvas, content, corner }
            }
        }
    }

    /// The shape of the input for a picture that is seen in this way.
    pub(super) fn shape(&self, canvas: Size) -> Vec<usize> {
        match self.layout {
            Layout::Nchw => vec![1, 3, canvas.height, canvas.width],
            Layout::Nhwc => vec![1, canvas.height, canvas.width, 3],
        }
    }

    /// Makes the input of a picture.
    pub(super) fn numbers(&self, picture: &Stimulus, placement: &Placement) -> Result<ArrayD<f32>, RunError> {
        let Placement { canvas, content, corner: [top, left] } = *placement;
        let resized = resize(picture, content)?;
        let mut pixels =
            Array3::from_shape_fn((canvas.height, canvas.width, 3), |(_, _, color)| self.padding_color[color]);
        pixels.slice_mut(s![top..top + content.height, left..left + content.width, ..]).assign(&resized.pixels());
        if self.channels == Channels::Bgr {
            pixels.invert_axis(Axis(2));
        }
        let unit = match self.range {
            Range::Unit => 255.0,
            Range::Bytes => 1.0,
        };
        // In 64 bits and rounded once, so that no order of operations shows.
        let table: [Vec<f32>; 3] = std::array::from_fn(|channel| {
            let (mean, deviation) = (f64::from(self.mean[channel]), f64::from(self.deviation[channel]));
            #[expect(clippy::cast_possible_truncation, reason = "networks compute in 32 bits")]
            let number = |byte: u8| ((f64::from(byte) / unit - mean) / deviation) as f32;
            (0..=u8::MAX).map(number).collect()
        });
        let sides = self.shape(canvas);
        let number =
            |row: usize, column: usize, channel: usize| table[channel][usize::from(pixels[[row, column, channel]])];
        Ok(match self.layout {
            Layout::Nchw => Array3::from_shape_fn((3, canvas.height, canvas.width), |(channel, row, column)| {
                number(row, column, channel)
            }),
            Layout::Nhwc => Array3::from_shape_fn((canvas.height, canvas.width, 3), |(row, column, channel)| {
                number(row, column, channel)
            }),
        }
        .into_shape_with_order(sides)
        .expect("one more axis, of length 1"))
    }

    /// Makes the input of a center bias.
    pub(super) fn bias(&self, density: &LogDensity<'_>, canvas: Size) -> Result<ArrayD<f32>, RunError> {
        let resized =
            resize_density(density, canvas).map_err(|problem| RunError::Kind { kind: "center bias", problem })?;
        #[expect(clippy::cast_possible_truncation, reason = "networks compute in 32 bits")]
        let values: Array2<f32> = resized.values().mapv(|value| value as f32);
        let shape =
            self.center_bias.map_or_else(|| vec![canvas.height, canvas.width], |(_, layout)| layout.shape(canvas));
        Ok(values.into_shape_with_order(shape).expect("further axes of length 1"))
    }
}

impl CenterBiasLayout {
    /// The shape of a center bias for an input of this size.
    pub(super) fn shape(self, canvas: Size) -> Vec<usize> {
        match self {
            Self::Nhw => vec![1, canvas.height, canvas.width],
            Self::Nchw => vec![1, 1, canvas.height, canvas.width],
        }
    }
}

/// The largest size of the shape of `size` that lies inside `canvas`. Each side has at least one pixel.
fn inside(size: Size, canvas: Size) -> Size {
    let factor = (canvas.height as f64 / size.height as f64).min(canvas.width as f64 / size.width as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a side is at most as long as the canvas's"
    )]
    let side = |length: usize, most: usize| ((length as f64 * factor).round() as usize).clamp(1, most);
    Size { height: side(size.height, canvas.height), width: side(size.width, canvas.width) }
}
