//! The map that maximises expected similarity (SIM) under a density.

use gaze_core::{
    LogDensity, SaliencyMap, Size,
    numeric::{Loop, sum2, vectorized},
};
use ndarray::{Array2, Axis, Zip};
use rand::{Rng, RngExt};

use crate::{
    MetricError,
    derived::{finite_map, probabilities},
    smooth::{Border, Smoother},
};

/// The experiment whose empirical map the similarity will be computed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedSimilarity {
    /// Number of fixations on the image, of all observers together.
    pub fixations: usize,
    /// Standard deviation of the empirical map's blur, in pixels.
    pub sigma_px: f64,
    /// Empirical maps that the optimum is computed from; 500 leave less than 0.001 of expected similarity unused.
    pub samples: usize,
}

/// Computes the map with the largest expected similarity to the empirical map of fixations drawn from `density`.
///
/// ```text
/// q*  =  argmax  E[ ∑ min(qᵢ, Gᵢ) ]      q ≥ 0, ∑ q = 1;   G the blurred counts of N fixations, divided by N
///           q
/// ```
///
/// `G` from few fixations has peaks and holes where its expectation, the blurred density, is smooth, and it pays to
/// predict a value that is often reached rather than the mean: the optimum is more concentrated than the density,
/// and approaches the blurred density as `N` grows.
///
/// # Method
///
/// `E[min(qᵢ, Gᵢ)]` is concave in `qᵢ` alone, with slope `P(Gᵢ > qᵢ)`; pixels are tied together by `∑ q = 1` only.
/// So at the optimum all slopes are one number λ (Karush, Kuhn, Tucker), and `qᵢ` is the `1 − λ` quantile of `Gᵢ`. With
/// `samples` draws of `G` for its distribution: the value of the same rank among the draws at every pixel, interpolated
/// between two ranks so that the sum is 1. That is the exact maximum of the sample mean, where the benchmark's
/// stochastic gradient ascent approaches it. The generator decides the draws and nothing else.
///
/// The true optimum is smooth, this one carries the noise of the draws. So smoothed copies of it, means of these with
/// the blurred density, and the blurred density itself are compared on half as many further draws, and the best of them
/// all is returned: it is never worse on those draws than the blurred density.
///
/// Blurred maps hold no detail below their sigma, so draws are made on cells of `⌊sigma_px / 4⌋` × the same pixels (at
/// least 1, with a full kernel's reach of 16 cells), and the optimum is interpolated linearly between their centers.
/// For 600 × 800 pixels and 24 px these are 100 × 134 cells.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `density` | `(height, width)` | nats |
/// | result | the same; sums to 1 | probability |
///
/// # Errors
///
/// [`MetricError::Sigma`], [`MetricError::NoFixations`] for `fixations` of 0. `samples` of 0 are taken as 1.
///
/// # Reference
///
/// Kümmerer, Wallis & Bethge (2018), ECCV, doi:10.1007/978-3-030-01270-0_47; pysaliency's `SIMSaliencyMapModel`
/// optimises the same expectation by gradient steps. The blur is the empirical map's: SciPy's `mode="reflect"`.
pub fn sim_map(
    density: &LogDensity<'_>,
    experiment: ExpectedSimilarity,
    random: &mut impl Rng,
) -> Result<SaliencyMap<'static>, MetricError> {
    if experiment.fixations == 0 {
        return Err(MetricError::NoFixations);
    }
    // A checked sigma makes the cast below right, too.
    Smoother::new(experiment.sigma_px, Border::Reflect)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 < sigma ≤ 10 000")]
    let cell = ((experiment.sigma_px / 4.0) as usize).max(1);
    let coarse = coarsen(density, cell);
    let draws = Draws {
        cumulative: cumulate(&coarse),
        shape: coarse.dim(),
        smoother: Smoother::new(experiment.sigma_px / cell as f64, Border::Reflect)?,
        fixations: experiment.fixations,
    };
    let samples = experiment.samples.max(1);
    let found = best_for(&(0..samples).map(|_| draws.one(random)).collect::<Vec<_>>());
    let blurred = draws.smoother.blur(&coarse);
    // Less noise for more bias: the evaluation decides.
    let mut candidates = vec![found.clone(), (&found + &blurred) / 2.0];
    for part in [0.25, 0.5] {
        let smoother = Smoother::new(part * experiment.sigma_px / cell as f64, Border::Reflect)?;
        let smooth = smoother.blur(&found);
        candidates.push((&smooth + &blurred) / 2.0);
        candidates.push(smooth);
    }
    candidates.push(blurred);
    let mut scores = vec![0.0; candidates.len()];
    for _ in 0..samples.div_ceil(2) {
        let empirical = draws.one(random);
        for (score, candidate) in scores.iter_mut().zip(&candidates) {
            *score += overlap(candidate, &empirical);
        }
    }
    let best = scores.iter().zip(candidates).max_by(|a, b| a.0.total_cmp(b.0)).map_or(found, |(_, best)| best);
    let mut fine = refine(&best, cell, density.size());
    let total = fine.sum();
    fine.mapv_inplace(|value| value / total);
    Ok(finite_map(fine))
}

