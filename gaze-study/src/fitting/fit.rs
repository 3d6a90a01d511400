//! Temperature and center-bias weight of highest likelihood.

use gaze_core::{Fixations, LogDensity};
use ndarray::{Array2, Zip};

/// Steps of Newton's method, which needs about five.
const STEPS: usize = 50;
/// Nats per fixation below which a step is not worth it.
const ENOUGH: f64 = 1e-10;

/// An image: the network's map and the center bias at the fit's size, and the fixations there.
pub(super) struct Example {
    pub(super) map: Array2<f64>,
    pub(super) center_bias: Array2<f64>,
    pub(super) fixations: Fixations,
}

/// Temperature and center-bias weight.
pub(super) type Weights = [f64; 2];

impl Example {
    pub(super) fn new(map: Array2<f64>, center_bias: &LogDensity<'_>, fixations: Fixations) -> Self {
        Self { map, center_bias: center_bias.values().to_owned(), fixations }
    }

    /// Log-likelihood in nats per fixation, its gradient, and minus its second derivatives `[tt, tw, ww]`.
    fn likelihood(&self, [t, w]: Weights) -> (f64, [f64; 2], [f64; 3]) {
        let energy = |map: f64, bias: f64| t * map + w * bias;
        let largest = Zip::from(&self.map).and(&self.center_bias);
        let largest = largest.fold(f64::NEG_INFINITY, |most, &map, &bias| most.max(energy(map, bias)));
        // Sum, means and second moments under the density.
        let moments = Zip::from(&self.map).and(&self.center_bias).fold([0.0; 6], |sums, &map, &bias| {
            let p = (energy(map, bias) - largest).exp();
            let terms = [1.0, map, bias, map * map, map * bias, bias * bias];
            std::array::from_fn(|index| sums[index] + p * terms[index])
        });
        let [total, means @ ..] = moments;
        let [map, bias, map2, cross, bias2] = means.map(|sum| sum / total);
        let (mut seen_map, mut seen_bias) = (0.0, 0.0);
        for pixel in self.fixations.pixels() {
            seen_map += self.map[[pixel.row, pixel.column]];
            seen_bias += self.center_bias[[pixel.row, pixel.column]];
        }
        let count = self.fixations.len() as f64;
        let (seen_map, seen_bias) = (seen_map / count, seen_bias / count);
        let value = energy(seen_map, seen_bias) - largest - total.ln();
        (value, [seen_map - map, seen_bias - bias], [map2 - map * map, cross - map * bias, bias2 - bias * bias])
    }
}

/// The mean log-likelihood over images, in nats per fixation.
pub(super) fn likelihood(examples: &[&Example], weights: Weights) -> f64 {
    examples.iter().map(|example| example.likelihood(weights).0).sum::<f64>() / examples.len() as f64
}

/// The weights of highest mean log-likelihood; the temperature is not negative. The problem is concave: Newton's method, with
/// steps halved until they help, finds its one maximum.
pub(super) fn fit(examples: &[&Example]) -> Weights {
    let mut weights = [1.0, 1.0];
    for _ in 0..STEPS {
        let mut sums = (0.0, [0.0; 2], [0.0; 3]);
        for example in examples {
            let (value, gradient, curvature) = example.likelihood(weights);
            sums.0 += value;
            (0..2).for_each(|index| sums.1[index] += gradient[index]);
            (0..3).for_each(|index| sums.2[index] += curvature[index]);
        }
        let (value, [gt, gw], [tt, tw, ww]) = sums;
        // A trace of the identity keeps it solvable where one of the two is uniform.
        let (tt, ww) = (tt + 1e-9, ww + 1e-9);
        let determinant = tt * ww - tw * tw;
        let step = [(ww * gt - tw * gw) / determinant, (tt * gw - tw * gt) / determinant];
        let at = |share: f64| [(weights[0] + share * step[0]).max(0.0), weights[1] + share * step[1]];
        let total = |weights| examples.iter().map(|example| example.likelihood(weights).0).sum::<f64>();
        let Some(better) = (0..20).map(|halvings| at(0.5f64.powi(halvings))).find(|&new| total(new) > value) else {
            break;
        };
        let gained = total(better) - value;
        weights = better;
        if gained < ENOUGH * examples.len() as f64 {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use gaze_core::{Fixation, Size};
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Draws fixations from a density with known weights.
    fn examples(count: usize, truth: Weights) -> Vec<Example> {
        let size = Size { height: 20, width: 30 };
        let mut random = ChaCha8Rng::seed_from_u64(5);
        (0..count)
            .map(|_| {
                let map = Array2::from_shape_fn(size.dim(), |_| random.random_range(-2.0..2.0));
                let bias = Array2::from_shape_fn(size.dim(), |(y, x)| {
                    -((y as f64 - 9.5).powi(2) + (x as f64 - 14.5).powi(2)) / 60.0
                });
                let center_bias = LogDensity::normalize(bias).unwrap();
                let density = &map * truth[0] + &(&center_bias.values() * truth[1]);
                let density = LogDensity::normalize(density).unwrap();
                let points = (0..400).map(|_| {
                    let mut left: f64 = random.random_range(0.0..1.0);
                    let values = density.values();
                    let place = values.indexed_iter().find(|(_, value)| {
                        left -= value.exp();
                        left <= 0.0
                    });
                    let (y, x) = place.map_or((0, 0), |(place, _)| place);
                    Fixation { x: x as f64 + 0.5, y: y as f64 + 0.5 }
                });
                let fixations = Fixations::new(size, points.collect()).unwrap();
                Example::new(map, &center_bias, fixations)
            })
            .collect()
    }

    #[test]
    fn the_weights_that_made_the_fixations_are_found() {
        for truth in [[0.6, 1.4], [1.5, 0.3]] {
            let made = examples(10, truth);
            let found = fit(&made.iter().collect::<Vec<_>>());
            // 4000 fixations: standard errors of about 0.015 and 0.03.
            assert!(
                (found[0] - truth[0]).abs() < 0.06 && (found[1] - truth[1]).abs() < 0.12,
                "{found:?} for {truth:?}"
            );
        }
    }

    #[test]
    fn nothing_nearby_is_likelier() {
        let made = examples(4, [0.8, 0.9]);
        let made: Vec<&Example> = made.iter().collect();
        let [t, w] = fit(&made);
        let best = likelihood(&made, [t, w]);
        for [dt, dw] in [[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]] {
            assert!(likelihood(&made, [t + dt, w + dw]) < best);
        }
    }

    #[test]
    fn a_map_that_misleads_is_ignored() {
        let mut made = examples(4, [1.0, 0.5]);
        made.iter_mut().for_each(|example| example.map.mapv_inplace(|value| -value));
        let [t, _] = fit(&made.iter().collect::<Vec<_>>());
        assert!(t.abs() < 1e-12, "{t}");
    }
}
