//! The mean over images or over fixations, and how well it is known.
//!
//! The unit of replication is the image in both: the fixations on one image are not independent of each other.

use rand::{Rng, RngExt};

use crate::{MetricError, quantile_of_sorted};

/// A mean with the interval in which it lies with the given confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Arithmetic mean of the values.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Number of values.
    pub count: usize,
}

/// Computes the mean of one value per image, with a percentile bootstrap interval over images.
///
/// Images are drawn with replacement `resamples` times; the interval holds the middle `confidence` of the resampled
/// means (linear interpolation between neighbours). It is the same for the same generator state.
///
/// # Errors
///
/// [`MetricError::NoValues`] for an empty list, [`MetricError::OppositeInfinities`] if there are infinite values of
/// both signs. Infinite values of one sign give an infinite mean and interval ends accordingly. `resamples` of 0
/// and a `confidence` outside 0 ..= 1 are taken as 1 and the nearer end.
///
/// # Reference
///
/// Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
///
/// # Example
///
/// ```
/// use gaze_metrics::bootstrap_mean;
/// use rand::SeedableRng;
///
/// let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let interval = bootstrap_mean(&[1.0, 2.0, 3.0, 4.0], 1000, 0.95, &mut random)?;
/// assert!((interval.mean - 2.5).abs() < 1e-15);
/// assert!(interval.low > 1.0 && interval.high < 4.0);
/// # Ok::<(), gaze_metrics::MetricError>(())
/// ```
pub fn bootstrap_mean(
    values: &[f64],
    resamples: usize,
    confidence: f64,
    random: &mut impl Rng,
) -> Result<Interval, MetricError> {
    bootstrap_means(&[values], resamples, confidence, random).remove(0)
}

/// Computes [`bootstrap_mean`] of several lists of one length, such as the scores of several models, which share the images that are
/// drawn.
///
/// The intervals are those that each list has alone with the same generator state. The draws are most of the work, so many lists
/// take hardly longer than one.
///
/// # Errors
///
/// Those of [`bootstrap_mean`] for each list; [`MetricError::CountMismatch`] for a list that is not as long as the first.
pub fn bootstrap_means(
    lists: &[&[f64]],
    resamples: usize,
    confidence: f64,
    random: &mut impl Rng,
) -> Vec<Result<Interval, MetricError>> {
    let count = lists.first().map_or(0, |list| list.len());
    let means: Vec<Result<f64, MetricError>> = lists
        .iter()
        .map(|list| match list.len() {
            length if length == count => mean(list.iter().copied()),
            length => Err(MetricError::CountMismatch { first: count, second: length }),
        })
        .collect();
    let drawn_from: Vec<&[f64]> =
        lists.iter().zip(&means).filter(|(_, mean)| mean.is_ok()).map(|(&list, _)| list).collect();
    // The values of an image lie together.
    let values: Vec<f64> = (0..count).flat_map(|image| drawn_from.iter().map(move |list| list[image])).collect();
    let mut resampled = vec![Vec::with_capacity(resamples.max(1)); drawn_from.len()];
    let mut sums = vec![0.0; drawn_from.len()];
    if !drawn_from.is_empty() {
        for _ in 0..resamples.max(1) {
            sums.fill(0.0);
            for _ in 0..count {
                let image = draw(count, random) * sums.len();
                sums.iter_mut().zip(&values[image..]).for_each(|(sum, value)| *sum += value);
            }
            resampled.iter_mut().zip(&sums).for_each(|(means, sum)| means.push(sum / count as f64));
        }
    }
    let mut resampled = resampled.into_iter();
    let interval = |mean: Result<f64, MetricError>| {
        mean.map(|mean| percentiles(resampled.next().unwrap_or_default(), mean, confidence, count))
    };
    means.into_iter().map(interval).collect()
}

