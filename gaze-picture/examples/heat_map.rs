//! Draws a heat map with its color bar: `cargo run -p gaze-picture --example heat_map -- OUT.png`.

use std::{env, error::Error, fs};

use gaze_core::{LogDensity, ndarray::Array2};
use gaze_picture::{Palette, Scale, Shades, with_color_bar};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).ok_or("usage: heat_map OUT.png")?;
    // A density with two peaks, the left one twice as high.
    let peak = |x: f64, y: f64, to: (f64, f64)| (-((x - to.0).powi(2) + (y - to.1).powi(2)) / 800.0).exp();
    let weights = Array2::from_shape_fn((150, 200), |(row, column)| {
        let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
        2.0 * peak(x, y, (60.0, 75.0)) + peak(x, y, (140.0, 60.0))
    });
    let density = LogDensity::from_weights(weights)?;
    let map = density.to_saliency_map();
    // Values beside the bar are multiples of the probability that chance gives a pixel.
    let scale = Scale::of(Some(&density), &map);
    fs::write(out, with_color_bar(&Shades::of(&map), Palette::Viridis, scale)?)?;
    Ok(())
}
