//! Shuffled AUC: fixations on this image against fixations on other images.

use std::{
    collections::HashMap,
    iter,
    sync::{Arc, Mutex, PoisonError},
};

use gaze_core::{FixationMap, Fixations, SaliencyMap, Size, Summary};
use ndarray::Array2;
use rand::{Rng, RngExt};

use crate::{
    MetricError,
    auc::ranked,
    auc_borji::{self, Reached, Thresholds, fixated_values},
    error::{check_fixations, check_size},
    rank::Levels,
};

/// Computes the shuffled AUC: how well a map tells this image's fixations from those on other images.
///
/// A map that knows only where people look in general, such as a center bias, has no advantage here.
///
/// ```text
///          1   N   M
/// sAUC = ―――― ∑   ∑   [ S(xᵢ) > S(zⱼ) ] + ½ [ S(xᵢ) = S(zⱼ) ]      x: fixations here, z: fixations elsewhere
///         N·M i=1 j=1
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `map` | `(height, width)` | any |
/// | `fixations` | `n ≥ 1` points; repeats count | pixels |
/// | `nonfixations` | `(height, width)`, counts of the other images' fixations on each pixel, see [`ShuffledPool`] | |
/// | result | scalar in 0 ..= 1, higher is better, chance is ½ | probability |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`], [`MetricError::NoNonfixations`].
///
/// # Degenerate input
///
/// A constant map gives ½. Pixels fixated here stay among the nonfixations if they were fixated elsewhere too.
///
/// # Reference
///
/// Tatler, Baddeley & Gilchrist (2005), Vision Research 45(5), doi:10.1016/j.visres.2004.09.017; pysaliency's `AUC` with
/// `nonfixations="shuffled"`, as the MIT/Tübingen benchmark uses it.
pub fn shuffled_auc(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    nonfixations: &FixationMap,
) -> Result<f64, MetricError> {
    shuffled_auc_variant(map, fixations, nonfixations, ShuffledVariant::Multiset)
}

/// The variants of shuffled AUC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShuffledVariant {
    /// Both sides as multisets, exact; profile `tuebingen`. See [`shuffled_auc`].
    Multiset,
    /// A pixel counts once on each side, exact.
    Binary,
    /// The expectation of the MIT benchmark's `AUC_shuffled.m`, profile `mit`: a pixel counts once, the map is scaled
    /// to 0 ..= 1 and the curve has eleven thresholds. A constant map is [`MetricError::ConstantPrediction`].
    Expected,
    /// The SALICON challenge's: multisets, nonfixations without the pixels fixated here, thresholds every 0.01.
    Salicon,
}

/// Computes the shuffled AUC in one of the ways in use.
///
/// # Errors
///
/// Those of [`shuffled_auc`], and [`MetricError::ConstantPrediction`] where [`ShuffledVariant`] says so.
pub fn shuffled_auc_variant(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    nonfixations: &FixationMap,
    variant: ShuffledVariant,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    check_size(map.size(), "nonfixations' image is", nonfixations.size())?;
    match variant {
        ShuffledVariant::Multiset => Ok(ShuffledRanks::count(map, fixations, nonfixations)?.multiset()),
        ShuffledVariant::Binary => Ok(ShuffledRanks::count(map, fixations, nonfixations)?.binary()),
        ShuffledVariant::Expected => ShuffledRanks::count(map, fixations, nonfixations)?.expected(),
        ShuffledVariant::Salicon => {
            let width = map.size().width;
            let mut here: Vec<usize> =
                fixations.pixels().iter().map(|pixel| pixel.row * width + pixel.column).collect();
            here.sort_unstable();
            let values = map.as_slice();
            let elsewhere = iter::zip(nonfixations.fixated(), nonfixations.fixated_counts());
            let elsewhere = elsewhere.filter(|(place, _)| here.binary_search(place).is_err());
            let negatives: Vec<(f64, u64)> = elsewhere.map(|(&place, &count)| (values[place], count.into())).collect();
            if negatives.is_empty() {
                return Err(MetricError::NoNonfixations);
            }
            Ok(salicon(map, here.iter().map(|&place| values[place]).collect(), &negatives))
        }
    }
}