/// Empirical maps of fixations from a density, each divided by its number of fixations.
struct Draws {
    /// The probability of a cell and all before it, in row-major order.
    cumulative: Vec<f64>,
    shape: (usize, usize),
    smoother: Smoother,
    fixations: usize,
}

impl Draws {
    fn one(&self, random: &mut impl Rng) -> Array2<f64> {
        let mut counts = Array2::zeros(self.shape);
        let total = self.cumulative[self.cumulative.len() - 1];
        let share = 1.0 / self.fixations as f64;
        for _ in 0..self.fixations {
            let place = random.random::<f64>() * total;
            // The first cell beyond the place: never one of probability 0.
            let index = self.cumulative.partition_point(|&sum| sum <= place).min(self.cumulative.len() - 1);
            counts[[index / self.shape.1, index % self.shape.1]] += share;
        }
        self.smoother.blur(&counts)
    }
}

fn cumulate(density: &Array2<f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let sums = density.iter().map(|p| {
        sum += p;
        sum
    });
    sums.collect()
}

/// The operation on arrays in row-major order, as all of this module are.
fn overlap(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let (a, b) = (a.as_slice().unwrap_or_default(), b.as_slice().unwrap_or_default());
    sum2(a, b, |a, b| if a < b { a } else { b })
}

/// The distribution with the largest mean overlap with the given ones, of which there is at least one.
fn best_for(distributions: &[Array2<f64>]) -> Array2<f64> {
    let (shape, count) = (distributions[0].dim(), distributions.len());
    let pixels = shape.0 * shape.1;
    let draws: Vec<&[f64]> = distributions.iter().map(|draw| draw.as_slice().unwrap_or_default()).collect();
    let exchanges = sorting_network(count);
    // A block has some pixels side by side, and for each of them the values of all draws, largest first.
    let mut sorted = vec![[0.0; PIXELS]; count * pixels.div_ceil(PIXELS)];
    let mut sums = vec![0.0; count];
    for (block, sorted) in sorted.chunks_exact_mut(count).enumerate() {
        let here = block * PIXELS..((block + 1) * PIXELS).min(pixels);
        for (values, draw) in sorted.iter_mut().zip(&draws) {
            values[..here.len()].copy_from_slice(&draw[here.clone()]);
        }
        vectorized(Exchange { exchanges: &exchanges, values: sorted });
        for (sum, values) in sums.iter_mut().zip(sorted) {
            *sum += values.iter().sum::<f64>();
        }
    }
    // The sums fall with the rank. The largest values sum to at least 1, the smallest to at most 1.
    let upper = sums.partition_point(|&sum| sum >= 1.0).saturating_sub(1);
    let lower = (upper + 1).min(count - 1);
    let range = sums[upper] - sums[lower];
    let share = if range > 0.0 { ((sums[upper] - 1.0) / range).clamp(0.0, 1.0) } else { 0.0 };
    let between = |(upper, lower): (&f64, &f64)| upper + share * (lower - upper);
    let best = sorted.chunks_exact(count).flat_map(|block| block[upper].iter().zip(&block[lower]).map(between));
    Array2::from_shape_vec(shape, best.take(pixels).collect()).expect("one value per pixel")
}

/// Pixels whose values are sorted side by side.
const PIXELS: usize = 16;

/// Pairs of places: if of each in turn the larger value goes to the first, a list of that length ends up sorted. The
/// same for all lists, so that many are sorted at a time.
///
/// Batcher's merge exchange: Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M.
fn sorting_network(length: usize) -> Vec<(usize, usize)> {
    let mut exchanges = Vec::new();
    let top = length.next_power_of_two() / 2;
    let mut width = top;
    while width > 0 {
        let (mut bound, mut offset, mut distance) = (top, 0, width);
        loop {
            let places = (0..length.saturating_sub(distance)).filter(|place| place & width == offset);
            exchanges.extend(places.map(|place| (place, place + distance)));
            if bound == width {
                break;
            }
            distance = bound - width;
            bound /= 2;
            offset = width;
        }
        width /= 2;
    }
    exchanges
}

/// Sorts lists that lie side by side, the largest values first.
struct Exchange<'a> {
    exchanges: &'a [(usize, usize)],
    values: &'a mut [[f64; PIXELS]],
}

