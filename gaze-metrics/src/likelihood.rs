//! The likelihood of fixations under `p ∝ exp(f(score) + w · ln c)`, with its first and second derivatives.
//!
//! The parameters are the increments of `f` over its segments and, if there is a center bias, `w`. A pixel's score lies
//! between two nodes of `f`; all moments are first gathered at nodes, where each pixel touches two of them and the
//! second moments are a band, and then summed up to moments of the increments.
//!
//! # Why the optimum is global
//!
//! Let `θ` hold the increments `dₖ ≥ 0` of `f` over its segments, and `w`. Then `η = f(s) + w ln c = x·θ` is linear in
//! `θ` at every pixel: `f(s) = ∑ dₖ · clamp(K·s − k, 0, 1)`. A fixation at pixel `i` contributes `ln p = xᵢ·θ − ln ∑ⱼ
//! exp(xⱼ·θ)`. The second term's matrix of second derivatives is minus the covariance of `x` under `p`, which is
//! positive semidefinite: `ln p` is concave, and so is the sum over fixations. The penalty `−½ ridge (∑ dₖ² + (w −
//! 1)²)` makes it strictly concave and unbounded below, so that over the convex set `θ ≥ 0` there is exactly one
//! maximum, it is finite also where all fixations lie on the map's largest value, and every local search ends there.
//! With `f` on the scale of probabilities instead (`p ∝ f(s) · g(c)`, pysaliency's default) none of this holds.

use std::sync::Arc;

use ndarray::{Array1, Array2, aview1, s};

use crate::projected_newton::Evaluation;

/// A pixel as the model sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The score, in 0 ..= 1.
    pub(crate) score: f64,
    /// The log center bias, 0 without one.
    pub(crate) log_bias: f64,
}

/// The unit that has the same weight everywhere in a mean over the fixations on several images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weighting {
    /// Every fixation weighs the same, so an image weighs as much as it has fixations.
    PerFixation,
    /// Every image with a fixation weighs the same.
    PerImage,
}

/// Pixels and fixations of the training images.
#[derive(Clone, Debug)]
pub(crate) struct Training {
    segments: usize,
    biased: bool,
    weighting: Weighting,
    /// Shared by the training sets of a cross-validation.
    images: Vec<Arc<Image>>,
}

#[derive(Clone, Debug)]
struct Image {
    /// Different pixels with the number of each; none that the center bias excludes.
    pixels: Vec<(Sample, f64)>,
    /// The mean of the features over the fixations.
    fixated: Array1<f64>,
    weight: f64,
}

/// Computes the piecewise linear function with these values at 0, 1/K, …, 1.
pub(crate) fn nonlinearity(nodes: &[f64], score: f64) -> f64 {
    let (node, share) = place(nodes.len() - 1, score);
    nodes[node] + share * (nodes[node + 1] - nodes[node])
}

/// Computes `weight · log_bias`, where a pixel of probability 0 keeps it under any weight.
pub(crate) fn weighted(weight: f64, log_bias: f64) -> f64 {
    if log_bias == f64::NEG_INFINITY { log_bias } else { weight * log_bias }
}

/// The segment that a score in 0 ..= 1 lies in, and its place along the segment in 0 ..= 1.
fn place(segments: usize, score: f64) -> (usize, f64) {
    let position = score * segments as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ score ≤ 1")]
    let segment = (position as usize).min(segments - 1);
    (segment, position - segment as f64)
}

impl Training {
    pub(crate) fn new(segments: usize, biased: bool, weighting: Weighting) -> Self {
        Self { segments, biased, weighting, images: Vec::new() }
    }

    /// The number of parameters: one for each segment, and the weight of the center bias if there is one.
    pub(crate) fn parameters(&self) -> usize {
        self.segments + usize::from(self.biased)
    }

    pub(crate) fn images(&self) -> usize {
        self.images.len()
    }

    /// The images at the chosen positions, without a copy of their pixels.
    pub(crate) fn part(&self, chosen: impl Fn(usize) -> bool) -> Self {
        let images = self.images.iter().enumerate().filter(|&(index, _)| chosen(index));
        Self { images: images.map(|(_, image)| Arc::clone(image)).collect(), ..*self }
    }

