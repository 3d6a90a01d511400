//! Pictures and center biases in the form that the networks take, and the way back to the picture's size.

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::{Array2, Array4, s};
use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze::DeepGazeError,
    nn::{Constant, Placement, nearest},
    tensor::{array_from_tensor, tensor_from_array},
};

/// The largest number of pixels; above it a backbone's activations need more than about 4 GB.
const MOST_PIXELS: usize = 16_000_000;
/// Mean and standard deviation of ImageNet's colors, as fractions of white.
const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f64; 3] = [0.229, 0.224, 0.225];

/// The numbers in which the members of the family differ outside their networks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// The name in messages.
    pub(crate) model: &'static str,
    /// The shortest side in pixels that the reference takes.
    pub(crate) shortest_side: usize,
    /// The factor by which the picture is larger than the readouts, rounded up.
    pub(crate) readout: usize,
    /// The factor by which the picture is larger than the map that the finalizer blurs, rounded down.
    pub(crate) reduced: usize,
}

/// The sizes at which pictures of one size are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The size of the picture.
    pub(crate) full: Size,
    /// The size of the map that the finalizer blurs, and of the densities.
    pub(crate) reduced: Size,
    /// The size of the readouts.
    pub(crate) readout: Size,
}

impl Grid {
    fn new(full: Size, config: &Config) -> Result<Self, DeepGazeError> {
        let Size { height, width } = full;
        let &Config { model, shortest_side: shortest, readout, reduced } = config;
        if height.min(width) < shortest {
            return Err(DeepGazeError::TooSmall { model, size: full, shortest });
        }
        if height.saturating_mul(width) > MOST_PIXELS {
            return Err(DeepGazeError::TooLarge { model, size: full, most: MOST_PIXELS });
        }
        Ok(Self {
            full,
            reduced: Size { height: height / reduced, width: width / reduced },
            readout: Size { height: height.div_ceil(readout), width: width.div_ceil(readout) },
        })
    }
}

/// Pictures of one size.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) grid: Grid,
    /// The normalised pictures, `(n, 3, h, w)` at half size.
    pub(crate) pictures: Constant,
    /// The center biases, `(n, h, w)` at the reduced size.
    pub(crate) center_biases: Constant,
    /// The number of the picture's rows that each row at the reduced size stands for, in 64 bits.
    pub(crate) row_counts: Constant,
    /// The same number for columns, in 32 bits.
    pub(crate) column_counts: Constant,
    rows: Vec<usize>,
    columns: Vec<usize>,
}

impl Input {
    /// Takes at least one picture, all of the same size.
    pub(crate) fn new(
        pictures: &[(&Stimulus, &LogDensity<'_>)],
        config: &Config,
        placement: Placement,
    ) -> Result<Self, DeepGazeError> {
        let grid = Grid::new(pictures[0].0.size(), config)?;
        for (stimulus, center_bias) in pictures {
            for found in [stimulus.size(), center_bias.size()] {
                if found != grid.full {
                    return Err(DeepGazeError::Sizes { picture: grid.full, found });
                }
            }
        }
        let mut normalized = Array4::<f32>::zeros((pictures.len(), 3, grid.full.height / 2, grid.full.width / 2));
        let Size { height, width } = grid.reduced;
        let (factor, step) = (config.reduced, isize::try_from(config.reduced).expect("a small number"));
        let mut biases = ndarray::Array3::<f32>::zeros((pictures.len(), height, width));
        for (index, (stimulus, center_bias)) in pictures.iter().enumerate() {
            normalize(stimulus, normalized.index_axis_mut(ndarray::Axis(0), index));
            // The reduced size has every second or fourth pixel of as many rows. The last ones may be left out.
            let reduced = center_bias.values();
            let reduced = reduced.slice(s![..factor * height;step, ..factor * width;step]);
            #[expect(clippy::cast_possible_truncation, reason = "the networks compute in 32 bits")]
            biases.index_axis_mut(ndarray::Axis(0), index).zip_mut_with(&reduced, |bias, &value| *bias = value as f32);
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

    /// Makes the log density at the picture's size from one picture's density at the reduced size, which may lack a factor.
    pub(crate) fn log_density(&self, density: &Tensor) -> Result<LogDensity<'static>, DeepGazeError> {
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

    const CONFIG: Config = Config { model: "DeepGaze IIE", shortest_side: 64, readout: 32, reduced: 2 };

    #[test]
    fn sizes_are_reduced_down_and_read_out_up() {
        let full = Size { height: 333, width: 250 };
        let grid = Grid::new(full, &CONFIG).unwrap();
        assert_eq!(grid.reduced, Size { height: 166, width: 125 });
        assert_eq!(grid.readout, Size { height: 11, width: 8 });
        let grid = Grid::new(full, &Config { readout: 8, reduced: 4, ..CONFIG }).unwrap();
        assert_eq!(grid.reduced, Size { height: 83, width: 62 });
        assert_eq!(grid.readout, Size { height: 42, width: 32 });
    }

    #[test]
    fn pictures_the_networks_cannot_take_are_refused() {
        let error = |height, width| Grid::new(Size { height, width }, &CONFIG).unwrap_err().to_string();
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
        Grid::new(Size { height: 64, width: 64 }, &CONFIG).unwrap();
    }
}
