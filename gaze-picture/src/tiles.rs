//! Small pictures: tiles of one size that a report shows side by side.

use std::ops::Range;

use gaze_core::{Size, Stimulus};
use image::RgbImage;
use ndarray::{Array2, ArrayView2};

use crate::shades::bytes;

/// The longer side of a tile, in pixels.
const TILE: usize = 360;

/// The size of the tile of an image: its own size, or smaller so that the longer side has 360 pixels.
#[must_use]
pub fn small(size: Size) -> Size {
    let longer = size.height.max(size.width).max(TILE);
    let side = |length: usize| ((length * TILE + longer / 2) / longer).max(1);
    Size { height: side(size.height), width: side(size.width) }
}

/// Shrinks a picture to a smaller size by averaging boxes of pixels.
#[must_use]
pub fn shrunk(stimulus: &Stimulus, small: Size) -> RgbImage {
    let size = stimulus.size();
    let pixels = shrink::<3>(bytes(stimulus), sides(size), sides(small));
    let (width, height) = sides(small);
    RgbImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// Shrinks a map to a smaller size: the means of its values over boxes of nearly equal size.
#[must_use]
pub fn means(map: ArrayView2<'_, f64>, small: Size) -> Array2<f64> {
    let (height, width) = map.dim();
    let across: Vec<Range<usize>> = (0..small.width).map(|column| span(column, width, small.width)).collect();
    let mut means = Array2::zeros(small.dim());
    for (row, mut means) in means.outer_iter_mut().enumerate() {
        let down = span(row, height, small.height);
        for line in down.clone() {
            let line = map.row(line);
            for (mean, across) in means.iter_mut().zip(&across) {
                *mean += across.clone().map(|column| line[column]).sum::<f64>();
            }
        }
        for (mean, across) in means.iter_mut().zip(&across) {
            *mean /= (across.len() * down.len()) as f64;
        }
    }
    means
}

/// The box of a small picture's row or column in the picture.
fn span(index: usize, from: usize, to: usize) -> Range<usize> {
    let start = index * from / to;
    start..((index + 1) * from / to).max(start + 1)
}

/// Puts tiles of one size beside each other, from left to right.
#[must_use]
pub fn side_by_side(tiles: &[RgbImage], tile: Size) -> RgbImage {
    let (width, height) = sides(tile);
    let count = u32::try_from(tiles.len()).unwrap_or(1);
    RgbImage::from_fn(width * count, height, |x, y| *tiles[(x / width) as usize].get_pixel(x % width, y))
}

/// Averages boxes of nearly equal size. A pixel has `CHANNELS` bytes.
pub(crate) fn shrink<const CHANNELS: usize>(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let ((width, height), (columns, rows)) = ((from.0 as usize, from.1 as usize), (to.0 as usize, to.1 as usize));
    let mut small = Vec::with_capacity(columns * rows * CHANNELS);
    for row in 0..rows {
        for column in 0..columns {
            let (across, down) = (span(column, width, columns), span(row, height, rows));
            let mut sums = [0u64; CHANNELS];
            for line in down.clone() {
                let line = &pixels[(line * width + across.start) * CHANNELS..(line * width + across.end) * CHANNELS];
                for pixel in line.as_chunks::<CHANNELS>().0 {
                    sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
                }
            }
            let count = (across.len() * down.len()) as u64;
            #[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
            small.extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    small
}

/// Width and height in the numbers that pictures have; a longer side saturates.
pub(crate) fn sides(size: Size) -> (u32, u32) {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    (side(size.width), side(size.height))
}