    /// Adds an image with all its pixels and those under its fixations, of which there is at least one.
    pub(crate) fn add(&mut self, mut pixels: Vec<Sample>, fixated: &[Sample]) {
        pixels.retain(|pixel| pixel.log_bias > f64::NEG_INFINITY);
        pixels.sort_unstable_by(|a, b| a.score.total_cmp(&b.score).then(a.log_bias.total_cmp(&b.log_bias)));
        let pixels = pixels.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect();
        let mut features = Array1::zeros(self.parameters());
        for sample in fixated {
            let (segment, share) = place(self.segments, sample.score);
            for below in 0..segment {
                features[below] += 1.0;
            }
            features[segment] += share;
            if self.biased {
                features[self.segments] += sample.log_bias;
            }
        }
        let fixations = fixated.len() as f64;
        let weight = match self.weighting {
            Weighting::PerFixation => fixations,
            Weighting::PerImage => 1.0,
        };
        self.images.push(Arc::new(Image { pixels, fixated: features / fixations, weight }));
    }

    /// The sum of the images' weights.
    fn weight(&self) -> f64 {
        self.images.iter().map(|image| image.weight).sum()
    }

    /// The mean log probability of a fixation.
    pub(crate) fn log_likelihood(&self, point: &Array1<f64>) -> f64 {
        let of_image = |image: &Arc<Image>| image.weight * (image.fixated.dot(point) - self.masses(image, point).1);
        self.images.iter().map(of_image).sum::<f64>() / self.weight()
    }

    /// Computes the mass of all pixels like each, but for a common factor, and the logarithm of the sum of exponentials.
    fn masses(&self, image: &Image, point: &Array1<f64>) -> (Vec<f64>, f64) {
        let mut nodes = vec![0.0; self.segments + 1];
        for segment in 0..self.segments {
            nodes[segment + 1] = nodes[segment] + point[segment];
        }
        let weight = if self.biased { point[self.segments] } else { 0.0 };
        let exponent = |pixel: &Sample| nonlinearity(&nodes, pixel.score) + weight * pixel.log_bias;
        let mut masses: Vec<f64> = image.pixels.iter().map(|(pixel, _)| exponent(pixel)).collect();
        let largest = masses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for (mass, (_, count)) in masses.iter_mut().zip(&image.pixels) {
            *mass = count * (*mass - largest).exp();
            sum += *mass;
        }
        (masses, largest + sum.ln())
    }

    /// Computes the mean log probability less `½ ridge (∑ dₖ² + (w − 1)²)`, with derivatives.
    pub(crate) fn penalized(&self, point: &Array1<f64>, ridge: f64) -> Evaluation {
        let n = self.parameters();
        let mut value = 0.0;
        let mut gradient = Array1::zeros(n);
        let mut curvature = Array2::zeros((n, n));
        for image in &self.images {
            let (masses, log_sum) = self.masses(image, point);
            let (mean, second) = self.moments(image, &masses);
            value += image.weight * (image.fixated.dot(point) - log_sum);
            gradient.scaled_add(image.weight, &(&image.fixated - &mean));
            for ((row, column), entry) in curvature.indexed_iter_mut() {
                *entry += image.weight * (second[[row, column]] - mean[row] * mean[column]);
            }
        }
        let total = self.weight();
        value /= total;
        gradient /= total;
        curvature /= total;
        for k in 0..n {
            let excess = if k < self.segments { point[k] } else { point[k] - 1.0 };
            value -= 0.5 * ridge * excess * excess;
            gradient[k] -= ridge * excess;
            curvature[[k, k]] += ridge;
        }
        Evaluation { value, gradient, curvature }
    }

