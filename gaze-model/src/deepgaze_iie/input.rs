//! Pictures and center biases in the form that the networks take, and the way back to the picture's size.

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::{Array2, Array4, s};
use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze_iie::DeepGazeError,
    nn::{Constant, Placement, nearest},
    tensor::{array_from_tensor, tensor_from_array},
};

/// The shortest side in pixels that the reference takes.
const SHORTEST_SIDE: usize = 64;
/// The largest number of pixels; above it a backbone's activations need more than about 4 GB.
const MOST_PIXELS: usize = 16_000_000;
/// Mean and standard deviation of ImageNet's colors, as fractions of white.
const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f64; 3] = [0.229, 0.224, 0.225];

/// The sizes at which pictures of one size are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// The size of the picture.
    pub(super) full: Size,
    /// Half of it, rounded down: the size of the networks' picture and of the densities.
    pub(super) half: Size,
    /// A thirty-second of it, rounded up: the size of the readouts.
    pub(super) readout: Size,
}

impl Grid {
    fn new(full: Size) -> Result<Self, DeepGazeError> {
        let Size { height, width } = full;
        if height.min(width) < SHORTEST_SIDE {
            return Err(DeepGazeError::TooSmall { size: full, shortest: SHORTEST_SIDE });
        }
        if height.saturating_mul(width) > MOST_PIXELS {
            return Err(DeepGazeError::TooLarge { size: full, most: MOST_PIXELS });
        }
        let half = Size { height: height / 2, width: width / 2 };
        Ok(Self { full, half, readout: Size { height: height.div_ceil(32), width: width.div_ceil(32) } })
    }
}

/// Pictures of one size.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) grid: Grid,
    /// The normalised pictures, `(n, 3, h, w)` at half size.
    pub(super) pictures: Constant,
    /// The center biases, `(n, h, w)` at half size.
    pub(super) center_biases: Constant,
    /// The number of the picture's rows that each row at half size stands for, in 64 bits.
    pub(super) row_counts: Constant,
    /// The same number for columns, in 32 bits.
    pub(super) column_counts: Constant,
    rows: Vec<usize>,
    columns: Vec<usize>,
}

