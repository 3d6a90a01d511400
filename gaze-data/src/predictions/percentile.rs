//! Densities from percentile maps: 8-bit pictures that say how little of the mass lies above each pixel.
//!
//! The value of a pixel is `v = trunc(254·(1 − C))`, where `C` is the mass of all pixels at least as dense, the pixel
//! itself included, with the pixels taken one after another in descending order of density. The densest pixels have
//! 253, the least dense ones 0.
//!
//! # What a level holds
//!
//! `v ≥ k` means `C ≤ 1 − k/254`. The pixels with `v ≥ k` are therefore the longest run of the densest pixels whose
//! mass is at most `1 − k/254`, and they hold that mass but for less than one pixel's. So
//!
//! ```text
//! mass of all pixels with v ≥ k  =  1 − k/254        k = 0 … 253
//! mass of the pixels with v = k  =  1/254
//! ```
//!
//! each up to the mass of one pixel, which is small against 1/254 unless the density is extremely peaked.
//!
//! A single pixel with more than 1/254 takes `C` over several levels at once. The levels it jumps do not occur, and
//! itself, which is counted in its own `C`, has the **lowest** value of those it crosses. The mass of a level that
//! does not occur therefore belongs to the next lower level that does. The last pixel has `C = 1`: the value 0 always
//! occurs, and a picture without it is no percentile map. A value of 254 would need `C = 0`, which only rounding or a
//! writer that leaves the pixel itself out of `C` can give; such pixels share the mass of 253. A value of 255 cannot
//! occur.
//!
//! # The density
//!
//! A level's mass is spread evenly over its pixels. Because each boundary is known up to one pixel only, a level may
//! come out slightly denser than the next higher one; such neighbours are pooled (isotonic regression), and a tilt of
//! one part in 10⁹ per level keeps their order. The result has no zeros and ranks the pixels exactly as the picture
//! does, so that every measure that only ranks is the same for both.

use gaze_core::LogDensity;
use ndarray::Array2;

/// The number of levels that share the mass.
const LEVELS: usize = 254;

/// The difference in log density by which a level exceeds the next lower one at least.
const TILT: f64 = 1e-9;

/// Computes the percentile map of a density, from which [`StoredMap::prediction`](crate::StoredMap::prediction) recovers the density.
///
/// The result has shape `(height, width)` and 8-bit values `trunc(254·(1 − C))`, where `C` is the mass of all pixels that
/// are at least as dense, the pixel itself included. Among pixels that are equally dense, those further up, then further
/// left, come first.
#[must_use]
pub fn percentile_map(density: &LogDensity<'_>) -> Array2<u8> {
    let logs = density.values();
    let mut places: Vec<_> = logs.indexed_iter().map(|(place, &log)| (place, log)).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut values = Array2::zeros(logs.dim());
    let (mut above, last) = (0.0, places.len() - 1);
    for (index, (place, log)) in places.into_iter().enumerate() {
        // Rounding must not leave the last one a little above 0.
        above = if index == last { 1.0 } else { above + log.exp() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 254, and trunc is meant")]
        let value = (LEVELS as f64 * (1.0 - above)).max(0.0) as u8;
        values[place] = value;
    }
    values
}

/// Reconstructs the density, or names the value that no percentile map can have.
pub(crate) fn density(values: &Array2<u8>) -> Result<LogDensity<'static>, String> {
    let mut pixels = [0usize; LEVELS];
    for &value in values {
        if value == u8::MAX {
            return Err("expected values from 0 to 254, found 255".to_owned());
        }
        pixels[level(value)] += 1;
    }
    if pixels[0] == 0 {
        return Err("expected the value 0 at the least dense pixels, found none".to_owned());
    }

    let logs = log_densities(&pixels);
    let log_weights = Array2::from_shape_fn(values.dim(), |place| logs[level(values[place])]);
    LogDensity::normalize(log_weights).map_err(|error| error.to_string())
}

fn level(value: u8) -> usize {
    usize::from(value).min(LEVELS - 1)
}

