//! A model of one's own: people look at what is brighter than the picture's mean, and near the middle.
//!
//! `cargo run -p gaze-core --example own_model`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use gaze_core::{
    LogDensity, ModelError, Prediction, SaliencyModel, Size, Stimulus, Viewing,
    ndarray::{Array2, Array3},
};

#[derive(Debug)]
struct BrightAndCentral;

impl SaliencyModel for BrightAndCentral {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let pixels = viewing.needs_picture()?.pixels();
        let Size { height, width } = viewing.size;
        let log_weights = Array2::from_shape_fn((height, width), |(row, column)| {
            let brightness = (0..3).map(|channel| f64::from(pixels[[row, column, channel]])).sum::<f64>() / 765.0;
            let (y, x) = (row as f64 / height as f64 - 0.5, column as f64 / width as f64 - 0.5);
            2.0 * brightness - 8.0 * (y * y + x * x)
        });
        Ok(Prediction::Density(LogDensity::normalize(log_weights)?))
    }
}

fn main() -> Result<(), ModelError> {
    let pixels = Array3::from_shape_fn((60, 80, 3), |(row, column, _)| if row < 30 && column < 40 { 250 } else { 40 });
    let prediction = BrightAndCentral.predict(&Viewing::of_picture(&Stimulus::new(pixels)?))?;
    let probabilities = prediction.to_saliency_map();
    println!("{} pixels, the most probable has {:.5}", prediction.size(), probabilities.summary().highest);
    Ok(())
}
