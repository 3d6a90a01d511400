//! The gold standard: how likely each observer's fixations are under the density of the others'.
//!
//! `cargo run -p gaze-targets --example ceiling`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use gaze_core::{Fixation, Fixations, OutOfBounds, Size, bits};
use gaze_targets::{GaussianKernel, GoldStandard, Prior};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = Size { height: 60, width: 80 };
    let looked_at = |points: &[(f64, f64)]| {
        Fixations::new(size, points.iter().map(|&(x, y)| Fixation { x, y }).collect::<Vec<_>>())
    };
    let observers: Vec<Fixations> = [
        looked_at(&[(20.0, 30.0), (60.0, 20.0)]),
        looked_at(&[(22.0, 28.0), (58.0, 22.0)]),
        looked_at(&[(19.0, 31.0), (5.0, 55.0)]),
    ]
    .into_iter()
    .collect::<Result<_, OutOfBounds>>()?;
    let kernel = GaussianKernel::new(3.0)?;
    // Without a center bias the uniform density counts as one more observer.
    let gold_standard = GoldStandard::new(&observers, &kernel, Prior::OneMoreObserver(None))?;
    let uniform = -(size.pixels() as f64).ln();
    for (observer, own) in observers.iter().enumerate() {
        let others = gold_standard.without(observer)?;
        let gains = own.pixels().iter().map(|pixel| others.values()[[pixel.row, pixel.column]] - uniform);
        let gain = bits(gains.sum::<f64>() / own.len() as f64);
        println!("observer {observer}: {gain:.2} bits per fixation over chance");
    }
    Ok(())
}