/// Computes the log density of each level that has pixels; level 0 must have some.
fn log_densities(pixels: &[usize; LEVELS]) -> [f64; LEVELS] {
    // Runs of levels with one density, from the highest level down: lowest level, mass in 254ths, pixels.
    let mut runs: Vec<(usize, f64, usize)> = Vec::new();
    let mut mass = 0.0;
    for level in (0..LEVELS).rev() {
        mass += 1.0;
        if pixels[level] == 0 {
            continue;
        }
        let mut run = (level, mass, pixels[level]);
        mass = 0.0;
        // A run that would be denser than the one above it joins it.
        while let Some(&(_, above, count)) = runs.last()
            && run.1 * count as f64 > above * run.2 as f64
        {
            run = (run.0, run.1 + above, run.2 + count);
            runs.pop();
        }
        runs.push(run);
    }

    let mut logs = [f64::NEG_INFINITY; LEVELS];
    let mut end = LEVELS;
    for (lowest, mass, count) in runs {
        for (level, log) in logs.iter_mut().enumerate().take(end).skip(lowest) {
            *log = (mass / (LEVELS * count) as f64).ln() + TILT * level as f64;
        }
        end = lowest;
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// Rounding, and the tilt over 254 levels.
    const TOLERANCE: f64 = 1e-6;

    fn encode(density: &Array2<f64>) -> Array2<u8> {
        percentile_map(&LogDensity::from_weights(density.clone()).unwrap())
    }

    fn probabilities(values: &Array2<u8>) -> Array2<f64> {
        density(values).unwrap().values().mapv(f64::exp)
    }

    #[track_caller]
    fn check(values: &Array2<u8>, expected: &Array2<f64>) {
        let found = probabilities(values);
        assert!((&found - expected).iter().all(|difference| difference.abs() < TOLERANCE), "{found} {expected}");
    }

    #[test]
    fn the_mass_of_a_jumped_level_belongs_to_the_next_lower_one() {
        // 0.5 at once: C = 0.5, so v = 127; then 0.25: v = 63; then 0.25: C = 1, v = 0.
        check(&encode(&array![[0.25, 0.5, 0.25]]), &array![[64.0 / 254.0, 127.0 / 254.0, 63.0 / 254.0]]);
        check(&array![[0]], &array![[1.0]]);
        check(&array![[0, 0], [0, 0]], &array![[0.25, 0.25], [0.25, 0.25]]);
    }

    #[test]
    fn a_level_shares_its_mass_evenly() {
        check(&array![[127, 127, 0, 0]], &(array![[127.0, 127.0, 127.0, 127.0]] / 508.0));
        check(&array![[253, 0, 0]], &(array![[2.0, 253.0, 253.0]] / 508.0).mapv(|_: f64| 1.0 / 3.0));
    }

    #[test]
    fn the_highest_two_values_are_one_level() {
        let (with, without) = (probabilities(&array![[254, 253, 0]]), probabilities(&array![[253, 253, 0]]));
        assert_eq!(with, without);
    }

    #[test]
    fn values_that_cannot_be_are_named() {
        let message = |values: Array2<u8>| density(&values).unwrap_err();
        assert_eq!(message(array![[0, 255]]), "expected values from 0 to 254, found 255");
        assert_eq!(message(array![[1, 200]]), "expected the value 0 at the least dense pixels, found none");
    }

    #[test]
    fn a_density_survives_the_picture() {
        // A bump over 120 x 160 pixels: no pixel has more than a few 254ths of the mass of a level.
        let bump = Array2::from_shape_fn((120, 160), |(row, column)| {
            let (y, x) = ((row as f64 - 40.0) / 25.0, (column as f64 - 100.0) / 30.0);
            0.02 + (-(x * x + y * y) / 2.0).exp()
        });
        let truth = &bump / bump.sum();
        let found = probabilities(&encode(&truth));
        let divergence = (&truth * &(&truth / &found).mapv(f64::ln)).sum();
        assert!((0.0..2e-3).contains(&divergence), "KL {divergence} nats");
    }

    proptest! {
        #[test]
        fn pixels_are_ranked_as_in_the_picture(values in prop::collection::vec(0u8..254, 1..60)) {
            let mut values = values;
            values.push(0);
            let picture = Array2::from_shape_vec((1, values.len()), values.clone()).unwrap();
            let logs = density(&picture).unwrap();
            prop_assert!((logs.values().mapv(f64::exp).sum() - 1.0).abs() < 1e-12);
            for (a, log_a) in values.iter().zip(logs.values()) {
                prop_assert!(log_a.is_finite());
                for (b, log_b) in values.iter().zip(logs.values()) {
                    prop_assert_eq!(a.cmp(b), log_a.total_cmp(log_b));
                }
            }
        }
    }
}