    /// Computes the first and second moments of the features under the density of these masses.
    fn moments(&self, image: &Image, masses: &[f64]) -> (Array1<f64>, Array2<f64>) {
        let (k, n) = (self.segments, self.parameters());
        // At the nodes, the bias coming last.
        let mut first = vec![0.0; k + 2];
        // A pixel has a part in two nodes beside each other and in the bias, so these are all sums of products.
        let (mut same, mut beside, mut with_bias) = (vec![0.0; k + 2], vec![0.0; k + 1], vec![0.0; k + 1]);
        let mut sum = 0.0;
        for (&mass, &(pixel, _)) in masses.iter().zip(&image.pixels) {
            // A pixel without mass has no moment, however large its feature.
            if mass <= 0.0 {
                continue;
            }
            sum += mass;
            let (node, share) = place(k, pixel.score);
            let (near, far) = (mass * (1.0 - share), mass * share);
            first[node] += near;
            first[node + 1] += far;
            same[node] += near * (1.0 - share);
            beside[node] += near * share;
            same[node + 1] += far * share;
            if self.biased {
                let bias = pixel.log_bias;
                first[k + 1] += mass * bias;
                same[k + 1] += mass * bias * bias;
                with_bias[node] += near * bias;
                with_bias[node + 1] += far * bias;
            }
        }
        let mut products = Array2::<f64>::zeros((k + 2, k + 2));
        products.diag_mut().assign(&aview1(&same));
        for node in 0..k {
            products[[node, node + 1]] = beside[node];
            products[[node + 1, node]] = beside[node];
        }
        products.slice_mut(s![..=k, k + 1]).assign(&aview1(&with_bias));
        // An increment's feature is the sum of those of all nodes above it.
        for node in (1..k).rev() {
            first[node] += first[node + 1];
        }
        for row in 0..=k {
            for node in (1..k).rev() {
                products[[row, node]] += products[[row, node + 1]];
            }
        }
        for node in (1..k).rev() {
            for column in 0..k + 2 {
                products[[node, column]] += products[[node + 1, column]];
            }
        }
        let mean = Array1::from_shape_fn(n, |i| first[i + 1] / sum);
        let second = Array2::from_shape_fn((n, n), |(i, j)| products[[i.min(j) + 1, i.max(j) + 1]] / sum);
        (mean, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projected_newton::maximize;
    use proptest::prelude::*;

    fn sample((score, log_bias): (f64, f64)) -> Sample {
        Sample { score, log_bias }
    }

    fn training(biased: bool, pixels: &[(f64, f64)], fixated: &[usize]) -> Training {
        let pixels: Vec<Sample> =
            pixels.iter().map(|&(score, bias)| sample((score, if biased { bias } else { 0.0 }))).collect();
        let mut training = Training::new(4, biased, Weighting::PerFixation);
        let fixated: Vec<Sample> = fixated.iter().map(|&i| pixels[i % pixels.len()]).collect();
        training.add(pixels.clone(), &fixated);
        // A second image, with equal pixels and one that is excluded.
        let mut second = pixels;
        second.truncate(3);
        second.push(second[0]);
        let fixated = [second[1]];
        if biased {
            second.push(sample((0.5, f64::NEG_INFINITY)));
        }
        training.add(second, &fixated);
        training
    }

    #[test]
    fn the_nonlinearity_passes_through_its_nodes() {
        let nodes = [0.0, 1.0, 5.0];
        for (score, expected) in [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 3.0), (1.0, 5.0)] {
            assert!((nonlinearity(&nodes, score) - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn two_pixels_by_hand() {
        // f(1) − f(0) = 4 · 0.25 = 1: the fixated pixel has e / (e + 1).
        let mut training = Training::new(4, false, Weighting::PerFixation);
        training.add(vec![sample((0.0, 0.0)), sample((1.0, 0.0))], &[sample((1.0, 0.0))]);
        let found = training.log_likelihood(&Array1::from_elem(4, 0.25));
        assert!((found - (1.0 - (1f64.exp() + 1.0).ln())).abs() < 1e-15);
    }

    // SciPy 1.17.1, NumPy 2.4.6:
    //   s = [[0,3,7,10],[2,5,8,4],[9,1,6,10]] / 10;  c = log([[1,2,2,1],[2,4,4,2],[1,2,2,1]] / 24)
    //   x = stack([clip(4*s - k, 0, 1) for k in range(4)] + [c], -1)
    //   def loss(t): eta = x @ t; ll = mean([eta[p] for p in at]) - log(exp(eta).sum())     at: (row, column) below
    //                return -(ll - 0.005 * ((t[:4]**2).sum() + (t[4] - 1)**2))
    //   minimize(loss, full(5, .25), method="trust-constr", bounds=[(0, None)]*5, options=dict(gtol=1e-13, xtol=1e-14,
    //            barrier_tol=1e-14)), from there method="L-BFGS-B" with ftol=1e-16, gtol=1e-12
    // Its gradients are finite differences, good for about 1e-8: parameters to 1e-6, the value to 1e-10.
    #[test]
    fn the_optimum_is_that_of_scipy() {
        let scores = [0.0, 0.3, 0.7, 1.0, 0.2, 0.5, 0.8, 0.4, 0.9, 0.1, 0.6, 1.0];
        let bias = [1.0, 2.0, 2.0, 1.0, 2.0, 4.0, 4.0, 2.0, 1.0, 2.0, 2.0, 1.0].map(|c: f64| (c / 24.0).ln());
        let pixels: Vec<Sample> = scores.into_iter().zip(bias).map(sample).collect();
        let at = [(0, 3), (0, 3), (1, 2), (1, 1), (2, 0), (2, 3), (0, 0), (1, 1), (1, 3)];
        let mut training = Training::new(4, true, Weighting::PerFixation);
        training.add(pixels.clone(), &at.map(|(row, column)| pixels[4 * row + column]));
        let found =
            maximize(Array1::from_elem(5, 0.25), &Array1::zeros(5), |point| training.penalized(point, 0.01)).unwrap();
        let expected = [0.0, 0.58316022, 0.0, 1.22987076, 0.55757906];
        assert!(found.point.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        assert!((found.values.last().unwrap() + 2.3304890395966975).abs() < 1e-10, "{found:?}");
    }

    #[test]
    fn an_excluded_pixel_is_no_pixel_under_any_weight() {
        let mut training = Training::new(4, true, Weighting::PerFixation);
        let fixated = sample((1.0, -0.5));
        training.add(vec![fixated, sample((0.5, f64::NEG_INFINITY))], &[fixated]);
        for weight in [0.0, 1.0] {
            assert!(training.log_likelihood(&ndarray::array![1.0, 0.0, 0.0, 0.0, weight]).abs() < 1e-15);
        }
    }

    #[test]
    fn images_or_fixations_weigh_the_same() {
        // Two fixations on a likely pixel of one image, one on an unlikely pixel of another.
        let [low, high] = [0.0, 1.0].map(|score| sample((score, 0.0)));
        let point = ndarray::array![3f64.ln()];
        for (weighting, expected) in [
            (Weighting::PerFixation, (2.0 * 0.75f64.ln() + 0.25f64.ln()) / 3.0),
            (Weighting::PerImage, (0.75f64.ln() + 0.25f64.ln()) / 2.0),
        ] {
            let mut training = Training::new(1, false, weighting);
            training.add(vec![low, high], &[high, high]);
            training.add(vec![low, high], &[low]);
            assert!((training.log_likelihood(&point) - expected).abs() < 1e-15);
            assert!((training.part(|index| index == 1).log_likelihood(&point) - 0.25f64.ln()).abs() < 1e-15);
        }
    }

    proptest! {
        #[test]
        fn derivatives_are_those_of_finite_differences(
            biased: bool,
            pixels in prop::collection::vec((0.0f64..=1.0, -4.0f64..0.0), 3..12),
            fixated in prop::collection::vec(0usize..12, 1..6),
            point in prop::collection::vec(0.0f64..2.0, 5),
            ridge in 0.0f64..0.5,
        ) {
            /// Balances the curvature, of order h², against the rounding, of order 1e-16 / h.
            const STEP: f64 = 1e-5;
            const TOLERANCE: f64 = 1e-8;
            let training = training(biased, &pixels, &fixated);
            let point = Array1::from_iter(point.into_iter().take(training.parameters()));
            let here = training.penalized(&point, ridge);
            for k in 0..point.len() {
                let at = |step: f64| {
                    let mut moved = point.clone();
                    moved[k] += step;
                    training.penalized(&moved, ridge)
                };
                let (before, after) = (at(-STEP), at(STEP));
                let slope = (after.value - before.value) / (2.0 * STEP);
                prop_assert!((slope - here.gradient[k]).abs() < TOLERANCE, "{slope} {:?}", here.gradient);
                for j in 0..point.len() {
                    let bend = -(after.gradient[j] - before.gradient[j]) / (2.0 * STEP);
                    prop_assert!((bend - here.curvature[[j, k]]).abs() < TOLERANCE, "{j} {k} {bend}");
                }
            }
            let excess = |k: usize| if k < 4 { point[k] } else { point[k] - 1.0 };
            let penalty = (0..point.len()).map(|k| 0.5 * ridge * excess(k).powi(2)).sum::<f64>();
            prop_assert!((training.log_likelihood(&point) - penalty - here.value).abs() < 1e-12);
        }
    }
}