/// Computes the mean over fixations of one value per image, with a percentile bootstrap interval over images.
///
/// ```text
/// mean  =  ∑ nᵢ vᵢ / ∑ nᵢ        vᵢ the mean over the nᵢ fixations on image i
/// ```
///
/// Images, each with its fixations, are drawn with replacement as in [`bootstrap_mean`]; the number of fixations
/// differs between resamples. With as many fixations on every image the two functions agree, up to rounding.
///
/// # Errors
///
/// [`MetricError::CountMismatch`], [`MetricError::NoValues`] for empty lists, [`MetricError::NoFixations`] if no
/// image has any, and as for [`bootstrap_mean`].
///
/// # Degenerate input
///
/// An image without fixations has no weight: it is left out before resampling, whatever its value, and
/// [`Interval::count`] does not include it.
///
/// # Reference
///
/// The mean is pysaliency's `average="fixation"`; the MIT/Tübingen benchmark averages MIT300 so, CAT2000 and COCO per
/// image.
pub fn bootstrap_mean_per_fixation(
    values: &[f64],
    fixations: &[usize],
    resamples: usize,
    confidence: f64,
    random: &mut impl Rng,
) -> Result<Interval, MetricError> {
    if values.len() != fixations.len() {
        return Err(MetricError::CountMismatch { first: values.len(), second: fixations.len() });
    }
    if values.is_empty() {
        return Err(MetricError::NoValues);
    }
    let images: Vec<(f64, f64)> =
        values.iter().zip(fixations).filter(|&(_, &n)| n > 0).map(|(&value, &n)| (value, n as f64)).collect();
    if images.is_empty() {
        return Err(MetricError::NoFixations);
    }
    let mean = weighted_mean(images.iter().copied());
    if mean.is_nan() {
        return Err(MetricError::OppositeInfinities);
    }
    let draw_one = |random: &mut _| weighted_mean((0..images.len()).map(|_| images[draw(images.len(), random)]));
    let means = (0..resamples.max(1)).map(|_| draw_one(&mut *random)).collect();
    Ok(percentiles(means, mean, confidence, images.len()))
}

fn draw(count: usize, random: &mut impl Rng) -> usize {
    random.random_range(0..count)
}

fn weighted_mean(images: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, weight) = images.fold((0.0, 0.0), |(sum, weight), (value, n)| (sum + n * value, weight + n));
    sum / weight
}

/// Finds the interval that holds the middle `confidence` of the resampled means, none of which is NaN.
fn percentiles(mut means: Vec<f64>, mean: f64, confidence: f64, count: usize) -> Interval {
    means.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence.clamp(0.0, 1.0)) / 2.0;
    let at = |fraction| quantile_of_sorted(&means, fraction).unwrap_or(f64::NAN);
    Interval { mean, low: at(tail), high: at(1.0 - tail), count }
}

pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> Result<f64, MetricError> {
    let count = values.len();
    if count == 0 {
        return Err(MetricError::NoValues);
    }
    let mean = values.sum::<f64>() / count as f64;
    if mean.is_nan() { Err(MetricError::OppositeInfinities) } else { Ok(mean) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn interval(values: &[f64], seed: u64) -> Result<Interval, MetricError> {
        bootstrap_mean(values, 2000, 0.95, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn the_interval_is_that_of_the_standard_error() {
        // 400 values of deviation 1: the mean is known to 0.05, its 95 % interval is ± 0.098.
        let values: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let found = interval(&values, 7).unwrap();
        assert!(found.mean.abs() < 1e-15);
        // 2000 resamples place each end within about 4 % of the standard error.
        assert!((found.low + 0.098).abs() < 0.01, "{found:?}");
        assert!((found.high - 0.098).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let values = [0.31, 0.17, 0.93, 0.44, 0.52, 0.05, 0.78, 0.66];
        assert_eq!(interval(&values, 3), interval(&values, 3));
        assert_ne!(interval(&values, 3), interval(&values, 4));
    }

    #[test]
    fn one_value_is_its_own_interval() {
        assert_eq!(interval(&[0.5], 1), Ok(Interval { mean: 0.5, low: 0.5, high: 0.5, count: 1 }));
    }

    #[test]
    fn infinite_values_stay_infinite_and_nothing_is_nan() {
        let found = interval(&[f64::NEG_INFINITY, 1.0, 2.0, 3.0], 1).unwrap();
        assert!(found.mean.is_infinite() && found.low.is_infinite() && !found.high.is_nan());
        assert_eq!(interval(&[f64::NEG_INFINITY, f64::INFINITY], 1), Err(MetricError::OppositeInfinities));
        assert_eq!(interval(&[], 1).unwrap_err().to_string(), "no values");
    }

    fn per_fixation(values: &[f64], fixations: &[usize]) -> Result<Interval, MetricError> {
        bootstrap_mean_per_fixation(values, fixations, 2000, 0.95, &mut ChaCha8Rng::seed_from_u64(5))
    }

    #[test]
    fn lists_that_share_their_draws_have_the_intervals_that_each_has_alone() {
        let lists: [&[f64]; 5] = [
            &[0.31, 0.17, 0.93, 0.44],
            &[5.0, -2.0, 0.0, f64::INFINITY],
            &[1.0; 3],
            &[f64::INFINITY, f64::NEG_INFINITY, 1.0, 2.0],
            &[0.1; 4],
        ];
        let found = bootstrap_means(&lists, 500, 0.9, &mut ChaCha8Rng::seed_from_u64(4));
        let alone = |list: &[f64]| bootstrap_mean(list, 500, 0.9, &mut ChaCha8Rng::seed_from_u64(4));
        for at in [0, 1, 3, 4] {
            assert_eq!(found[at], alone(lists[at]), "{at}");
        }
        assert_eq!(found[2].unwrap_err().to_string(), "4 values cannot be paired with 3");
        assert!(bootstrap_means(&[], 500, 0.9, &mut ChaCha8Rng::seed_from_u64(4)).is_empty());
    }

    // The ends of this interval as they were before the average per fixation came to this file.
    #[test]
    fn the_numbers_of_a_seed_stay() {
        let found = interval(&[0.31, 0.17, 0.93, 0.44, 0.52, 0.05, 0.78, 0.66], 3).unwrap();
        assert_eq!(found, Interval { mean: 0.48250000000000004, low: 0.295, high: 0.6875000000000001, count: 8 });
    }

    #[test]
    fn an_image_counts_as_often_as_it_was_fixated() {
        let found = per_fixation(&[1.0, 4.0], &[2, 1]).unwrap();
        assert!((found.mean - 2.0).abs() < 1e-15);
        // Only 1, only 4, or the mean: resamples can say nothing else.
        assert!((found.low - 1.0).abs() < 1e-15 && (found.high - 4.0).abs() < 1e-15);
    }

    #[test]
    fn with_equal_numbers_of_fixations_both_averages_agree() {
        let values = [0.31, 0.17, 0.93, 0.44, 0.52, 0.05, 0.78, 0.66];
        let (a, b) = (interval(&values, 5).unwrap(), per_fixation(&values, &[7; 8]).unwrap());
        for (a, b) in [(a.mean, b.mean), (a.low, b.low), (a.high, b.high)] {
            assert!((a - b).abs() < 1e-15);
        }
    }

    #[test]
    fn images_without_fixations_have_no_part_in_it() {
        let with = per_fixation(&[1.0, f64::NEG_INFINITY, f64::NAN, 4.0], &[2, 0, 0, 1]);
        assert_eq!(with, per_fixation(&[1.0, 4.0], &[2, 1]));
        assert_eq!(per_fixation(&[1.0], &[0]), Err(MetricError::NoFixations));
        assert_eq!(per_fixation(&[], &[]), Err(MetricError::NoValues));
        assert_eq!(per_fixation(&[1.0], &[1, 2]).unwrap_err().to_string(), "1 values cannot be paired with 2");
        let opposite = per_fixation(&[f64::INFINITY, f64::NEG_INFINITY], &[1, 1]);
        assert_eq!(opposite, Err(MetricError::OppositeInfinities));
    }
}
