//! Compares two models over many images: means with bootstrap intervals, a paired test and its effect size.
//!
//! `cargo run -p gaze-metrics --example compare_models`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use gaze_metrics::{MetricError, bootstrap_mean, compare_paired};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), MetricError> {
    // One value per image, in the same order: the NSS of two models.
    let first = [1.92, 2.11, 1.43, 2.80, 1.71, 2.24, 1.15, 1.98];
    let second = [1.75, 2.05, 1.50, 2.41, 1.60, 2.01, 1.07, 1.90];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for (name, values) in [("first", &first), ("second", &second)] {
        let found = bootstrap_mean(values, 2000, 0.95, &mut random)?;
        println!("{name:>8}: {:.2} ({:.2} to {:.2})", found.mean, found.low, found.high);
    }
    let found = compare_paired(&first, &second, 2000, 0.95, &mut random)?;
    let (difference, test) = (found.difference, found.signed_rank);
    println!(
        "difference: {:.2} ({:.2} to {:.2}), p = {:.3}",
        difference.mean, difference.low, difference.high, test.p_value
    );
    println!("rank-biserial correlation {:.2}, d_z {:.2}", test.rank_biserial(), found.cohens_dz?);
    Ok(())
}
