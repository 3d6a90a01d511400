//! The choice of the width of a kernel density: the one that predicts other observers best.

use std::{collections::HashMap, ops::RangeInclusive};

use gaze_core::Fixations;

use crate::{Boundary, GaussianKernel, TargetError, blur::Spread};

/// A bandwidth, and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Bandwidth {
    /// The standard deviation with the highest likelihood, in pixels.
    pub sigma_px: f64,
    /// The cross-validated log-likelihood of that bandwidth, in nats per fixation.
    pub log_likelihood: f64,
    /// Every standard deviation that was tried with its log-likelihood, in order of size.
    pub tried: Vec<(f64, f64)>,
}

/// Candidates on a logarithmic grid, before the best is refined.
const GRID: u32 = 12;
/// Steps of the refinement: the last two candidates differ by less than 1 %.
const REFINEMENTS: u32 = 14;

/// Finds the bandwidth of [`kernel_density`](crate::kernel_density) by cross-validation over observers.
///
/// ```text
///           1
/// L(σ)  =   ―   ∑    ∑     ln [ (1 − u) · K_σ(f | fixations of the others) / n_others  +  u / pixels ]
///           N images f of each
///                    observer
/// ```
///
/// where `u` is the `uniform_share`. Each image is a list of observers; an observer whose image nobody else looked at is
/// left out. To leave out single fixations instead, give each as an observer of its own.
///
/// The likelihood is evaluated on a grid over `sigmas_px` (in logarithmic steps), then refined around its best.
///
/// # Errors
///
/// [`TargetError::Sigma`] for the ends of the range, [`TargetError::OutOfRange`] for an empty range or unless
/// `0 < uniform_share < 1` (with none, a single far fixation would rule every bandwidth out),
/// [`TargetError::NoOtherObservers`] if no image was looked at by two observers, [`TargetError::Shape`] if observers of
/// one image disagree about its size.
pub fn select_bandwidth(
    images: &[Vec<Fixations>],
    sigmas_px: RangeInclusive<f64>,
    uniform_share: f64,
) -> Result<Bandwidth, TargetError> {
    let (low, high) = (*sigmas_px.start(), *sigmas_px.end());
    for end in [low, high] {
        GaussianKernel::new(end)?;
    }
    if high < low {
        let (quantity, largest) = ("the largest bandwidth", GaussianKernel::LARGEST_SIGMA_PX);
        return Err(TargetError::OutOfRange { quantity, found: high, lowest: low, largest });
    }
    let (lowest, largest) = (f64::EPSILON, 1.0 - f64::EPSILON);
    if !(lowest..=largest).contains(&uniform_share) {
        return Err(TargetError::OutOfRange { quantity: "the uniform share", found: uniform_share, lowest, largest });
    }
    for observers in images {
        same_size(observers)?;
    }
    let mut tried = Vec::new();
    let mut evaluate = |log_sigma: f64| {
        let sigma_px = log_sigma.exp().clamp(low, high);
        let likelihood = log_likelihood(images, sigma_px, uniform_share)?;
        tried.push((sigma_px, likelihood));
        Ok::<_, TargetError>(likelihood)
    };
    let (from, to) = (low.ln(), high.ln());
    let step = (to - from) / f64::from(GRID - 1);
    let mut best = (from, f64::NEG_INFINITY);
    for place in 0..GRID {
        let at = from + step * f64::from(place);
        let likelihood = evaluate(at)?;
        if likelihood > best.1 {
            best = (at, likelihood);
        }
    }
    // Golden section between the neighbours of the best.
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut from, mut to) = ((best.0 - step).max(from), (best.0 + step).min(to));
    for _ in 0..REFINEMENTS {
        let (left, right) = (to - golden * (to - from), from + golden * (to - from));
        if evaluate(left)? < evaluate(right)? { from = left } else { to = right }
    }
    let by_likelihood = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let &(sigma_px, log_likelihood) = tried.iter().max_by(by_likelihood).expect("the grid is not empty");
    tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Bandwidth { sigma_px, log_likelihood, tried })
}

