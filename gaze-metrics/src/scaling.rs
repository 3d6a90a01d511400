//! Scores of any scale as scores in 0 ..= 1, blurred or not, for a nonlinearity over that interval.

use gaze_core::SaliencyMap;
use ndarray::{Array2, ArrayView2};

use crate::{
    MetricError,
    smooth::{Border, Smoother},
};

/// The scores that become 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapRange {
    /// The smallest and largest score of all training images: for maps whose scores mean the same on every image, so
    /// that an image without anything salient can have a flat density. pysaliency's choice. Scores of a later map
    /// beyond the range are moved to its ends.
    Dataset,
    /// The smallest and largest score of each map itself: for maps that were stretched image by image, as picture files usually are. A
    /// constant map becomes 0.
    PerImage,
}

/// A scaling of scores to 0 ..= 1: by their range before the blur, then by that after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scaling {
    Dataset { before: (f64, f64), after: (f64, f64) },
    PerImage,
}

impl Scaling {
    pub(crate) fn fit<'a>(
        maps: impl Iterator<Item = &'a SaliencyMap<'a>> + Clone,
        range: MapRange,
        smoother: Option<&Smoother>,
    ) -> Result<Self, MetricError> {
        let mut ranges = maps.clone().map(|map| extent(map.values()));
        match range {
            MapRange::PerImage if ranges.all(|(low, high)| low >= high) => Err(MetricError::ConstantMaps),
            MapRange::PerImage => Ok(Self::PerImage),
            MapRange::Dataset => {
                let before = union(ranges);
                if before.0 >= before.1 {
                    return Err(MetricError::ConstantMaps);
                }
                let after = union(maps.map(|map| extent(unit_blurred(map, before, smoother).view())));
                Ok(Self::Dataset { before, after })
            }
        }
    }

    pub(crate) fn apply(self, map: &SaliencyMap<'_>, smoother: Option<&Smoother>) -> Array2<f64> {
        let (blurred, after) = match self {
            Self::Dataset { before, after } => (unit_blurred(map, before, smoother), after),
            Self::PerImage => {
                let before = extent(map.values());
                let blurred = unit_blurred(map, before, smoother);
                let after = extent(blurred.view());
                (blurred, after)
            }
        };
        blurred.mapv(|value| to_unit(value, after))
    }
}

fn extent(values: ArrayView2<'_, f64>) -> (f64, f64) {
    union(values.iter().map(|&value| (value, value)))
}

fn union(ranges: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| (all.0.min(one.0), all.1.max(one.1)))
}

/// Blurs the map after rescaling it, so that no sum overflows. A constant map is 0, and 0 stays exactly 0.
fn unit_blurred(map: &SaliencyMap<'_>, range: (f64, f64), smoother: Option<&Smoother>) -> Array2<f64> {
    let unit = map.values().mapv(|value| to_unit(value, range));
    match smoother {
        Some(smoother) => smoother.blur(&unit),
        None => unit,
    }
}

/// Halves keep the difference of the largest numbers finite.
fn to_unit(value: f64, (low, high): (f64, f64)) -> f64 {
    if low < high { ((value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)).clamp(0.0, 1.0) } else { 0.0 }
}

/// The blur of this width, none for 0.
pub(crate) fn smoother(sigma_px: f64) -> Result<Option<Smoother>, MetricError> {
    if sigma_px == 0.0 { Ok(None) } else { Smoother::new(sigma_px, Border::Reflect).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn map(values: Array2<f64>) -> SaliencyMap<'static> {
        SaliencyMap::new(values).unwrap()
    }

    #[track_caller]
    fn check(range: MapRange, training: &[SaliencyMap<'static>], other: &SaliencyMap<'_>, expected: &Array2<f64>) {
        let found = Scaling::fit(training.iter(), range, None).unwrap().apply(other, None);
        assert!((&found - expected).iter().all(|d| d.abs() < 1e-15), "{found}");
    }

    #[test]
    fn the_range_is_that_of_all_maps_or_of_one() {
        let training = [map(array![[0.0, 1.0]]), map(array![[2.0, 4.0]])];
        check(MapRange::Dataset, &training, &map(array![[1.0, 3.0, 9.0, -1.0]]), &array![[0.25, 0.75, 1.0, 0.0]]);
        check(MapRange::PerImage, &training, &map(array![[1.0, 3.0, 9.0, -1.0]]), &array![[0.2, 0.4, 1.0, 0.0]]);
        check(MapRange::PerImage, &training, &map(array![[5.0, 5.0]]), &array![[0.0, 0.0]]);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let extreme = map(array![[f64::MIN, 0.0, f64::MAX]]);
        for range in [MapRange::Dataset, MapRange::PerImage] {
            check(range, std::slice::from_ref(&extreme), &extreme, &array![[0.0, 0.5, 1.0]]);
        }
    }

    #[test]
    fn a_blurred_constant_is_still_constant() {
        let blur = smoother(0.7).unwrap();
        let constant = [map(Array2::from_elem((5, 6), 0.1))];
        for range in [MapRange::Dataset, MapRange::PerImage] {
            let refused = Scaling::fit(constant.iter(), range, blur.as_ref());
            assert_eq!(refused, Err(MetricError::ConstantMaps));
        }
        assert!(Scaling::PerImage.apply(&constant[0], blur.as_ref()).iter().all(|&score| score.abs() < 1e-300));
    }

    proptest! {
        #[test]
        fn scores_fill_the_interval_after_a_blur(
            values in prop::collection::vec(-9.0f64..9.0, 20), sigma in 0.3f64..3.0
        ) {
            let map = map(Array2::from_shape_vec((4, 5), values).unwrap());
            let blur = smoother(sigma).unwrap();
            for range in [MapRange::Dataset, MapRange::PerImage] {
                let scaling = Scaling::fit(std::iter::once(&map), range, blur.as_ref()).unwrap();
                let scores = scaling.apply(&map, blur.as_ref());
                let (low, high) = extent(scores.view());
                prop_assert!(low.abs() < 1e-12 && (high - 1.0).abs() < 1e-12);
            }
        }
    }
}