impl Input {
    /// Takes at least one picture, all of the same size.
    pub(super) fn new(pictures: &[(&Stimulus, &LogDensity<'_>)], placement: Placement) -> Result<Self, DeepGazeError> {
        let grid = Grid::new(pictures[0].0.size())?;
        for (stimulus, center_bias) in pictures {
            for found in [stimulus.size(), center_bias.size()] {
                if found != grid.full {
                    return Err(DeepGazeError::Sizes { picture: grid.full, found });
                }
            }
        }
        let Size { height, width } = grid.half;
        let mut normalized = Array4::<f32>::zeros((pictures.len(), 3, height, width));
        let mut biases = ndarray::Array3::<f32>::zeros((pictures.len(), height, width));
        for (index, (stimulus, center_bias)) in pictures.iter().enumerate() {
            normalize(stimulus, normalized.index_axis_mut(ndarray::Axis(0), index));
            // Half size has every second pixel of every second row. The last one of an odd number is left out.
            let halved = center_bias.values();
            let halved = halved.slice(s![..2 * height;2, ..2 * width;2]);
            #[expect(clippy::cast_possible_truncation, reason = "the networks compute in 32 bits")]
            biases.index_axis_mut(ndarray::Axis(0), index).zip_mut_with(&halved, |bias, &value| *bias = value as f32);
        }
        let rows = nearest::indices(height, grid.full.height);
        let columns = nearest::indices(width, grid.full.width);
        let counts = |indices: &[usize], source| -> Result<Tensor, TchError> {
            let counts = nearest::multiplicities(indices, source);
            Tensor::f_from_slice(&counts.into_iter().map(|count| count as f64).collect::<Vec<_>>())
        };
        Ok(Self {
            grid,
            pictures: placement.of(&tensor_from_array(&normalized)?)?.into(),
            center_biases: tensor_from_array(&biases)?.f_to_device(placement.device)?.into(),
            row_counts: counts(&rows, height)?.f_to_device(placement.device)?.into(),
            column_counts: counts(&columns, width)?.f_to_kind(Kind::Float)?.f_to_device(placement.device)?.into(),
            rows,
            columns,
        })
    }

    /// Makes the log density at the picture's size from one picture's density at half size, which may lack a factor.
    pub(super) fn log_density(&self, density: &Tensor) -> Result<LogDensity<'static>, DeepGazeError> {
        let density: Array2<f32> = array_from_tensor(density)?;
        let log = density.mapv(|value| f64::from(value).ln());
        let full = Array2::from_shape_fn((self.grid.full.height, self.grid.full.width), |(row, column)| {
            log[[self.rows[row], self.columns[column]]]
        });
        Ok(LogDensity::normalize(full)?)
    }
}

/// Takes every second pixel of every second row and normalises them like pictures of ImageNet, `(3, h, w)`.
#[expect(clippy::cast_possible_truncation, reason = "the reference rounds to 32 bits after each step")]
fn normalize(stimulus: &Stimulus, mut into: ndarray::ArrayViewMut3<'_, f32>) {
    let pixels = stimulus.pixels();
    for (channel, mut plane) in into.outer_iter_mut().enumerate() {
        let table: [f32; 256] = std::array::from_fn(|value| {
            let centered = (f64::from(value as f32 / 255.0) - MEAN[channel]) as f32;
            (f64::from(centered) / DEVIATION[channel]) as f32
        });
        let (height, width) = plane.dim();
        let halved = pixels.slice(s![..2 * height;2, ..2 * width;2, channel]);
        plane.zip_mut_with(&halved, |normalized, &value| *normalized = table[usize::from(value)]);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};

    use super::*;

    #[test]
    fn a_picture_is_halved_by_leaving_out_and_an_odd_last_line_is_lost() {
        let pixels = Array3::from_shape_fn((5, 7, 3), |(y, x, c)| u8::try_from(50 * c + 10 * y + x).unwrap());
        let mut halved = Array3::zeros((3, 2, 3));
        normalize(&Stimulus::new(pixels).unwrap(), halved.view_mut());
        let value = |channel: usize, value: u8| ((f64::from(value) / 255.0) - MEAN[channel]) / DEVIATION[channel];
        for (channel, expected) in
            [array![[0, 2, 4], [20, 22, 24]], array![[50, 52, 54], [70, 72, 74]]].iter().enumerate()
        {
            for (index, &pixel) in expected.indexed_iter() {
                let found = f64::from(halved[[channel, index.0, index.1]]);
                // The tolerance allows three roundings to 32 bits of a number of about 2.
                assert!((found - value(channel, pixel)).abs() < 5e-7, "channel {channel} at {index:?}");
            }
        }
    }

    #[test]
    fn sizes_are_halved_down_and_read_out_up() {
        let grid = Grid::new(Size { height: 333, width: 250 }).unwrap();
        assert_eq!(grid.half, Size { height: 166, width: 125 });
        assert_eq!(grid.readout, Size { height: 11, width: 8 });
    }

    #[test]
    fn pictures_the_networks_cannot_take_are_refused() {
        let error = |height, width| Grid::new(Size { height, width }).unwrap_err().to_string();
        assert_eq!(
            error(1, 1),
            "DeepGaze IIE takes pictures of at least 64 pixels per side, this one is 1x1 (height x width); enlarge it"
        );
        assert!(error(63, 500).contains("63x500"));
        assert_eq!(
            error(10_000, 10_000),
            "DeepGaze IIE takes pictures of at most 16 megapixels, this one is 10000x10000 (height x width); \
             it was made for a long side of about 1024"
        );
        Grid::new(Size { height: 64, width: 64 }).unwrap();
    }
}