/// All shuffled AUCs of one map from one look at its values on the other images' fixations.
///
/// The values are those of [`shuffled_auc_variant`], which is made of this.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, FixationMap, Fixations, SaliencyMap};
/// use gaze_metrics::{ShuffledRanks, shuffled_auc};
/// use ndarray::array;
///
/// let map = SaliencyMap::new(array![[0.0, 1.0, 2.0], [0.0, 3.0, 1.0]])?;
/// let here = Fixations::new(map.size(), vec![Fixation { x: 2.5, y: 0.5 }])?;
/// let elsewhere = FixationMap::new(array![[1, 0, 2], [0, 1, 0]]);
/// let ranks = ShuffledRanks::count(&map, &here, &elsewhere)?;
/// assert_eq!(ranks.multiset(), shuffled_auc(&map, &here, &elsewhere)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ShuffledRanks {
    /// Among the other images' fixations, repeats included, and among their pixels.
    multiset: Levels,
    binary: Levels,
    expected: Result<f64, MetricError>,
}

impl ShuffledRanks {
    /// Counts the other images' fixations below, on and above the values at the fixations here.
    ///
    /// # Errors
    ///
    /// Those of [`shuffled_auc`].
    pub fn count(
        map: &SaliencyMap<'_>,
        fixations: &Fixations,
        nonfixations: &FixationMap,
    ) -> Result<Self, MetricError> {
        check_fixations(map.size(), fixations)?;
        check_size(map.size(), "nonfixations' image is", nonfixations.size())?;
        if nonfixations.fixated().is_empty() {
            return Err(MetricError::NoNonfixations);
        }
        let thresholds = Thresholds::of(map);
        let cuts = thresholds.as_ref().map_or(&[][..], |thresholds| &thresholds.cuts);
        let (multiset, binary, of_cuts) = Levels::against(map, fixations, nonfixations, cuts);
        let others = nonfixations.fixated().len();
        let expected =
            thresholds.map(|thresholds| auc_borji::from_counts(map, fixations, &thresholds, &of_cuts, others));
        Ok(Self { multiset, binary, expected })
    }

    /// [`ShuffledVariant::Multiset`].
    #[must_use]
    pub fn multiset(&self) -> f64 {
        let levels = &self.multiset;
        ranked(levels, |level| level.fixations, levels.fixations, |level| level.pixels, levels.pixels)
    }

    /// [`ShuffledVariant::Binary`].
    #[must_use]
    pub fn binary(&self) -> f64 {
        let levels = &self.binary;
        ranked(levels, |level| level.fixated_pixels, levels.fixated_pixels, |level| level.pixels, levels.pixels)
    }

    /// [`ShuffledVariant::Expected`].
    ///
    /// # Errors
    ///
    /// [`MetricError::ConstantPrediction`].
    pub fn expected(&self) -> Result<f64, MetricError> {
        self.expected
    }
}

/// Thresholds at the multiples of 0.01 below the highest score of either side.
fn salicon(map: &SaliencyMap<'_>, mut positives: Vec<f64>, negatives: &[(f64, u64)]) -> f64 {
    let Summary { lowest: low, highest: high, .. } = map.summary();
    let range = high - low;
    let scaled = |value: f64| if range > 0.0 { (value - low) / range } else { 0.0 };
    positives.iter_mut().for_each(|value| *value = scaled(*value));
    positives.sort_unstable_by(f64::total_cmp);
    let mut negatives: Vec<(f64, u64)> = negatives.iter().map(|&(value, weight)| (scaled(value), weight)).collect();
    negatives.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total = negatives.iter().map(|&(_, weight)| weight).sum::<u64>() as f64;
    let highest = positives[positives.len() - 1].max(negatives[negatives.len() - 1].0);
    let (mut last, mut area) = ((0.0, 0.0), 0.0);
    let mut add = |point: (f64, f64)| {
        area += (point.0 - last.0) * (point.1 + last.1) / 2.0;
        last = point;
    };
    for step in (0..=100).rev() {
        let threshold = f64::from(step) * 0.01;
        if threshold < highest {
            let hits = positives.len() - positives.partition_point(|&value| value < threshold);
            let first = negatives.partition_point(|&(value, _)| value < threshold);
            let alarms = negatives[first..].iter().map(|&(_, weight)| weight).sum::<u64>() as f64;
            add((alarms / total, hits as f64 / positives.len() as f64));
        }
    }
    add((1.0, 1.0));
    area
}