impl Loop for Exchange<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for &(first, second) in self.exchanges {
            let (a, b) = (self.values[first], self.values[second]);
            for pixel in 0..PIXELS {
                // Comparisons rather than `min` and `max`, which would have to think of NaN.
                let swap = a[pixel] < b[pixel];
                self.values[first][pixel] = if swap { b[pixel] } else { a[pixel] };
                self.values[second][pixel] = if swap { a[pixel] } else { b[pixel] };
            }
        }
    }
}

/// Sums the probabilities in square cells; those at the right and lower border may be cut.
fn coarsen(density: &LogDensity<'_>, cell: usize) -> Array2<f64> {
    let Size { height, width } = density.size();
    let mut coarse = Array2::zeros((height.div_ceil(cell), width.div_ceil(cell)));
    for (row, values) in probabilities(density).outer_iter().enumerate() {
        for (sum, values) in coarse.row_mut(row / cell).iter_mut().zip(values.axis_chunks_iter(Axis(0), cell)) {
            *sum += values.sum();
        }
    }
    coarse
}

/// Interpolates linearly between the centers of the cells.
fn refine(coarse: &Array2<f64>, cell: usize, size: Size) -> Array2<f64> {
    let (rows, columns) = coarse.dim();
    let place = |pixel: usize, cells: usize| {
        let position = ((pixel as f64 + 0.5) / cell as f64 - 0.5).clamp(0.0, (cells - 1) as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the cells")]
        let before = position as usize;
        (before, (before + 1).min(cells - 1), position.fract())
    };
    let across: Vec<_> = (0..size.width).map(|column| place(column, columns)).collect();
    let mut values = Vec::with_capacity(size.pixels());
    for row in 0..size.height {
        // Between rows first: of the coarse row that results, every cell is used by several pixels.
        let (top, bottom, down) = place(row, rows);
        let between =
            Zip::from(coarse.row(top)).and(coarse.row(bottom)).map_collect(|a, b| a * (1.0 - down) + b * down);
        values
            .extend(across.iter().map(|&(left, right, along)| between[left] * (1.0 - along) + between[right] * along));
    }
    Array2::from_shape_vec(size.dim(), values).expect("one value per pixel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Sums of a few hundred terms.
    const ROUNDING: f64 = 1e-12;

    fn optimum(density: &LogDensity<'_>, fixations: usize, sigma_px: f64, samples: usize) -> Array2<f64> {
        let experiment = ExpectedSimilarity { fixations, sigma_px, samples };
        sim_map(density, experiment, &mut ChaCha8Rng::seed_from_u64(1)).unwrap().values().to_owned()
    }

    /// Peaks of unlike height on a floor.
    fn landscape(height: usize, width: usize) -> LogDensity<'static> {
        LogDensity::from_weights(Array2::from_shape_fn((height, width), |(row, column)| {
            let peak = |y: f64, x: f64, sigma: f64| {
                let squared = (row as f64 - y * height as f64).powi(2) + (column as f64 - x * width as f64).powi(2);
                (-0.5 * squared / (sigma * width as f64).powi(2)).exp()
            };
            peak(0.4, 0.3, 0.05) + 0.5 * peak(0.6, 0.7, 0.1) + 0.02
        }))
        .unwrap()
    }

    /// The mean overlap with draws of another seed, on the full grid.
    fn expected(map: &Array2<f64>, density: &LogDensity<'_>, fixations: usize, sigma_px: f64, samples: usize) -> f64 {
        let probabilities = density.values().mapv(f64::exp);
        let smoother = Smoother::new(sigma_px, Border::Reflect).unwrap();
        let draws = Draws { cumulative: cumulate(&probabilities), shape: map.dim(), smoother, fixations };
        let mut random = ChaCha8Rng::seed_from_u64(99);
        (0..samples).map(|_| overlap(map, &draws.one(&mut random))).sum::<f64>() / samples as f64
    }

    fn blurred(density: &LogDensity<'_>, sigma_px: f64) -> Array2<f64> {
        Smoother::new(sigma_px, Border::Reflect).unwrap().blur(&density.values().mapv(f64::exp))
    }

    // On two pixels without blur ∑ min(q, G) = 1 − |q₁ − G₁|, and N·G₁ is binomial: the best q₁ is its median / N.
    #[test]
    fn on_two_pixels_it_is_the_median_of_the_binomial() {
        let density = LogDensity::from_weights(array![[0.8, 0.2]]).unwrap();
        // P(3 of 3) = 0.512; P(7 of 7) = 0.21, P(at least 6) = 0.58; P(at least 9 of 10) = 0.38, P(at least 8) = 0.68.
        for (fixations, median) in [(1, 1.0), (3, 3.0), (7, 6.0), (10, 8.0)] {
            let found = optimum(&density, fixations, 0.1, 4000);
            assert!((found[[0, 0]] - median / fixations as f64).abs() < ROUNDING, "{fixations}: {found}");
        }
    }

    #[test]
    fn of_many_fixations_it_is_the_blurred_density() {
        let density = landscape(30, 40);
        let distance =
            |fixations| (optimum(&density, fixations, 2.0, 200) - blurred(&density, 2.0)).mapv(f64::abs).sum();
        let (few, many) = (distance(10), distance(20_000));
        // An empirical map of 20 000 fixations differs from its expectation by about 0.02.
        assert!(few > 0.2 && many < 0.01, "{few} {many}");
    }

    #[test]
    fn it_is_more_similar_than_the_blurred_density() {
        let density = landscape(30, 40);
        let score = |map: &Array2<f64>| expected(map, &density, 20, 2.0, 400);
        let (found, naive) = (score(&optimum(&density, 20, 2.0, 400)), score(&blurred(&density, 2.0)));
        // The gain is 0.017; the standard error of a mean over 400 paired draws is below 0.001.
        assert!(found > naive + 0.01, "{found} {naive}");
    }

    #[test]
    fn cells_lose_little() {
        // Sigma 8 makes cells of 2 × 2 pixels; the last row and column are cut.
        let density = landscape(61, 81);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let probabilities = density.values().mapv(f64::exp);
        let smoother = Smoother::new(8.0, Border::Reflect).unwrap();
        let draws = Draws { cumulative: cumulate(&probabilities), shape: (61, 81), smoother, fixations: 30 };
        let fine = best_for(&(0..300).map(|_| draws.one(&mut random)).collect::<Vec<_>>());
        let score = |map: &Array2<f64>| expected(map, &density, 30, 8.0, 200);
        let (coarse, fine) = (score(&optimum(&density, 30, 8.0, 300)), score(&fine));
        assert!((coarse - fine).abs() < 0.002, "{coarse} {fine}");
    }

    #[test]
    fn a_seed_gives_one_map_and_bad_experiments_none() {
        let density = landscape(7, 9);
        assert_eq!(optimum(&density, 5, 1.0, 50), optimum(&density, 5, 1.0, 50));
        assert_eq!(optimum(&LogDensity::from_weights(array![[1.0]]).unwrap(), 5, 1.0, 0), array![[1.0]]);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut refused = |fixations, sigma_px| {
            sim_map(&density, ExpectedSimilarity { fixations, sigma_px, samples: 2 }, &mut random).unwrap_err()
        };
        assert_eq!(refused(0, 1.0), MetricError::NoFixations);
        assert!(matches!(refused(1, f64::NAN), MetricError::Sigma { .. }));
    }

    // A network that sorts all lists of zeros and ones sorts all lists.
    #[test]
    fn the_network_sorts_lists_of_every_length() {
        let sorted = |length: usize, list: &mut dyn FnMut(usize) -> f64| {
            let mut values: Vec<_> = (0..length).map(|i| [list(i); PIXELS]).collect();
            Exchange { exchanges: &sorting_network(length), values: &mut values }.run();
            values.windows(2).all(|pair| pair[0][PIXELS - 1] >= pair[1][PIXELS - 1])
        };
        for length in 1..=14 {
            for list in 0..1u32 << length {
                assert!(sorted(length, &mut |i| f64::from(list >> i & 1)), "{length} {list:b}");
            }
        }
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for length in [50, 99, 100, 127, 128, 129, 500] {
            assert!(sorted(length, &mut |_| random.random()), "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_distribution_overlaps_better_with_the_draws(
            draws in prop::collection::vec(prop::collection::vec(0.001f64..1.0, 4), 1..6),
            other in prop::collection::vec(0.001f64..1.0, 4),
        ) {
            let distribution = |values: Vec<f64>| {
                let values = Array2::from_shape_vec((2, 2), values).unwrap();
                let total = values.sum();
                values / total
            };
            let draws: Vec<_> = draws.into_iter().map(distribution).collect();
            let mean = |map: &Array2<f64>| draws.iter().map(|draw| overlap(map, draw)).sum::<f64>();
            let best = best_for(&draws);
            prop_assert!((best.sum() - 1.0).abs() < ROUNDING && best.iter().all(|&q| q >= 0.0));
            prop_assert!(mean(&best) >= mean(&distribution(other)) - ROUNDING);
            for draw in &draws {
                prop_assert!(mean(&best) >= mean(draw) - ROUNDING);
            }
        }

        #[test]
        fn the_map_is_a_distribution(seed in 0u64..1000, sigma_px in 0.3f64..20.0, height in 1usize..20) {
            let density = landscape(height, 11);
            let experiment = ExpectedSimilarity { fixations: 4, sigma_px, samples: 10 };
            let map = sim_map(&density, experiment, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            prop_assert_eq!(map.size(), density.size());
            prop_assert!((map.values().sum() - 1.0).abs() < ROUNDING && map.values().iter().all(|&q| q >= 0.0));
        }
    }
}
