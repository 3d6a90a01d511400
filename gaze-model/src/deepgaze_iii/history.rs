//! The last fixations, as the network sees them.

use gaze_core::Fixation;
use tch::{Device, Tensor};

use crate::{
    deepgaze::{DeepGazeError, Grid},
    nn::{Constant, length, nearest},
};

/// The number of fixations that count, from the last one back.
pub const REMEMBERED: usize = 4;
/// The numbers that describe a fixation at each place: the horizontal and the vertical difference, and the distance.
pub(super) const NUMBERS: usize = 3;
/// The largest coordinate in pixels. Squares of larger ones would leave the range of 32 bits in the end.
const FURTHEST: f64 = 1e6;

/// The places of the last fixations, relative to each place of the readout.
#[derive(Debug)]
pub(super) struct LastFixations {
    /// For each fixation, the newest first, the horizontal and the vertical difference and the distance at each place, in
    /// pixels of the picture: `(3 · fixations, h · w)`. `None` if there is no fixation.
    pub(super) relative: Option<Constant>,
    /// The height and width of the readout.
    pub(super) size: [i64; 2],
}

impl LastFixations {
    /// Takes the fixations, the oldest first.
    pub(super) fn new(history: &[Fixation], grid: Grid, device: Device) -> Result<Self, DeepGazeError> {
        // NaN is near nothing.
        let near = |value: f64| value.abs() <= FURTHEST;
        if let Some(index) = history.iter().position(|fixation| !near(fixation.x) || !near(fixation.y)) {
            let Fixation { x, y } = history[index];
            return Err(DeepGazeError::History { index, x, y, furthest: FURTHEST });
        }
        let size = [length(grid.readout.height), length(grid.readout.width)];
        let last = &history[history.len().saturating_sub(REMEMBERED)..];
        let relative = if last.is_empty() {
            None
        } else {
            let values = relative(last, grid);
            let shape = [length(NUMBERS * last.len()), size[0] * size[1]];
            Some(Tensor::f_from_slice(&values)?.f_reshape(shape)?.f_to_device(device)?.into())
        };
        Ok(Self { relative, size })
    }
}

/// Computes place minus fixation and the distance, in 32 bits, for the fixations from the last one back.
///
/// A place of the readout has the coordinates of the pixel that stands there when the picture is resampled to the
/// readout's size: usually the upper left one of those that it covers, and not the middle one.
#[expect(clippy::cast_possible_truncation, reason = "the network computes in 32 bits")]
fn relative(last: &[Fixation], grid: Grid) -> Vec<f32> {
    let rows = nearest::indices(grid.full.height, grid.readout.height);
    let columns = nearest::indices(grid.full.width, grid.readout.width);
    let places = rows.len() * columns.len();
    let mut values = Vec::with_capacity(last.len() * NUMBERS * places);
    for fixation in last.iter().rev() {
        let minus = |pixel: usize, coordinate: f64| pixel as f32 - coordinate as f32;
        let across: Vec<f32> = columns.iter().map(|&column| minus(column, fixation.x)).collect();
        let down: Vec<f32> = rows.iter().map(|&row| minus(row, fixation.y)).collect();
        down.iter().for_each(|_| values.extend(&across));
        down.iter().for_each(|&down| values.extend(std::iter::repeat_n(down, columns.len())));
        for &down in &down {
            values.extend(across.iter().map(|&across| (across * across + down * down).sqrt()));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use gaze_core::Size;

    use super::*;

    /// Two rows and three columns, at the pixels 0 and 5 by 0, 8 and 16.
    const GRID: Grid = Grid {
        full: Size { height: 10, width: 24 },
        reduced: Size { height: 2, width: 6 },
        readout: Size { height: 2, width: 3 },
    };

    #[test]
    fn the_newest_fixation_comes_first_and_is_subtracted_from_the_pixels_corner() {
        let history = [Fixation { x: 20.0, y: 1.0 }, Fixation { x: 8.0, y: 5.0 }];
        let found = relative(&history, GRID);
        assert_eq!(found[..6], [-8.0, 0.0, 8.0, -8.0, 0.0, 8.0]);
        assert_eq!(found[6..12], [-5.0, -5.0, -5.0, 0.0, 0.0, 0.0]);
        assert_eq!(found[12..18], [89_f32.sqrt(), 5.0, 89_f32.sqrt(), 8.0, 0.0, 8.0]);
        assert_eq!(found[18..21], [-20.0, -12.0, -4.0]);
        assert_eq!(found.len(), 36);
    }

    #[test]
    fn only_the_last_four_are_seen() {
        let history: Vec<Fixation> = (0..6).map(|index| Fixation { x: f64::from(index), y: 0.0 }).collect();
        let seen = |history: &[Fixation]| LastFixations::new(history, GRID, Device::Cpu).unwrap().relative;
        assert_eq!(seen(&history).unwrap().size(), [12, 6]);
        assert_eq!(*seen(&history).unwrap(), *seen(&history[2..]).unwrap());
        assert!(seen(&[]).is_none());
    }

    #[test]
    fn a_coordinate_that_is_no_number_of_pixels_is_told_with_its_place() {
        for (x, y) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (-1e7, 0.0)] {
            // It is refused even where it does not count.
            let mut history = vec![Fixation { x: -3.5, y: 900.0 }; 6];
            history[1] = Fixation { x, y };
            let error = LastFixations::new(&history, GRID, Device::Cpu).unwrap_err().to_string();
            let expected = format!(
                "fixation 1 of the history lies at x = {x}, y = {y}; coordinates are numbers of pixels, at most \
                 1000000 from the picture's corner"
            );
            assert_eq!(error, expected);
        }
    }
}