/// Computes the shuffled AUC with random splits, as the MIT benchmark does: the mean over `splits` of the area against
/// as many of the other images' fixated pixels as there are fixated pixels here (or all, if they are fewer), drawn
/// without replacement. Its expectation is [`ShuffledVariant::Expected`].
///
/// # Errors
///
/// Those of [`shuffled_auc`], and [`MetricError::ConstantPrediction`]. `splits` of 0 is taken as 1.
pub fn shuffled_auc_sampled(
    map: &SaliencyMap<'_>,
    fixations: &Fixations,
    nonfixations: &FixationMap,
    splits: usize,
    random: &mut impl Rng,
) -> Result<f64, MetricError> {
    check_fixations(map.size(), fixations)?;
    check_size(map.size(), "nonfixations' image is", nonfixations.size())?;
    let thresholds = Thresholds::of(map)?;
    let values = map.as_slice();
    let mut others: Vec<f64> = nonfixations.fixated().iter().map(|&place| values[place]).collect();
    if others.is_empty() {
        return Err(MetricError::NoNonfixations);
    }
    let fixated = fixated_values(map, fixations);
    let positives = Reached::count(&thresholds, fixated.iter().map(|&value| (value, 1)));
    let (splits, drawn) = (splits.max(1), fixated.len().min(others.len()));
    let mut sum = 0.0;
    for _ in 0..splits {
        // The first steps of a Fisher-Yates shuffle draw without replacement, whatever the order before.
        for index in 0..drawn {
            let other = random.random_range(index..others.len());
            others.swap(index, other);
        }
        sum += positives.area(&Reached::count(&thresholds, others[..drawn].iter().map(|&value| (value, 1))));
    }
    Ok(sum / splits as f64)
}

/// The fixations of a dataset, from which each image gets those of all others as nonfixations.
///
/// Positions are moved with the size of the image, `x · (width / other width)`, and read at the pixel below, as
/// pysaliency does. The counts of all images are kept once per size, and an image's own are subtracted, so a dataset of
/// few sizes is scored in time proportional to its pixels and fixations, not to their product. Of a dataset of many
/// sizes the first 16 are kept and the others counted anew, so that memory stays bounded.
#[derive(Debug, Default)]
pub struct ShuffledPool {
    images: Vec<Fixations>,
    totals: Mutex<HashMap<Size, Arc<Array2<u32>>>>,
}

impl ShuffledPool {
    /// The number of sizes whose counts are kept: 31 MB at 480,000 pixels.
    const SIZES_KEPT: usize = 16;

    /// Collects the fixations of every image, in the dataset's order.
    pub fn new<'a>(images: impl IntoIterator<Item = &'a Fixations>) -> Self {
        Self { images: images.into_iter().cloned().collect(), totals: Mutex::default() }
    }

    /// Counts how often each pixel of an image of the given size was fixated on all images but the one at `left_out`; an
    /// index beyond the last image leaves none out.
    #[must_use]
    pub fn without(&self, left_out: usize, size: Size) -> FixationMap {
        let cached = self.totals.lock().unwrap_or_else(PoisonError::into_inner).get(&size).cloned();
        let total = cached.unwrap_or_else(|| {
            let mut counts = Array2::zeros(size.dim());
            self.images.iter().for_each(|image| count(image, size, |place| counts[place] += 1));
            let counts = Arc::new(counts);
            let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
            if totals.len() < Self::SIZES_KEPT {
                totals.insert(size, Arc::clone(&counts));
            }
            counts
        });
        let mut others = Array2::clone(&total);
        if let Some(own) = self.images.get(left_out) {
            count(own, size, |place| others[place] -= 1);
        }
        FixationMap::new(others)
    }
}