/// The mean log-likelihood of each fixation under the density of the other observers' fixations on its image, in nats.
fn log_likelihood(images: &[Vec<Fixations>], sigma_px: f64, uniform_share: f64) -> Result<f64, TargetError> {
    let kernel = GaussianKernel::new(sigma_px)?;
    let (mut sum, mut count) = (0.0, 0usize);
    for observers in images {
        let Some(size) = observers.first().map(Fixations::size) else { continue };
        let all: usize = observers.iter().map(Fixations::len).sum();
        let spread = |length| Spread { kernel: &kernel, boundary: Boundary::Reflect, length };
        let (updown, sideways) = (spread(size.height), spread(size.width));
        let (mut rows, mut columns) = (HashMap::new(), HashMap::new());
        for pixel in observers.iter().flat_map(Fixations::pixels) {
            rows.entry(pixel.row).or_insert_with(|| updown.profile(pixel.row));
            columns.entry(pixel.column).or_insert_with(|| sideways.profile(pixel.column));
        }
        let floor = uniform_share / size.pixels() as f64;
        for (own, fixations) in observers.iter().enumerate() {
            let others = all - fixations.len();
            if others == 0 {
                continue;
            }
            for at in fixations.pixels() {
                let elsewhere = observers.iter().enumerate().filter(|&(place, _)| place != own);
                let kernels = elsewhere
                    .flat_map(|(_, other)| other.pixels())
                    .map(|from| rows[&from.row].weight_at(at.row) * columns[&from.column].weight_at(at.column));
                let density: f64 = kernels.sum::<f64>() / others as f64;
                sum += ((1.0 - uniform_share) * density + floor).ln();
                count += 1;
            }
        }
    }
    if count == 0 { Err(TargetError::NoOtherObservers) } else { Ok(sum / count as f64) }
}

/// Refuses observers that disagree about the size of their image.
pub(crate) fn same_size(observers: &[Fixations]) -> Result<(), TargetError> {
    let mut sizes = observers.iter().map(Fixations::size);
    let expected = sizes.next();
    match sizes.find(|&found| Some(found) != expected).zip(expected) {
        Some((found, expected)) => Err(TargetError::Shape { what: "first observer's image", expected, found }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_density;
    use gaze_core::{Fixation, Size};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SIZE: Size = Size { height: 90, width: 120 };

    /// Observers who look at the same place, each scattered by `sigma`.
    fn observers(sigma: f64, count: usize) -> Vec<Fixations> {
        let mut random = ChaCha8Rng::seed_from_u64(14);
        let variance = sigma * sigma;
        let draw =
            crate::multivariate_normal([60.0, 45.0], [[variance, 0.0], [0.0, variance]], count * 20, &mut random);
        let points = draw.unwrap();
        let observer =
            |points: &[[f64; 2]]| Fixations::partition(SIZE, points.iter().map(|&[x, y]| Fixation { x, y })).0;
        points.chunks(20).map(observer).collect()
    }

    #[test]
    fn the_likelihood_is_that_of_the_densities() {
        let observers = observers(9.0, 3);
        let (sigma, share) = (5.0, 0.05);
        let found = log_likelihood(std::slice::from_ref(&observers), sigma, share).unwrap();
        let kernel = GaussianKernel::new(sigma).unwrap();
        let (mut sum, mut count) = (0.0, 0.0);
        for own in 0..3 {
            let others = observers.iter().enumerate().filter(|&(place, _)| place != own).map(|(_, other)| other);
            let density = kernel_density(&Fixations::concatenate(SIZE, others).unwrap(), &kernel, share).unwrap();
            for pixel in observers[own].pixels() {
                sum += density.values()[[pixel.row, pixel.column]];
                count += 1.0;
            }
        }
        assert!((found - sum / count).abs() < 1e-10);
    }

    #[test]
    fn the_best_bandwidth_is_found_inside_the_range() {
        // A kernel of n points from a normal law of deviation s should have about s · n^(-1/6): 0.44 s for 140.
        let found = select_bandwidth(&[observers(10.0, 8)], 0.5..=60.0, 0.01).unwrap();
        assert!((2.5..8.0).contains(&found.sigma_px), "{}", found.sigma_px);
        let best = found.tried.iter().map(|&(_, likelihood)| likelihood).fold(f64::NEG_INFINITY, f64::max);
        assert!((best - found.log_likelihood).abs() < 1e-15);
        let wider = select_bandwidth(&[observers(20.0, 8)], 0.5..=60.0, 0.01).unwrap();
        assert!(wider.sigma_px > found.sigma_px);
    }

    #[test]
    fn what_cannot_be_searched_says_why() {
        let images = [observers(9.0, 2)];
        let message =
            |images: &[Vec<Fixations>], range, share| select_bandwidth(images, range, share).unwrap_err().to_string();
        assert_eq!(message(&images, 0.0..=9.0, 0.1), "sigma must be positive and at most 10000 pixels, not 0");
        let empty = RangeInclusive::new(9.0, 3.0);
        assert_eq!(message(&images, empty, 0.1), "the largest bandwidth must lie in [9, 10000], not 3");
        assert!(message(&images, 1.0..=9.0, 0.0).starts_with("the uniform share must lie in"));
        let alone = [images[0][..1].to_vec()];
        assert_eq!(message(&alone, 1.0..=9.0, 0.1), "no other observer has a fixation on the image");
        let other = Fixations::new(Size { height: 1, width: 1 }, Vec::new()).unwrap();
        let mixed = [vec![images[0][0].clone(), other]];
        assert_eq!(
            message(&mixed, 1.0..=9.0, 0.1),
            "the array is 1x1 (height x width), the first observer's image 90x120"
        );
    }
}
