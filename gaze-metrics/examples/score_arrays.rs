//! Scores arrays as they are: two models' maps for one image, compared with fixations, without a copy.
//!
//! `cargo run -p gaze-metrics --example score_arrays`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use gaze_core::{Fixation, Fixations, SaliencyMap, Size};
use gaze_metrics::{auc, nss};
use ndarray::{Array2, ArrayView2};

/// Scores a view of an array that belongs to somebody else.
fn score(name: &str, map: ArrayView2<'_, f64>, fixations: &Fixations) -> Result<(), Box<dyn std::error::Error>> {
    let map = SaliencyMap::view(map)?;
    println!("{name:>8}: AUC {:.3}, NSS {:.3}", auc(&map, fixations)?, nss(&map, fixations)?);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = Size { height: 60, width: 80 };
    let hill = |row: f64, column: f64| {
        Array2::from_shape_fn(size.dim(), |(y, x)| {
            (-((y as f64 - row).powi(2) + (x as f64 - column).powi(2)) / 200.0).exp()
        })
    };
    let points = [(20.0, 30.0), (24.5, 28.0), (61.0, 22.0)].map(|(x, y)| Fixation { x, y });
    let fixations = Fixations::new(size, points.to_vec())?;
    score("center", hill(30.0, 40.0).view(), &fixations)?;
    score("left", hill(30.0, 22.0).view(), &fixations)?;

    // Networks give 32 bits; AUC and NSS read them as they are.
    #[expect(clippy::cast_possible_truncation, reason = "32 bits are the point here")]
    let narrow = hill(30.0, 22.0).mapv(|value| value as f32);
    let map = SaliencyMap::view_f32(narrow.view())?;
    println!("  32 bit: AUC {:.3}, NSS {:.3}", auc(&map, &fixations)?, nss(&map, &fixations)?);
    Ok(())
}