fn count(fixations: &Fixations, to: Size, mut add: impl FnMut([usize; 2])) {
    fixations.moved_to(to).pixels().iter().for_each(|pixel| add([pixel.row, pixel.column]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Pixel};
    use ndarray::array;
    use proptest::prelude::{Strategy, prop, prop_assert, proptest};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use std::{cmp::Ordering, collections::BTreeSet};

    fn fixations(size: Size, points: &[(f64, f64)]) -> Fixations {
        Fixations::new(size, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn known_value() {
        let map = SaliencyMap::new(array![[0.0, 1.0, 2.0, 3.0]]).unwrap();
        let here = fixations(map.size(), &[(3.0, 0.0), (1.0, 0.0)]);
        let there = FixationMap::count(&fixations(map.size(), &[(0.0, 0.0), (2.0, 0.0), (2.0, 0.0), (1.0, 0.0)]));
        // 3 beats all 4; 1 beats 0 and ties with 1.
        assert!((shuffled_auc(&map, &here, &there).unwrap() - 5.5 / 8.0).abs() < 1e-15);
        let binary = shuffled_auc_variant(&map, &here, &there, ShuffledVariant::Binary).unwrap();
        assert!((binary - 4.5 / 6.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn every_pair_is_compared(
            values in prop::collection::vec((0i32..6).prop_map(f64::from), 40),
            here in prop::collection::vec((0.0f64..8.0, 0.0f64..5.0), 1..9),
            there in prop::collection::vec((0.0f64..8.0, 0.0f64..5.0), 1..30),
        ) {
            let size = Size { height: 5, width: 8 };
            let map = SaliencyMap::new(Array2::from_shape_vec(size.dim(), values).unwrap()).unwrap();
            let (here, there) = (fixations(size, &here), fixations(size, &there));
            let at = |pixels: &[Pixel]| pixels.iter().map(|p| map.values()[[p.row, p.column]]).collect::<Vec<_>>();
            let once = |pixels: &[Pixel]| at(&pixels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
            let mean = |positives: &[f64], negatives: &[f64]| {
                let doubled = positives.iter().flat_map(|p| negatives.iter().map(move |n| match p.total_cmp(n) {
                    Ordering::Less => 0,
                    Ordering::Equal => 1,
                    Ordering::Greater => 2,
                }));
                f64::from(doubled.sum::<i32>()) / (2 * positives.len() * negatives.len()) as f64
            };
            let ranks = ShuffledRanks::count(&map, &here, &FixationMap::count(&there)).unwrap();
            prop_assert!((ranks.multiset() - mean(&at(here.pixels()), &at(there.pixels()))).abs() < 1e-15);
            prop_assert!((ranks.binary() - mean(&once(here.pixels()), &once(there.pixels()))).abs() < 1e-15);
        }
    }

    #[test]
    fn the_pool_leaves_the_image_out_and_moves_the_others() {
        let (small, large) = (Size { height: 2, width: 4 }, Size { height: 4, width: 8 });
        let images = [fixations(small, &[(1.0, 1.0)]), fixations(large, &[(7.0, 3.0), (0.0, 0.0)])];
        let pool = ShuffledPool::new(&images);
        assert_eq!(pool.without(0, small).counts(), array![[1, 0, 0, 0], [0, 0, 0, 1]]);
        let of_large = pool.without(1, large);
        assert_eq!((of_large.counts().sum(), of_large.counts()[[2, 2]]), (1, 1));
        assert_eq!(pool.without(9, small).counts().sum(), 3);
    }

    #[test]
    fn many_sizes_are_not_all_kept() {
        let pool = ShuffledPool::new(&[fixations(Size { height: 2, width: 4 }, &[(1.0, 1.0)])]);
        for width in 1..100 {
            assert_eq!(pool.without(9, Size { height: 1, width }).counts().sum(), 1);
        }
        assert_eq!(pool.totals.lock().unwrap().len(), ShuffledPool::SIZES_KEPT);
    }

    #[test]
    fn the_expectation_is_the_mean_of_many_splits() {
        let map = SaliencyMap::new(Array2::from_shape_fn((20, 30), |(y, x)| ((y * x) % 17) as f64)).unwrap();
        let here = fixations(map.size(), &[(3.0, 4.0), (20.0, 10.0), (29.0, 19.0), (7.0, 7.0)]);
        let points: Vec<_> = (0..40).map(|i| (f64::from(i * 7 % 30), f64::from(i * 3 % 20))).collect();
        let there = FixationMap::count(&fixations(map.size(), &points));
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let values: Vec<f64> =
            (0..300).map(|_| shuffled_auc_sampled(&map, &here, &there, 20, &mut random).unwrap()).collect();
        let mean = values.iter().sum::<f64>() / 300.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 299.0).sqrt();
        let expected = shuffled_auc_variant(&map, &here, &there, ShuffledVariant::Expected).unwrap();
        assert!((mean - expected).abs() < 5.0 * deviation / 300f64.sqrt(), "{mean} {expected}");
    }

    #[test]
    fn without_nonfixations_there_is_no_value() {
        let map = SaliencyMap::new(array![[0.0, 1.0]]).unwrap();
        let here = fixations(map.size(), &[(1.0, 0.0)]);
        let none = FixationMap::count(&fixations(map.size(), &[]));
        assert_eq!(shuffled_auc(&map, &here, &none), Err(MetricError::NoNonfixations));
        let own = FixationMap::count(&here);
        let salicon = shuffled_auc_variant(&map, &here, &own, ShuffledVariant::Salicon);
        assert_eq!(salicon, Err(MetricError::NoNonfixations));
        let constant = SaliencyMap::new(array![[1.0, 1.0]]).unwrap();
        assert_eq!(shuffled_auc(&constant, &here, &own), Ok(0.5));
        let expected = shuffled_auc_variant(&constant, &here, &own, ShuffledVariant::Expected);
        assert_eq!(expected, Err(MetricError::ConstantPrediction));
    }
}
